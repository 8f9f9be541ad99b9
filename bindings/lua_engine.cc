#include "bindings/lua_engine.h"

#include <algorithm>
#include <charconv>

#include "bindings/connection_options.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/query_stream.h"
#include "bindings/scope.h"
#include "bindings/stack.h"
#include "bindings/statement_guard.h"
#include "bindings/statement_log.h"
#include "bindings/warnings.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/engine/pool.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

engine::Engine& self(lua_State* L) {
  end_left_loops(L);
  return *check_box<EngineBox>(L, 1).engine;
}

// --- engine.dialect ---

struct DialectBox {
  engine::EnginePtr engine;
};

engine::Engine& engine_of(lua_State* L) { return *check_box<DialectBox>(L, 1).engine; }

int dialect_name(lua_State* L) {
  push_string(L, engine_of(L).traits().name);
  return 1;
}

void push_driver(lua_State* L, const engine::Engine& engine) {
  const engine::Url& url = engine.url();
  push_string(L, url.driver.empty() ? url.dialect : url.driver);
}

int dialect_driver(lua_State* L) {
  push_driver(L, engine_of(L));
  return 1;
}

// "15.18" as {15, 18}; what follows the numbers ("16beta1") is left out.
int dialect_server_version_info(lua_State* L) {
  lua_newtable(L);
  mark_array(L, -1);
  lua_Integer count = 0;
  const std::string version = engine_of(L).server_version();
  for (std::string_view part : base::split(version, '.')) {
    int number = 0;
    if (std::from_chars(part.data(), part.data() + part.size(), number).ec != std::errc()) break;
    lua_pushinteger(L, number);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

constexpr MethodDef kDialectGetters[] = {
    {"name", guarded<dialect_name>, "name  'sqlite', 'postgresql', …"},
    {"driver", guarded<dialect_driver>, "driver  the driver's name"},
    {"server_version_info", guarded<dialect_server_version_info>,
     "server_version_info  the version of the server as a list of numbers, {15, 18}; connects when "
     "nobody has yet"},
};

constexpr MethodDef kDialectMetamethods[] = {
    {"__tostring", guarded<dialect_name>, "tostring(dialect)  its name"},
};

const ClassDef kDialectClass{
    .name = "Dialect",
    .doc = "Dialect  the SQL an engine speaks; dialect.name, dialect.server_version_info",
    .getters = kDialectGetters,
    .metamethods = kDialectMetamethods,
    .usage = "engine.dialect",
    .destroy = kDestroy<DialectBox>,
};

// --- engine.pool ---

struct PoolBox {
  engine::EnginePtr engine;
};

engine::Pool& pool(lua_State* L) { return check_box<PoolBox>(L, 1).engine->pool(); }

template <int engine::PoolStatistics::*number>
int pool_number(lua_State* L) {
  lua_pushinteger(L, pool(L).statistics().*number);
  return 1;
}

int pool_status(lua_State* L) {
  engine::PoolStatistics now = pool(L).statistics();
  push_string(L, "Pool size: " + std::to_string(now.size) +
                     "  Connections in pool: " + std::to_string(now.checked_in) +
                     "  Current Overflow: " + std::to_string(now.overflow) +
                     "  Current Checked out connections: " + std::to_string(now.checked_out));
  return 1;
}

int pool_tostring(lua_State* L) {
  push_string(L, pool(L).kind());
  return 1;
}

constexpr MethodDef kPoolMethods[] = {
    {"size", guarded<pool_number<&engine::PoolStatistics::size>>,
     "size()  how many connections are kept at the most"},
    {"checkedin", guarded<pool_number<&engine::PoolStatistics::checked_in>>,
     "checkedin()  how many are idle"},
    {"checkedout", guarded<pool_number<&engine::PoolStatistics::checked_out>>,
     "checkedout()  how many are in use"},
    {"overflow", guarded<pool_number<&engine::PoolStatistics::overflow>>,
     "overflow()  how many are open beyond size(); negative while there are fewer"},
    {"status", guarded<pool_status>, "status()  all of these as one line"},
};

constexpr MethodDef kPoolMetamethods[] = {
    {"__tostring", guarded<pool_tostring>,
     "tostring(pool)  its kind: QueuePool, StaticPool, NullPool, AssertionPool"},
};

const ClassDef kPoolClass{
    .name = "Pool",
    .doc = "Pool  an engine's connections: size(), checkedin(), checkedout(), overflow(), status()",
    .methods = kPoolMethods,
    .metamethods = kPoolMetamethods,
    .usage = "engine.pool",
    .destroy = kDestroy<PoolBox>,
};

// --- Engine ---

int engine_connect(lua_State* L) {
  push_connection(L, self(L).connect());
  return 1;
}

int engine_begin(lua_State* L) {
  engine::Engine& engine = self(L);
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) check_function(L, 2);
  std::unique_ptr<engine::Connection> connection = engine.connect();
  connection->begin();
  push_connection(L, std::move(connection), true);
  if (lua_isnil(L, 2)) return 1;
  lua_replace(L, 1);
  return run_in_scope(L, guarded<finish_connection>);
}

int engine_dispose(lua_State* L) {
  self(L).dispose();
  return 0;
}

int engine_cache_stats(lua_State* L) {
  engine::Engine::CacheStatistics statistics = self(L).cache_statistics();
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, static_cast<lua_Integer>(statistics.hits));
  lua_setfield(L, -2, "hits");
  lua_pushinteger(L, static_cast<lua_Integer>(statistics.misses));
  lua_setfield(L, -2, "misses");
  lua_pushinteger(L, static_cast<lua_Integer>(statistics.size));
  lua_setfield(L, -2, "size");
  return 1;
}

