// An engine over a PostgreSQL server: tables of every feature, statements as they are compiled,
// transactions, and a server that goes away.
#include "tests/support/postgresql.h"

#include <atomic>
#include <thread>

#include "orm/base/scalar.h"
#include "orm/compile/ddl_compiler.h"
#include "orm/engine/ddl.h"
#include "orm/engine/explain.h"
#include "orm/types/registry.h"
#include "tests/engine/support.h"
#include "tests/support/schema_builders.h"

namespace moonbase::engine {
namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using expr::ElementPtr;
using expr::Op;
using test::open_engine;
using test::PostgresqlDatabase;

// A database and an engine for it.
struct Server {
  explicit Server(EngineOptions options = {})
      : engine(open_engine(database.url(), std::move(options))) {}
  PostgresqlDatabase database;
  EnginePtr engine;
};

Value scalar(Connection& connection, const std::string& sql, std::vector<Value> values = {}) {
  Cursor cursor = connection.execute_sql(sql, values);
  Value value = cursor.next() ? cursor.value(0) : Value();
  value.own();
  return value;
}

EngineOptions at_level(std::string level) {
  EngineOptions options;
  options.isolation_level = std::move(level);
  return options;
}

// What an expression is, run as `SELECT x` and loaded by its type. Three runs, because they differ
// in how they travel.
Value evaluate(Connection& connection, const ElementPtr& e) {
  expr::Select select;
  select.columns = {expr::label(e, "x")};
  expr::SelectPtr statement = expr::finish(std::move(select));
  Value value;
  for (int run = 0; run < 3; ++run) {
    Cursor cursor = connection.execute(*statement);
    REQUIRE(cursor.next());
    value = cursor.value(0);
    value.own();
  }
  return value;
}

ElementPtr number(int64_t i) { return expr::bind(Value::integer(i), types::integer()); }
ElementPtr real(double d) { return expr::bind(Value::real(d), types::double_()); }
ElementPtr text(std::string_view s) { return expr::bind(Value::text(s), types::string()); }
ElementPtr call(std::string name, std::vector<ElementPtr> args) {
  return expr::function(std::move(name), std::move(args));
}

schema::Column with(schema::Column column, const std::function<void(schema::Column&)>& change) {
  change(column);
  return column;
}

schema::SqlFragment fragment(std::string text) { return {std::move(text), {}}; }

// One table with all that a table can have, and one it refers to.
void declare_all(schema::MetaData& metadata) {
  using schema::make_column;
  types::EnumOptions checked;
  checked.create_constraint = true;
  types::TypePtr checked_colour = types::enumeration({"red", "green"}, checked);
  types::TypePtr mood = types::enumeration({"sad", "it's ok"}, {.name = "Mood"});
  schema::TableDef group = schema::make_def("user", {schema::make_key("id", types::big_integer())});
  group.columns.push_back(make_column("mood", mood));
  metadata.add(std::move(group));

  schema::TableDef def = schema::make_def("everything", {});
  def.comment = "It's all here";
  def.columns = {
      with(schema::make_key("id"),
           [](auto& c) {
             c.identity.emplace();
             c.identity->always = true;
             c.identity->start = 100;
             c.identity->increment = 10;
           }),
      with(make_column("User", types::big_integer()), [](auto& c) { c.nullable = false; }),
      with(make_column("mood", mood), [](auto& c) { c.server_default = fragment("'sad'"); }),
      make_column("moods", types::array(mood)),
      with(make_column("colour", checked_colour),
           [](auto& c) { c.comment = "unnamed: text with a CHECK"; }),
      with(make_column("price", types::numeric(10, 2)),
           [](auto& c) { c.server_default = fragment("1.50"); }),
      with(make_column("double_price", types::numeric()),
           [](auto& c) {
             c.computed = schema::Computed{fragment("price * 2"), {}};
           }),
      with(make_column("at", types::datetime(true)),
           [](auto& c) { c.server_default = fragment("now()"); }),
      make_column("name", types::make([] {
                    types::TypeSpec spec = types::string(20)->spec();
                    spec.collation = "C";
                    return spec;
                  }())),
      make_column("doc", types::build(*types::find_type_row("JSONB"))),
      make_column("address", types::build(*types::find_type_row("INET"))),
      make_column("old_time", types::build(*types::find_type_row("DATETIME"))),
      make_column("old_blob", types::build(*types::find_type_row("BLOB"))),
  };
  def.foreign_keys = {schema::make_foreign_key({"User"}, {"user.id"}, "fk_user")};
  def.foreign_keys[0].ondelete = "CASCADE";
  def.foreign_keys[0].deferrable = "DEFERRABLE";
  def.foreign_keys[0].initially = "DEFERRED";
  def.uniques = {schema::make_unique_constraint({"name", "User"}, "uq_name")};
  def.uniques[0].deferrable = "DEFERRABLE";
  def.checks = {schema::make_check("price > 0", "ck_price")};
  schema::Index partial = schema::make_index({"name"}, "ix_partial");
  partial.where = fragment("price > 10");
  partial.unique = true;
  partial.parts[0].descending = true;
  schema::Index expression = schema::make_index({}, "ix_lower");
  expression.parts.push_back({"", fragment("lower(name)"), false});
  schema::Index gin = schema::make_index({"doc"}, "ix_doc");
  gin.using_method = "gin";
  schema::Index covering = schema::make_index({"price"}, "ix_price");
  covering.include = {"name"};
  def.indexes = {partial, expression, gin, covering};
  metadata.add(std::move(def));
}

TEST_CASE("tables with everything are created and dropped on PostgreSQL") {
  Server server;
  schema::MetaData metadata;
  declare_all(metadata);
  CHECK(create_tables(*server.engine, metadata) == 2);
  CHECK(create_tables(*server.engine, metadata) == 0);
  auto connection = server.engine->connect();
  connection->execute_sql("INSERT INTO \"user\" (mood) VALUES ('it''s ok')");
  connection->execute_sql(
      "INSERT INTO everything (\"User\", name, doc, moods) VALUES (1, 'x', '{}', '{sad}')");
  CHECK(scalar(*connection, "SELECT id FROM everything") == Value::integer(100));
  CHECK(scalar(*connection, "SELECT double_price FROM everything") ==
        Value::bytes(Tag::kDecimal, "3.00"));
  CHECK(scalar(*connection, "SELECT moods FROM everything") ==
        Value::bytes(Tag::kJson, "[\"sad\"]"));
  CHECK(scalar(*connection, "SELECT obj_description('everything'::regclass)") ==
        Value::text("It's all here"));
  CHECK(scalar(*connection,
               "SELECT count(*) FROM pg_constraint WHERE conrelid = 'everything'::regclass "
               "AND contype IN ('c', 'f', 'u', 'p')") == Value::integer(5));
  CHECK(scalar(*connection, "SELECT count(*) FROM pg_indexes WHERE tablename = 'everything'") ==
        Value::integer(6));
  connection->commit();

  // The enumeration stays as long as a table uses it.
  std::vector<schema::TablePtr> only{metadata.find("everything")};
  CHECK(drop_tables(*server.engine, metadata, {.only = &only}) == 1);
  CHECK(scalar(*connection, "SELECT count(*) FROM pg_type WHERE typname = 'Mood'") ==
        Value::integer(1));
  connection->commit();
  CHECK(create_tables(*server.engine, metadata) == 1);
  CHECK(drop_tables(*server.engine, metadata) == 2);
  CHECK(scalar(*connection, "SELECT count(*) FROM pg_type WHERE typname = 'Mood'") ==
        Value::integer(0));
}

TEST_CASE("tables that refer to each other, in a schema, are created and dropped") {
  Server server;
  auto connection = server.engine->connect();
  connection->execute_sql("CREATE SCHEMA app");
  connection->commit();
  schema::MetaData metadata({}, "app");
  schema::TableDef a = schema::make_linked("a", {"b"}), b = schema::make_linked("b", {"a"});
  a.foreign_keys[0].name = "fk_a_b";
  b.foreign_keys[0].name = "fk_b_a";
  a.indexes.push_back(schema::make_index({"b_id"}, "ix_a"));
  metadata.add(std::move(a));
  metadata.add(std::move(b));
  CHECK(create_tables(*server.engine, metadata) == 2);
  CHECK(scalar(*connection, "SELECT count(*) FROM pg_tables WHERE schemaname = 'app'") ==
        Value::integer(2));
  connection->commit();
  CHECK(drop_tables(*server.engine, metadata) == 2);
}

TEST_CASE("two enumerations of one name with other values are refused") {
  schema::MetaData metadata;
  schema::TableDef def = schema::make_def("t", {schema::make_key("id")});
  def.columns.push_back(schema::make_column("a", types::enumeration({"x"}, {.name = "e"})));
  def.columns.push_back(schema::make_column("b", types::enumeration({"y"}, {.name = "e"})));
  metadata.add(std::move(def));
  CHECK_THROWS_WITH(
      compile::create_all(metadata, metadata.tables(), dialect::postgresql::postgresql_traits()),
      Catch::Contains("other values for the enumeration 'e'"));
}

TEST_CASE("the key of a new row is known, whatever kind of INSERT it is") {
  Server server;
  schema::MetaData metadata;
  schema::TableDef def = schema::make_def("t", {schema::make_key("id")});
  def.columns.push_back(schema::make_column("a", types::integer()));
  schema::TablePtr table = metadata.add(std::move(def));
  create_tables(*server.engine, metadata);
  auto connection = server.engine->connect();
  const schema::Column& a = table->column("a");
  auto insert = [&](std::optional<int64_t> value) {
    expr::Insert statement;
    statement.table = table;
    if (value) {
      statement.columns = {&a};
      statement.rows = {{number(*value)}};
    }
    Cursor cursor = connection->execute(*expr::finish(std::move(statement)));
    CHECK_FALSE(cursor.next());
    CHECK_FALSE(cursor.returns_rows());
    CHECK(cursor.rowcount() == 1);
    return cursor.last_insert_id();
  };
  CHECK(insert(10) == 1);
  CHECK(insert({}) == 2);
  CHECK(insert(20) == 3);
  CHECK(insert(30) == 4);

  expr::Insert many;
  many.table = table;
  many.columns = {&a};
  for (int i = 0; i < 5000; ++i) many.rows.push_back({number(-i)});
  expr::FromPtr from = expr::table(table);
  many.returning = {expr::column(from, *table->primary_key()[0]), expr::column(from, a)};
  Cursor rows = connection->execute(*expr::finish(std::move(many)));
  for (int i = 0; i < 5000; ++i) {
    REQUIRE(rows.next());
    REQUIRE(rows.raw_int(0) == 5 + i);
    REQUIRE(rows.raw_int(1) == -i);
  }
}

TEST_CASE("an upsert on PostgreSQL") {
  Server server;
  schema::MetaData metadata;
  schema::TableDef def = schema::make_def("t", {schema::make_key("id")});
  def.columns.push_back(schema::make_column("n", types::integer()));
  schema::TablePtr table = metadata.add(std::move(def));
  create_tables(*server.engine, metadata);
  auto connection = server.engine->connect();
  const schema::Column &id = table->column("id"), &n = table->column("n");
  for (int run = 1; run <= 4; ++run) {
    expr::Insert statement;
    statement.table = table;
    statement.columns = {&id, &n};
    statement.rows = {{number(1), number(run)}};
    statement.on_conflict.emplace();
    statement.on_conflict->do_nothing = false;
    statement.on_conflict->columns = {"id"};
    statement.on_conflict->set = {{&n, expr::binary(Op::kAdd, expr::column(expr::table(table), n),
                                                    expr::column(expr::excluded(table), n))}};
    CHECK(connection->execute(*expr::finish(std::move(statement))).rowcount() == 1);
  }
  CHECK(scalar(*connection, "SELECT n FROM t") == Value::integer(10));
}

TEST_CASE("operators and functions mean on PostgreSQL what they mean elsewhere") {
  Server server;
  auto connection = server.engine->connect();
  auto is = [&](const ElementPtr& e) {
    INFO(compile::compile_element(e, server.engine->traits()));
    Value value = evaluate(*connection, e);
    return value;
  };
  CHECK(is(expr::binary(Op::kDiv, number(1), number(4))) == Value::real(0.25));
  CHECK(is(expr::binary(Op::kFloorDiv, number(-7), number(2))) == Value::integer(-4));
  CHECK(is(expr::binary(Op::kMod, real(7.5), real(2))).tag() != Tag::kNull);
  CHECK(is(expr::binary(Op::kBitXor, number(6), number(3))) == Value::integer(5));
  CHECK(is(expr::binary(Op::kRegexpMatch, text("moon base 42"), text(R"(\d+$)"))) ==
        Value::boolean(true));
  CHECK(is(expr::like(Op::kIlike, text("MOON"), text("m%"), std::nullopt)) == Value::boolean(true));
  CHECK(is(expr::contains(text("50% off"), text("0%"), {.autoescape = true})) ==
        Value::boolean(true));
  CHECK(is(expr::binary(Op::kConcat, text("a"), text("b"))) == Value::text("ab"));
  CHECK(is(expr::binary(Op::kIsDistinctFrom, number(1), expr::null())) == Value::boolean(true));
  CHECK(is(expr::between(number(2), number(3), number(1), false, true)) == Value::boolean(true));
  CHECK(is(expr::in(expr::tuple({number(1), text("a")}),
                    {expr::tuple({number(1), text("a")}), expr::tuple({number(2), text("b")})},
                    false)) == Value::boolean(true));
  CHECK(is(expr::in(number(1), std::vector<ElementPtr>(), false)) == Value::boolean(false));
  CHECK(is(call("concat", {text("a"), number(1)})) == Value::text("a1"));
  CHECK(is(call("coalesce", {expr::null(), text("x")})) == Value::text("x"));
  CHECK(is(call("max", {number(1), number(2)})) == Value::integer(2));
  CHECK(is(call("round", {real(2.345), number(2)})).tag() != Tag::kNull);
  CHECK(is(call("instr", {text("abc"), text("c")})) == Value::integer(3));
  CHECK(is(call("group_concat", {number(1), text("-")})) == Value::text("1"));
  CHECK(is(call("json_build_object", {text("a"), text("b")})).as_bytes() == R"({"a" : "b"})");
  CHECK(is(expr::cast(text("42"), types::integer())) == Value::integer(42));
  CHECK(is(expr::type_coerce(expr::boolean(true), types::boolean())) == Value::boolean(true));

  Value moment = Value::datetime(*base::parse_date("2026-11-20") * base::kMicrosPerDay + 5'900'000);
  ElementPtr at = expr::bind(moment, types::datetime());
  CHECK(is(expr::extract("year", at)) == Value::integer(2026));
  CHECK(is(expr::extract("second", at)) == Value::integer(5));
  ElementPtr day = expr::bind(Value::date(10), types::date());
  CHECK(is(expr::binary(Op::kSub, day, expr::bind(Value::date(7), types::date()))) ==
        Value::interval(3 * base::kMicrosPerDay));
  CHECK(is(expr::binary(Op::kAdd, at,
                        expr::bind(Value::interval(base::kMicrosPerDay), types::interval())))
            .as_int() == moment.as_int() + base::kMicrosPerDay);

  ElementPtr doc = expr::bind(Value::bytes(Tag::kJson, R"({"a": [1, {"b": "x"}]})"), types::json());
  CHECK(is(expr::json_path(doc, {text("a"), number(1), text("b")}, true, types::string())) ==
        Value::text("x"));
  CHECK(is(expr::json_path(doc, {text("a"), number(0)}, true, types::integer())) ==
        Value::integer(1));
  CHECK(is(expr::json_path(doc, {text("a"), number(1)}, false, types::json())).as_bytes() ==
        R"({"b": "x"})");
  ElementPtr list = expr::bind(Value::bytes(Tag::kJson, "[3, 4]"), types::array(types::integer()));
  CHECK(is(expr::binary(Op::kEq, number(4), expr::unary(Op::kAny, list, types::integer()))) ==
        Value::boolean(true));
  CHECK(is(list) == Value::bytes(Tag::kJson, "[3,4]"));
}

TEST_CASE("literals say on PostgreSQL what the values they are made of say") {
  Server server;
  auto connection = server.engine->connect();
  std::vector<std::pair<Value, types::TypePtr>> cases = {
      {Value::text("it's \\ \"ok\""), types::text()},
      {Value::blob(std::string_view("a\0\xff", 3)), types::large_binary()},
      {Value::boolean(true), types::boolean()},
      {Value::real(-std::numeric_limits<double>::infinity()), types::double_()},
      {Value::interval(-90'000'000'001), types::interval()},
      {Value::bytes(Tag::kJson, "[1,null]"), types::array(types::integer())},
      {Value::date(20'000), types::date()},
  };
  for (const auto& [value, type] : cases) {
    INFO(value.repr());
    std::string sql = "SELECT CAST(" + server.engine->traits().literal(value, *type) + " AS " +
                      server.engine->traits().type_name(*type) + ")";
    CHECK(type->load(scalar(*connection, sql)) == value);
  }
}

TEST_CASE("clauses that SQLite lacks") {
  Server server;
  schema::MetaData metadata;
  schema::TableDef def = schema::make_def("t", {schema::make_key("id")});
  def.columns.push_back(schema::make_column("a", types::integer()));
  schema::TablePtr table = metadata.add(std::move(def));
  create_tables(*server.engine, metadata);
  auto connection = server.engine->connect(), other = server.engine->connect();
  connection->execute_sql("INSERT INTO t (a) VALUES (1), (1), (2)");
  connection->commit();
  expr::FromPtr from = expr::table(table);
  ElementPtr id = expr::column(from, table->column("id")),
             a = expr::column(from, table->column("a"));
  auto count = [](Connection& c, expr::Select select) {
    Cursor cursor = c.execute(*expr::finish(std::move(select)));
    int rows = 0;
    while (cursor.next()) ++rows;
    return rows;
  };
  expr::Select distinct;
  distinct.columns = {id, a};
  distinct.distinct_on = {a};
  distinct.order_by = {a, id};
  CHECK(count(*connection, std::move(distinct)) == 2);

  expr::Select locking;
  locking.columns = {id};
  locking.limit = number(1);
  locking.for_update.emplace();
  locking.for_update->skip_locked = true;
  CHECK(count(*connection, expr::Select(locking)) == 1);
  CHECK(connection->has_written());
  locking.limit = nullptr;
  CHECK(count(*other, std::move(locking)) == 2);
  connection->rollback();
  other->rollback();

  expr::FromPtr again = expr::alias(from, "again");
  expr::Select inner;
  inner.columns = {expr::label(
      expr::binary(Op::kMul, expr::column(again, table->column("a")), number(10)), "b")};
  inner.where = {expr::binary(Op::kEq, expr::column(again, table->column("id")), id)};
  expr::FromPtr lateral = expr::lateral(expr::finish(std::move(inner)), "l");
  expr::Select outer;
  outer.columns = {id, expr::column(lateral, "b", types::integer())};
  outer.froms = {expr::join(from, lateral, expr::boolean(true), expr::JoinKind::kInner)};
  CHECK(count(*connection, std::move(outer)) == 3);

  std::vector<ElementPtr> many;
  for (int i = 1; i <= 10'000; ++i) many.push_back(number(i));
  expr::Select in_list;
  in_list.columns = {id};
  in_list.where = {expr::in(id, many, false)};
  CHECK(count(*connection, std::move(in_list)) == 3);
}

TEST_CASE("a transaction on PostgreSQL, its savepoints and its results") {
  Server server;
  auto connection = server.engine->connect();
  connection->execute_sql("CREATE TABLE t (a int)");
  connection->commit();
  connection->execute_sql("INSERT INTO t VALUES (1)");
  std::string savepoint = connection->savepoint();
  connection->execute_sql("INSERT INTO t VALUES (2)");
  CHECK_THROWS_AS(connection->execute_sql("INSERT INTO t VALUES ('x')"), Error);
  CHECK_THROWS_AS(connection->execute_sql("SELECT 1"), Error);
  connection->rollback_to_savepoint(savepoint);
  connection->release_savepoint(savepoint);
  Cursor rows = connection->execute_sql("SELECT a FROM t UNION ALL SELECT 7 ORDER BY 1");
  rows.outlive_commit();
  connection->commit();
  REQUIRE(rows.next());
  CHECK(rows.raw_int(0) == 1);
  REQUIRE(rows.next());
  CHECK(rows.raw_int(0) == 7);
  CHECK_FALSE(rows.next());
  connection->close();
  CHECK(scalar(*server.engine->connect(), "SELECT count(*) FROM t") == Value::integer(1));
}

TEST_CASE("a transaction that has only read, and failed, ends like any other that has only read") {
  Server server;
  auto connection = server.engine->connect();
  CHECK_THROWS_AS(connection->execute_sql("SELECT * FROM nowhere"), Error);
  connection->end_read();
  CHECK_FALSE(connection->is_open_at_database());
  CHECK(scalar(*connection, "SELECT 1") == Value::integer(1));
}

TEST_CASE("AUTOCOMMIT sends no BEGIN, and lets VACUUM run") {
  Server server(at_level("AUTOCOMMIT"));
  auto connection = server.engine->connect();
  connection->execute_sql("CREATE TABLE t (a int)");
  connection->execute_sql("INSERT INTO t VALUES (1)");
  CHECK_FALSE(connection->is_open_at_database());
  connection->execute_sql("VACUUM t");
  CHECK(scalar(*server.engine->connect(), "SELECT count(*) FROM t") == Value::integer(1));
  CHECK_THROWS_WITH(open_engine(server.database.url(), at_level("SNAPSHOT")),
                    Catch::Contains("not an isolation level of postgresql"));
}

TEST_CASE("a server that went away costs one error, and none with pre-ping") {
  bool pre_ping = GENERATE(false, true);
  EngineOptions options;
  options.pool_pre_ping = pre_ping;
  Server server(options);
  // Three connections wait in the pool when the server ends them all.
  {
    std::vector<std::unique_ptr<Connection>> open;
    for (int i = 0; i < 3; ++i) {
      open.push_back(server.engine->connect());
      scalar(*open.back(), "SELECT 1");
    }
  }
  CHECK(server.engine->pool().statistics().checked_in == 3);
  EnginePtr admin = open_engine(test::postgresql_url());
  scalar(*admin->connect(),
         "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = $1",
         {Value::text(server.database.name())});
  int errors = 0;
  for (int i = 0; i < 4; ++i) {
    try {
      auto connection = server.engine->connect();
      scalar(*connection, "SELECT 1");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::kOperationalError);
      CHECK(error.disconnected());
      ++errors;
    }
  }
  CHECK(errors == (pre_ping ? 0 : 1));
}

TEST_CASE("a connection that dies inside a transaction loses it, and says so") {
  Server server;
  auto connection = server.engine->connect();
  connection->execute_sql("CREATE TABLE t (a int)");
  Value pid = scalar(*connection, "SELECT pg_backend_pid()");
  scalar(*open_engine(test::postgresql_url())->connect(), "SELECT pg_terminate_backend($1, 5000)",
         {pid});
  CHECK_THROWS_AS(connection->execute_sql("INSERT INTO t VALUES (1)"), Error);
  CHECK(connection->lost_transaction());
  CHECK_THROWS_AS(connection->commit(), Error);
  connection->rollback();
  connection->close();
  auto next = server.engine->connect();
  CHECK(scalar(*next, "SELECT to_regclass('t')").is_null());
}

TEST_CASE("an engine's interrupt reaches the server") {
  Server server;
  auto connection = server.engine->connect();
  std::atomic<bool> is_stopped = false;
  std::thread interrupter([&] {
    while (!is_stopped) server.engine->interrupt();
  });
  ErrorKind kind = ErrorKind::kInternalError;
  try {
    scalar(*connection, "SELECT pg_sleep(60)");
  } catch (const Error& error) {
    kind = error.kind();
  }
  is_stopped = true;
  interrupter.join();
  CHECK(kind == ErrorKind::kInterrupted);
  connection->rollback();
  CHECK(scalar(*connection, "SELECT 1") == Value::integer(1));
}

TEST_CASE("the plan of a statement as PostgreSQL tells it") {
  Server server;
  schema::MetaData metadata;
  schema::TablePtr table = metadata.add(schema::make_def("t", {schema::make_key("id")}));
  create_tables(*server.engine, metadata);
  auto connection = server.engine->connect();
  expr::FromPtr from = expr::table(table);
  ElementPtr id = expr::column(from, table->column("id"));
  expr::Select select;
  select.columns = {id};
  select.where = {expr::binary(Op::kGt, id, number(7))};
  select.order_by = {expr::ordering(Op::kDesc, expr::binary(Op::kAdd, id, number(1)))};
  expr::SelectPtr statement = expr::finish(std::move(select));
  std::vector<dialect::PlanStep> steps = explain(*connection, *statement);
  REQUIRE(steps.size() >= 2);
  CHECK(steps[0].parent == 0);
  CHECK(steps[0].detail.starts_with("Sort"));
  CHECK(steps[1].parent == steps[0].id);
  CHECK(steps[1].detail.find(" on t") != std::string::npos);
  CHECK(steps[1].detail.find("actual time") == std::string::npos);
  steps = explain(*connection, *statement, {}, {.analyze = true});
  CHECK(steps[0].detail.find("actual time") != std::string::npos);
}

}  // namespace
}  // namespace moonbase::engine
