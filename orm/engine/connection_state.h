// What stands behind Connection, Cursor and the pools; private to this folder. A PooledConnection
// is one connection to the database with its prepared statements and what is known of its
// transaction: owned by the pool or by those who checked it out. A ConnectionState is one user's
// view of it; several share one only for a database in memory. Used by one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/base/error.h"
#include "orm/base/lru_cache.h"
#include "orm/engine/connection.h"
#include "orm/engine/interrupt.h"
#include "orm/engine/pool.h"

namespace moonbase::engine {

// How a statement concerns the transaction it runs in.
enum class Effect : uint8_t {
  kPlain,       // reads or writes rows
  kDefinition,  // changes the schema
  kOutside,     // wants to run outside a transaction: PRAGMA, VACUUM
  kControl,     // BEGIN, COMMIT and the like, written by a user
};
Effect effect_of(std::string_view sql);

// A prepared statement, and the run it is in. A cursor (or batch) that holds it has it for itself.
struct PreparedStatement {
  std::unique_ptr<driver::DriverStatement> statement;
  std::string sql;
  std::vector<compile::ResultColumn> columns;
  bool columns_known =
      false;  // else asked of the database in each run: they change with the schema
  bool is_compiled = false;
  bool columns_by_name = false;  // see Compiled
  bool returns_key = false;      // see Compiled
  bool is_write = false;
  Effect effect = Effect::kPlain;

  ConnectionState* owner = nullptr;  // whose cursor holds it; null: free
  PreparedStatement *previous = nullptr,
                    *next = nullptr;  // all that are held, of one PooledConnection
  bool is_running = false;            // begun, and not at its end
  bool row_waits = false;             // the first row, not yet asked for
  bool reads_in_parts = false;        // of this run: later rows are asked of the database
  bool outlives_commit = false;       // of this run: COMMIT lets it go on
  const char* closed_by = nullptr;    // what ended the run before its end
  int64_t changes = -1, last_insert_id = 0;
  std::vector<base::Value> params;  // borrowed from `bytes`, or from a batch's caller
  std::string bytes;

  // The next run has `rows` rows in memory at a time; 0: all.
  void stream(int rows) {
    statement->stream(rows);
    reads_in_parts = rows > 0;
  }
  // Copies the values and binds them. Throws kProgrammingError when their number is wrong.
  void bind_copies(std::span<const base::Value> values);
  // Starts the run: true when its first row is there. The key of a new row is taken, not shown.
  bool first_step() {
    int64_t key = 0;
    bool has_row = statement->step();
    if (returns_key && has_row) {
      key = statement->column_int(0);
      while (statement->step()) {
      }
      has_row = false;
    }
    if (!has_row) end_run();
    if (returns_key) last_insert_id = key;
    return has_row;
  }
  // Ends the run before its end.
  void cut(const char* reason) noexcept {
    statement->reset();
    is_running = row_waits = false;
    closed_by = reason;
  }
  // The run has come to its end.
  void end_run() {
    changes = statement->changes();
    last_insert_id = statement->last_insert_id();
    statement->reset();
    is_running = false;
  }
};
using PreparedPtr = std::shared_ptr<PreparedStatement>;

// The values of a compiled statement's placeholders in the driver's form; `binds` are those of the
// tree it was compiled of (or of one of the same shape), as collect_binds lists them. Throws
// kStatementError for a named parameter without a value.
void placeholder_values(const dialect::Dialect& dialect, const compile::Compiled& compiled,
                        std::span<const expr::Element* const> binds,
                        std::span<const std::pair<std::string, base::Value>> named,
                        std::vector<base::Value>& values);

// Dialect::to_driver into `out`, with a short way for what every database takes as it is.
void to_wire(const dialect::Dialect& dialect, const base::Value& value, const types::Type& type,
             base::Value& out);

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// What saves a transaction from the error of one run (ConnectionState::guard): a savepoint before
// it, or that nothing was done before it.
struct Guard {
  const void* run = nullptr;  // whom it is for; nobody once another run has its own
  bool has_savepoint = false;
  bool had_written = false;  // the transaction, before the run
  bool has_run = false;      // a statement has, in this transaction
};

struct PooledConnection {
  PooledConnection(std::unique_ptr<driver::DriverConnection> connection,
                   InterruptSlots* interrupts);
  ~PooledConnection();
  PooledConnection(const PooledConnection&) = delete;
  PooledConnection& operator=(const PooledConnection&) = delete;

