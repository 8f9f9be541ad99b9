// The contract of driver.h, kept by PostgreSQL: statements, rows, transactions, interrupts.
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "orm/dialect/postgresql/postgresql_sql_text.h"
#include "tests/support/postgresql.h"

using namespace moonbase;
using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

namespace {

const dialect::Dialect& postgresql() { return dialect::postgresql::postgresql_dialect(); }

std::unique_ptr<driver::DriverConnection> server() {
  return postgresql().connect(test::postgresql_arguments());
}

Value scalar(driver::DriverConnection& connection, const std::string& sql) {
  auto statement = connection.prepare(sql);
  Value value = statement->step() ? statement->column(0) : Value();
  value.own();
  return value;
}

ErrorKind kind_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::kCommandError;
}

}  // namespace

TEST_CASE("a PostgreSQL statement runs, gives rows and runs again with other values") {
  auto connection = server();
  auto select = connection->prepare("SELECT $1 + 1 AS next, $2::text AS name, $2 || '!'");
  CHECK(select->parameter_count() == 2);
  CHECK_FALSE(select->is_write());
  for (int64_t i : {1, 41, 7, 5}) {
    select->bind(0, Value::integer(i));
    Value name = i == 7 ? Value() : Value::text("susan");
    select->bind(1, name);
    REQUIRE(select->step());
    CHECK(select->column_count() == 3);
    CHECK(select->column_info(0).name == "next");
    CHECK(select->column_info(0).declared_type == "integer");
    CHECK(select->column_int(0) == i + 1);
    CHECK(select->is_null(1) == (i == 7));
    if (i != 7) CHECK(select->column(2) == Value::text("susan!"));
    CHECK_FALSE(select->step());
    CHECK_FALSE(select->step());
    select->reset();
  }
  CHECK(select->changes() == -1);
  CHECK(kind_of([&] { select->bind(2, Value()); }) == ErrorKind::kInterfaceError);
}

TEST_CASE("several PostgreSQL results of one connection are read side by side") {
  auto connection = server();
  auto a = connection->prepare("SELECT generate_series(1, 3)");
  auto b = connection->prepare("SELECT generate_series(10, 30, 10)");
  int64_t sum = 0;
  while (a->step() && b->step()) sum += a->column_int(0) * b->column_int(0);
  CHECK(sum == 10 + 40 + 90);
}

TEST_CASE("PostgreSQL writes count their rows, RETURNING gives them in order") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  connection->execute_script("CREATE TABLE t (id serial PRIMARY KEY, a int UNIQUE)");
  auto changes = [&](const std::string& sql) {
    auto statement = connection->prepare(sql);
    while (statement->step()) {
    }
    return statement->changes();
  };
  CHECK(changes("INSERT INTO t (a) VALUES (1), (2)") == 2);
  CHECK(changes("UPDATE t SET a = a + 10") == 2);
  CHECK(changes("INSERT INTO t (a) VALUES (11) ON CONFLICT DO NOTHING") == 0);
  CHECK(changes("DELETE FROM t WHERE id = 99") == 0);
  CHECK(changes("CREATE TABLE u (a int)") == -1);
  CHECK(changes("SELECT 1") == -1);
  auto insert = connection->prepare("INSERT INTO t (a) VALUES ($1), ($2), ($3) RETURNING a, id");
  for (int i = 0; i < 3; ++i) insert->bind(i, Value::integer(100 - i));
  for (int i = 0; i < 3; ++i) {
    REQUIRE(insert->step());
    CHECK(insert->column_int(0) == 100 - i);
  }
  CHECK_FALSE(insert->step());
  CHECK(insert->changes() == 3);
}

TEST_CASE("a PostgreSQL script runs all its statements, or none where one fails") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  connection->execute_script(
      "CREATE TABLE t (a int); INSERT INTO t VALUES (1); SELECT * FROM t; -- done\n");
  CHECK(scalar(*connection, "SELECT count(*) FROM t") == Value::integer(1));
  CHECK_THROWS_AS(connection->execute_script("DELETE FROM t; DELETE FROM nowhere"), Error);
  CHECK(scalar(*connection, "SELECT count(*) FROM t") == Value::integer(1));
}

