#include "orm/dialect/postgresql/postgresql_error.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "orm/base/text.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Error;
using base::ErrorKind;

struct ClassRow {
  std::string_view prefix;
  ErrorKind kind;
};

// psycopg decides the kinds, because SQLAlchemy passes them on. The longest prefix that fits comes
// first.
constexpr ClassRow kClasses[] = {
    {"0A", ErrorKind::kNotSupportedError}, {"08", ErrorKind::kOperationalError},
    {"20", ErrorKind::kProgrammingError},  {"21", ErrorKind::kProgrammingError},
    {"22", ErrorKind::kDataError},         {"23", ErrorKind::kIntegrityError},
    {"24", ErrorKind::kInternalError},     {"25", ErrorKind::kInternalError},
    {"26", ErrorKind::kOperationalError},  {"27", ErrorKind::kOperationalError},
    {"28", ErrorKind::kOperationalError},  {"2B", ErrorKind::kInternalError},
    {"2D", ErrorKind::kInternalError},     {"2F", ErrorKind::kInternalError},
    {"34", ErrorKind::kOperationalError},  {"38", ErrorKind::kInternalError},
    {"39", ErrorKind::kInternalError},     {"3B", ErrorKind::kInternalError},
    {"3D", ErrorKind::kProgrammingError},  {"3F", ErrorKind::kProgrammingError},
    {"40", ErrorKind::kOperationalError},  {"42", ErrorKind::kProgrammingError},
    {"44", ErrorKind::kProgrammingError},  {"53", ErrorKind::kOperationalError},
    {"54", ErrorKind::kOperationalError},  {"55", ErrorKind::kOperationalError},
    {"56", ErrorKind::kOperationalError},  {"57", ErrorKind::kOperationalError},
    {"58", ErrorKind::kOperationalError},  {"F0", ErrorKind::kInternalError},
    {"HV", ErrorKind::kOperationalError},  {"P0", ErrorKind::kInternalError},
    {"XX", ErrorKind::kInternalError},
};

struct HintRow {
  std::string_view sqlstate, hint;
};

constexpr HintRow kHints[] = {
    {"22001",
     "The text is longer than its column takes: shorten it, or make the column wider (String(n), "
     "Text)."},
    {"22003",
     "The value is out of the range of its type: use a wider one (BigInteger, a Numeric of more "
     "digits)."},
    {"22021", "Text is UTF-8 here: keep bytes in a LargeBinary column."},
    {"23503",
     "A row that is referred to does not exist, or rows still refer to the one being deleted or "
     "changed."},
    {"25001",
     "The statement cannot run inside a transaction: use an engine with "
     "isolation_level = 'AUTOCOMMIT'."},
    {"25006",
     "The transaction, or the server (a standby), takes no writes: connect to the primary."},
    {"25P02",
     "An earlier statement of the transaction failed, and the server ignores all others until it "
     "is rolled back: call rollback()."},
    {"40001", "Another transaction got in between: roll back and run the whole transaction again."},
    {"40P01",
     "Two transactions waited for each other, and this one was chosen to give way: roll back and "
     "run it again."},
    {"42501", "The role lacks a privilege: GRANT it, or connect as another one."},
    {"42703",
     "The table in the database has no such column: if the model gained it, migrate the database."},
    {"42803",
     "What stands beside an aggregate stands in group_by, too. An expression with a value in it is "
     "another one there, with a parameter of its own: give it a label and group by the label's "
     "name."},
    {"42P01",
     "The database has no such table: create it with db.create_all(), or check its schema and the "
     "database's name."},
    {"42P18", "The server cannot tell of what type a value is: say so with db.cast(value, type)."},
    {"53100", "The disk of the server is full."},
    {"53200", "The server has no memory left: send less at a time, or give it more."},
    {"53300",
     "The server has as many connections as it takes: close some, lower pool_size, or raise its "
     "max_connections."},
    {"55P03", "Another transaction holds the row or table: roll back and try again."},
};

