#include "orm/dialect/postgresql/postgresql_driver.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <thread>

#include <fmt/format.h>
#include <poll.h>

#include "orm/base/error.h"
#include "orm/base/log.h"
#include "orm/base/text.h"
#include "orm/dialect/postgresql/postgresql_connect.h"
#include "orm/dialect/postgresql/postgresql_connection.h"
#include "orm/dialect/postgresql/postgresql_error.h"
#include "orm/dialect/postgresql/postgresql_options.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Error;
using base::ErrorKind;

// Identity columns came with 10.
constexpr int kOldestServer = 100'000;
// A statement that is retired costs the server some memory; forgetting it costs a round trip.
constexpr size_t kKeptRetired = 32;
constexpr int kMaxParameters = 65'535;

struct Level {
  std::string_view name, begin;
};
constexpr Level kLevels[] = {
    {"READ UNCOMMITTED", "BEGIN ISOLATION LEVEL READ UNCOMMITTED"},
    {"READ COMMITTED", "BEGIN ISOLATION LEVEL READ COMMITTED"},
    {"REPEATABLE READ", "BEGIN ISOLATION LEVEL REPEATABLE READ"},
    {"SERIALIZABLE", "BEGIN ISOLATION LEVEL SERIALIZABLE"},
};

std::string_view words_to_begin(std::string_view level) {
  for (const Level& known : kLevels) {
    if (known.name == level) return known.begin;
  }
  return "BEGIN";
}

std::string text_without_nul(std::string_view sql) {
  if (sql.find('\0') != sql.npos)
    throw Error(ErrorKind::kProgrammingError, "the SQL text holds a NUL byte");
  return std::string(sql);
}

void ignore_notice(void*, const char*) {}

}  // namespace

// ---- running ----

PostgresqlConnection::Running::Running(PostgresqlConnection& c) : connection(c) {
  connection.interrupted_.store(false);
  connection.running_.store(true);
  ++connection.runs_;
}

PostgresqlConnection::Running::~Running() {
  connection.running_.store(false);
  // An interrupt on its way would hit the next statement.
  while (connection.cancelling_.load() != 0) std::this_thread::yield();
}

void PostgresqlConnection::interrupt() noexcept {
  ++cancelling_;
  if (running_.load()) {
    interrupted_.store(true);
    char reason[256];
    libpq().cancel(cancel_, reason, sizeof reason);
  }
  --cancelling_;
}

bool PostgresqlConnection::wait_for_input() const {
  pollfd input{libpq().socket(handle_), POLLIN, 0};
  int timeout_ms = -1;
  if (deadline_ > 0) {
    double left = deadline_ - base::clock_seconds();
    if (left <= 0) return false;
    timeout_ms = static_cast<int>(left * 1000) + 1;
  }
  // A signal ends the wait early; the caller looks and comes again.
  return poll(&input, 1, timeout_ms) != 0;
}

PGresult* PostgresqlConnection::next_result() {
  while (libpq().isBusy(handle_) != 0) {
    if (!wait_for_input()) {
      is_stuck_ = true;
      throw lost_connection("the server does not answer");
    }
    // What went wrong is in the result.
    if (libpq().consumeInput(handle_) == 0) break;
  }
  return libpq().getResult(handle_);
}

// COPY between the server and the program's streams has calls of its own: as a statement it is
// brought to its end at once.
void PostgresqlConnection::refuse_copy(ExecStatusType status) {
  if (status == PGRES_COPY_IN) {
    libpq().putCopyEnd(handle_, "COPY FROM STDIN is no statement with a result");
    return;
  }
  char* data = nullptr;
  while (libpq().getCopyData(handle_, &data, 0) > 0) libpq().freemem(data);
}

ResultPtr PostgresqlConnection::collect() {
  ResultPtr last, failed;
  bool is_copy = false;
  while (ResultPtr result{next_result()}) {
    ExecStatusType status = libpq().resultStatus(result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      is_copy = true;
      refuse_copy(status);
    } else if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (!failed) failed = std::move(result);
    } else {
      last = std::move(result);
    }
  }
  if (is_copy) {
    throw Error(ErrorKind::kNotSupportedError, "COPY from or to the program is no statement")
        .with_hint("Let the server read or write a file of its own, or insert the rows.");
  }
  if (failed) throw make_error(failed.get(), interrupted_.load(), is_usable());
  if (!last) throw lost_connection(libpq().errorMessage(handle_));
  return last;
}

void PostgresqlConnection::refuse_sending() const {
  std::string words = libpq().errorMessage(handle_);
  if (!is_usable()) throw lost_connection(words);
  throw Error(ErrorKind::kInterfaceError, words);
}

