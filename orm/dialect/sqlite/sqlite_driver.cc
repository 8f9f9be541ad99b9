#include "orm/dialect/sqlite/sqlite_driver.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include "orm/base/error.h"
#include "orm/base/log.h"
#include "orm/base/text.h"
#include "orm/dialect/sqlite/sqlite_error.h"
#include "orm/dialect/sqlite/sqlite_functions.h"
#include "orm/dialect/sqlite/sqlite_memory.h"
#include "orm/dialect/sqlite/sqlite_options.h"
#include "orm/driver/sql_text.h"

namespace moonbase::dialect::sqlite {

namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

class SqliteConnection : public driver::DriverConnection {
 public:
  SqliteConnection(sqlite3* db, ErrorPlace place) : db_(db), place_(std::move(place)) {
    if (place_.timeout_ms > 0) sqlite3_busy_handler(db_, wait_for_lock, this);
  }
  // A statement that outlives its connection keeps the handle until it is finalised.
  ~SqliteConnection() override { sqlite3_close_v2(db_); }

  std::unique_ptr<driver::DriverStatement> prepare(std::string_view sql) override;
  void execute_script(std::string_view sql) override;

  std::string_view begin(bool for_write) override {
    const char* words = for_write ? "BEGIN IMMEDIATE" : "BEGIN";
    run(words);
    return words;
  }
  void commit() override { run("COMMIT"); }
  void rollback() override { run("ROLLBACK"); }
  bool in_transaction() const override { return sqlite3_get_autocommit(db_) == 0; }

  // There is one level, but for connections that share a cache.
  void set_isolation_level(std::string_view level) override {
    const bool reads_uncommitted = level == "READ UNCOMMITTED";
    if (reads_uncommitted == reads_uncommitted_) return;
    run(reads_uncommitted ? "PRAGMA read_uncommitted = 1" : "PRAGMA read_uncommitted = 0");
    reads_uncommitted_ = reads_uncommitted;
  }
  std::string isolation_level() override {
    return reads_uncommitted_ ? "READ UNCOMMITTED" : "SERIALIZABLE";
  }

  void interrupt() noexcept override {
    interrupted_.store(true, std::memory_order_relaxed);
    sqlite3_interrupt(db_);
  }
  bool ping() noexcept override {
    return sqlite3_exec(db_, "SELECT 1", nullptr, nullptr, nullptr) == SQLITE_OK;
  }
  bool is_usable() const noexcept override { return true; }
  int max_parameters() const override {
    return sqlite3_limit(db_, SQLITE_LIMIT_VARIABLE_NUMBER, -1);
  }
  std::string server_version() const override { return sqlite3_libversion(); }

  sqlite3* db() const { return db_; }
  // An interrupt asked for before a run began does not concern it.
  void start_run() { interrupted_.store(false, std::memory_order_relaxed); }
  [[noreturn]] void fail() const {
    throw make_error(db_, place_, interrupted_.load(std::memory_order_relaxed));
  }
  // Of `sql`, which could not be prepared.
  [[noreturn]] void fail(std::string_view sql) const {
    Error error = make_error(db_, place_, interrupted_.load(std::memory_order_relaxed));
    const int offset = sqlite3_error_offset(db_);
    if (offset < 0 || static_cast<size_t>(offset) > sql.size()) throw error;
    throw std::move(error).with_position(
        base::utf8_length(sql.substr(0, static_cast<size_t>(offset))) + 1);
  }
  // Text that needs no result.
  void run(const char* sql) {
    start_run();
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }

 private:
  static int wait_for_lock(void* self, int count);