TEST_CASE("only one statement is prepared at a time, and none is an error") {
  auto connection = server();
  CHECK(kind_of([&] { connection->prepare("SELECT 1; SELECT 2")->step(); }) ==
        ErrorKind::kProgrammingError);
  CHECK(kind_of([&] { connection->prepare("-- nothing")->step(); }) ==
        ErrorKind::kProgrammingError);
  CHECK(kind_of([&] { connection->prepare(std::string_view("SELECT 1\0", 9)); }) ==
        ErrorKind::kProgrammingError);
  CHECK(kind_of([&] { connection->prepare("COPY pg_class TO STDOUT")->step(); }) ==
        ErrorKind::kNotSupportedError);
  CHECK(scalar(*connection, "SELECT 1") == Value::integer(1));
}

TEST_CASE("a transaction is what PostgreSQL says it is") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  connection->execute_script("CREATE TABLE t (a int)");
  CHECK(connection->begin(true) == "BEGIN");
  CHECK(connection->in_transaction());
  connection->execute_script("INSERT INTO t VALUES (1)");
  connection->rollback();
  CHECK_FALSE(connection->in_transaction());
  connection->begin(false);
  connection->execute_script("INSERT INTO t VALUES (2); SAVEPOINT s; INSERT INTO t VALUES (3)");
  CHECK_THROWS_AS(connection->execute_script("SELECT 1/0"), Error);
  CHECK(connection->in_transaction());
  CHECK(kind_of([&] { connection->execute_script("SELECT 1"); }) == ErrorKind::kInternalError);
  connection->execute_script("ROLLBACK TO SAVEPOINT s");
  connection->commit();
  CHECK(scalar(*connection, "SELECT string_agg(a::text, ',') FROM t") == Value::text("2"));
  CHECK(connection->ping());
  CHECK_FALSE(connection->in_transaction());
}

TEST_CASE("COMMIT of a transaction that had failed is an error, because nothing was kept") {
  auto connection = server();
  connection->begin(true);
  CHECK_THROWS_AS(connection->execute_script("SELECT 1/0"), Error);
  CHECK(kind_of([&] { connection->commit(); }) == ErrorKind::kInternalError);
  CHECK_FALSE(connection->in_transaction());
}

TEST_CASE("the isolation level stands in BEGIN") {
  dialect::ConnectArguments arguments = test::postgresql_arguments();
  arguments.isolation_level = "SERIALIZABLE";
  auto connection = postgresql().connect(arguments);
  CHECK(connection->begin(false) == "BEGIN ISOLATION LEVEL SERIALIZABLE");
  CHECK(scalar(*connection, "SHOW transaction_isolation") == Value::text("serializable"));
}

TEST_CASE("an interrupt stops a running PostgreSQL statement, and nothing of it is left") {
  auto connection = server();
  connection->interrupt();  // nothing runs: this does not concern what comes
  for (const char* sql :
       {"SELECT pg_sleep(60)", "SELECT count(*) FROM generate_series(1, 100000000000)"}) {
    auto start = std::chrono::steady_clock::now();
    std::atomic<bool> is_stopped = false;
    std::thread interrupter([&] {
      while (!is_stopped) connection->interrupt();
    });
    ErrorKind kind = kind_of([&] { scalar(*connection, sql); });
    is_stopped = true;
    interrupter.join();
    CHECK(kind == ErrorKind::kInterrupted);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
    CHECK(scalar(*connection, "SELECT 1") == Value::integer(1));
  }
}