int engine_compiled_cache(lua_State* L) {
  push_compiled_cache(L, check_box<EngineBox>(L, 1).engine);
  return 1;
}

int engine_url(lua_State* L) {
  push_url(L, self(L).url());
  return 1;
}

int engine_dialect(lua_State* L) {
  push_box(L, DialectBox{check_box<EngineBox>(L, 1).engine});
  return 1;
}

int engine_pool(lua_State* L) {
  push_box(L, PoolBox{check_box<EngineBox>(L, 1).engine});
  return 1;
}

int engine_name(lua_State* L) {
  push_string(L, self(L).traits().name);
  return 1;
}

int engine_driver(lua_State* L) {
  push_driver(L, self(L));
  return 1;
}

int engine_execution_options(lua_State* L) {
  engine::Engine& engine = self(L);
  lua_settop(L, 2);
  check_table(L, 2);
  const GivenOptions given = check_execution_options(L, 2, "execution_options");
  push_engine(L, engine.with_options(merged(engine.execution_options(), given)));
  return 1;
}

int engine_get_execution_options(lua_State* L) {
  push_execution_options(L, self(L).execution_options());
  return 1;
}

int engine_echo(lua_State* L) {
  lua_pushboolean(L, statement_log(L).echo(self(L)));
  return 1;
}

int engine_set_echo(lua_State* L) {
  statement_log(L).set_echo(self(L), check_boolean(L, 2));
  return 0;
}

int engine_tostring(lua_State* L) {
  push_string(L, "Engine(" + self(L).url().text() + ")");
  return 1;
}

int engine_equal(lua_State* L) {
  const auto* a = test_box<EngineBox>(L, 1);
  const auto* b = test_box<EngineBox>(L, 2);
  lua_pushboolean(L, a != nullptr && b != nullptr && a->engine == b->engine);
  return 1;
}

constexpr MethodDef kEngineMethods[] = {
    {"connect", guarded<engine_connect>,
     "connect()  a Connection from the pool: close it, or use <close>"},
    {"begin", guarded<engine_begin>,
     "begin([fn])  a connection in a transaction: around fn(conn), or as an object for <close>; "
     "commits at the end, "
     "rolls back on an error"},
    {"execution_options", guarded<engine_execution_options>,
     "execution_options{isolation_level =, stream_results =, yield_per =, max_row_buffer =}  an "
     "engine of the same database and pool whose connections have these options"},
    {"get_execution_options", guarded<engine_get_execution_options>,
     "get_execution_options()  the options that its connections have, a table"},
    {"dispose", guarded<engine_dispose>, "dispose()  closes the idle connections"},
    {"compiled_cache", guarded<engine_compiled_cache>,
     "compiled_cache()  the SQL of statements that have run: hits, misses, size, capacity, "
     "clear()"},
    {"cache_stats", guarded<engine_cache_stats>,
     "cache_stats()  of compiled statements: {hits, misses, size}"},
};