  std::unique_ptr<driver::DriverConnection> driver;  // dies after the statements
  base::LruCache<uint64_t, PreparedPtr> by_uid{200};
  base::LruCache<std::string, PreparedPtr, TextHash, std::equal_to<>> by_text{200};
  PreparedStatement* held = nullptr;  // list of statements that cursors hold
  std::vector<ConnectionState*> users;

  // The transaction at the database.
  bool is_open = false, for_write = false, written = false;
  bool begun_by_hand = false;  // by a user's own BEGIN
  std::vector<std::string> savepoints;
  int savepoint_count = 0;
  Guard guard;

  // The pool's notes.
  InterruptSlots* interrupts;
  int interrupt_slot;
  uint64_t generation = 0;
  double connected_at = 0, checked_out_at = 0;
  std::string checked_out_by;  // a place of the program, or empty
  uint64_t number = 0;         // tells the process's connections apart, in what is told of the pool
  bool is_broken = false;      // not to be used again
  std::string level;           // the driver's isolation level

  // Sees to it that the driver's transactions are of this level, or the database's own for "" and
  // AUTOCOMMIT.
  void use_level(std::string_view wanted);
  // Nobody interrupts it any more.
  void leave_interrupts() noexcept;
  void hold(PreparedStatement& statement, ConnectionState& owner);
  void let_go(PreparedStatement& statement) noexcept;
  bool has_running() const;
  // Ends runs before their end; their cursors say that `reason` did it.
  void close_running(const char* reason, bool only_writes = false) noexcept;
  // The same before a COMMIT, which the runs that outlive it do not notice.
  void close_for_commit() noexcept;
};

struct ConnectionState {
  explicit ConnectionState(Engine& engine);
  ~ConnectionState();
  ConnectionState(const ConnectionState&) = delete;
  ConnectionState& operator=(const ConnectionState&) = delete;

  Engine& engine;
  Connection* connection = nullptr;  // whose state this is
  std::shared_ptr<PooledConnection> link;
  const bool restarts, hides_params;
  std::string level;                                   // of isolation; empty: the database's own
  bool is_autocommit = false, keeps_snapshot = false;  // by the level
  int stream_rows;                                     // unless a run says otherwise
  bool begun = false;                                  // begin() was called, or a statement ran
  bool entered = false;             // a statement of ours ran in the transaction that is open
  bool wrote = false;               // … and wrote
  bool lost = false;                // our transaction ended without us
  bool is_given_back = false;       // the link, which is broken: there is no other yet
  bool is_silent = false;           // in a destructor: nothing may throw
  bool tells_return = false;        // its listener is to hear that it is given back
  std::vector<base::Value> values;  // reused by each run of a tree
  std::vector<const expr::Element*> binds;  // as well

  // Takes a connection of the pool.
  void take_link();
  // Takes another connection of the pool in place of one that is broken, when no transaction is in
  // it that the user has still to roll back, and nobody shares it.
  void renew();
  // Ends our use of the link at the pool; the object stays until another takes its place.
  void give_back() noexcept;
  // The transactions of this connection are of that level from now on.
  void use_level(const std::string& wanted);

  // ---- transaction.cc ----
  // Sees to it that a transaction is open, and open for writing where the next statement writes.
  void enter(bool writes) {
    bool is_ready = entered && (!writes || (wrote && link->for_write));
    if (!is_ready) enter_slowly(writes);
    if (writes && entered) wrote = link->written = true;
  }
  void commit();
  void rollback();
  void end_read();
  std::string savepoint();
  void release_savepoint(const std::string& name);
  void rollback_to_savepoint(const std::string& name);

