// The narrow waist between the ORM and a database: what a driver must be able to do, and nothing
// about any one database. A DriverConnection is owned by the engine's pool and used by one thread
// at a time, except `interrupt`, which any thread and a signal handler may call. Every failure is a
// base::Error whose kind, orig and sqlstate the driver filled in (a constraint is kIntegrityError,
// a lock or a lost file kOperationalError, ...); the caller adds the statement and its values.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/base/value.h"

namespace moonbase::driver {

// What a statement's column is, as far as the database says.
struct ColumnInfo {
  std::string name;
  std::string declared_type;  // empty where unknown (an expression)
};

// A prepared statement of one connection. Rows are pulled one by one.
class DriverStatement {
 public:
  virtual ~DriverStatement() = default;

  // Binds the value of parameter `index` (0-based), which the dialect's to_driver has made. Bytes
  // of a text-like value must stay alive until `reset`. Throws kInterfaceError for a value or an
  // index the statement cannot take.
  virtual void bind(int index, const base::Value& value) = 0;
  // Of the next run: that many rows at a time shall be in memory; 0, as it is again after `reset`,
  // leaves it to the driver. A driver that pulls its rows one by one has nothing to do.
  virtual void stream(int) {}
  // Runs until the next row: true when there is one, false at the end.
  virtual bool step() = 0;
  // Ends the run; the statement may be bound and stepped again. Never throws.
  virtual void reset() noexcept = 0;

  // Runs that wait for each other's company: what a round trip costs is paid once for many.
  // `queue` takes the values bound now as one more run, and copies them; false when `collect` has
  // to come first. A driver of a database that is no server has nothing to gain.
  virtual bool queue() { return false; }
  // Runs them in their order. `each` is told of one after the other: then `changes` and `column`
  // are of that run and of its first row. Throws what a run threw when all before it were told.
  using EachRun = std::function<void(size_t run)>;
  virtual void collect(const EachRun& /*each*/) {}
  // The parameters are arrays, which the values queued make up: a run is a row of one statement,
  // and its RETURNING has a row for each.
  virtual void take_rows() {}

  virtual int parameter_count() const = 0;
  // The columns may be known only from the first run on.
  virtual int column_count() const = 0;
  virtual ColumnInfo column_info(int column) const = 0;

  // The current row's value, in the driver's own representation (SQLite: null, int, double, text,
  // blob). Bytes are borrowed: they live until the next step or reset.
  virtual base::Value column(int column) const = 0;
  // Fast access to a column known to be wanted as an integer (0 for NULL; see is_null).
  virtual int64_t column_int(int column) const = 0;
  virtual bool is_null(int column) const = 0;

  // Rows changed by the finished run (INSERT, UPDATE, DELETE); -1 for everything else.
  virtual int64_t changes() const = 0;
  // The key the database gave the row inserted by the finished run, where it has such a thing; 0
  // otherwise.
  virtual int64_t last_insert_id() const = 0;
  // The statement writes (false: it only reads).
  virtual bool is_write() const = 0;
};

class DriverConnection {
 public:
  virtual ~DriverConnection() = default;

  // Prepares one statement, or leaves that to its first run. Throws kProgrammingError/
  // kOperationalError with the database's message. Text after the first statement is an error that
  // says so (only `execute_script` takes several).
  virtual std::unique_ptr<DriverStatement> prepare(std::string_view sql) = 0;
  // Runs text that may hold several statements and returns no rows.
  virtual void execute_script(std::string_view sql) = 0;

  // Transaction control. `begin` returns what it sent, in the dialect's own words ("BEGIN", "BEGIN
  // IMMEDIATE"), as text of static lifetime. Savepoints go through `execute_script`.
  virtual std::string_view begin(bool for_write) = 0;
  virtual void commit() = 0;
  virtual void rollback() = 0;
  // Whether the database itself says that a transaction is open; some errors close one silently.
  virtual bool in_transaction() const = 0;
  // A transaction is open that an error has spoiled: the database takes nothing but its rollback.
  virtual bool is_transaction_failed() const { return false; }

  // The level of the transactions that begin from now on, one of the dialect's isolation_levels()
  // but AUTOCOMMIT, or "" for the database's own. Called outside a transaction only.
  virtual void set_isolation_level(std::string_view /*level*/) {}
  // The level of the transaction that is open, or else of the next one, as isolation_levels() name
  // it. Opens none.
  virtual std::string isolation_level() { return {}; }

  // Many rows at once in a form of the database's own, where it has one (PostgreSQL's COPY): fields
  // are appended to a text, row by row, and the text is sent by a COPY statement.
  virtual bool has_copy() const { return false; }
  // Appends a value that the dialect's to_driver has made. Throws as DriverStatement::bind does.
  virtual void append_copy_field(std::string& /*text*/, const base::Value& /*value*/,
                                 bool /*is_first*/) const {}
  virtual void end_copy_row(std::string& /*text*/) const {}
  // Runs `COPY … FROM STDIN` with the texts that `next` gives until it returns false; what `next`
  // throws ends the statement, and nothing of it is kept. Returns the number of rows.
  using NextCopyText = std::function<bool(std::string_view& text)>;
  virtual int64_t copy_in(std::string_view /*sql*/, const NextCopyText& /*next*/) { return 0; }

  // Makes the running statement fail with kInterrupted. Safe from a signal handler and from other
  // threads.
  virtual void interrupt() noexcept = 0;
  // A cheap round trip; false when the connection is dead. Opens no transaction.
  virtual bool ping() noexcept = 0;
  virtual bool is_usable() const noexcept = 0;
  // The most parameters one statement may have.
  virtual int max_parameters() const = 0;
  // "3.40.1"
  virtual std::string server_version() const = 0;
};

}  // namespace moonbase::driver