constexpr MethodDef kEngineGetters[] = {
    {"url", guarded<engine_url>, "url  the database's URL; printed without its password"},
    {"dialect", guarded<engine_dialect>, "dialect  the SQL it speaks: engine.dialect.name"},
    {"pool", guarded<engine_pool>, "pool  its connections: engine.pool:size()"},
    {"name", guarded<engine_name>, "name  the dialect's name"},
    {"driver", guarded<engine_driver>, "driver  the driver's name"},
    {"echo", guarded<engine_echo>, "echo  whether statements are printed; can be assigned"},
};

constexpr MethodDef kEngineSetters[] = {
    {"echo", guarded<engine_set_echo>, "echo  true prints each statement on standard error"},
};

constexpr MethodDef kEngineMetamethods[] = {
    {"__tostring", guarded<engine_tostring>, "tostring(engine)  Engine(url)"},
    {"__eq", guarded<engine_equal>, "engine == other  whether they are the same engine"},
};

const ClassDef kEngineClass{
    .name = "Engine",
    .doc =
        "Engine  a database and its pool of connections: connect(), begin(fn), url, dialect, pool",
    .methods = kEngineMethods,
    .getters = kEngineGetters,
    .setters = kEngineSetters,
    .metamethods = kEngineMetamethods,
    .usage = "engine",
    .destroy = kDestroy<EngineBox>,
};

// --- options ---

double take_seconds(lua_State* L, Kwargs& kw, const char* name, double fallback) {
  if (!kw.take(name)) return fallback;
  if (lua_type(L, -1) != LUA_TNUMBER) kw.throw_keyword(name, "a number of seconds", -1);
  double seconds = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return seconds;
}

int64_t take_count(Kwargs& kw, const char* name, int64_t fallback, int64_t least) {
  int64_t count = kw.take_integer(name).value_or(fallback);
  if (count >= least && count <= INT32_MAX) return count;
  throw Error(ErrorKind::kValueError, std::string("create_engine: ") + name + " is " +
                                          std::to_string(count) + ", and must be at least " +
                                          std::to_string(least));
}

// The value on the top, a scalar, as the text a dialect's option has; pops it.
std::string take_option_text(lua_State* L, Kwargs& kw, std::string_view name) {
  int type = lua_type(L, -1);
  bool is_scalar = type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
  if (!is_scalar) kw.throw_keyword(name, "a string, number or boolean", -1);
  luaL_tolstring(L, -1, nullptr);
  std::string text(check_string(L, -1));
  lua_pop(L, 2);
  return text;
}

void read_dialect_options(lua_State* L, Kwargs& kw, engine::EngineOptions& options) {
  for (const char* name : {"foreign_keys", "timeout"}) {
    if (kw.take(name)) options.dialect_options.emplace_back(name, take_option_text(L, kw, name));
  }
  if (!kw.take("connect_args")) return;
  if (!lua_istable(L, -1)) kw.throw_keyword("connect_args", "a table", -1);
  for (const std::string& name : string_keys(L, -1)) {
    push_string(L, name);
    lua_rawget(L, -2);
    options.dialect_options.emplace_back(name, take_option_text(L, kw, name));
  }
  lua_pop(L, 1);
}

// `poolclass` by name.
void read_pool_class(Kwargs& kw, engine::EngineOptions& options) {
  std::string name = kw.take_string("poolclass").value_or("QueuePool");
  if (name != "QueuePool" && name != "NullPool" && name != "StaticPool" &&
      name != "AssertionPool") {
    throw Error(ErrorKind::kArgumentError,
                "create_engine: poolclass is 'QueuePool', 'StaticPool', 'NullPool' or "
                "'AssertionPool', not '" +
                    name + "'")
        .with_hint("A database in memory has its one connection by itself.");
  }
  options.null_pool = name == "NullPool";
  options.static_pool = name == "StaticPool";
  options.assertion_pool = name == "AssertionPool";
}