  sqlite3* db_;
  ErrorPlace place_;
  std::atomic<bool> interrupted_ = false;
  double waiting_since_ = 0;
  bool reads_uncommitted_ = false;
};

// Called by SQLite for as long as a lock is held by someone else; 0 gives up. SQLite's own handler
// cannot be interrupted.
int SqliteConnection::wait_for_lock(void* self, int count) {
  constexpr int kDelaysMs[] = {1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100};
  auto* connection = static_cast<SqliteConnection*>(self);
  if (connection->interrupted_.load(std::memory_order_relaxed)) return 0;
  double now = base::clock_seconds();
  if (count == 0) connection->waiting_since_ = now;
  double left_ms = connection->place_.timeout_ms - (now - connection->waiting_since_) * 1000;
  if (left_ms <= 0) return 0;
  int delay_ms = kDelaysMs[std::min<size_t>(static_cast<size_t>(count), std::size(kDelaysMs) - 1)];
  usleep(static_cast<useconds_t>(std::min<double>(delay_ms, left_ms) * 1000));
  return 1;
}

class SqliteStatement : public driver::DriverStatement {
 public:
  SqliteStatement(SqliteConnection& connection, sqlite3_stmt* statement, std::string_view sql)
      : connection_(connection),
        statement_(statement),
        is_write_(sqlite3_stmt_readonly(statement) == 0) {
    if (!is_write_) return;
    std::string word = driver::first_keyword(sql);
    is_insert_ = word == "insert" || word == "replace";
    counts_changes_ = is_insert_ || word == "update" || word == "delete" || word == "with";
  }
  ~SqliteStatement() override { sqlite3_finalize(statement_); }

  void bind(int index, const Value& value) override {
    if (bind_value(index + 1, value) != SQLITE_OK) {
      throw make_error(connection_.db(), {});
    }
  }

  bool step() override {
    if (!is_running_) {
      connection_.start_run();
      is_running_ = true;
    }
    int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail();
    is_running_ = false;
    return false;
  }

  void reset() noexcept override {
    sqlite3_reset(statement_);
    is_running_ = false;
  }

  int parameter_count() const override { return sqlite3_bind_parameter_count(statement_); }
  int column_count() const override { return sqlite3_column_count(statement_); }
  driver::ColumnInfo column_info(int column) const override {
    const char* type = sqlite3_column_decltype(statement_, column);
    return {sqlite3_column_name(statement_, column), type ? type : ""};
  }

  Value column(int column) const override {
    switch (sqlite3_column_type(statement_, column)) {
      case SQLITE_INTEGER:
        return Value::integer(sqlite3_column_int64(statement_, column));
      case SQLITE_FLOAT:
        return Value::real(sqlite3_column_double(statement_, column));
      case SQLITE_TEXT:
        return borrowed(Tag::kText, sqlite3_column_text(statement_, column), column);
      case SQLITE_BLOB:
        return borrowed(Tag::kBlob, sqlite3_column_blob(statement_, column), column);
      default:
        return Value();
    }
  }
  int64_t column_int(int column) const override { return sqlite3_column_int64(statement_, column); }
  bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }

  int64_t changes() const override {
    return counts_changes_ ? sqlite3_changes64(connection_.db()) : -1;
  }
  int64_t last_insert_id() const override {
    // SQLite keeps the key of an earlier INSERT where this one added nothing.
    bool has_inserted = is_insert_ && sqlite3_changes64(connection_.db()) > 0;
    return has_inserted ? sqlite3_last_insert_rowid(connection_.db()) : 0;
  }
  bool is_write() const override { return is_write_; }

 private:
  int bind_value(int position, const Value& value) {
    switch (value.tag()) {
      case Tag::kNull:
        return sqlite3_bind_null(statement_, position);
      case Tag::kBool:
      case Tag::kInt:
        return sqlite3_bind_int64(statement_, position, value.as_int());
      case Tag::kDouble:
        return sqlite3_bind_double(statement_, position, value.as_double());
      case Tag::kText: {
        // A null pointer would bind NULL.
        std::string_view text = value.as_bytes();
        return sqlite3_bind_text64(statement_, position, text.empty() ? "" : text.data(),
                                   text.size(), SQLITE_STATIC, SQLITE_UTF8);
      }
      case Tag::kBlob: {
        std::string_view bytes = value.as_bytes();
        return sqlite3_bind_blob64(statement_, position, bytes.empty() ? "" : bytes.data(),
                                   bytes.size(), SQLITE_STATIC);
      }
      default:
        break;
    }
    throw Error(ErrorKind::kInterfaceError,
                fmt::format("parameter {} is a {}, which the dialect has not converted", position,
                            base::tag_name(value.tag())));
  }

