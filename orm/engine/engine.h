// An Engine: a URL, its dialect, a pool of connections, the cache of compiled statements, and who
// listens to what is run. Shared by `shared_ptr`; thread-safe. Connections borrow from its pool and
// hold the engine by shared_ptr, so it outlives them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/base/log.h"
#include "orm/compile/compiler.h"
#include "orm/dialect/dialect.h"
#include "orm/engine/engine_listener.h"
#include "orm/engine/url.h"

namespace moonbase::engine {

class Pool;
class Connection;

// What becomes of a transaction that a user's own BEGIN has left open when its connection is given
// back. One that the connection began itself is always rolled back.
enum class PoolReset : uint8_t { kRollback, kCommit, kNone };

// How a connection runs its statements.
struct ExecutionOptions {
  std::string isolation_level;  // one of the dialect's; empty: as the engine was made
  int stream_rows = 0;          // rows of a result in memory at a time; 0: all
};

struct EngineOptions {
  bool echo = false;         // kept for whoever prints: add_sink does the listening
  int pool_size = 5;         // 0: no limit
  int max_overflow = 10;     // -1: no limit
  double pool_timeout = 30;  // seconds
  double pool_recycle = -1;  // seconds; -1: never
  bool pool_pre_ping = false;
  bool pool_use_lifo = false;
  bool null_pool = false;       // keep no connections
  bool static_pool = false;     // keep one, for all users of a thread
  bool assertion_pool = false;  // keep one, and refuse a second user
  PoolReset pool_reset_on_return = PoolReset::kRollback;
  bool echo_pool = false;       // as `echo`: set_pool_log does the listening
  std::string isolation_level;  // "", "SERIALIZABLE", "AUTOCOMMIT", ...
  int stream_rows = 0;          // see ExecutionOptions
  size_t query_cache_size = 500;
  // Rows that are inserted together, where they travel so; 1 for one by one.
  size_t insertmanyvalues_page_size = 1000;
  bool hide_parameters = false;  // values stay out of errors and of what sinks hear
  std::string base_folder;
  std::string bind_key;      // noted in what sinks hear
  std::string logging_name;  // what the echo calls the engine; empty: its bind key
  // Everything else goes to the dialect as text ("foreign_keys" = "false", "timeout" = "5").
  std::vector<std::pair<std::string, std::string>> dialect_options;
};

class Engine : public std::enable_shared_from_this<Engine> {
 public:
  ~Engine();
  const Url& url() const;
  const EngineOptions& options() const;
  const dialect::Dialect& dialect() const;
  const compile::DialectTraits& traits() const;
  // Where the database is, for a person: an absolute path or host and name.
  std::string location() const;

  // The same database with these options for its connections: pool, cache and listeners are those
  // of this engine, whose options stay where `options` says nothing. Throws kArgumentError for an
  // isolation level there is none of.
  std::shared_ptr<Engine> with_options(ExecutionOptions options);
  const ExecutionOptions& execution_options() const { return execution_options_; }
  // The engine that create_engine has made: this one, or the one that with_options was called on.
  Engine& root() { return root_ ? *root_ : *this; }
  const Engine& root() const { return root_ ? *root_ : *this; }
  // Throws kArgumentError, naming the levels there are.
  void check_isolation_level(std::string_view level) const;
  // The server's version, "15.18"; opens a connection when first asked.
  std::string server_version();

  // Borrows a connection; waits up to pool_timeout. Throws kTimeoutError naming the limits, or what
  // connecting threw.
  std::unique_ptr<Connection> connect();
  Pool& pool();
  // Closes idle connections; those in use are closed when they come back.
  void dispose();

  // What the cache did for a statement: how long ago it was compiled, or how long that took now.
  struct CacheUse {
    bool is_hit = false;
    double seconds = 0;
  };
  // Compiles through the cache; fills `use` where it is given.
  compile::CompiledPtr compile(const expr::Statement& statement, CacheUse* use = nullptr);
  struct CacheStatistics {
    uint64_t hits, misses;
    size_t size, capacity;  // in statements
  };
  CacheStatistics cache_statistics() const;
  // Forgets the compiled statements; the counters go on.
  void clear_cache();

  // Who hears of every statement. Sinks are not owned and must be removed before they die. Without
  // sinks no clock is read and nothing is copied.
  void add_sink(base::LogSink* sink);
  void remove_sink(base::LogSink* sink);
  bool has_sinks() const;
  void emit(const base::StatementRecord& record) const;

  // Who is told while statements run; null: nobody. Not owned; outlives the engine or is taken out
  // before.
  void set_listener(EngineListener* listener);
  EngineListener* listener() const;

  // Who knows where the program is when it takes a connection ("app.lua:12", or ""), for the error
  // of a pool that has none left. Called on the threads that connect; empty: nobody.
  void set_place(std::function<std::string()> place);

  // Statements are typed by a person: from now on one that fails inside a transaction is undone
  // alone, where the database would give the whole transaction up. That costs a round trip for each
  // statement, which no sink hears of.
  void guard_statements(bool on);
  bool guards_statements() const;

  // Who is told what happens in the pool, as text; empty: nobody. On the threads that it happens
  // on.
  void set_pool_log(std::function<void(std::string_view line)> log);
  bool has_pool_log() const;
  void tell_pool(std::string_view line) const;

  // Interrupts every statement that runs on a connection of this engine now. Safe from a signal
  // handler and from any thread; takes no lock.
  void interrupt() noexcept;

 private:
  friend std::shared_ptr<Engine> create_engine(Url url, EngineOptions options,
                                               const dialect::Dialect& dialect);
  friend class Connection;
  Engine();
  struct State;
  std::shared_ptr<State> state_;
  std::shared_ptr<Engine> root_;  // null: this one
  ExecutionOptions execution_options_;
};
using EnginePtr = std::shared_ptr<Engine>;

// Throws kNoSuchModuleError for a dialect there is none of (with the nearest, and those there are),
// kArgumentError for options the dialect refuses. Opens no connection.
EnginePtr create_engine(Url url, EngineOptions options = {});
// The same with a dialect that is not in the registry.
EnginePtr create_engine(Url url, EngineOptions options, const dialect::Dialect& dialect);

}  // namespace moonbase::engine
