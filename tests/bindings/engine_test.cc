// Engines, URLs, connections and transactions as a program uses them, and who hears of the
// statements.
#include <filesystem>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "bindings/lua_engine.h"
#include "bindings/statement_log.h"
#include "bindings/warnings.h"
#include "orm/base/text.h"
#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

namespace fs = std::filesystem;

class Engines : public LuaFixture {
 public:
  Engines() {
    run(R"(
      engine = moonbase.create_engine 'sqlite://'
      text = moonbase.text
      function make_table(conn) conn:exec_driver_sql 'create table t (id integer primary key, x)' end
      function count()
        local conn <close> = engine:connect()
        return conn:exec_driver_sql('select count(*) from t'):scalar()
      end
    )");
  }
  // A table that is committed.
  void with_table() { run("engine:begin(make_table)"); }
};

// A database in a file that is removed.
class FileEngines : public Engines {
 public:
  FileEngines() {
    path = fs::temp_directory_path() / ("moonbase_engine_" + std::to_string(getpid()) + ".db");
    fs::remove(path);
    lua_pushstring(L, ("sqlite:///" + path.string()).c_str());
    lua_setglobal(L, "url");
    run("engine = moonbase.create_engine(url)");
    with_table();
  }
  ~FileEngines() {
    run("engine = nil collectgarbage()");
    fs::remove(path);
  }
  fs::path path;
};

// --- URLs and engines ---

TEST_CASE_METHOD(LuaFixture, "a URL is taken apart") {
  run("u = moonbase.make_url 'postgresql+psycopg2://ann:s%40crt@db.example:5433/app?a=1&b=2&b=3'");
  CHECK(eval("u.drivername, u.username, u.password, u.host, u.port, u.database") ==
        "postgresql+psycopg2 ann s@crt db.example 5433 app");
  CHECK(eval("u.query.a, u.query.b[1], u.query.b[2]") == "1 2 3");
  CHECK(eval("u:get_backend_name(), u:get_driver_name()") == "postgresql psycopg2");
  CHECK(eval("u") == "postgresql+psycopg2://ann:***@db.example:5433/app?a=1&b=2&b=3");
  CHECK(eval("u:render_as_string{hide_password = false}") ==
        "postgresql+psycopg2://ann:s%40crt@db.example:5433/app?a=1&b=2&b=3");
  run("m = moonbase.make_url 'sqlite://'");
  CHECK(eval("m.database, m.port, m.username, m.password, m.host") == "nil nil nil nil nil");
  CHECK(eval("m == moonbase.make_url(m), m == u, 'at ' .. u") ==
        "true false at postgresql+psycopg2://ann:***@db.example:5433/app?a=1&b=2&b=3");
  CHECK(failure("moonbase.make_url 'app.db'") ==
        "ArgumentError: 'app.db' is not a database URL: it has no ://; for a SQLite file write "
        "sqlite:///app.db");
  CHECK(failure("moonbase.make_url(3)")
            .starts_with("TypeError: make_url: argument 1: expected a database URL"));
}

TEST_CASE_METHOD(Engines, "an engine says what it is") {
  run("e = moonbase.create_engine('sqlite:///some.db', {pool_size = 3, max_overflow = 2})");
  CHECK(eval("e, e.name, e.dialect.name, e.url.database") ==
        "Engine(sqlite:///some.db) sqlite sqlite some.db");
  CHECK(eval("e.pool, e.pool:size(), e.pool:overflow()") == "QueuePool 3 -3");
  CHECK(eval("engine.pool") == "StaticPool");
  CHECK(eval("e == engine, engine:connect().engine == engine") == "false true");
  CHECK_FALSE(fs::exists("some.db"));
}

TEST_CASE_METHOD(Engines, "create_engine refuses options it does not know, and wrong values") {
  CHECK(failure("moonbase.create_engine('sqlite://', {pool_siez = 5})") ==
        "TypeError: create_engine has no option 'pool_siez'; did you mean 'pool_size'?");
  CHECK(failure("moonbase.create_engine('sqlite://', {echo = 1})") ==
        "TypeError: create_engine: 'echo' must be a boolean, got number");
  CHECK(failure("moonbase.create_engine('sqlite://', {pool_size = -1})") ==
        "ValueError: create_engine: pool_size is -1, and must be at least 0");
  CHECK(failure("moonbase.create_engine('sqlite://', {isolation_level = 'SERIAL'})")
            .starts_with("ArgumentError: 'SERIAL'"));
  CHECK(failure("moonbase.create_engine('sqlite://', {connect_args = {timeot = 1}})")
            .starts_with("ArgumentError: SQLite has no option"));
  CHECK(failure("moonbase.create_engine 'sqlit://'")
            .starts_with("NoSuchModuleError: There is no dialect named 'sqlit'"));
  CHECK(eval("moonbase.create_engine{'sqlite://', echo = false, connect_args = {timeout = 2}}") ==
        "Engine(sqlite://)");
}

