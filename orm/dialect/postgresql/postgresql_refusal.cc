// What PostgreSQL says of a row that a constraint refused. The words around are in the server's
// language, what is in quotes and brackets is not.
#include <algorithm>

#include "orm/base/text.h"
#include "orm/dialect/postgresql/postgresql_error.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Error;
using Kind = Refusal::Kind;

std::optional<Kind> kind_of(std::string_view sqlstate) {
  if (sqlstate == "23505") return Kind::kUnique;
  if (sqlstate == "23502") return Kind::kNotNull;
  if (sqlstate == "23503") return Kind::kForeignKey;
  if (sqlstate == "23514") return Kind::kCheck;
  if (sqlstate.starts_with("23")) return Kind::kOther;
  return {};
}

// The texts in double quotes.
std::vector<std::string> quoted_names(std::string_view text) {
  std::vector<std::string> names;
  for (size_t at = text.find('"'); at != text.npos; at = text.find('"', at)) {
    const size_t end = text.find('"', at + 1);
    if (end == text.npos) break;
    names.emplace_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return names;
}

std::string without_quotes(std::string_view name) {
  const bool is_quoted = name.size() >= 2 && name.front() == '"' && name.back() == '"';
  return std::string(is_quoted ? name.substr(1, name.size() - 2) : name);
}

std::vector<std::string> split_at(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (size_t end = 0; end != text.npos;) {
    end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end != text.npos) text.remove_prefix(end + separator.size());
  }
  return parts;
}

// 'relation "a" violates foreign key constraint "b" on table "c"'
void read_names(std::string_view words, Refusal& refusal) {
  const std::vector<std::string> names = quoted_names(words);
  if (refusal.kind == Kind::kNotNull) {
    if (!names.empty()) refusal.columns = {names[0]};
    return;
  }
  const size_t place = refusal.kind == Kind::kUnique ? 0 : 1;
  // An exclusion, and the check of a domain, are told without the table.
  if (!names.empty()) refusal.constraint = names[std::min(place, names.size() - 1)];
  if (refusal.kind == Kind::kForeignKey && !names.empty()) refusal.table = names[0];
  if (refusal.kind == Kind::kForeignKey && names.size() > 2) refusal.referrer = names[2];
}

// "Key (a, b)=(1, x) already exists."
void read_key(std::string_view message, size_t equals, Refusal& refusal) {
  constexpr std::string_view kKey = "Key (";  // of an index of expressions: "Key (lower(name))"
  const size_t begin = message.rfind(kKey, equals);
  const size_t last = std::min(message.find(") conflicts with existing key"), message.rfind(')'));
  if (begin == message.npos) return;
  refusal.columns =
      split_at(message.substr(begin + kKey.size(), equals - begin - kKey.size()), ", ");
  std::ranges::transform(refusal.columns, refusal.columns.begin(), without_quotes);
  if (last <= equals + 2) return;
  const std::string_view said = message.substr(equals + 3, last - equals - 3);
  // A single value may have commas of its own.
  std::vector<std::string> values = refusal.columns.size() == 1
                                        ? std::vector<std::string>{std::string(said)}
                                        : split_at(said, ", ");
  if (values.size() != refusal.columns.size()) return;
  refusal.row.emplace();
  for (size_t i = 0; i < values.size(); ++i)
    refusal.row->values.emplace_back(refusal.columns[i], std::move(values[i]));
}

// "Failing row contains (1, null)."
void read_row(std::string_view detail, Refusal& refusal) {
  const size_t open = detail.find('('), last = detail.rfind(')');
  if (open == detail.npos || last == detail.npos || last <= open) return;
  refusal.row.emplace().all = detail.substr(open + 1, last - open - 1);
  if (refusal.kind == Kind::kNotNull && !refusal.columns.empty())
    refusal.row->values.emplace_back(refusal.columns[0], std::nullopt);
}

}  // namespace

std::optional<Refusal> refusal(const Error& error) {
  const std::optional<Kind> kind = kind_of(error.sqlstate());
  if (!kind) return {};
  Refusal refusal{*kind};
  const std::string_view message = error.message();
  const size_t detail = message.find(": "), equals = message.find(")=(");
  read_names(message.substr(0, detail), refusal);
  if (equals != message.npos)
    read_key(message, equals, refusal);
  else if (detail != message.npos)
    read_row(message.substr(detail), refusal);
  return refusal;
}

}  // namespace moonbase::dialect::postgresql