TEST_CASE("a streamed statement keeps its rows at the server until they are wanted") {
  auto connection = server();
  connection->begin(false);
  auto series = connection->prepare("SELECT n, n::text FROM generate_series(1, $1) n");
  auto open_cursors = [&] {
    return scalar(*connection, "SELECT count(*) FROM pg_cursors WHERE name LIKE 'moonbase%'");
  };
  for (int64_t count : {0, 1, 100, 101, 1234}) {
    series->stream(100);
    series->bind(0, Value::integer(count));
    int64_t seen = 0;
    while (series->step()) {
      ++seen;
      REQUIRE(series->column_int(0) == seen);
      // Other statements run in between.
      if (seen == 150) CHECK(open_cursors() == Value::integer(1));
    }
    CHECK(seen == count);
    CHECK(open_cursors() == Value::integer(0));
    series->reset();
  }
  SECTION("reset ends it early") {
    series->stream(100);
    REQUIRE(series->step());
    series->reset();
    CHECK(open_cursors() == Value::integer(0));
  }
  SECTION("COMMIT brings the rest") {
    series->stream(100);
    for (int i = 0; i < 50; ++i) REQUIRE(series->step());
    connection->commit();
    for (int64_t i = 51; i <= 1234; ++i) {
      REQUIRE(series->step());
      REQUIRE(series->column_int(0) == i);
    }
    CHECK_FALSE(series->step());
  }
  SECTION("a failed transaction ends it") {
    series->stream(100);
    REQUIRE(series->step());
    CHECK_THROWS_AS(connection->execute_script("SELECT 1/0"), Error);
    for (int i = 1; i < 100; ++i) REQUIRE(series->step());
    CHECK_THROWS_AS(series->step(), Error);
    series->reset();
    connection->rollback();
  }
  SECTION("outside a transaction all rows come at once") {
    connection->commit();
    series->stream(100);
    int64_t seen = 0;
    while (series->step()) ++seen;
    CHECK(seen == 1234);
  }
}

TEST_CASE("as many parameters as PostgreSQL takes, and one too many") {
  auto connection = server();
  auto sum_of = [&](int count) {
    std::string sql = "SELECT 0";
    for (int i = 1; i <= count; ++i) sql += "+$" + std::to_string(i);
    return sql;
  };
  auto in_list = [&](int count) {
    std::string sql = "SELECT count(*) FROM generate_series(1, 100000) n WHERE n IN (";
    for (int i = 1; i <= count; ++i) sql += (i > 1 ? ",$" : "$") + std::to_string(i);
    return sql + ")";
  };
  CHECK(connection->max_parameters() == 65535);
  auto select = connection->prepare(in_list(65535));
  for (int i = 0; i < 65535; ++i) select->bind(i, Value::integer(i + 1));
  REQUIRE(select->step());
  CHECK(select->column_int(0) == 65535);
  auto refused = connection->prepare(sum_of(65536));
  CHECK_THROWS_WITH(refused->step(), Catch::Contains("65536 parameters"));
}

TEST_CASE("a table that changes between two runs of a statement") {
  test::PostgresqlDatabase database;
  auto connection = database.connect(), other = database.connect();
  connection->execute_script("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
  auto select = connection->prepare("SELECT * FROM t");
  for (int run = 0; run < 4; ++run) {
    REQUIRE(select->step());
    CHECK(select->column(0) == Value::integer(1));
    select->reset();
  }
  other->execute_script("ALTER TABLE t ALTER a TYPE text, ADD b int DEFAULT 5");
  for (int run = 0; run < 4; ++run) {
    REQUIRE(select->step());
    CHECK(select->column_count() == 2);
    CHECK(select->column(0) == Value::text("1"));
    CHECK(select->column(1) == Value::integer(5));
    select->reset();
  }
}

TEST_CASE("without prepared statements at the server all is the same") {
  dialect::ConnectArguments arguments = test::postgresql_arguments();
  arguments.options = {{"prepared_statements", "false"}};
  auto connection = postgresql().connect(arguments);
  auto select = connection->prepare("SELECT $1::int, count(*) FROM pg_prepared_statements");
  for (int run = 0; run < 4; ++run) {
    select->reset();
    select->bind(0, Value::integer(run));
    REQUIRE(select->step());
    CHECK(select->column_int(0) == run);
    CHECK(select->column_int(1) == 0);
  }
}

TEST_CASE("statements that are gone are forgotten at the server") {
  auto connection = server();
  for (int i = 0; i < 100; ++i) {
    auto select = connection->prepare("SELECT " + std::to_string(i));
    for (int run = 0; run < 3; ++run) {
      REQUIRE(select->step());
      select->reset();
    }
  }
  CHECK(scalar(*connection, "SELECT count(*) < 70 FROM pg_prepared_statements") ==
        Value::boolean(true));
}

TEST_CASE("a connection that the server ended says so, and is not used again") {
  auto connection = server(), killer = server();
  Value pid = scalar(*connection, "SELECT pg_backend_pid()");
  auto kill = killer->prepare("SELECT pg_terminate_backend($1, 5000)");
  kill->bind(0, pid);
  REQUIRE(kill->step());
  try {
    scalar(*connection, "SELECT 1");
    FAIL("the connection lives");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kOperationalError);
    CHECK(error.disconnected());
    CHECK(error.sqlstate() == "57P01");
  }
  CHECK_FALSE(connection->is_usable());
  CHECK_FALSE(connection->in_transaction());
  CHECK_FALSE(connection->ping());
}