TEST_CASE_METHOD(Engines, "foreign keys are enforced unless switched off") {
  CHECK(eval("engine:connect():exec_driver_sql('pragma foreign_keys'):scalar()") == "1");
  run("off = moonbase.create_engine('sqlite://', {foreign_keys = false})");
  CHECK(eval("off:connect():exec_driver_sql('pragma foreign_keys'):scalar()") == "0");
}

TEST_CASE_METHOD(FileEngines, "the pool counts connections") {
  run("pool = engine.pool a, b = engine:connect(), engine:connect()");
  CHECK(eval("pool:checkedout(), pool:checkedin()") == "2 0");
  run("a:close()");
  CHECK(eval("pool:checkedout(), pool:checkedin()") == "1 1");
  CHECK(eval("pool:status()") ==
        "Pool size: 5  Connections in pool: 1  Current Overflow: -3  Current Checked out "
        "connections: 1");
  run("engine:dispose()");
  CHECK(eval("pool:checkedin()") == "0");
  CHECK(failure("local e = moonbase.create_engine(url, {pool_size = 1, max_overflow = 0, "
                "pool_timeout = 0}) "
                "local x = e:connect() e:connect()")
            .starts_with("TimeoutError: QueuePool limit of size 1 overflow 0 reached"));
}

TEST_CASE_METHOD(FileEngines, "a connection that is collected goes back to the pool, rolled back") {
  run("do local c = engine:connect() c:exec_driver_sql 'insert into t (x) values (1)' end "
      "collectgarbage()");
  CHECK(eval("engine.pool:checkedout(), count()") == "0 0");
}

// --- connections ---

TEST_CASE_METHOD(Engines, "execute() takes statements, not strings") {
  run("conn = engine:connect()");
  CHECK(failure("conn:execute 'select 1'") ==
        "ArgumentError: Not an executable object: 'select 1'");
  CHECK(eval("select(2, pcall(conn.execute, conn, 'select 1')).hint") ==
        "Textual SQL is written db.text 'select 1'.");
  CHECK(failure("conn:execute(engine)") == "ArgumentError: Not an executable object: a Engine");
  CHECK(
      eval("conn:execute(text 'select :x + 1', {x = 2}):scalar(), conn:scalar(text 'select 7')") ==
      "3 7");
  CHECK(eval("#conn:scalars(text 'select 1 union select 2'):all()") == "2");
  CHECK(failure("conn:execute(text 'select :x', {y = 1})")
            .starts_with("StatementError: A value is required for bind parameter 'x'"));
  CHECK(failure("conn.execute(text 'select 1')").find("methods take a colon") != std::string::npos);
}

TEST_CASE_METHOD(Engines, "exec_driver_sql() takes the driver's own SQL") {
  run("conn = engine:connect() make_table(conn)");
  CHECK(eval("conn:exec_driver_sql('select ?, ?', {1, moonbase.null}):first()") == "(1, null)");
  CHECK(eval("conn:exec_driver_sql('insert into t (x) values (?)', {{1}, {2}, {3}}).rowcount") ==
        "3");
  CHECK(failure("conn:exec_driver_sql('select ?', {x = 1})")
            .starts_with("ArgumentError: exec_driver_sql"));
  CHECK(failure("conn:exec_driver_sql('selec 1')").starts_with("OperationalError"));
}

TEST_CASE_METHOD(Engines, "a statement runs once for each set of parameters") {
  run("conn = engine:connect() make_table(conn)");
  CHECK(eval("conn:execute(text 'insert into t (x) values (:x)', {{x = 1}, {x = 2}}).rowcount") ==
        "2");
  CHECK(eval("#conn:execute(text 'insert into t (x) values (:x) returning id', {{x = 1}, {x = "
             "2}}):all()") == "2");
}