// 'rollback', 'commit', or false; true and nil are 'rollback', too.
void read_reset(lua_State* L, Kwargs& kw, engine::EngineOptions& options) {
  constexpr const char* kName = "pool_reset_on_return";
  if (!kw.take(kName)) return;
  const std::string_view way = lua_type(L, -1) == LUA_TSTRING ? check_string(L, -1) : "";
  const bool is_none = way == "none" || (lua_isboolean(L, -1) && lua_toboolean(L, -1) == 0);
  const bool is_rollback = way == "rollback" || (lua_isboolean(L, -1) && !is_none);
  if (!is_none && !is_rollback && way != "commit")
    kw.throw_keyword(kName, "'rollback', 'commit' or false", lua_gettop(L));
  options.pool_reset_on_return = is_none       ? engine::PoolReset::kNone
                                 : is_rollback ? engine::PoolReset::kRollback
                                               : engine::PoolReset::kCommit;
  lua_pop(L, 1);
}

// What SQLAlchemy's create_engine takes and this one has no use for.
struct Elsewhere {
  const char *name, *why;
};
constexpr Elsewhere kElsewhere[] = {
    {"convert_unicode", "text is always UTF-8"},
    {"creator", "the dialect opens the connections: connect_args has what it shall know"},
    {"dbapi", "the dialect has its driver"},
    {"encoding", "text is always UTF-8"},
    {"implicit_returning", "RETURNING is used where the database has it"},
    {"json_deserializer", "JSON becomes Lua values; db.TypeDecorator makes others"},
    {"json_serializer", "Lua values become JSON; db.TypeDecorator writes others"},
    {"label_length", "names that are too long for the database are shortened by themselves"},
    {"max_identifier_length", "each dialect knows how long a name may be"},
    {"module", "the dialect has its driver"},
    {"paramstyle", "each driver has its own placeholders, and db.text takes :name for all"},
    {"plugins", "db.event listens to what an engine does"},
    {"pool", "each engine has a pool of its own: poolclass says which"},
    {"pool_events", "db.event listens to what an engine does"},
    {"pool_logging_name", "logging_name is the name of both"},
    {"strategy", "there is one"},
};

void refuse_elsewhere(Kwargs& kw) {
  for (const Elsewhere& option : kElsewhere) {
    if (!kw.take(option.name)) continue;
    throw Error(ErrorKind::kTypeError,
                std::string("create_engine has no option '") + option.name + "': " + option.why);
  }
  if (!kw.take_boolean("future", true))
    throw Error(ErrorKind::kArgumentError,
                "create_engine: future is always true: a transaction ends by commit()");
}

// execution_options of create_engine; its own isolation_level gives way to one in there.
void read_execution_options(lua_State* L, Kwargs& kw, engine::EngineOptions& options) {
  if (!kw.take("execution_options")) return;
  const GivenOptions given = check_execution_options(L, lua_gettop(L), "execution_options");
  if (given.isolation_level) options.isolation_level = *given.isolation_level;
  if (given.stream_rows) options.stream_rows = *given.stream_rows;
  lua_pop(L, 1);
}