std::string hint_for(std::string_view sqlstate, std::string_view message) {
  if (sqlstate == "57014" && message.find("statement timeout") != message.npos)
    return "The statement ran longer than the setting statement_timeout allows.";
  if (sqlstate == "0A000" && message.find("cached plan") != message.npos)
    return "Another connection changed the table: roll back and run the transaction again.";
  if (sqlstate == "42883" && message.starts_with("operator does not exist: json "))
    return "A value inside JSON has no operators here: read it with path(…):as_string(), "
           "as_integer() and the like, or make the column JSONB.";
  if (sqlstate == "42P10" && message.find("SELECT DISTINCT") != message.npos)
    return "DISTINCT orders by what it selects: select it, too, or give it a label and order by "
           "that.";
  for (const HintRow& row : kHints) {
    if (row.sqlstate == sqlstate) return std::string(row.hint);
  }
  return {};
}

// The server ends the connection with these.
bool ends_connection(std::string_view sqlstate) {
  return sqlstate.starts_with("08") || sqlstate == "57P01" || sqlstate == "57P02" ||
         sqlstate == "57P03" || sqlstate == "57P05" || sqlstate == "25P03";
}

std::string field(const PGresult* result, int code) {
  const char* text = libpq().resultErrorField(result, code);
  return text ? text : "";
}

struct Refusal {
  std::string_view words;  // what libpq or the server says, in English
  std::string_view sqlstate, hint;
};

constexpr Refusal kRefusals[] = {
    {"Connection refused", "08001",
     "Nothing listens there: is the server running, and are host and port of the URL right?"},
    {"No such file or directory", "08001",
     "No server listens on that socket: is it running? Its folder is given as ?host=/folder, and a "
     "host name in the URL connects over the network instead."},
    {"could not translate host name", "08001", "Check the host in the URL; nothing has that name."},
    {"password authentication failed", "28P01",
     "Check user and password in the URL (characters such as @ / : are written %40 %2F %3A), or in "
     "~/.pgpass."},
    {"no password supplied", "28P01",
     "Put the password into the URL, user:password@host, or into ~/.pgpass."},
    {"Peer authentication failed", "28000",
     "On a local socket the server asks that the database role has the name of the system's user: "
     "name a host in the URL, or change pg_hba.conf."},
    {"no encryption", "28000",
     "The server wants TLS: add ?sslmode=require to the URL. Or its pg_hba.conf lets nobody in "
     "from "
     "here with that user and database at all: check both."},
    {"no pg_hba.conf entry", "28000",
     "The server's pg_hba.conf lets nobody in from here with that user, database and encryption."},
    {"server does not support SSL", "08001",
     "The server has no TLS: leave out sslmode, or switch ssl on at the server."},
    {"invalid response to SSL negotiation", "08001",
     "What answers there is no PostgreSQL server: check host and port of the URL."},
    {"server closed the connection unexpectedly", "08001",
     "What answers there is no PostgreSQL server, or one that has just stopped: check host and "
     "port "
     "of the URL, and the server's log."},
    {"timeout expired", "08001",
     "Nothing answered in time: is the host right, and does a firewall let the port through? "
     "?connect_timeout=SECONDS waits longer."},
    {"too many clients", "53300",
     "The server has as many connections as it takes: close some, or raise its max_connections."},
    {"remaining connection slots", "53300",
     "The server has as many connections as it takes: close some, or raise its max_connections."},
    {"the database system is", "57P03",
     "The server is starting, stopping or recovering: try again in a moment."},
    {"session is not read-only", "08001",
     "No host has the role that target_session_attrs asks for."},
    {"session is read-only", "08001", "No host has the role that target_session_attrs asks for."},
    {"server is in hot standby mode", "08001",
     "No host has the role that target_session_attrs asks for."},
    {"server is not in hot standby mode", "08001",
     "No host has the role that target_session_attrs asks for."},
};