TEST_CASE_METHOD(Engines,
                 "an INSERT takes its columns from the parameters and defaults from the table") {
  run(R"(
    meta = moonbase.MetaData()
    calls = 0
    t = moonbase.Table{'item', meta,
      moonbase.Column{'id', moonbase.Integer, primary_key = true},
      moonbase.Column{'name', moonbase.String(20)},
      moonbase.Column{'kind', moonbase.String(20), default = 'plain'},
      moonbase.Column{'rank', moonbase.Integer, default = function() calls = calls + 1 return calls end}}
    conn = engine:connect()
    conn:exec_driver_sql 'create table item (id integer primary key, name text, kind text, rank int)'
    function items() return conn:exec_driver_sql('select id, name, kind, rank from item order by id'):all() end
  )");
  CHECK(eval("conn:execute(moonbase.insert(t), {name = 'a'}).inserted_primary_key") == "(1,)");
  CHECK(eval("conn:execute(moonbase.insert(t):values{name = 'b', kind = 'rare', id = "
             "7}).inserted_primary_key.id") == "7");
  CHECK(eval("conn:execute(moonbase.insert(t), {{name = 'c'}, {name = 'd'}}).rowcount") == "2");
  CHECK(eval("table.unpack(items())") ==
        "(1, 'a', 'plain', 1) (7, 'b', 'rare', 2) (8, 'c', 'plain', 3) (9, 'd', 'plain', 4)");
  CHECK(failure("conn:execute(moonbase.insert(t), {nme = 'x'})") ==
        "CompileError: Unconsumed column names: nme; did you mean 'name'?");
  CHECK(failure("conn:execute(moonbase.insert(t), {{name = 'x'}, {kind = 'y'}})")
            .starts_with("StatementError: A value is required for bind parameter 'name'"));
  CHECK(failure("local r = conn:execute(text 'select 1') return r.inserted_primary_key")
            .starts_with("InvalidRequestError"));
}

TEST_CASE_METHOD(Engines, "a closed connection says so") {
  run("conn = engine:connect() conn:close()");
  CHECK(eval("conn.closed, conn") == "true Connection(sqlite://, closed)");
  CHECK(failure("conn:execute(text 'select 1')") ==
        "ResourceClosedError: This Connection is closed");
  run("conn:close() do local c <close> = engine:connect() kept = c end");
  CHECK(eval("kept.closed") == "true");
}

// --- transactions ---

TEST_CASE_METHOD(FileEngines, "engine:begin(fn) commits at the end and rolls back on an error") {
  CHECK(eval("engine:begin(function(conn) conn:exec_driver_sql 'insert into t (x) values (1)' "
             "return 'done', 2 end)") == "done 2");
  CHECK(eval("count()") == "1");
  run("problem = {} ok, err = pcall(function() engine:begin(function(conn) "
      "conn:exec_driver_sql 'insert into t (x) values (2)' error(problem) end) end)");
  CHECK(eval("ok, err == problem, count(), engine.pool:checkedout()") == "false true 1 0");
}

TEST_CASE_METHOD(FileEngines, "engine:begin() in a <close> variable does the same") {
  run(R"(
    function insert(how)
      local conn <close> = engine:begin()
      conn:exec_driver_sql 'insert into t (x) values (1)'
      if how == 'error' then error 'no' end
      if how == 'return' then return end
      if how == 'yield' then coroutine.yield() end
    end
    insert() insert 'return'
  )");
  CHECK(eval("count()") == "2");
  run("pcall(insert, 'error') co = coroutine.create(insert) coroutine.resume(co, 'yield') "
      "coroutine.close(co)");
  CHECK(eval("count(), engine.pool:checkedout()") == "2 0");
}

TEST_CASE_METHOD(FileEngines, "the function of a transaction may yield") {
  run(R"(
    co = coroutine.wrap(function()
      return engine:begin(function(conn)
        conn:exec_driver_sql 'insert into t (x) values (1)'
        return coroutine.yield 'half'
      end)
    end)
  )");
  CHECK(eval("co(), co 'whole', count()") == "half whole 1");
}

TEST_CASE_METHOD(FileEngines, "conn:begin() is a transaction of its own") {
  run("conn = engine:connect()");
  run("t = conn:begin() conn:exec_driver_sql 'insert into t (x) values (1)' t:rollback()");
  CHECK(eval("t.is_active, conn:in_transaction(), count()") == "false false 0");
  run("conn:begin(function(t) conn:exec_driver_sql 'insert into t (x) values (1)' end)");
  CHECK(eval("count()") == "1");
  run("t = conn:begin()");
  CHECK(
      failure("conn:begin()")
          .starts_with("InvalidRequestError: a transaction has begun on this connection already"));
  run("t:commit()");
  CHECK(failure("t:commit()") == "InvalidRequestError: This transaction is inactive");
  run("t:rollback() conn:exec_driver_sql 'select 1'");
  CHECK(eval("conn:in_transaction(), t.is_active") == "true false");
}

