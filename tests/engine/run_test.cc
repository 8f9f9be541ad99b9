// Running statements: cursors, batches, prepared statements, values, sinks, interrupts.
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/engine/support.h"

using namespace moonbase;
using base::ErrorKind;
using base::Tag;
using base::Value;
using engine::Connection;
using engine::Cursor;
using engine::EngineOptions;
using engine::EnginePtr;
using test::error_of;
using test::KeepingSink;
using test::open_engine;
using test::scalar;

namespace {

compile::CompiledPtr compiled(uint64_t uid, expr::StatementKind kind, std::string sql,
                              std::vector<compile::ResultColumn> columns = {}) {
  auto statement = std::make_shared<compile::Compiled>();
  statement->uid = uid;
  statement->kind = kind;
  statement->returns_rows = !columns.empty();
  statement->sql = std::move(sql);
  statement->columns = std::move(columns);
  return statement;
}

// An engine in memory with a table of people, and a connection to it.
struct Memory {
  explicit Memory(EngineOptions options = {}) : engine(open_engine("sqlite://", options)) {
    connection = engine->connect();
    connection->execute_script(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT UNIQUE, born DATE)");
    connection->commit();
    engine->add_sink(&sink);
  }
  ~Memory() { engine->remove_sink(&sink); }
  KeepingSink sink;
  EnginePtr engine;
  std::unique_ptr<Connection> connection;
};

schema::TablePtr person_table() {
  schema::TableDef def;
  def.name = "person";
  schema::Column id, name, born;
  id.name = "id";
  id.type = types::integer();
  id.primary_key = true;
  name.name = "name";
  name.type = types::text();
  born.name = "born";
  born.type = types::date();
  def.columns = {id, name, born};
  return std::make_shared<schema::Table>(def);
}

}  // namespace

TEST_CASE("a cursor gives the rows of a compiled statement as its types load them") {
  Memory db;
  db.connection->execute_sql(
      "INSERT INTO person VALUES (1, 'ann', '2000-02-29'), (2, 'bob', NULL)");
  auto select = compiled(1, expr::StatementKind::kSelect,
                         "SELECT name, born FROM person WHERE id >= ? ORDER BY id",
                         {{"who", types::text()}, {"born", types::date()}});
  Cursor cursor = db.connection->execute(*select, std::vector{Value::integer(1)});
  CHECK(cursor.returns_rows());
  CHECK(cursor.columns()[0].name == "who");
  REQUIRE(cursor.next());
  CHECK(cursor.value(0) == Value::text("ann"));
  CHECK(cursor.value(1).tag() == Tag::kDate);
  CHECK(cursor.raw(1) == Value::text("2000-02-29"));
  REQUIRE(cursor.next());
  CHECK(cursor.is_null(1));
  CHECK(cursor.value(1).is_null());
  CHECK_FALSE(cursor.next());
  CHECK_FALSE(cursor.next());
  CHECK(cursor.rowcount() == -1);
}

TEST_CASE("columns of plain SQL are named by the database, anew in each run") {
  Memory db;
  db.connection->execute_sql("INSERT INTO person (name) VALUES ('ann')");
  {
    Cursor cursor = db.connection->execute_sql("SELECT * FROM person");
    CHECK(cursor.columns().size() == 3);
  }
  db.connection->execute_sql("ALTER TABLE person ADD COLUMN nick");
  Cursor cursor = db.connection->execute_sql("SELECT * FROM person");
  REQUIRE(cursor.columns().size() == 4);
  CHECK(cursor.columns()[3].name == "nick");
}

TEST_CASE("a write is done when execute returns, and knows its rows and key") {
  Memory db;
  Cursor insert = db.connection->execute_sql("INSERT INTO person (name) VALUES ('ann'), ('bob')");
  CHECK(insert.rowcount() == 2);
  CHECK(insert.last_insert_id() == 2);
  CHECK_FALSE(insert.returns_rows());
  CHECK(db.connection->execute_sql("DELETE FROM person").rowcount() == 2);
}

TEST_CASE("values may die before the cursor that was run with them") {
  Memory db;
  Cursor cursor;
  {
    std::vector<Value> values = {Value::text(std::string(1000, 'x')),
                                 Value::blob(std::string(100, 'y'))};
    cursor = db.connection->execute_sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) "
        "SELECT ?, ? FROM n",
        values);
  }
  int rows = 0;
  for (; cursor.next(); ++rows) {
    CHECK(cursor.raw(0).as_bytes() == std::string(1000, 'x'));
    CHECK(cursor.raw(1).as_bytes() == std::string(100, 'y'));
  }
  CHECK(rows == 3);
}