engine::EngineOptions read_options(lua_State* L, Kwargs& kw) {
  engine::EngineOptions options;
  options.echo = kw.take_boolean("echo", options.echo);
  options.pool_size = static_cast<int>(take_count(kw, "pool_size", options.pool_size, 0));
  options.max_overflow = static_cast<int>(take_count(kw, "max_overflow", options.max_overflow, -1));
  options.pool_timeout = take_seconds(L, kw, "pool_timeout", options.pool_timeout);
  options.pool_recycle = take_seconds(L, kw, "pool_recycle", options.pool_recycle);
  options.pool_pre_ping = kw.take_boolean("pool_pre_ping", options.pool_pre_ping);
  options.pool_use_lifo = kw.take_boolean("pool_use_lifo", options.pool_use_lifo);
  read_pool_class(kw, options);
  options.isolation_level = kw.take_string("isolation_level").value_or("");
  auto cache_size = static_cast<int64_t>(options.query_cache_size);
  options.query_cache_size = static_cast<size_t>(take_count(kw, "query_cache_size", cache_size, 0));
  const auto page = static_cast<int64_t>(options.insertmanyvalues_page_size);
  options.insertmanyvalues_page_size =
      static_cast<size_t>(take_count(kw, "insertmanyvalues_page_size", page, 1));
  if (!kw.take_boolean("use_insertmanyvalues", true)) options.insertmanyvalues_page_size = 1;
  options.echo_pool = kw.take_boolean("echo_pool", options.echo_pool);
  options.logging_name = kw.take_string("logging_name").value_or("");
  read_reset(L, kw, options);
  read_execution_options(L, kw, options);
  refuse_elsewhere(kw);
  options.hide_parameters = kw.take_boolean("hide_parameters", options.hide_parameters);
  options.base_folder = kw.take_string("base_folder").value_or("");
  options.bind_key = kw.take_string("bind_key").value_or("");
  read_dialect_options(L, kw, options);
  return options;
}

// create_engine(url, {…}), or create_engine{url, …}.
int create_engine(lua_State* L) {
  Kwargs kw(L, 1, "create_engine");
  kw.expect_positional(1, 2);
  kw.push(1);
  engine::Url url = check_url(L, lua_gettop(L));
  lua_pop(L, 1);
  engine::EngineOptions options;
  if (kw.count() == 2) {
    kw.push(2);
    options = check_engine_options(L, lua_gettop(L));
    lua_pop(L, 1);
  } else {
    options = read_options(L, kw);
  }
  kw.finish();
  push_engine(L, engine::create_engine(std::move(url), std::move(options)));
  return 1;
}

constexpr MethodDef kFunctions[] = {
    {"create_engine", guarded<create_engine>,
     "create_engine(url[, {echo =, pool_size =, max_overflow =, pool_timeout =, pool_recycle =, "
     "pool_pre_ping =, "
     "pool_use_lifo =, pool_reset_on_return =, poolclass =, isolation_level =, execution_options = "
     "{…}, foreign_keys =, timeout =, query_cache_size =, insertmanyvalues_page_size =, "
     "use_insertmanyvalues =, hide_parameters =, echo_pool =, logging_name =, connect_args = "
     "{…}}])  an Engine; nothing is opened yet. pool_reset_on_return: 'rollback', 'commit' or "
     "false, of a transaction that a BEGIN of your own has left open when its connection is given "
     "back"},
};

}  // namespace

template <>
const ClassDef& class_of<EngineBox>() {
  return kEngineClass;
}

template <>
const ClassDef& class_of<DialectBox>() {
  return kDialectClass;
}

template <>
const ClassDef& class_of<PoolBox>() {
  return kPoolClass;
}

void push_engine(lua_State* L, engine::EnginePtr engine) {
  statement_log(L).watch(engine);
  Context::of(L).area<StatementGuard>().watch(engine);
  push_box(L, EngineBox{std::move(engine)});
}

engine::EngineOptions check_engine_options(lua_State* L, int index) {
  if (index == 0 || is_nil_or_null(L, index)) return {};
  check_table(L, index);
  lua_pushvalue(L, index);
  Kwargs kw(L, lua_gettop(L), "create_engine");
  kw.expect_positional(0, 0);
  engine::EngineOptions options = read_options(L, kw);
  kw.finish();
  lua_pop(L, 1);
  return options;
}

void open_engine(lua_State* L, int module) {
  for (const ClassDef* def : {&kEngineClass, &kDialectClass, &kPoolClass}) register_class(L, *def);
  open_connection(L);
  open_compiled_cache(L);
  open_url(L, module);
  open_statement_log(L, module);
  open_warnings(L, module);
  add_functions(L, module, kFunctions);
  Context::of(L).area<Hooks>().set_echo = [](lua_State* state, bool on) {
    statement_log(state).set_echo(on);
  };
}

}  // namespace moonbase::bindings