TEST_CASE("when the connection is lost at COMMIT, nobody knows whether it was done") {
  auto connection = server(), killer = server();
  connection->begin(true);
  Value pid = scalar(*connection, "SELECT pg_backend_pid()");
  auto kill = killer->prepare("SELECT pg_terminate_backend($1, 5000)");
  kill->bind(0, pid);
  REQUIRE(kill->step());
  CHECK_THROWS_WITH(connection->commit(), Catch::Contains("not known"));
}

TEST_CASE("PostgreSQL tables are found by name, views and other schemas too") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  connection->execute_script(
      "CREATE TABLE zebra (a int); CREATE TABLE \"Apple\" (a int); CREATE VIEW v AS SELECT 1;"
      "CREATE SCHEMA s; CREATE TABLE s.inner_table (a int); CREATE TEMP TABLE scratch (a int)");
  for (std::string name : {"zebra", "Apple", "v", "scratch"})
    CHECK(postgresql().has_table(*connection, "", name));
  CHECK(postgresql().has_table(*connection, "s", "inner_table"));
  for (std::string name : {"apple", "inner_table", "pg_class", "pear"})
    CHECK_FALSE(postgresql().has_table(*connection, "", name));
  CHECK(postgresql().table_names(*connection) ==
        std::vector<std::string>{"Apple", "zebra", "s.inner_table"});
}

TEST_CASE("a server with other styles of dates is told the one that is read") {
  dialect::ConnectArguments arguments = test::postgresql_arguments();
  arguments.options = {{"options", "-c datestyle=german -c intervalstyle=iso_8601"}};
  auto connection = postgresql().connect(arguments);
  CHECK(scalar(*connection, "SELECT '2026-11-20'::date").tag() == Tag::kDate);
  CHECK(scalar(*connection, "SELECT '1 day 2 hours'::interval") ==
        Value::interval(26 * 3'600'000'000));
}

TEST_CASE("the shape of a statement is read without the server") {
  using dialect::postgresql::read_shape;
  CHECK(read_shape("SELECT $1, $12 + $3").parameters == 12);
  CHECK(read_shape("SELECT '$1', \"$2\", E'\\'$3', $$ $4 $$, $a$ $5 $a$ -- $6\n /* $7 /* */ $8 */")
            .parameters == 0);
  CHECK(read_shape("SELECT a$1 FROM t").parameters == 0);
  for (const char* sql : {"SELECT 1", "VALUES (1)", "TABLE t", "WITH x AS (SELECT 1) SELECT 2",
                          "EXPLAIN UPDATE t SET a = 1", "SHOW all", "SELECT 'insert'",
                          "SELECT substring(a for 3) FROM t"})
    CHECK_FALSE(read_shape(sql).is_write);
  for (const char* sql :
       {"INSERT INTO t VALUES (1)", "SELECT * FROM t FOR UPDATE", "SELECT * INTO u FROM t",
        "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x", "EXPLAIN ANALYZE DELETE FROM t",
        "CALL f()", "CREATE TABLE t ()"})
    CHECK(read_shape(sql).is_write);
}
