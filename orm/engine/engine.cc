#include "orm/engine/engine.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include <fmt/format.h>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/engine/connection.h"
#include "orm/engine/interrupt.h"
#include "orm/engine/pool.h"
#include "orm/engine/statement_cache.h"

namespace moonbase::engine {

namespace {

using base::Error;
using base::ErrorKind;

// Connections of an unlimited pool that can be interrupted.
constexpr size_t kUnlimitedSlots = 256;

size_t interrupt_slots(const EngineOptions& options) {
  if (options.assertion_pool) return 1;
  bool is_limited = options.pool_size > 0 && options.max_overflow >= 0 && !options.null_pool;
  return is_limited ? static_cast<size_t>(options.pool_size + options.max_overflow)
                    : kUnlimitedSlots;
}

const dialect::Dialect& dialect_for(const Url& url) {
  if (const dialect::Dialect* found = dialect::find_dialect(url.dialect)) return *found;
  std::vector<std::string_view> known = dialect::dialect_names();
  std::vector<std::string> names(known.begin(), known.end());
  if (url.dialect == "postgres") {
    throw Error(ErrorKind::kNoSuchModuleError, "There is no dialect named 'postgres'")
        .with_hint("Write postgresql:// instead of postgres://.");
  }
  throw Error(ErrorKind::kNoSuchModuleError,
              fmt::format("There is no dialect named {}{}", base::quote_for_message(url.dialect),
                          base::did_you_mean(url.dialect, names)))
      .with_hint("The dialects are: " + base::join(names, ", ") + ".");
}

void check_level(std::string_view level, const dialect::Dialect& dialect) {
  std::span<const std::string_view> levels = dialect.isolation_levels();
  if (level.empty() || std::find(levels.begin(), levels.end(), level) != levels.end()) return;
  throw Error(ErrorKind::kArgumentError,
              fmt::format("{} is not an isolation level of {}", base::quote_for_message(level),
                          dialect.traits().name))
      .with_hint("Its levels are: " + base::join({levels.begin(), levels.end()}, ", ") + ".");
}

dialect::ConnectArguments connect_arguments(const Url& url, const EngineOptions& options) {
  dialect::ConnectArguments arguments{
      url.host, url.user,    url.password,        url.database,
      url.port, url.options, options.base_folder, options.isolation_level};
  arguments.options.insert(arguments.options.end(), options.dialect_options.begin(),
                           options.dialect_options.end());
  return arguments;
}

}  // namespace

struct Engine::State {
  State(Url u, EngineOptions o, const dialect::Dialect& d)
      : url(std::move(u)),
        options(std::move(o)),
        dialect(d),
        arguments(connect_arguments(url, options)),
        statements(options.query_cache_size),
        interrupts(interrupt_slots(options)) {
    PoolOptions pool_options;
    pool_options.kind = options.assertion_pool                    ? PoolOptions::Kind::kAssertion
                        : dialect.is_single_connection(arguments) ? PoolOptions::Kind::kStatic
                        : options.null_pool                       ? PoolOptions::Kind::kNull
                        : options.static_pool                     ? PoolOptions::Kind::kStatic
                                                                  : PoolOptions::Kind::kQueue;
    pool_options.size = options.pool_size;
    pool_options.max_overflow = options.max_overflow;
    pool_options.timeout = options.pool_timeout;
    pool_options.recycle = options.pool_recycle;
    pool_options.pre_ping = options.pool_pre_ping;
    pool_options.lifo = options.pool_use_lifo;
    pool_options.keeps_transactions = options.pool_reset_on_return == PoolReset::kNone;
    pool_options.interrupts = &interrupts;
    pool_options.is_logging = &is_pool_logging;
    pool_options.log = [this](std::string_view line) { tell_pool(line); };
    pool_options.place = [this] {
      std::lock_guard lock(place_mutex);
      return place ? place() : std::string();
    };
    pool = make_pool(pool_options, [this] {
      dialect::ConnectArguments now = arguments;
      now.is_interrupted = [this, before = interrupts.interruptions()] {
        return interrupts.interruptions() != before;
      };
      std::unique_ptr<driver::DriverConnection> opened = dialect.connect(now);
      {
        std::lock_guard lock(place_mutex);
        server_version = opened->server_version();
      }
      if (EngineListener* told = listener.load()) {
        if (!has_connected) told->pooled(*engine, PoolUse::kFirstConnect, *opened);
        told->connected(*engine, *opened);
      }
      has_connected = true;
      return opened;
    });
  }

  void tell_pool(std::string_view line) {
    std::function<void(std::string_view)> told;
    {
      std::lock_guard lock(place_mutex);
      told = pool_log;
    }
    if (told) told(line);
  }

  const Url url;
  const EngineOptions options;
  const dialect::Dialect& dialect;
  const dialect::ConnectArguments arguments;
  StatementCache statements;
  InterruptSlots interrupts;
  std::unique_ptr<Pool> pool;  // after the slots its connections use