ResultPtr PostgresqlConnection::run_text(const char* sql) {
  return run([&] { return libpq().sendQuery(handle_, sql); });
}

std::vector<ResultPtr> PostgresqlConnection::run_pipeline(size_t count,
                                                          const std::function<int(size_t)>& send,
                                                          std::optional<Error>& error) {
  Running running(*this);
  if (libpq().enterPipelineMode(handle_) == 0) refuse_sending();
  bool is_sent = true;
  for (size_t i = 0; is_sent && i < count; ++i) is_sent = send(i) != 0;
  if (!is_sent || libpq().pipelineSync(handle_) == 0) {
    is_stuck_ = true;  // half a pipeline: nobody else may have this connection
    refuse_sending();
  }
  std::vector<ResultPtr> results;
  // A null pointer ends the results of each statement, and there is one more for the end of all.
  for (size_t i = 0; i < count; ++i) {
    while (ResultPtr result{next_result()}) {
      const ExecStatusType status = libpq().resultStatus(result.get());
      if ((status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) && !error)
        error = make_error(result.get(), interrupted_.load(), is_usable());
      if (!error) results.push_back(std::move(result));
    }
    if (!is_usable()) throw error ? *error : lost_connection(libpq().errorMessage(handle_));
  }
  ResultPtr{next_result()};
  if (libpq().exitPipelineMode(handle_) == 0) is_stuck_ = true;
  return results;
}

// ---- a connection's life ----

PostgresqlConnection::PostgresqlConnection(PGconn* handle, Settings settings)
    : handle_(handle), cancel_(libpq().getCancel(handle)), settings_(settings) {
  try {
    set_up();
  } catch (const Error&) {
    libpq().freeCancel(cancel_);
    libpq().finish(handle_);
    throw;
  }
}

PostgresqlConnection::~PostgresqlConnection() {
  libpq().freeCancel(cancel_);
  libpq().finish(handle_);
}