  // ---- guard.cc ----
  // Right before a run in the transaction. Where the engine guards statements it makes sure that
  // an error of the run can be undone. `run` stands for it, and may be a thing of many runs;
  // `had_written`: so the transaction was before `enter`.
  void guard(const void* run, bool had_written) {
    if (!entered) return;
    if (engine.guards_statements()) guard_slowly(run, had_written);
    link->guard.has_run = true;
  }
  // The same of one more run of a thing that has its guard: whoever was guarded since cannot be
  // undone without it.
  void guard_more(const void* run) {
    if (link->guard.run != run) link->guard.run = nullptr;
  }
  // Before a run goes on that reads its rows in parts: where others ran since, it needs a guard
  // anew.
  void guard_rest(const void* run) {
    if (link->guard.run != run && engine.guards_statements()) guard(run, wrote);
  }
  // After its error: undoes the run where it has spoiled the transaction. Without a guard of its
  // own, or when the connection is lost, nothing happens. Throws only what a sink throws.
  void undo(const void* run);

  // ---- transaction.cc ----
  // After an error: has the database ended the transaction by itself?
  void notice_loss();
  // After a user's own BEGIN or COMMIT.
  void notice_control();
  // Ends our use of the link: cursors closed, what is uncommitted rolled back. Throws only what a
  // sink throws.
  void leave();
  // Statements that our cursors hold are closed: their cursors live on.
  void close_held() noexcept;

  // ---- run.cc ----
  // A prepared statement that nobody holds. `values` are for the error.
  PreparedPtr prepared(const compile::Compiled& compiled, std::span<const base::Value> values);
  PreparedPtr prepared(std::string_view sql, std::span<const base::Value> values);
  // Runs up to the first row; the statement is then held, even when a sink throws. `use` is for
  // the sinks.
  void start(PreparedStatement& statement, std::span<const base::Value> values,
             const Engine::CacheUse* use = nullptr);
  void before(const PreparedStatement& statement);
  void after(const PreparedStatement& statement);
  void run_script(std::string_view sql);
  // Tells the sinks of a run that has just ended.
  void emit_run(base::StatementRecord& record, const PreparedStatement& statement);
  // Adds the statement to an error that has none, and looks after the transaction and the
  // connection.
  void note_error(base::Error& error, std::string_view sql, std::span<const base::Value> params);

  bool has_sinks() const { return !is_silent && engine.has_sinks(); }
  // Null when nobody is to be told.
  EngineListener* listener() const { return is_silent ? nullptr : engine.listener(); }
  std::vector<base::Value> shown(std::span<const base::Value> params) const {
    return hides_params ? std::vector<base::Value>()
                        : std::vector<base::Value>(params.begin(), params.end());
  }

 private:
  PreparedPtr prepare(std::string_view sql, Effect effect, std::span<const base::Value> values);
  void enter_slowly(bool writes);
  void send_begin(bool for_write);
  // Ends a transaction in which nothing was done; the next statement begins it again.
  void abandon();
  bool must_restart() const;
  void refuse_lost() const;
  void guard_slowly(const void* run, bool had_written);
  // What ends the guard's savepoint, to be sent before other words; "" when there is none.
  std::string end_guard();
  // After words about savepoints: the guard's has gone with others, or may have.
  void forget_guard() { link->guard = {nullptr, false, false, true}; }
  void check_savepoint(const std::string& name) const;
  // The transaction at the database is over.
  void forget_transaction(bool is_rolled_back) noexcept;
  // Ends the transaction, as the pool's reset_on_return says.
  void reset();
  // Runs `send` and tells the sinks; `words` is what they hear unless send returns other words.
  template <class Send>
  void control(std::string_view words, Send send);
  void emit_control(base::StatementRecord& record, std::string_view words);
};

}  // namespace moonbase::engine
