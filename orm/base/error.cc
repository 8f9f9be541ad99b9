#include "orm/base/error.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "orm/base/place.h"

namespace moonbase::base {
namespace {

constexpr std::array kKindNames = std::to_array<std::string_view>({
    "ArgumentError",
    "InvalidRequestError",
    "TypeError",
    "ValueError",
    "AttributeError",
    "IndexError",
    "KeyError",
    "NameError",
    "NoForeignKeysError",
    "AmbiguousForeignKeysError",
    "NoReferencedTableError",
    "NoReferencedColumnError",
    "CircularDependencyError",
    "UnmappedInstanceError",
    "UnmappedClassError",
    "CompileError",
    "UnsupportedCompilationError",
    "IdentifierError",
    "NoSuchTableError",
    "NoSuchColumnError",
    "NoSuchModuleError",
    "UnboundExecutionError",
    "ResourceClosedError",
    "TimeoutError",
    "NoResultFound",
    "MultipleResultsFound",
    "DetachedInstanceError",
    "ObjectDeletedError",
    "ObjectDereferencedError",
    "PendingRollbackError",
    "StaleDataError",
    "FlushError",
    "NotFound",
    "IntegrityError",
    "OperationalError",
    "ProgrammingError",
    "DataError",
    "InternalError",
    "NotSupportedError",
    "InterfaceError",
    "DatabaseError",
    "StatementError",
    "CommandError",
    "RevisionError",
    "CycleDetected",
    "MultipleHeads",
    "Interrupted",
});
static_assert(kKindNames.size() == static_cast<size_t>(ErrorKind::kInterrupted) + 1);

// A paragraph shows this many values at each end of a long list.
constexpr size_t kShownValues = 10;
constexpr size_t kShownBytes = 100;

// A statement with thousands of placeholders must not bury the rest. Cut between characters.
std::string shown_statement(std::string_view sql) {
  constexpr size_t kMost = 4000, kHead = 2000, kTail = 500;  // bytes
  if (sql.size() <= kMost) return std::string(sql);
  const auto is_inside = [&](size_t at) { return (static_cast<uint8_t>(sql[at]) & 0xC0) == 0x80; };
  size_t head = kHead, tail = sql.size() - kTail;
  while (is_inside(head)) --head;
  while (is_inside(tail)) --tail;
  return std::string(sql.substr(0, head)) + "… " + std::to_string(tail - head) + " more bytes …" +
         std::string(sql.substr(tail));
}

std::string parameter_list(const std::vector<Value>& params) {
  std::string out = "(";
  for (size_t i = 0; i < params.size(); ++i) {
    if (i != 0) out += ", ";
    if (i == kShownValues && params.size() > 2 * kShownValues) {
      size_t hidden = params.size() - 2 * kShownValues;
      out += "… " + std::to_string(hidden) + " more …, ";
      i += hidden;
    }
    out += params[i].repr(kShownBytes);
  }
  return out += ")";
}

// Lines after the first stand under it.
void append_indented(std::string& out, std::string_view text) {
  for (char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
}

void append_line(std::string& out, std::string_view before, std::string_view text,
                 std::string_view after = "") {
  out += "\n  ";
  out += before;
  append_indented(out, text);
  out += after;
}

}  // namespace

std::string_view kind_name(ErrorKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

bool is_database_kind(ErrorKind kind) {
  return kind >= ErrorKind::kIntegrityError && kind <= ErrorKind::kStatementError;
}

Error::Error(ErrorKind kind, std::string message)
    : std::runtime_error(message), kind_(kind), message_(std::move(message)) {}

Error&& Error::with_hint(std::string hint) && {
  hint_ = std::move(hint);
  return std::move(*this);
}

Error&& Error::with_statement(std::string statement, std::vector<Value> params) && {
  set_statement(std::move(statement), std::move(params));
  return std::move(*this);
}

Error&& Error::with_orig(std::string orig, std::string sqlstate) && {
  orig_ = std::move(orig);
  sqlstate_ = std::move(sqlstate);
  return std::move(*this);
}

Error&& Error::with_disconnected() && {
  disconnected_ = true;
  return std::move(*this);
}

Error&& Error::with_position(size_t position) && {
  position_ = position;
  return std::move(*this);
}

void Error::add_context(std::string what) { context_.push_back(std::move(what)); }

void Error::set_statement(std::string statement, std::vector<Value> params) {
  statement_ = std::move(statement);
  // The values outlive the buffers they may point into.
  for (Value& v : params) v.own();
  params_ = std::move(params);
}

std::string Error::paragraph() const {
  std::string out(kind_name(kind_));
  out += ": ";
  append_indented(out, message_);
  if (!orig_.empty() && message_.find(orig_) == std::string::npos)
    append_line(out, "the database said: ", orig_);
  // PostgreSQL's own words show the place.
  if (position_ > 0 && !statement_.empty() && orig_.find("\nLINE ") == std::string::npos)
    append_line(
        out, "",
        marked_line(statement_, bytes_of_characters(statement_, position_ - 1), "LINE {}: "));
  for (const std::string& what : context_) append_line(out, "while ", what);
  if (!statement_.empty()) append_line(out, "[SQL: ", shown_statement(statement_), "]");
  if (!params_.empty()) append_line(out, "[parameters: ", parameter_list(params_), "]");
  if (!hint_.empty()) append_line(out, "", hint_);
  return out;
}

}  // namespace moonbase::base