TEST_CASE_METHOD(FileEngines, "a block leaves alone what the program ended itself") {
  run("conn = engine:connect() conn:begin(function(t) conn:exec_driver_sql 'insert into t (x) "
      "values (1)' t:rollback() end)");
  CHECK(eval("count()") == "0");
  run("conn:begin(function() conn:commit() conn:exec_driver_sql 'insert into t (x) values (1)' "
      "end) conn:rollback()");
  CHECK(eval("count()") == "0");
}

TEST_CASE_METHOD(Engines, "savepoints nest") {
  run(R"(
    conn = engine:connect() make_table(conn)
    function insert() conn:exec_driver_sql 'insert into t (x) values (1)' end
    function rows() return conn:exec_driver_sql('select count(*) from t'):scalar() end
    outer = conn:begin_nested() insert()
    inner = conn:begin_nested() insert()
  )");
  CHECK(eval("rows(), outer.is_active, inner.is_active, conn:in_nested_transaction()") ==
        "2 true true true");
  run("outer:rollback()");
  CHECK(eval("rows(), outer.is_active, inner.is_active") == "0 false false");
  run("conn:begin_nested(insert)");
  CHECK(eval("rows()") == "1");
  CHECK(failure("conn:begin_nested(function() insert() error 'x' end)").find("x") !=
        std::string::npos);
  CHECK(eval("rows(), conn:in_nested_transaction()") == "1 false");
}

TEST_CASE_METHOD(FileEngines, "a commit that fails rolls back and raises") {
  run("engine:begin(function(c) c:exec_driver_sql 'create table p (id integer primary key)' "
      "c:exec_driver_sql 'create table k (p int references p (id) deferrable initially deferred)' "
      "end)");
  CHECK(failure("engine:begin(function(c) c:exec_driver_sql 'insert into k values (9)' end)")
            .starts_with("IntegrityError"));
  CHECK(eval("engine:connect():exec_driver_sql('select count(*) from k'):scalar(), "
             "engine.pool:checkedout()") == "0 1");
}

// --- who listens ---

TEST_CASE_METHOD(Engines, "nobody listens unless asked") {
  StatementLog& log = statement_log(L);
  lua_getglobal(L, "engine");
  engine::Engine& engine = *check_box<EngineBox>(L, -1).engine;
  CHECK_FALSE(engine.has_sinks());
  log.set_counting(true);
  CHECK(engine.has_sinks());
  log.set_counting(false);
  CHECK_FALSE(engine.has_sinks());
  run("engine.echo = true");
  CHECK(engine.has_sinks());
  CHECK(eval("engine.echo") == "true");
  run("engine.echo = false");
  CHECK_FALSE(engine.has_sinks());
}

TEST_CASE_METHOD(Engines, "the echo is one line for each statement") {
  std::string lines;
  statement_log(L).set_writer(
      [&](std::string_view line) { lines += line.substr(line.find("ms  ") + 4); }, false);
  run("e = moonbase.create_engine('sqlite://', {echo = true})");
  run(R"(e:begin(function(conn)
    conn:exec_driver_sql('select  ?,\n\t?', {1, 'x'})
    conn:exec_driver_sql("select 'a  b'")
  end))");
  CHECK(lines == "BEGIN\nselect ?, ? [1, 'x']\nselect 'a  b'\nCOMMIT\n");
}

TEST_CASE_METHOD(Engines, "an engine has a name in the log, and its pool is heard of") {
  std::string lines;
  statement_log(L).set_writer([&](std::string_view line) { lines += line; }, false);
  run("e = moonbase.create_engine('sqlite:///named.db', {echo = true, echo_pool = true, "
      "logging_name = 'mine'})");
  run("conn = e:connect() conn:exec_driver_sql 'select 1' conn:close()");
  CHECK(lines.starts_with("mine pool: Created new Connection "));
  CHECK(lines.find(" checked out from pool\n") != std::string::npos);
  CHECK(lines.find(" ms  mine: select 1\n") != std::string::npos);
  CHECK(lines.ends_with(" returned to pool\n"));
}

TEST_CASE_METHOD(Engines, "what create_engine has no use for says why") {
  CHECK(
      failure("moonbase.create_engine('sqlite://', {plugins = {'x'}})") ==
      "TypeError: create_engine has no option 'plugins': db.event listens to what an engine does");
  CHECK(failure("moonbase.create_engine('sqlite://', {json_serializer = print})")
            .starts_with("TypeError: create_engine has no option 'json_serializer': "));
  CHECK(failure("moonbase.create_engine('sqlite://', {future = false})")
            .starts_with("ArgumentError: create_engine: future is always true"));
  CHECK(eval("moonbase.create_engine('sqlite://', {future = true}).name") == "sqlite");
}

