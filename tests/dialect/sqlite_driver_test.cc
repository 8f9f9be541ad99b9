// The contract of driver.h, kept by SQLite: statements, rows, transactions, functions, places.
#include <filesystem>
#include <thread>

#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "orm/dialect/sqlite/sqlite_dialect.h"
#include "tests/support/temp_folder.h"

using namespace moonbase;
using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using dialect::ConnectArguments;
using test::TempFolder;

namespace {

const dialect::Dialect& sqlite() { return dialect::sqlite::sqlite_dialect(); }

std::unique_ptr<driver::DriverConnection> memory() { return sqlite().connect({}); }

// The first column of the first row.
Value scalar(driver::DriverConnection& connection, const std::string& sql) {
  auto statement = connection.prepare(sql);
  Value value = statement->step() ? statement->column(0) : Value();
  value.own();
  return value;
}

}  // namespace

TEST_CASE("a statement runs, gives rows and runs again with other values") {
  auto connection = memory();
  auto select = connection->prepare("SELECT ? + 1 AS next, ? AS name");
  CHECK(select->parameter_count() == 2);
  CHECK(select->column_count() == 2);
  CHECK(select->column_info(0).name == "next");
  CHECK_FALSE(select->is_write());
  for (int64_t i : {1, 41}) {
    select->bind(0, Value::integer(i));
    select->bind(1, Value());
    REQUIRE(select->step());
    CHECK(select->column_int(0) == i + 1);
    CHECK(select->is_null(1));
    CHECK_FALSE(select->step());
    select->reset();
  }
  CHECK(select->changes() == -1);
}

TEST_CASE("columns of a table know their declared type, expressions do not") {
  auto connection = memory();
  connection->execute_script("CREATE TABLE user (name VARCHAR(64))");
  auto select = connection->prepare("SELECT name, name || 'x' FROM user");
  CHECK(select->column_info(0).declared_type == "VARCHAR(64)");
  CHECK(select->column_info(1).declared_type.empty());
}

TEST_CASE("writes count their rows and know the key of the last") {
  auto connection = memory();
  connection->execute_script("CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE)");
  auto run = [&](const std::string& sql) {
    auto statement = connection->prepare(sql);
    while (statement->step()) {
    }
    return std::pair(statement->changes(), statement->last_insert_id());
  };
  CHECK(run("INSERT INTO t (a) VALUES (1), (2)") == std::pair<int64_t, int64_t>(2, 2));
  CHECK(run("UPDATE t SET a = a + 10") == std::pair<int64_t, int64_t>(2, 0));
  CHECK(run("INSERT OR IGNORE INTO t (id, a) VALUES (1, 5)") == std::pair<int64_t, int64_t>(0, 0));
  CHECK(run("DELETE FROM t WHERE id = 99") == std::pair<int64_t, int64_t>(0, 0));
  CHECK(run("CREATE TABLE u (a)") == std::pair<int64_t, int64_t>(-1, 0));
  CHECK(run("INSERT INTO t (id) VALUES (7) RETURNING id") == std::pair<int64_t, int64_t>(1, 7));
}

TEST_CASE("a script runs all its statements, and stops at the first that fails") {
  auto connection = memory();
  connection->execute_script(
      "CREATE TABLE t (a); INSERT INTO t VALUES (1); SELECT * FROM t; -- done\n");
  CHECK(scalar(*connection, "SELECT count(*) FROM t") == Value::integer(1));
  CHECK_THROWS_AS(
      connection->execute_script("DELETE FROM t; DELETE FROM nowhere; CREATE TABLE u (a)"), Error);
  CHECK(scalar(*connection, "SELECT count(*) FROM t") == Value::integer(0));
  CHECK_FALSE(sqlite().has_table(*connection, "", "u"));
}

TEST_CASE("a transaction is what SQLite says it is") {
  auto connection = memory();
  connection->execute_script("CREATE TABLE t (a)");
  CHECK(connection->begin(false) == "BEGIN");
  CHECK(connection->in_transaction());
  connection->execute_script("INSERT INTO t VALUES (1)");
  connection->rollback();
  CHECK_FALSE(connection->in_transaction());
  CHECK(connection->begin(true) == "BEGIN IMMEDIATE");
  connection->execute_script("INSERT INTO t VALUES (2)");
  connection->commit();
  CHECK(scalar(*connection, "SELECT group_concat(a) FROM t") == Value::text("2"));
  CHECK(connection->ping());
  CHECK_FALSE(connection->in_transaction());
}

TEST_CASE(
    "an interrupt stops a running statement with kInterrupted, and a write with its transaction") {
  auto connection = memory();
  connection->execute_script("CREATE TABLE t (a)");
  connection->begin(true);
  auto endless = connection->prepare(
      "INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
      "SELECT x FROM n");
  std::atomic<bool> is_stopped = false;
  std::thread interrupter([&] {
    while (!is_stopped) connection->interrupt();
  });
  ErrorKind kind = ErrorKind::kInternalError;
  try {
    endless->step();
  } catch (const Error& error) {
    kind = error.kind();
  }
  is_stopped = true;
  interrupter.join();
  CHECK(kind == ErrorKind::kInterrupted);
  CHECK_FALSE(connection->in_transaction());
  // Nothing of the interrupt is left for the next statement.
  CHECK(scalar(*connection, "SELECT count(*) FROM t") == Value::integer(0));
}

