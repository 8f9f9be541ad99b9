#include "orm/dialect/sqlite/sqlite_error.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "orm/base/text.h"

namespace moonbase::dialect::sqlite {

namespace {

using base::Error;
using base::ErrorKind;

struct CodeRow {
  int code;
  std::string_view name;
  ErrorKind kind;
};

// Python's sqlite3 decides the kinds, because SQLAlchemy passes them on.
constexpr CodeRow kCodes[] = {
    {SQLITE_ERROR, "SQLITE_ERROR", ErrorKind::kOperationalError},
    {SQLITE_INTERNAL, "SQLITE_INTERNAL", ErrorKind::kInternalError},
    {SQLITE_PERM, "SQLITE_PERM", ErrorKind::kOperationalError},
    {SQLITE_ABORT, "SQLITE_ABORT", ErrorKind::kOperationalError},
    {SQLITE_BUSY, "SQLITE_BUSY", ErrorKind::kOperationalError},
    {SQLITE_LOCKED, "SQLITE_LOCKED", ErrorKind::kOperationalError},
    {SQLITE_NOMEM, "SQLITE_NOMEM", ErrorKind::kOperationalError},
    {SQLITE_READONLY, "SQLITE_READONLY", ErrorKind::kOperationalError},
    {SQLITE_INTERRUPT, "SQLITE_INTERRUPT", ErrorKind::kInterrupted},
    {SQLITE_IOERR, "SQLITE_IOERR", ErrorKind::kOperationalError},
    {SQLITE_CORRUPT, "SQLITE_CORRUPT", ErrorKind::kDatabaseError},
    {SQLITE_NOTFOUND, "SQLITE_NOTFOUND", ErrorKind::kInternalError},
    {SQLITE_FULL, "SQLITE_FULL", ErrorKind::kOperationalError},
    {SQLITE_CANTOPEN, "SQLITE_CANTOPEN", ErrorKind::kOperationalError},
    {SQLITE_PROTOCOL, "SQLITE_PROTOCOL", ErrorKind::kOperationalError},
    {SQLITE_SCHEMA, "SQLITE_SCHEMA", ErrorKind::kOperationalError},
    {SQLITE_TOOBIG, "SQLITE_TOOBIG", ErrorKind::kDataError},
    {SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT", ErrorKind::kIntegrityError},
    {SQLITE_MISMATCH, "SQLITE_MISMATCH", ErrorKind::kIntegrityError},
    {SQLITE_MISUSE, "SQLITE_MISUSE", ErrorKind::kInterfaceError},
    {SQLITE_AUTH, "SQLITE_AUTH", ErrorKind::kOperationalError},
    {SQLITE_RANGE, "SQLITE_RANGE", ErrorKind::kInterfaceError},
    {SQLITE_NOTADB, "SQLITE_NOTADB", ErrorKind::kOperationalError},
};

struct ExtendedRow {
  int code;
  std::string_view suffix;
};

constexpr ExtendedRow kExtended[] = {
    {SQLITE_CONSTRAINT_CHECK, "_CHECK"},
    {SQLITE_CONSTRAINT_COMMITHOOK, "_COMMITHOOK"},
    {SQLITE_CONSTRAINT_DATATYPE, "_DATATYPE"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, "_FOREIGNKEY"},
    {SQLITE_CONSTRAINT_FUNCTION, "_FUNCTION"},
    {SQLITE_CONSTRAINT_NOTNULL, "_NOTNULL"},
    {SQLITE_CONSTRAINT_PINNED, "_PINNED"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, "_PRIMARYKEY"},
    {SQLITE_CONSTRAINT_ROWID, "_ROWID"},
    {SQLITE_CONSTRAINT_TRIGGER, "_TRIGGER"},
    {SQLITE_CONSTRAINT_UNIQUE, "_UNIQUE"},
    {SQLITE_CONSTRAINT_VTAB, "_VTAB"},
    {SQLITE_BUSY_RECOVERY, "_RECOVERY"},
    {SQLITE_BUSY_SNAPSHOT, "_SNAPSHOT"},
    {SQLITE_BUSY_TIMEOUT, "_TIMEOUT"},
    {SQLITE_LOCKED_SHAREDCACHE, "_SHAREDCACHE"},
    {SQLITE_READONLY_CANTLOCK, "_CANTLOCK"},
    {SQLITE_READONLY_DBMOVED, "_DBMOVED"},
    {SQLITE_READONLY_DIRECTORY, "_DIRECTORY"},
    {SQLITE_READONLY_RECOVERY, "_RECOVERY"},
    {SQLITE_READONLY_ROLLBACK, "_ROLLBACK"},
    {SQLITE_CANTOPEN_ISDIR, "_ISDIR"},
    {SQLITE_CANTOPEN_FULLPATH, "_FULLPATH"},
    {SQLITE_IOERR_READ, "_READ"},
    {SQLITE_IOERR_SHORT_READ, "_SHORT_READ"},
    {SQLITE_IOERR_WRITE, "_WRITE"},
    {SQLITE_IOERR_FSYNC, "_FSYNC"},
    {SQLITE_IOERR_LOCK, "_LOCK"},
    {SQLITE_IOERR_DELETE, "_DELETE"},
    {SQLITE_ABORT_ROLLBACK, "_ROLLBACK"},
    {SQLITE_CORRUPT_VTAB, "_VTAB"},
    {SQLITE_ERROR_MISSING_COLLSEQ, "_MISSING_COLLSEQ"},
    {SQLITE_ERROR_RETRY, "_RETRY"},
    {SQLITE_ERROR_SNAPSHOT, "_SNAPSHOT"},
};

const CodeRow* find_code(int extended_code) {
  for (const CodeRow& row : kCodes) {
    if (row.code == (extended_code & 0xff)) return &row;
  }
  return nullptr;
}

std::vector<std::string> table_names(sqlite3* db) {
  std::vector<std::string> names;
  sqlite3_stmt* statement = nullptr;
  constexpr char kSql[] =
      "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE "
      "'sqlite~_%' "
      "ESCAPE '~' ORDER BY name";
  if (sqlite3_prepare_v2(db, kSql, -1, &statement, nullptr) == SQLITE_OK) {
    while (sqlite3_step(statement) == SQLITE_ROW) {
      names.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
    }
  }
  sqlite3_finalize(statement);
  return names;
}

std::string missing_table_hint(sqlite3* db, std::string_view name) {
  std::vector<std::string> names = table_names(db);
  if (names.empty()) return "The database has no tables yet: create them with db.create_all().";
  std::optional<std::string> near = base::nearest(name, names);
  if (near) return fmt::format("There is a table named '{}'.", *near);
  return fmt::format("The database has {}. Was the table created, and is this the right file?",
                     base::join(names, ", "));
}

std::string error_hint(sqlite3* db, std::string_view message) {
  constexpr std::string_view kNoTable = "no such table: ";
  if (message.starts_with(kNoTable)) return missing_table_hint(db, message.substr(kNoTable.size()));
  if (message.starts_with("no such column: ") ||
      message.find(" has no column named ") != message.npos) {
    return "The table in the database has no such column: if the model gained it, migrate the "
           "database.";
  }
  if (message.starts_with("Expression tree is too large") ||
      message.starts_with("parser stack overflow")) {
    return "SQLite limits how deep a condition nests, and a long chain of `or` is deep: compare "
           "with a list instead, User.id:in_{1, 2, …}, or ask in several queries.";
  }
  return {};
}

std::string busy_hint(int extended_code, const ErrorPlace& place) {
  if (extended_code == SQLITE_BUSY_SNAPSHOT) {
    return "Another connection wrote after this transaction had read: roll back and try again.";
  }
  return fmt::format(
      "Another connection, of this program or of another one, holds {} and did not finish within "
      "{:g} s. Commit or roll back there; the option `timeout` waits longer.",
      place.path, place.timeout_ms / 1000.0);
}

// What to do next; empty where SQLite's message says it all.
std::string hint_for(sqlite3* db, int extended_code, std::string_view message,
                     const ErrorPlace& place) {
  switch (extended_code & 0xff) {
    case SQLITE_ERROR:
      return error_hint(db, message);
    case SQLITE_BUSY:
      return busy_hint(extended_code, place);
    case SQLITE_LOCKED:
      return "Another statement of this connection still reads the table: read its result to the "
             "end or close it.";
    case SQLITE_READONLY:
      return fmt::format(
          "{} was opened for reading only, or it or its folder is not writable by this user.",
          place.path);
    case SQLITE_CANTOPEN:
      return fmt::format("Check that {} and its folder can be read and written by this user.",
                         place.path);
    case SQLITE_NOTADB:
      return fmt::format(
          "{} is not a SQLite database (or an encrypted one): correct the path, or move the file "
          "away.",
          place.path);
    case SQLITE_CORRUPT:
      return fmt::format("{} is damaged: restore a copy, or try `.recover` of sqlite3.",
                         place.path);
    case SQLITE_FULL:
      return fmt::format("The disk that holds {} is full.", place.path);
    case SQLITE_IOERR:
      return fmt::format("Reading or writing {} failed: check the disk.", place.path);
    default:
      break;
  }
  if (extended_code == SQLITE_CONSTRAINT_FOREIGNKEY) {
    return "A row that is referred to does not exist, or rows still refer to the one being deleted "
           "or changed.";
  }
  return {};
}

}  // namespace

std::string code_name(int extended_code) {
  const CodeRow* row = find_code(extended_code);
  if (!row) return fmt::format("SQLITE_{}", extended_code);
  for (const ExtendedRow& extended : kExtended) {
    if (extended.code == extended_code)
      return std::string(row->name) + std::string(extended.suffix);
  }
  return std::string(row->name);
}

Error make_error(sqlite3* db, const ErrorPlace& place, bool interrupted) {
  int code = sqlite3_extended_errcode(db);
  std::string message = sqlite3_errmsg(db);
  if (interrupted && (code & 0xff) == SQLITE_BUSY) {
    return Error(ErrorKind::kInterrupted, "the statement was interrupted")
        .with_orig(message, code_name(code));
  }
  if ((code & 0xff) == SQLITE_INTERRUPT) message = "the statement was " + message;
  const CodeRow* row = find_code(code);
  std::string hint = hint_for(db, code, message, place);
  return Error(row ? row->kind : ErrorKind::kDatabaseError, message)
      .with_hint(std::move(hint))
      .with_orig(message, code_name(code));
}

// "UNIQUE constraint failed: user.first, user.last", "… failed: index 'ix_lower'"
std::optional<Refusal> refusal(const base::Error& error) {
  using Kind = Refusal::Kind;
  struct Row {
    std::string_view state;
    Kind kind;
  };
  constexpr Row kKinds[] = {{"SQLITE_CONSTRAINT_UNIQUE", Kind::kUnique},
                            {"SQLITE_CONSTRAINT_PRIMARYKEY", Kind::kUnique},
                            {"SQLITE_CONSTRAINT_ROWID", Kind::kUnique},
                            {"SQLITE_CONSTRAINT_NOTNULL", Kind::kNotNull},
                            {"SQLITE_CONSTRAINT_FOREIGNKEY", Kind::kForeignKey},
                            {"SQLITE_CONSTRAINT_CHECK", Kind::kCheck}};
  const auto* row = std::ranges::find(kKinds, std::string_view(error.sqlstate()), &Row::state);
  if (row == std::end(kKinds)) return {};
  Refusal refusal{row->kind};
  constexpr std::string_view kFailed = "failed: ", kIndex = "index '";
  const std::string_view message = error.message();
  const size_t at = message.find(kFailed);
  if (at == message.npos) return refusal;  // of a foreign key nothing more is said
  const std::string_view what = message.substr(at + kFailed.size());
  if (refusal.kind == Kind::kCheck) {
    refusal.constraint = what;
  } else if (what.starts_with(kIndex)) {
    refusal.constraint = what.substr(kIndex.size(), what.size() - kIndex.size() - 1);
  } else {
    for (std::string_view name : base::split(what, ','))
      refusal.columns.emplace_back(base::trim(name.substr(name.rfind('.') + 1)));
  }
  return refusal;
}

}  // namespace moonbase::dialect::sqlite