TEST_CASE("two runs of one statement at a time do not disturb each other") {
  Memory db;
  db.connection->execute_sql("INSERT INTO person (name) VALUES ('ann'), ('bob')");
  auto select = compiled(1, expr::StatementKind::kSelect, "SELECT id FROM person ORDER BY id",
                         {{"id", types::integer()}});
  std::vector<int64_t> pairs;
  Cursor outer = db.connection->execute(*select, {});
  while (outer.next()) {
    Cursor inner = db.connection->execute(*select, {});
    while (inner.next()) pairs.push_back(outer.raw_int(0) * 10 + inner.raw_int(0));
  }
  CHECK(pairs == std::vector<int64_t>{11, 12, 21, 22});
}

TEST_CASE("a cursor that outlives its connection says so") {
  test::TempFolder folder;
  EnginePtr engine = open_engine("sqlite:///" + folder.file("app.db"));
  auto connection = engine->connect();
  Cursor cursor = connection->execute_sql("SELECT 1 UNION SELECT 2");
  connection->close();
  CHECK(error_of([&] { cursor.next(); }).kind() == ErrorKind::kResourceClosedError);
  auto again = engine->connect();
  CHECK(scalar(*again, "SELECT 1 UNION SELECT 2") == Value::integer(1));
  CHECK(error_of([&] { Cursor().next(); }).kind() == ErrorKind::kResourceClosedError);
}

TEST_CASE("a wrong number of values is refused with both numbers") {
  Memory db;
  base::Error error =
      error_of([&] { db.connection->execute_sql("SELECT ?, ?", std::vector{Value::integer(1)}); });
  CHECK(error.kind() == ErrorKind::kProgrammingError);
  CHECK(error.message() == "the statement takes 2 values, and 1 was given");
  CHECK(error.statement() == "SELECT ?, ?");
}

TEST_CASE("an error while rows are read carries the statement and its values") {
  Memory db;
  Cursor cursor = db.connection->execute_sql(
      "SELECT abs(column1) FROM (VALUES (1), (-9223372036854775808)) WHERE ? = 5",
      std::vector{Value::integer(5)});
  REQUIRE(cursor.next());
  base::Error error = error_of([&] { cursor.next(); });
  CHECK(error.message() == "integer overflow");
  CHECK(error.params() == std::vector{Value::integer(5)});
  CHECK_FALSE(cursor.next());
}

TEST_CASE("hide_parameters keeps values out of errors and out of what sinks hear") {
  EngineOptions options;
  options.hide_parameters = true;
  Memory db(options);
  std::vector<Value> secret = {Value::text("secret")};
  db.connection->execute_sql("INSERT INTO person (name) VALUES (?)", secret);
  base::Error error =
      error_of([&] { db.connection->execute_sql("INSERT INTO person (name) VALUES (?)", secret); });
  CHECK(error.params().empty());
  for (const std::string& line : db.sink.lines) CHECK(line.find("secret") == std::string::npos);
}

// ---- trees ----

TEST_CASE("a tree runs with its values, and the same shape is compiled and prepared once") {
  Memory db;
  schema::TablePtr person = person_table();
  expr::FromPtr from = expr::table(person);
  for (int64_t id : {1, 2, 3}) {
    expr::Insert insert;
    insert.table = person;
    insert.columns = {&person->column("id"), &person->column("born")};
    insert.rows = {{expr::bind(Value::integer(id), types::integer()),
                    expr::bind(Value::date(id), types::date())}};
    db.connection->execute(*expr::finish(std::move(insert)));
  }
  auto statistics = db.engine->cache_statistics();
  CHECK(statistics.misses == 1);
  CHECK(statistics.hits == 2);

  expr::Select select;
  select.columns = {expr::column(from, person->column("born"))};
  select.where = {expr::binary(expr::Op::kEq, expr::column(from, person->column("id")),
                               expr::bind(Value::integer(2), types::integer()))};
  Cursor cursor = db.connection->execute(*expr::finish(std::move(select)));
  REQUIRE(cursor.next());
  CHECK(cursor.value(0) == Value::date(2));
  CHECK_FALSE(cursor.next());
}