TEST_CASE("an interrupt ends the wait for a lock") {
  TempFolder folder;
  ConnectArguments arguments;
  arguments.database = folder.file("app.db");
  arguments.options = {{"timeout", "60"}};
  auto holder = sqlite().connect(arguments);
  holder->begin(true);
  auto waiter = sqlite().connect(arguments);
  std::atomic<bool> is_stopped = false;
  std::thread interrupter([&] {
    while (!is_stopped) waiter->interrupt();
  });
  ErrorKind kind = ErrorKind::kInternalError;
  try {
    waiter->begin(true);
  } catch (const Error& error) {
    kind = error.kind();
  }
  is_stopped = true;
  interrupter.join();
  CHECK(kind == ErrorKind::kInterrupted);
}

TEST_CASE("REGEXP searches, and says what is wrong with a pattern") {
  auto connection = memory();
  CHECK(scalar(*connection, R"(SELECT 'moon base 42' REGEXP '\d+$')") == Value::integer(1));
  CHECK(scalar(*connection, "SELECT 'moon' REGEXP '^base'") == Value::integer(0));
  CHECK(scalar(*connection, "SELECT NULL REGEXP 'a'").is_null());
  CHECK_THROWS_WITH(scalar(*connection, "SELECT 'a' REGEXP '('"),
                    Catch::Contains("regular expression"));
  CHECK(scalar(*connection, "SELECT bitxor(6, 3)") == Value::integer(5));
}

TEST_CASE("functions of our own say what they were given wrongly") {
  auto connection = memory();
  CHECK_THROWS_WITH(scalar(*connection, "SELECT regexp_replace('a', '(', 'b')"),
                    Catch::Contains("regular expression"));
  CHECK_THROWS_WITH(scalar(*connection, "SELECT regexp_replace('a', 'a', 'b', 'x')"),
                    Catch::Contains("there is no flag 'x'"));
  CHECK_THROWS_WITH(scalar(*connection, "SELECT epoch_micros('noon')"),
                    Catch::Contains("'noon' is no date or time"));
  CHECK_THROWS_WITH(scalar(*connection, "SELECT epoch_text(9e18)"),
                    Catch::Contains("outside the years"));
}

TEST_CASE("tables are found by name, whatever its case, views and temporary ones too") {
  auto connection = memory();
  connection->execute_script(
      "CREATE TABLE Zebra (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE apple (a);"
      "CREATE VIEW v AS SELECT 1; CREATE TEMP TABLE scratch (a)");
  for (std::string name : {"zebra", "Zebra", "apple", "v", "scratch"})
    CHECK(sqlite().has_table(*connection, "", name));
  CHECK(sqlite().has_table(*connection, "temp", "scratch"));
  CHECK_FALSE(sqlite().has_table(*connection, "", "pear"));
  CHECK(sqlite().table_names(*connection) == std::vector<std::string>{"Zebra", "apple"});
}

TEST_CASE("a relative path starts at the base folder") {
  TempFolder folder;
  ConnectArguments arguments;
  arguments.database = "data.db";
  arguments.base_folder = folder.path();
  CHECK(sqlite().display_location(arguments) == folder.file("data.db"));
  sqlite().connect(arguments)->execute_script("CREATE TABLE t (a)");
  CHECK(std::filesystem::exists(folder.file("data.db")));
  arguments.database = folder.file("sub/../other.db");
  CHECK(sqlite().display_location(arguments) == folder.file("other.db"));
}

TEST_CASE("memory has one connection, a file has many") {
  auto of = [](std::string database,
               std::vector<std::pair<std::string, std::string>> options = {}) {
    ConnectArguments arguments;
    arguments.database = std::move(database);
    arguments.options = std::move(options);
    return std::pair(sqlite().is_single_connection(arguments),
                     sqlite().display_location(arguments));
  };
  CHECK(of("") == std::pair(true, std::string(":memory:")));
  CHECK(of(":memory:") == std::pair(true, std::string(":memory:")));
  CHECK(of("file::memory:", {{"uri", "true"}}).first);
  CHECK(of("file:shared", {{"mode", "memory"}, {"uri", "true"}}).first);
  CHECK(of("/tmp/x.db") == std::pair(false, std::string("/tmp/x.db")));
  CHECK(of("file:/tmp/x%20y.db", {{"uri", "true"}}) ==
        std::pair(false, std::string("/tmp/x y.db")));
}

TEST_CASE("odd characters in a path reach the file system unchanged") {
  TempFolder folder;
  ConnectArguments arguments;
  arguments.database = folder.file("100% a#b.db");
  arguments.options = {{"mode", "rwc"}};
  sqlite().connect(arguments)->execute_script("CREATE TABLE t (a)");
  CHECK(std::filesystem::exists(folder.file("100% a#b.db")));
}

TEST_CASE("the journal mode is set when a connection opens") {
  TempFolder folder;
  ConnectArguments arguments;
  arguments.database = folder.file("app.db");
  arguments.options = {{"journal_mode", "wal"}};
  CHECK(scalar(*sqlite().connect(arguments), "PRAGMA journal_mode") == Value::text("wal"));
}