// Values are read in these forms, whatever the server's or the role's own settings are.
void PostgresqlConnection::set_up() {
  libpq().setNoticeProcessor(handle_, ignore_notice, nullptr);
  if (libpq().serverVersion(handle_) < kOldestServer) {
    throw Error(ErrorKind::kNotSupportedError,
                fmt::format("The server is PostgreSQL {}, and 10 is the oldest that will do",
                            server_version()));
  }
  auto is = [&](const char* name, std::string_view wanted) {
    const char* value = libpq().parameterStatus(handle_, name);
    return value && std::string_view(value).starts_with(wanted);
  };
  std::string settings;
  if (!is("DateStyle", "ISO")) settings += "SET datestyle = ISO;";
  if (!is("IntervalStyle", "postgres") || is("IntervalStyle", "postgres_"))
    settings += "SET intervalstyle = postgres;";
  if (!is("standard_conforming_strings", "on")) settings += "SET standard_conforming_strings = on;";
  // Before 12, floating-point numbers lost digits in the text form.
  if (libpq().serverVersion(handle_) < 120'000) settings += "SET extra_float_digits = 3;";
  if (!settings.empty()) run_text(settings.c_str());
}

bool PostgresqlConnection::is_usable() const noexcept {
  return !is_stuck_ && libpq().status(handle_) == CONNECTION_OK;
}

bool PostgresqlConnection::in_transaction() const {
  PGTransactionStatusType status = libpq().transactionStatus(handle_);
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

bool PostgresqlConnection::is_transaction_failed() const {
  return libpq().transactionStatus(handle_) == PQTRANS_INERROR;
}

bool PostgresqlConnection::is_sound() const {
  return libpq().transactionStatus(handle_) == PQTRANS_INTRANS;
}

bool PostgresqlConnection::is_idle() const {
  return libpq().transactionStatus(handle_) == PQTRANS_IDLE;
}

bool PostgresqlConnection::start_again() {
  if (is_idle()) return true;
  if (runs_ != 1 || !is_transaction_failed()) return false;
  rollback();
  begin(false);
  return true;
}

void PostgresqlConnection::set_isolation_level(std::string_view level) {
  settings_.begin_words = words_to_begin(level);
}

std::string PostgresqlConnection::isolation_level() {
  for (const Level& level : kLevels) {
    if (level.begin == settings_.begin_words) return std::string(level.name);
  }
  const char* sql =
      is_sound() ? "SHOW transaction_isolation" : "SHOW default_transaction_isolation";
  ResultPtr row = run_text(sql);
  return base::upper(libpq().getvalue(row.get(), 0, 0));
}

bool PostgresqlConnection::ping() noexcept {
  deadline_ = base::clock_seconds() + settings_.ping_timeout_ms / 1000.0;
  bool is_alive = true;
  try {
    run_text("");
  } catch (const Error&) {
    is_alive = false;
  }
  deadline_ = 0;
  return is_alive;
}

int PostgresqlConnection::max_parameters() const { return kMaxParameters; }

// "15.18 (Debian 15.18-0+deb12u1)" up to the blank.
std::string PostgresqlConnection::server_version() const {
  const char* version = libpq().parameterStatus(handle_, "server_version");
  std::string text = version ? version : "";
  return text.substr(0, text.find(' '));
}

// ---- statements and transactions ----

std::unique_ptr<driver::DriverStatement> PostgresqlConnection::prepare(std::string_view sql) {
  return make_statement(*this, text_without_nul(sql));
}

void PostgresqlConnection::execute_script(std::string_view sql) {
  run_text(text_without_nul(sql).c_str());
}

std::string_view PostgresqlConnection::begin(bool) {
  forget_retired();
  run_text(settings_.begin_words.data());  // literals, so they end with a NUL
  runs_ = 0;
  return settings_.begin_words;
}

void PostgresqlConnection::commit() {
  if (is_sound()) {
    for (OpenCursor* cursor : std::vector<OpenCursor*>(cursors_)) cursor->bring_rest();
  }
  ResultPtr result;
  try {
    result = run_text("COMMIT");
  } catch (const Error& error) {
    if (!error.disconnected()) throw;
    throw Error(
        error.kind(),
        "the connection was lost during COMMIT, so whether the transaction was committed is "
        "not known: " +
            error.message())
        .with_hint("Roll back, look whether its rows are there, and repeat it if they are not.")
        .with_orig(error.orig(), error.sqlstate())
        .with_disconnected();
  }
  if (std::string_view(libpq().cmdStatus(result.get())) != "ROLLBACK") return;
  throw Error(ErrorKind::kInternalError,
              "the transaction was rolled back instead of committed, because one of its statements "
              "had failed")
      .with_orig("COMMIT was answered with ROLLBACK", "25P02");
}

void PostgresqlConnection::rollback() { run_text("ROLLBACK"); }

std::string PostgresqlConnection::next_name() { return fmt::format("moonbase_{}", ++names_); }

void PostgresqlConnection::forget_retired() {
  // One that the user's own DISCARD ALL has taken away must not fail the others, nor a transaction.
  if (retired_.size() < kKeptRetired || !is_idle()) return;
  for (const std::string& name : retired_) {
    try {
      run_text(("DEALLOCATE " + name).c_str());
    } catch (const Error& error) {
      if (error.disconnected()) break;
    }
  }
  retired_.clear();
}

TypeForm PostgresqlConnection::form(TypeId type) {
  if (type < kFirstUserTypeId) return form_of(type);
  if (auto found = user_forms_.find(type); found != user_forms_.end()) return found->second;
  std::string sql = fmt::format(
      "SELECT typtype, typcategory, typelem FROM pg_catalog.pg_type WHERE oid = {}", type);
  ResultPtr row = run_text(sql.c_str());
  TypeForm form;
  if (libpq().ntuples(row.get()) == 1) {
    std::string_view item_text = libpq().getvalue(row.get(), 0, 2);
    TypeId item = 0;
    std::from_chars(item_text.data(), item_text.data() + item_text.size(), item);
    if (*libpq().getvalue(row.get(), 0, 0) == 'e') form.form = Form::kText;
    if (*libpq().getvalue(row.get(), 0, 1) == 'A' && item != 0)
      form = {Form::kArray, this->form(item).form};
  }
  return user_forms_[type] = form;
}

// ---- connecting ----

std::span<const std::string_view> isolation_levels() {
  static constexpr std::string_view kNames[] = {"READ UNCOMMITTED", "READ COMMITTED",
                                                "REPEATABLE READ", "SERIALIZABLE", "AUTOCOMMIT"};
  return kNames;
}

std::unique_ptr<driver::DriverConnection> open_database(const ConnectArguments& arguments) {
  PostgresqlOptions options = read_options(arguments);
  PostgresqlConnection::Settings settings;
  settings.prepared_statements = options.prepared_statements;
  settings.begin_words = words_to_begin(arguments.isolation_level);
  return std::make_unique<PostgresqlConnection>(
      open_handle(options.parameters, arguments.is_interrupted), settings);
}

}  // namespace moonbase::dialect::postgresql