  std::mutex place_mutex;
  std::function<std::string()> place;
  std::function<void(std::string_view)> pool_log;
  std::atomic<bool> is_pool_logging = false;
  std::string server_version;  // empty: nobody has asked yet
  std::atomic<EngineListener*> listener = nullptr;
  Engine* engine = nullptr;  // whose state this is
  std::atomic<bool> has_connected = false;
  std::atomic<bool> has_sinks = false;
  std::atomic<bool> guards_statements = false;
  std::mutex sinks_mutex;
  std::vector<base::LogSink*> sinks;
};

Engine::Engine() = default;
Engine::~Engine() = default;

const Url& Engine::url() const { return state_->url; }
const EngineOptions& Engine::options() const { return state_->options; }
const dialect::Dialect& Engine::dialect() const { return state_->dialect; }
const compile::DialectTraits& Engine::traits() const { return state_->dialect.traits(); }
std::string Engine::location() const { return state_->dialect.display_location(state_->arguments); }
Pool& Engine::pool() { return *state_->pool; }
void Engine::dispose() { state_->pool->dispose(); }
void Engine::interrupt() noexcept { state_->interrupts.interrupt_all(); }

std::unique_ptr<Connection> Engine::connect() {
  return std::unique_ptr<Connection>(new Connection(shared_from_this()));
}

compile::CompiledPtr Engine::compile(const expr::Statement& statement, CacheUse* use) {
  StatementCache::Entry found = state_->statements.find(statement.hash);
  if (found.compiled) {
    if (use) *use = {true, base::clock_seconds() - found.since};
    return found.compiled;
  }
  double start = base::clock_seconds();
  compile::CompiledPtr compiled = compile::compile(statement, traits());
  double end = base::clock_seconds();
  if (use) *use = {false, end - start};
  state_->statements.put(statement.hash, {compiled, end});
  return compiled;
}

Engine::CacheStatistics Engine::cache_statistics() const {
  StatementCache::Numbers numbers = state_->statements.numbers();
  return {numbers.hits, numbers.misses, numbers.size, numbers.capacity};
}

void Engine::clear_cache() { state_->statements.clear(); }

void Engine::set_place(std::function<std::string()> place) {
  std::lock_guard lock(state_->place_mutex);
  state_->place = std::move(place);
}

void Engine::set_pool_log(std::function<void(std::string_view)> log) {
  std::lock_guard lock(state_->place_mutex);
  state_->is_pool_logging.store(log != nullptr);
  state_->pool_log = std::move(log);
}

bool Engine::has_pool_log() const {
  return state_->is_pool_logging.load(std::memory_order_relaxed);
}

void Engine::tell_pool(std::string_view line) const { state_->tell_pool(line); }

EnginePtr Engine::with_options(ExecutionOptions options) {
  if (options.isolation_level.empty()) options.isolation_level = execution_options_.isolation_level;
  check_isolation_level(options.isolation_level);
  EnginePtr made(new Engine());
  made->state_ = state_;
  made->root_ = root().shared_from_this();
  made->execution_options_ = std::move(options);
  return made;
}

void Engine::check_isolation_level(std::string_view level) const { check_level(level, dialect()); }

std::string Engine::server_version() {
  {
    std::lock_guard lock(state_->place_mutex);
    if (!state_->server_version.empty()) return state_->server_version;
  }
  connect();
  std::lock_guard lock(state_->place_mutex);
  return state_->server_version;
}

void Engine::set_listener(EngineListener* listener) {
  state_->engine = &root();
  state_->listener.store(listener);
}

EngineListener* Engine::listener() const {
  return state_->listener.load(std::memory_order_relaxed);
}

void Engine::guard_statements(bool on) {
  state_->guards_statements.store(on && dialect().errors_spoil_transactions(),
                                  std::memory_order_relaxed);
}

bool Engine::guards_statements() const {
  return state_->guards_statements.load(std::memory_order_relaxed);
}

void Engine::add_sink(base::LogSink* sink) {
  std::lock_guard lock(state_->sinks_mutex);
  state_->sinks.push_back(sink);
  state_->has_sinks.store(true, std::memory_order_relaxed);
}

void Engine::remove_sink(base::LogSink* sink) {
  std::lock_guard lock(state_->sinks_mutex);
  std::erase(state_->sinks, sink);
  state_->has_sinks.store(!state_->sinks.empty(), std::memory_order_relaxed);
}

bool Engine::has_sinks() const { return state_->has_sinks.load(std::memory_order_relaxed); }

void Engine::emit(const base::StatementRecord& record) const {
  // A sink may run statements or remove itself, so none is called under the lock.
  std::vector<base::LogSink*> sinks;
  {
    std::lock_guard lock(state_->sinks_mutex);
    sinks = state_->sinks;
  }
  for (base::LogSink* sink : sinks) sink->statement(record);
}

EnginePtr create_engine(Url url, EngineOptions options) {
  const dialect::Dialect& dialect = dialect_for(url);
  return create_engine(std::move(url), std::move(options), dialect);
}

EnginePtr create_engine(Url url, EngineOptions options, const dialect::Dialect& dialect) {
  check_level(options.isolation_level, dialect);
  EnginePtr engine(new Engine());
  engine->execution_options_ = {options.isolation_level, options.stream_rows};
  engine->state_ = std::make_shared<Engine::State>(std::move(url), std::move(options), dialect);
  dialect.check(engine->state_->arguments);
  return engine;
}

}  // namespace moonbase::engine
