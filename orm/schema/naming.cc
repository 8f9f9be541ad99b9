#include "orm/schema/naming.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <functional>
#include <optional>

#include "orm/base/error.h"

namespace moonbase::schema {

namespace {

using base::Error;
using base::ErrorKind;

constexpr std::string_view kDefaultIndexConvention = "ix_%(column_0_label)s";

// What a convention may ask about: one constraint, whatever its kind.
struct Subject {
  const Table& table;
  std::string kind;  // "ix", "uq", ...: the convention's key
  std::string name;
  bool name_is_final = false;
  std::vector<std::string> columns;  // names in the database
  const ForeignKeyConstraint* foreign_key = nullptr;
};

std::string described(const Subject& s) {
  std::string what = s.kind == "ix"   ? "an index"
                     : s.kind == "pk" ? "the primary key"
                     : s.kind == "uq" ? "a unique constraint"
                     : s.kind == "ck" ? "a check constraint"
                                      : "a foreign key";
  if (!s.name.empty()) what += " '" + s.name + "'";
  return what + " of table '" + s.table.full_name() + "'";
}

// "name", "key" or "label" of the i-th column; nothing for a form that is none of these.
std::optional<std::string> column_form(const Subject& s, size_t i, std::string_view form) {
  if (form != "name" && form != "key" && form != "label") return std::nullopt;
  if (i >= s.columns.size()) return "";
  const std::string& name = s.columns[i];
  if (form == "name") return name;
  if (form == "key") {
    const auto& columns = s.table.columns();
    auto same = [&](const Column& c) { return c.name == name; };
    return std::find_if(columns.begin(), columns.end(), same)->key;
  }
  std::string label = s.table.name() + "_" + name;
  if (s.table.schema().empty()) return label;
  std::string schema = s.table.schema();
  std::replace(schema.begin(), schema.end(), '.', '_');
  return schema + "_" + label;
}

std::optional<std::string> referred_form(const Subject& s, size_t i, std::string_view form) {
  if (!s.foreign_key || form != "name") return std::nullopt;
  return i < s.foreign_key->targets.size() ? s.foreign_key->target_column(i) : "";
}

// column_2_key, column_0_N_name ("_" between the columns), column_0N_name (nothing between), the
// same with referred_ in front; nothing for any other token.
std::optional<std::string> column_token(const Subject& s, std::string_view token) {
  auto form_of = &column_form;
  if (token.starts_with("referred_")) {
    token.remove_prefix(9);
    form_of = &referred_form;
  }
  if (!token.starts_with("column_")) return std::nullopt;
  token.remove_prefix(7);
  size_t index = 0, digits = 0;
  for (; digits < token.size() && digits < 4 && std::isdigit(token[digits]); ++digits) {
    index = index * 10 + static_cast<size_t>(token[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  token.remove_prefix(digits);
  bool joined = token.starts_with("_N_"), glued = token.starts_with("N_");
  if (!joined && !glued) {
    return token.starts_with("_") ? form_of(s, index, token.substr(1)) : std::nullopt;
  }
  if (index != 0) return std::nullopt;
  token.remove_prefix(joined ? 3 : 2);
  std::string all;
  for (size_t i = 0; i < s.columns.size(); ++i) {
    std::optional<std::string> one = form_of(s, i, token);
    if (!one) return std::nullopt;
    if (joined && i > 0) all += '_';
    all += *one;
  }
  return all;
}

std::string referred_table_name(const ForeignKeyConstraint& fk) {
  std::string table = fk.target_table();
  return table.substr(table.rfind('.') + 1);  // npos + 1 is 0: all of it
}

std::string token_value(const Subject& s, std::string_view token) {
  if (token == "table_name") return s.table.name();
  if (token == "referred_table_name" && s.foreign_key) return referred_table_name(*s.foreign_key);
  if (token == "constraint_name") {
    if (!s.name.empty()) return s.name;
    throw Error(ErrorKind::kInvalidRequestError, "The naming convention for '" + s.kind +
                                                     "' uses %(constraint_name)s, but " +
                                                     described(s) + " has no name")
        .with_hint("Give it one: name = '…'.");
  }
  // Indexes over expressions alone would all get the same name.
  if (s.kind == "ix" && s.columns.empty() && token.starts_with("column_")) {
    throw Error(ErrorKind::kInvalidRequestError,
                "There is no column to name " + described(s) + " after")
        .with_hint("Give it one: name = '…'.");
  }
  if (std::optional<std::string> value = column_token(s, token)) return *value;
  throw Error(ErrorKind::kInvalidRequestError,
              "The naming convention for '" + s.kind + "' uses %(" + std::string(token) +
                  ")s, which means nothing for " + described(s) + "")
      .with_hint(
          "There are table_name, constraint_name, column_0_name, column_0_key, column_0_label, "
          "column_0_N_name and, for foreign keys, referred_table_name and referred_column_0_name.");
}

std::string fill_in(const Subject& s, std::string_view convention) {
  std::string name;
  for (size_t i = 0; i < convention.size(); ++i) {
    if (convention[i] != '%') {
      name += convention[i];
      continue;
    }
    std::string_view rest = convention.substr(i + 1);
    size_t end = rest.find(")s");
    if (rest.starts_with("%")) {
      name += '%';
      i += 1;
    } else if (rest.starts_with("(") && end != std::string_view::npos) {
      name += token_value(s, rest.substr(1, end - 1));
      i += end + 2;
    } else {
      throw Error(ErrorKind::kInvalidRequestError, "The naming convention '" +
                                                       std::string(convention) + "' for '" +
                                                       s.kind + "' has a '%' that begins no token")
          .with_hint("Tokens are written %(table_name)s; a percent sign is written %%.");
    }
  }
  return name;
}

// The last four hexadecimal digits of FNV-1a: the same everywhere and for ever.
std::string short_hash(std::string_view text) {
  uint32_t h = 2166136261u;
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
  std::string digits;
  for (int shift = 12; shift >= 0; shift -= 4) digits += "0123456789abcdef"[(h >> shift) & 15];
  return digits;
}

std::string cut(const std::string& name, size_t max_length) {
  if (max_length == 0 || name.size() <= max_length) return name;
  size_t keep = max_length > 5 ? max_length - 5 : 0;
  // Not through the middle of a UTF-8 sequence.
  while (keep > 0 && (static_cast<unsigned char>(name[keep]) & 0xC0) == 0x80) --keep;
  return name.substr(0, keep) + "_" + short_hash(name);
}

std::string name_of(const Subject& s, const NamingConvention& conventions, size_t max_length) {
  if (s.name_is_final) return cut(s.name, max_length);
  auto it = conventions.find(s.kind);
  std::string_view convention;
  if (it != conventions.end()) {
    convention = it->second;
  } else if (s.kind == "ix") {
    convention = kDefaultIndexConvention;
  }
  bool applies = !convention.empty() && (s.name.empty() || convention.find("%(constraint_name)s") !=
                                                               std::string_view::npos);
  if (applies) return cut(fill_in(s, convention), max_length);
  if (max_length > 0 && s.name.size() > max_length) {
    throw Error(ErrorKind::kIdentifierError,
                "The name of " + described(s) + " is longer than the " +
                    std::to_string(max_length) + " bytes this database allows");
  }
  return s.name;
}

}  // namespace

std::string final_name(const Table& table, const PrimaryKeyConstraint& c, const NamingConvention& n,
                       size_t max_length) {
  return name_of({table, "pk", c.name, c.name_is_final, c.columns}, n, max_length);
}

std::string final_name(const Table& table, const UniqueConstraint& c, const NamingConvention& n,
                       size_t max_length) {
  return name_of({table, "uq", c.name, c.name_is_final, c.columns}, n, max_length);
}

std::string final_name(const Table& table, const CheckConstraint& c, const NamingConvention& n,
                       size_t max_length) {
  return name_of({table, "ck", c.name, c.name_is_final, {}}, n, max_length);
}

std::string final_name(const Table& table, const ForeignKeyConstraint& c, const NamingConvention& n,
                       size_t max_length) {
  return name_of({table, "fk", c.name, c.name_is_final, c.columns, &c}, n, max_length);
}

std::string final_name(const Table& table, const ForeignKeyConstraint& c, const MetaData& m,
                       size_t max_length) {
  ForeignKeyConstraint resolved = c;
  for (size_t i = 0; i < c.targets.size(); ++i) {
    resolved.targets[i] = c.target_table() + "." + m.resolve(table, c, i).name;
  }
  return final_name(table, resolved, m.naming_convention(), max_length);
}

std::string final_name(const Table& table, const Index& c, const NamingConvention& n,
                       size_t max_length) {
  Subject s{table, "ix", c.name, c.name_is_final, {}};
  for (const IndexPart& part : c.parts) {
    if (!part.column.empty()) s.columns.push_back(part.column);
  }
  return name_of(s, n, max_length);
}

}  // namespace moonbase::schema