  Value borrowed(Tag tag, const void* bytes, int column) const {
    auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
    return Value::borrowed(tag, {static_cast<const char*>(bytes), size});
  }

  [[noreturn]] void fail() {
    struct Reset {
      SqliteStatement* statement;
      ~Reset() { statement->reset(); }
    } reset{this};
    connection_.fail();
  }

  SqliteConnection& connection_;
  sqlite3_stmt* statement_;
  bool is_write_;
  bool is_insert_ = false;
  bool counts_changes_ = false;
  bool is_running_ = false;
};

// SQLite would run what comes before it.
void check_no_nul(std::string_view sql) {
  if (sql.find('\0') != sql.npos)
    throw Error(ErrorKind::kProgrammingError, "the SQL text holds a NUL byte");
}

std::unique_ptr<driver::DriverStatement> SqliteConnection::prepare(std::string_view sql) {
  check_no_nul(sql);
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                SQLITE_PREPARE_PERSISTENT, &statement, &tail);
  if (code != SQLITE_OK) fail(sql);
  if (!statement) throw Error(ErrorKind::kProgrammingError, "the text holds no SQL statement");
  auto prepared = std::make_unique<SqliteStatement>(*this, statement, sql);
  std::string_view rest = sql.substr(static_cast<size_t>(tail - sql.data()));
  while (!rest.empty()) {
    sqlite3_stmt* second = nullptr;
    code = sqlite3_prepare_v2(db_, rest.data(), static_cast<int>(rest.size()), &second, &tail);
    sqlite3_finalize(second);
    if (code != SQLITE_OK || second) {
      throw Error(ErrorKind::kProgrammingError, "the text holds more than one statement")
          .with_hint("Run one at a time, or all of them as a script.");
    }
    rest.remove_prefix(static_cast<size_t>(tail - rest.data()));
  }
  return prepared;
}

void SqliteConnection::execute_script(std::string_view sql) {
  check_no_nul(sql);
  start_run();
  while (!sql.empty()) {
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    int code = sqlite3_prepare_v2(db_, sql.data(), static_cast<int>(sql.size()), &statement, &tail);
    if (code == SQLITE_OK && statement) {
      while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      }
    }
    if (code != SQLITE_OK && code != SQLITE_DONE) {
      Error error = make_error(db_, place_, interrupted_.load(std::memory_order_relaxed));
      sqlite3_finalize(statement);
      throw error;
    }
    sqlite3_finalize(statement);
    sql.remove_prefix(static_cast<size_t>(tail - sql.data()));
  }
}

int open_flags(const SqliteOptions& options) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
  if (options.mode == "ro") return flags | SQLITE_OPEN_READONLY;
  if (options.mode == "rw") return flags | SQLITE_OPEN_READWRITE;
  return flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

}  // namespace

std::unique_ptr<driver::DriverConnection> open_database(const ConnectArguments& arguments) {
  check_arguments(arguments);
  SqliteOptions options = read_options(arguments);
  bool in_memory = is_memory(arguments);
  ErrorPlace place{in_memory ? ":memory:" : database_path(arguments), options.timeout_ms};
  if (!in_memory) check_place(place.path, options);

  set_up_memory();
  sqlite3* db = nullptr;
  int code =
      sqlite3_open_v2(open_name(arguments, options).c_str(), &db, open_flags(options), nullptr);
  // Owns the handle from here on, also of a failed opening.
  auto connection = std::make_unique<SqliteConnection>(db, place);
  if (code != SQLITE_OK || register_functions(db) != SQLITE_OK) connection->fail();
  if (options.foreign_keys) connection->run("PRAGMA foreign_keys = ON");
  connection->set_isolation_level(arguments.isolation_level);
  if (!options.journal_mode.empty()) {
    connection->run(("PRAGMA journal_mode = " + options.journal_mode).c_str());
  }
  return connection;
}

}  // namespace moonbase::dialect::sqlite
