// A connection borrowed from an engine's pool, with its transaction and savepoint stack and its
// prepared statements. Used by one thread at a time. Given back (rolled back unless known clean) by
// `close` or the destructor. Every failure of a run carries statement and values.
//
// A database in memory has one connection, which all Connections of a thread share, and with it its
// transaction: what one commits is committed for all, what one rolls back is lost for the others
// that wrote (lost_transaction).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orm/engine/engine.h"

namespace moonbase::engine {

class Cursor;
struct ConnectionState;  // connection_state.h
struct PreparedStatement;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Engine& engine() { return *engine_; }
  driver::DriverConnection& driver();

  // ---- options, until it is given back ----
  // The isolation level of its transactions, one of the dialect's. Throws kInvalidRequestError
  // inside a transaction, kArgumentError for a level there is none of.
  void set_isolation_level(const std::string& level);
  // The level of the transaction that is open, or of the next one; asks the database where nobody
  // has set it. Opens no transaction.
  std::string isolation_level();
  // What was set, here or for the engine; empty: nothing.
  const std::string& own_isolation_level() const;
  // How many rows of a result shall be in memory at a time, where a run does not say; 0: all.
  void set_stream_rows(int rows);
  int stream_rows() const;

  // ---- transactions ----
  // Opens a transaction if none is open; so does the first statement. Lazily: BEGIN is sent with
  // the first statement. A transaction that has only read is restarted for writing before its first
  // write where the dialect needs that (SQLite: BEGIN IMMEDIATE), but not under isolation level
  // SERIALIZABLE, nor while a result is still being read: then the write is tried in place. Under
  // AUTOCOMMIT no BEGIN is ever sent. Statements that a database refuses inside a transaction
  // (PRAGMA, VACUUM, ATTACH) open none, and end one that has only read.
  void begin();
  bool in_transaction() const;       // begin() was called (sent or not)
  bool has_written() const;          // since the transaction began
  bool is_open_at_database() const;  // BEGIN was sent
  // Results still being read are closed by both (reading on is a kResourceClosedError), but for
  // those that outlive a COMMIT (Cursor::outlive_commit). A commit
  // that fails leaves the transaction open where the database did; a rollback that fails leaves
  // none open and the connection invalid. commit() throws kPendingRollbackError after
  // lost_transaction().
  void commit();
  void rollback();
  // Ends a transaction that only read, at the database only: the next statement begins again.
  // Nothing if it wrote, has a savepoint, or a result is still being read.
  void end_read();
  // SAVEPOINT sa_savepoint_N; returns its name. The transaction begins for writing: it cannot be
  // restarted below a savepoint. Throws kInvalidRequestError under AUTOCOMMIT.
  std::string savepoint();
  // Both end the savepoints made after this one; a rollback keeps the savepoint itself. Throw
  // kInvalidRequestError for a name that is not (or no longer) open. Rolling back after
  // lost_transaction() does nothing: there is nothing left.
  void release_savepoint(const std::string& name);
  void rollback_to_savepoint(const std::string& name);
  // The database closed the transaction by itself after an error (interrupt, disk full): statements
  // and commit() throw kPendingRollbackError until rollback() or begin().
  bool lost_transaction() const;

  // ---- statements ----
  // A cursor over a run of the statement: values are in placeholder order and already in the
  // driver's form (to_driver); they are copied. The run has gone up to its first row, so a write is
  // done when this returns. The prepared statement is reused from the cache of this connection
  // (none for a uid of 0); while a cursor on it is open, a second run of the same text prepares
  // another. Sinks hear of the run here, with the time to its first row.
  Cursor execute(const compile::Compiled& statement, std::span<const base::Value> values);
  // The same with the binds of a tree: fills each slot from `binds` (collect_binds order),
  // converting by type. `named` gives values for named parameters. Throws kStatementError for a
  // missing one, naming it. `stream_rows`: how many rows at a time shall be in memory; 0 for as
  // many as the driver likes.
  Cursor execute(const expr::Statement& statement,
                 std::span<const std::pair<std::string, base::Value>> named = {},
                 int stream_rows = 0);
  // The same with `binds`, those of another tree of this shape, in place of its own.
  Cursor execute_with_binds(const expr::Statement& statement,
                            std::span<const expr::Element* const> binds,
                            std::span<const std::pair<std::string, base::Value>> named = {},
                            int stream_rows = 0);
  // Text with `?`/driver placeholders as the driver takes it; `stream_rows` as above.
  Cursor execute_sql(std::string_view sql, std::span<const base::Value> values = {},
                     int stream_rows = 0);
  // Several statements, no results. They run in the transaction, begun for writing, unless the
  // first is one that runs outside (PRAGMA) or is a BEGIN of its own.
  void execute_script(std::string_view sql);