TEST_CASE("named parameters are given at execution, and a missing one is named") {
  Memory db;
  expr::TextStatement draft;
  draft.text = expr::text("SELECT :x + :y, :x");
  auto statement = expr::finish(std::move(draft));
  std::vector<std::pair<std::string, Value>> named = {{"y", Value::integer(2)},
                                                      {"x", Value::integer(40)}};
  Cursor cursor = db.connection->execute(*statement, named);
  REQUIRE(cursor.next());
  CHECK(cursor.value(0) == Value::integer(42));
  CHECK(cursor.value(1) == Value::integer(40));

  named.pop_back();
  base::Error error = error_of([&] { db.connection->execute(*statement, named); });
  CHECK(error.kind() == ErrorKind::kStatementError);
  CHECK(error.message() == "A value is required for bind parameter 'x'");
}

TEST_CASE("a named date reaches the database in the dialect's form") {
  Memory db;
  expr::TextStatement draft;
  draft.text = expr::text("SELECT :day");
  std::vector<std::pair<std::string, Value>> named = {{"day", Value::date(0)}};
  Cursor cursor = db.connection->execute(*expr::finish(std::move(draft)), named);
  REQUIRE(cursor.next());
  CHECK(cursor.value(0) == Value::text("1970-01-01"));
}

// ---- batches ----

TEST_CASE("a batch writes row after row through one prepared statement") {
  Memory db;
  auto insert =
      compiled(7, expr::StatementKind::kInsert, "INSERT INTO person (name, born) VALUES (?, ?)");
  Connection::Batch batch(*db.connection, insert);
  for (int i = 0; i < 3; ++i) {
    std::string name = "person " + std::to_string(i);
    Value born = Value::date(i);
    Value text = Value::borrowed(Tag::kText, name);
    batch.bind(0, text, *types::text());
    batch.bind(1, born, *types::date());
    batch.run();
    CHECK(batch.changes() == 1);
    CHECK(batch.last_insert_id() == i + 1);
    CHECK_FALSE(batch.has_row());
    batch.done();
  }
  batch.finish();
  CHECK(
      scalar(*db.connection, "SELECT group_concat(name || ' ' || born) FROM person WHERE id > 1") ==
      Value::text("person 1 1970-01-02,person 2 1970-01-03"));
  REQUIRE(db.sink.records.size() == 3);
  CHECK(db.sink.lines[0] == "BEGIN IMMEDIATE");
  CHECK(db.sink.lines[1] ==
        "INSERT INTO person (name, born) VALUES (?, ?) ['person 0', '1970-01-01']");
  CHECK(db.sink.records[1].executions == 3);
  CHECK(db.sink.records[1].rows == 3);
}

TEST_CASE("a batch reads what RETURNING gives, and its commit works") {
  Memory db;
  auto insert = compiled(8, expr::StatementKind::kInsert,
                         "INSERT INTO person (name) VALUES (?) RETURNING id, name",
                         {{"id", types::integer()}, {"name", types::text()}});
  Connection::Batch batch(*db.connection, insert);
  for (const char* name : {"ann", "bob"}) {
    Value value = Value::text(name);
    batch.bind(0, value, *types::text());
    batch.run();
    REQUIRE(batch.has_row());
    CHECK(batch.column(1) == value);
    batch.done();
    CHECK(batch.changes() == 1);
  }
  CHECK_NOTHROW(db.connection->commit());
}

TEST_CASE("a batch that fails says which values it failed with, and tells the sinks") {
  Memory db;
  auto insert = compiled(9, expr::StatementKind::kInsert, "INSERT INTO person (name) VALUES (?)");
  Connection::Batch batch(*db.connection, insert);
  auto run = [&](const char* name) {
    Value value = Value::text(name);
    batch.bind(0, value, *types::text());
    batch.run();
    batch.done();
  };
  run("ann");
  run("bob");
  base::Error error = error_of([&] { run("ann"); });
  CHECK(error.kind() == ErrorKind::kIntegrityError);
  CHECK(error.params() == std::vector{Value::text("ann")});
  CHECK(db.sink.records.back().error == "UNIQUE constraint failed: person.name");
  CHECK(db.sink.records.back().executions == 3);
  run("cid");
  CHECK(scalar(*db.connection, "SELECT count(*) FROM person") == Value::integer(3));
}

// ---- sinks and interrupts ----