// The name in `what "name" does not exist`; empty where the text says nothing of the kind.
std::string missing_name(std::string_view words, std::string_view what) {
  std::string begin = fmt::format("{} \"", what);
  size_t start = words.find(begin);
  if (start == words.npos) return {};
  start += begin.size();
  size_t end = words.find("\" does not exist", start);
  return end == words.npos ? std::string() : std::string(words.substr(start, end - start));
}

// Quoted for a command line where it needs to be.
std::string shell_word(const std::string& name) {
  bool is_plain = name.find_first_not_of(
                      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                      "0123456789_-.") == std::string::npos;
  return is_plain ? name : base::quote_for_message(name);
}

// libpq's several lines as one sentence, without what it adds when it is asked once more.
std::string one_line(std::string_view words) {
  std::vector<std::string> lines;
  for (std::string_view line : base::split(base::trim(words), '\n')) {
    if (lines.empty() || base::trim(line) != "invalid socket") lines.emplace_back(base::trim(line));
  }
  return base::join(lines, " ");
}

}  // namespace

ErrorKind kind_of_sqlstate(std::string_view sqlstate) {
  for (const ClassRow& row : kClasses) {
    if (sqlstate.starts_with(row.prefix)) return row.kind;
  }
  return ErrorKind::kDatabaseError;
}

Error make_error(const PGresult* result, bool interrupted, bool is_alive) {
  std::string sqlstate = field(result, PG_DIAG_SQLSTATE);
  std::string orig(base::trim(libpq().resultErrorMessage(result)));
  if (sqlstate.empty()) return lost_connection(orig);
  std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (sqlstate == "57014" && interrupted) {
    return Error(ErrorKind::kInterrupted, "the statement was interrupted")
        .with_orig(std::move(orig), std::move(sqlstate));
  }
  std::string hint = hint_for(sqlstate, message);
  std::string detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  std::string theirs = field(result, PG_DIAG_MESSAGE_HINT);
  if (!detail.empty()) message += ": " + detail;
  if (!theirs.empty()) hint = theirs + (hint.empty() ? "" : "\n" + hint);
  bool is_lost = !is_alive || ends_connection(sqlstate);
  if (is_lost && hint.empty())
    hint = "The server ended the connection: roll back, and the next transaction opens another.";
  const std::string position = field(result, PG_DIAG_STATEMENT_POSITION);
  size_t at = 0;
  std::from_chars(position.data(), position.data() + position.size(), at);
  Error error = Error(is_lost ? ErrorKind::kOperationalError : kind_of_sqlstate(sqlstate), message)
                    .with_hint(std::move(hint))
                    .with_orig(std::move(orig), sqlstate)
                    .with_position(at);
  return is_lost ? std::move(error).with_disconnected() : std::move(error);
}

Error lost_connection(std::string_view words) {
  std::string orig(base::trim(words));
  return Error(ErrorKind::kOperationalError,
               "the connection to the server was lost: " +
                   one_line(orig.empty() ? "nothing is known of why" : orig))
      .with_hint("Roll back; the next transaction opens another connection.")
      .with_orig(orig, "08006")
      .with_disconnected();
}

Error refused_connection(std::string_view words) {
  std::string orig(base::trim(words)), hint, sqlstate = "08001";
  std::string database = missing_name(orig, "database"), role = missing_name(orig, "role");
  if (!database.empty()) {
    sqlstate = "3D000";
    hint = fmt::format("Create it: createdb {}. Or correct the name in the URL.",
                       shell_word(database));
  } else if (!role.empty()) {
    sqlstate = "28000";
    hint = fmt::format("Create it: createuser {}. Or name another user in the URL, user@host.",
                       shell_word(role));
  } else {
    for (const Refusal& refusal : kRefusals) {
      if (orig.find(refusal.words) == orig.npos) continue;
      sqlstate = refusal.sqlstate;
      hint = refusal.hint;
      break;
    }
  }
  return Error(ErrorKind::kOperationalError, one_line(orig))
      .with_hint(std::move(hint))
      .with_orig(orig, std::move(sqlstate));
}

}  // namespace moonbase::dialect::postgresql