TEST_CASE("an echoed line shows time, statement and values") {
  base::StatementRecord record;
  record.statement = "SELECT user.id\nFROM user\nWHERE name = 'a  \n b' AND x = ?";
  record.params = {base::Value::integer(1), base::Value::text(std::string(500, 'y')),
                   base::Value()};
  record.end_time = 0.00031;
  std::string line = echo_line(record, false);
  CHECK(line.starts_with(
      "  0.31 ms  SELECT user.id FROM user WHERE name = 'a  \\n b' AND x = ? [1, 'yyy"));
  CHECK(line.ends_with(", NULL]\n"));
  CHECK(line.size() < 250);
  record.params.clear();
  record.executions = 1000;
  CHECK(echo_line(record, true).starts_with("\x1b[2m  0.31 ms  \x1b[0mSELECT"));
  CHECK(echo_line(record, false).ends_with("x = ? × 1000\n"));
  record.params.assign(1000, base::Value::integer(7));
  CHECK(echo_line(record, false).find("… 970 more]") != std::string::npos);
}

TEST_CASE_METHOD(Engines, "recorded queries say what, when and where") {
  run("moonbase.record_queries(true) conn = engine:connect()");
  runtime.run("\nconn:exec_driver_sql('select ?, ?', {1, moonbase.null})", "@app.lua");
  run("q = moonbase.get_recorded_queries()");
  CHECK(eval("#q, q[1].statement, q[2].statement") == "2 BEGIN select ?, ?");
  CHECK(eval("q[2].parameters[1], q[2].parameters[2], #q[1].parameters, q[2].location") ==
        "1 null 0 app.lua:2");
  CHECK(eval("q[2].duration >= 0, q[2].start_time <= moonbase.clock(), q[2].end_time - "
             "q[2].start_time == q[2].duration") == "true true true");
  run("moonbase.clear_recorded_queries() moonbase.record_queries(false) conn:exec_driver_sql "
      "'select 1'");
  CHECK(eval("#moonbase.get_recorded_queries()") == "0");
}

TEST_CASE_METHOD(Engines, "only the newest queries are kept") {
  run("moonbase.record_queries(true) conn = engine:connect() conn:exec_driver_sql 'select 0' "
      "for i = 1, 10000 do conn:exec_driver_sql('select ?', {i}) end q = "
      "moonbase.get_recorded_queries()");
  CHECK(eval("#q, q[1].parameters[1], q[10000].parameters[1]") == "10000 1 10000");
}

TEST_CASE_METHOD(Engines, "statements are counted since a mark") {
  StatementLog& log = statement_log(L);
  log.set_counting(true);
  run("engine:begin(make_table)");
  CHECK(log.counts().statements == 1);
  CHECK(log.counts().seconds > 0);
  log.mark();
  CHECK(log.counts().statements == 0);
}

TEST_CASE("an engine may outlive the state that listened to it") {
  engine::EnginePtr engine;
  {
    LuaFixture lua;
    lua.run("e = moonbase.create_engine('sqlite://', {echo = true})");
    lua_getglobal(lua.L, "e");
    engine = check_box<EngineBox>(lua.L, -1).engine;
    CHECK(engine->has_sinks());
  }
  CHECK_FALSE(engine->has_sinks());
}

// --- warnings ---

int warn_twice(lua_State* L) {
  for (int i = 0; i < 2; ++i) warning_sink(L).warning("SAWarning", "one row is stale");
  return 0;
}

TEST_CASE_METHOD(LuaFixture, "a warning is shown once, or caught") {
  std::vector<std::string> lines;
  warning_sink(L).set_writer([&](std::string_view line) { lines.emplace_back(line); });
  set_function("warn_twice", warn_twice);
  run("caught = moonbase.catch_warnings(warn_twice)");
  CHECK(eval("#caught, caught[1], caught[2].kind, caught[1].message") ==
        "2 SAWarning: one row is stale SAWarning one row is stale");
  CHECK(lines.empty());
  run("warn_twice()");
  CHECK(lines == std::vector<std::string>{"SAWarning: one row is stale\n"});
  CHECK(failure("moonbase.catch_warnings(function() warn_twice() error 'inside' end)")
            .find("inside") != std::string::npos);
  CHECK(eval("#moonbase.catch_warnings(function() warn_twice() moonbase.catch_warnings(warn_twice) "
             "end)") == "2");
}

}  // namespace
}  // namespace moonbase::bindings