TEST_CASE("sinks hear each statement with its times, and nothing once removed") {
  Memory db;
  db.connection->execute_sql("INSERT INTO person (name) VALUES (?)",
                             std::vector{Value::text("ann")});
  REQUIRE(db.sink.records.size() == 2);
  const base::StatementRecord& record = db.sink.records[1];
  CHECK(record.statement == "INSERT INTO person (name) VALUES (?)");
  CHECK(record.params == std::vector{Value::text("ann")});
  CHECK(record.rows == 1);
  CHECK(record.executions == 1);
  CHECK(record.start_time > 0);
  CHECK(record.end_time >= record.start_time);
  db.engine->remove_sink(&db.sink);
  db.connection->execute_sql("DELETE FROM person");
  CHECK(db.sink.records.size() == 2);
}

TEST_CASE("sinks hear of statements that cannot be prepared, and errors carry their values") {
  Memory db;
  base::Error error = error_of([&] {
    db.connection->execute_sql("SELECT * FROM nobody WHERE id = ?", std::vector{Value::integer(1)});
  });
  CHECK(error.statement() == "SELECT * FROM nobody WHERE id = ?");
  CHECK(error.params() == std::vector{Value::integer(1)});
  REQUIRE(db.sink.records.size() == 1);
  CHECK(db.sink.records[0].error == "no such table: nobody");
}

TEST_CASE("what a sink throws leaves through execute, and the statement can be run again") {
  struct ThrowingSink : base::LogSink {
    void statement(const base::StatementRecord& record) override {
      if (record.statement.starts_with("SELECT")) throw std::runtime_error("sink");
    }
  } thrower;
  Memory db;
  db.engine->add_sink(&thrower);
  CHECK_THROWS_AS(db.connection->execute_sql("SELECT 1 UNION SELECT 2"), std::runtime_error);
  db.engine->remove_sink(&thrower);
  db.connection->execute_sql("INSERT INTO person (name) VALUES ('ann')");
  // Nothing is left open that would have kept the read from being restarted for the write.
  CHECK(db.sink.lines[db.sink.lines.size() - 2] == "BEGIN IMMEDIATE");
}

TEST_CASE("an engine's interrupt stops what runs on its connections") {
  Memory db;
  std::atomic<bool> is_stopped = false;
  std::thread interrupter([&] {
    while (!is_stopped) db.engine->interrupt();
  });
  base::Error error = error_of([&] {
    db.connection->execute_sql(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        "SELECT count(*) FROM n");
  });
  is_stopped = true;
  interrupter.join();
  CHECK(error.kind() == ErrorKind::kInterrupted);
  CHECK_FALSE(db.connection->lost_transaction());
  CHECK(scalar(*db.connection, "SELECT 1") == Value::integer(1));
}

TEST_CASE("an interrupted write takes its transaction with it, and the connection knows") {
  Memory db;
  db.connection->execute_sql("INSERT INTO person (name) VALUES ('ann')");
  std::atomic<bool> is_stopped = false;
  std::thread interrupter([&] {
    while (!is_stopped) db.engine->interrupt();
  });
  // An interrupt that comes while the statement is being prepared ends nothing but the preparing.
  while (!db.connection->lost_transaction()) {
    base::Error error = error_of([&] {
      db.connection->execute_sql(
          "INSERT INTO person (id) WITH RECURSIVE n(x) AS (SELECT 10 UNION ALL "
          "SELECT x + 1 FROM n) SELECT x FROM n");
    });
    REQUIRE(error.kind() == ErrorKind::kInterrupted);
  }
  is_stopped = true;
  interrupter.join();
  db.connection->rollback();
  CHECK(scalar(*db.connection, "SELECT count(*) FROM person") == Value::integer(0));
}

TEST_CASE("interrupts may come while connections open and close") {
  test::TempFolder folder;
  EngineOptions options;
  options.null_pool = true;
  EnginePtr engine = open_engine("sqlite:///" + folder.file("app.db"), options);
  std::atomic<bool> is_stopped = false;
  std::thread interrupter([&] {
    while (!is_stopped) engine->interrupt();
  });
  int opened = 0;
  for (int i = 0; i < 50; ++i) {
    try {
      engine->connect()->close();
      ++opened;
    } catch (const base::Error& error) {
      CHECK(error.kind() == ErrorKind::kInterrupted);
    }
  }
  is_stopped = true;
  interrupter.join();
  CHECK(opened > 0);
}
