// A connection over libpq; private to this folder. Used by one thread at a time, except
// `interrupt`. Statements run with PQsend… and a wait that a signal may break into, so that an
// interrupt reaches the server while its answer is awaited.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orm/base/error.h"
#include "orm/dialect/postgresql/libpq.h"
#include "orm/dialect/postgresql/postgresql_wire.h"
#include "orm/driver/driver.h"

namespace moonbase::dialect::postgresql {

// A statement whose rows are still at the server, in a cursor of the transaction.
class OpenCursor {
 public:
  virtual ~OpenCursor() = default;
  // Brings all rows here: the transaction, and the cursor with it, is about to end.
  virtual void bring_rest() = 0;
};

class PostgresqlConnection final : public driver::DriverConnection {
 public:
  struct Settings {
    std::string_view begin_words = "BEGIN";
    bool prepared_statements = true;
    int ping_timeout_ms = 10'000;
  };
  // Takes over the open connection. Throws what setting it up throws.
  PostgresqlConnection(PGconn* handle, Settings settings);
  ~PostgresqlConnection() override;

  std::unique_ptr<driver::DriverStatement> prepare(std::string_view sql) override;
  void execute_script(std::string_view sql) override;

  std::string_view begin(bool for_write) override;
  void commit() override;
  void rollback() override;
  bool in_transaction() const override;
  void set_isolation_level(std::string_view level) override;
  std::string isolation_level() override;
  bool is_transaction_failed() const override;

  bool has_copy() const override { return true; }
  void append_copy_field(std::string& text, const base::Value& value, bool is_first) const override;
  void end_copy_row(std::string& text) const override { text += '\n'; }
  int64_t copy_in(std::string_view sql, const NextCopyText& next) override;

  void interrupt() noexcept override;
  bool ping() noexcept override;
  bool is_usable() const noexcept override;
  int max_parameters() const override;
  std::string server_version() const override;

  // ---- for statements ----
  PGconn* handle() const { return handle_; }
  bool keeps_prepared() const { return settings_.prepared_statements; }
  // A transaction is open, and has not failed.
  bool is_sound() const;
  // No transaction is open.
  bool is_idle() const;
  // Sees to it that what has just failed can be tried again: no transaction is open, or the failed
  // statement was the first of one, which begins anew. False: the transaction is lost.
  bool start_again();
  // Sends by `send`, which returns libpq's 1 or 0, and waits for the end: the last result. Throws
  // the first error.
  template <class Send>
  ResultPtr run(Send send) {
    Running running(*this);
    if (send() == 0) refuse_sending();
    return collect();
  }
  // Sends many statements by `send`, which returns libpq's 1 or 0, and then waits for all: their
  // results, up to the first that failed. Its error is `error`; those behind it did not run.
  std::vector<ResultPtr> run_pipeline(size_t count, const std::function<int(size_t)>& send,
                                      std::optional<base::Error>& error);
  // Text without parameters, maybe of several statements.
  ResultPtr run_text(const char* sql);
  std::string next_name();
  // A statement's name that is not used any more; the server forgets it when no transaction is
  // open.
  void retire(std::string name) { retired_.push_back(std::move(name)); }
  void forget_retired();
  void add_cursor(OpenCursor* cursor) { cursors_.push_back(cursor); }
  void remove_cursor(OpenCursor* cursor) { std::erase(cursors_, cursor); }
  // The form of any type, a user's own included; asks the server where it has to, once.
  TypeForm form(TypeId type);

 private:
  // While a statement runs, an interrupt is for it.
  struct Running {
    explicit Running(PostgresqlConnection& connection);
    ~Running();
    PostgresqlConnection& connection;
  };

  void set_up();
  ResultPtr collect();
  // Waits for the next result of what runs; null at the end.
  PGresult* next_result();
  // False when the deadline passed.
  bool wait_for_input() const;
  void refuse_copy(ExecStatusType status);
  void send_copy(const NextCopyText& next);
  [[noreturn]] void refuse_sending() const;

  PGconn* handle_;
  PGcancel* cancel_;
  Settings settings_;
  std::atomic<bool> running_ = false, interrupted_ = false;
  std::atomic<int> cancelling_ = 0;
  double deadline_ = 0;  // of the wait, by base::clock_seconds(); 0: none
  bool is_stuck_ = false;
  int names_ = 0;
  int runs_ = 0;  // since the transaction began
  std::vector<std::string> retired_;
  std::vector<OpenCursor*> cursors_;
  std::map<TypeId, TypeForm> user_forms_;
};

// Makes a statement of the connection, which must outlive it.
std::unique_ptr<driver::DriverStatement> make_statement(PostgresqlConnection& connection,
                                                        std::string_view sql);

}  // namespace moonbase::dialect::postgresql