  // A statement to be run many times with different values (a flush): binds are set by the caller,
  // straight from where they live, and must live until `done`; `run` goes to the end, or to the
  // first row. Begins the transaction for writing when needed. Sinks hear of all runs at once, from
  // `finish` or from the run that fails: one record that counts them and has the first run's
  // values.
  class Batch {
   public:
    Batch(Connection& connection, compile::CompiledPtr statement);
    ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    void bind(int index, const base::Value& value, const types::Type& type);
    void run();  // then the two below, and column() if the statement returns rows
    int64_t changes() const;
    int64_t last_insert_id() const;
    bool has_row() const;  // RETURNING gave one
    base::Value column(int index) const;
    void done();  // ends this run: ready for the next bind
    // Instead of `run`, where the database is a server and nobody is to be told of each run (of
    // rows that are one statement a listener hears once, without values): `queue` takes the values
    // bound now, copied, as a run that waits (false: collect first). `collect` runs all that wait,
    // and calls `each` for one after the other, with changes() and column() of it. A run that fails
    // ends it, after the calls for those before.
    bool can_queue() const;
    bool queue();
    void collect(const std::function<void(size_t run)>& each);
    void finish();  // tells the sinks; the destructor, which may not throw, does not
   private:
    struct State;
    std::unique_ptr<State> state_;
  };

  // Whether the database has a form of its own for many rows; Copy needs it.
  bool has_copy() const;

  // Rows into a table in that form. They are collected, and sent when there are many: in between
  // the connection may run anything else. The rows of a Copy that is dropped before `finish` are
  // there in part, as those of a Batch are. Sinks hear of each sending.
  class Copy {
   public:
    Copy(Connection& connection, const schema::Table& table,
         const std::vector<std::string>& columns);
    // The values of a row in the order of the columns.
    void bind(int index, const base::Value& value, const types::Type& type);
    void run();  // ends the row
    void done() {}
    void finish();  // sends what is left
   private:
    void send();
    Connection& connection_;
    std::string sql_;
    std::string text_;
    int64_t sent_ = 0, rows_ = 0;  // before, and in text_
    base::Value wire_;
  };

  // Whether a result that outlives a COMMIT is still being read.
  bool has_lasting_results() const;
  // Back to the pool; open cursors are closed, an open transaction is rolled back. The destructor
  // does the same without telling sinks, which may throw.
  // `is_told`: the engine's listener hears of it (PoolUse::kReset, kCheckin).
  void close(bool is_told = true);
  bool is_closed() const;
  // For one that is destroyed rather than closed: the same is heard of it.
  void announce_return();
  // Not fit for reuse: closed for good when given back, or when the transaction has ended; what is
  // run then opens another, as it does when the server was lost.
  void invalidate();

 private:
  friend class Engine;
  explicit Connection(EnginePtr engine);
  ConnectionState& open_state() const;  // throws kResourceClosedError after close()
  ConnectionState& ready_state();       // the same, ready to run a statement
  EnginePtr engine_;
  std::unique_ptr<ConnectionState> state_;  // null once closed
};

// Rows of a run, pulled one by one. Move-only; closing (or destroying) it frees the prepared
// statement for the next run.
class Cursor {
 public:
  Cursor();
  Cursor(Cursor&& other) noexcept;
  Cursor& operator=(Cursor&& other) noexcept;
  ~Cursor();

  bool returns_rows() const;
  // True: a row is there. Throws what the database says, and kResourceClosedError when the result
  // was closed before its end by a COMMIT, a ROLLBACK or a change of the schema.
  bool next();
  int column_count() const;
  // What each column is called and typed: from the compiled statement, else from the database.
  const std::vector<compile::ResultColumn>& columns() const;
  // The value as the column's type loads it; bytes may be borrowed until the next call of next().
  base::Value value(int column) const;
  // The driver's own value, untouched by types.
  base::Value raw(int column) const;
  int64_t raw_int(int column) const;
  // The driver's statement, standing on the current row: for code that reads many rows and knows
  // their types.
  const driver::DriverStatement& statement() const;
  bool is_null(int column) const;
  int64_t rowcount() const;  // of a write; -1 for a query
  int64_t last_insert_id() const;
  // A COMMIT of this connection shall not end this run, if it only reads and the database can do
  // that (Dialect::keeps_results_over_commit); anything else that ends runs still does.
  void outlive_commit();
  void close() noexcept;

 private:
  friend class Connection;
  explicit Cursor(std::shared_ptr<PreparedStatement> statement);
  PreparedStatement& open_statement() const;  // throws kResourceClosedError when there is none
  std::shared_ptr<PreparedStatement> statement_;
};

}  // namespace moonbase::engine
