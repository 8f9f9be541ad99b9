// Statements that a person types, on a database that gives a transaction up at the first error: the
// one that failed is undone alone.
#include <catch2/catch.hpp>

#include "tests/engine/support.h"
#include "tests/support/postgresql.h"

namespace moonbase::engine {
namespace {

using base::Error;
using base::Value;
using test::KeepingSink;
using test::open_engine;
using test::PostgresqlDatabase;

struct Typed {
  Typed() : engine(open_engine(database.url())) {
    engine->connect()->execute_sql("SELECT 1");
    std::unique_ptr<Connection> maker = engine->connect();
    maker->execute_sql("CREATE TABLE moon (id integer PRIMARY KEY, name text UNIQUE)");
    maker->commit();
    engine->guard_statements(true);
    connection = engine->connect();
    connection->begin();
  }

  void run(const std::string& sql) { connection->execute_sql(sql); }
  int64_t count() {
    Cursor cursor = connection->execute_sql("SELECT count(*) FROM moon");
    REQUIRE(cursor.next());
    return cursor.raw_int(0);
  }

  PostgresqlDatabase database;
  EnginePtr engine;
  std::unique_ptr<Connection> connection;
};

}  // namespace

TEST_CASE("A statement that fails is undone alone, and what was written before it stays") {
  Typed typed;
  typed.run("INSERT INTO moon VALUES (1, 'Io')");
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  typed.run("INSERT INTO moon VALUES (2, 'Europa')");
  CHECK_THROWS_AS(typed.run("INSERT INTO moon VALUES (3, 'Io')"), Error);
  CHECK_THROWS_AS(typed.run("SELECT 1 / 0"), Error);
  CHECK(typed.count() == 2);
  typed.connection->commit();
  CHECK(typed.count() == 2);
}

TEST_CASE("Without the guard an error costs the transaction") {
  Typed typed;
  typed.engine->guard_statements(false);
  typed.run("INSERT INTO moon VALUES (1, 'Io')");
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  CHECK_THROWS_WITH(typed.count(), Catch::Contains("current transaction is aborted"));
}

TEST_CASE("The first statement of a transaction may fail") {
  Typed typed;
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  CHECK(typed.connection->in_transaction());
  CHECK(typed.count() == 0);
  typed.run("INSERT INTO moon VALUES (1, 'Io')");
  typed.connection->rollback();
  CHECK(typed.count() == 0);
}

TEST_CASE("Savepoints of the program and the guard do not get into each other's way") {
  Typed typed;
  typed.run("INSERT INTO moon VALUES (1, 'Io')");
  const std::string outer = typed.connection->savepoint();
  typed.run("INSERT INTO moon VALUES (2, 'Europa')");
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  const std::string inner = typed.connection->savepoint();
  typed.run("INSERT INTO moon VALUES (3, 'Ganymede')");
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  typed.connection->release_savepoint(inner);
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  CHECK(typed.count() == 3);
  typed.connection->rollback_to_savepoint(outer);
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  CHECK(typed.count() == 1);
  typed.connection->commit();
  CHECK(typed.count() == 1);
}

TEST_CASE("Savepoints and ends of transactions that a person types go on working") {
  Typed typed;
  typed.run("BEGIN");
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  typed.run("INSERT INTO moon VALUES (1, 'Io')");
  typed.run("SAVEPOINT mine");
  typed.run("INSERT INTO moon VALUES (2, 'Europa')");
  CHECK_THROWS_AS(typed.run("RELEASE SAVEPOINT yours"), Error);
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  CHECK(typed.count() == 2);
  typed.run("ROLLBACK TO SAVEPOINT mine");
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  typed.run("COMMIT");
  CHECK(typed.count() == 1);
}

TEST_CASE("Of many rows that one refuses, none are kept, and of a script nothing") {
  Typed typed;
  typed.run("INSERT INTO moon VALUES (1, 'Io')");
  CHECK_THROWS_AS(typed.connection->execute_script(
                      "INSERT INTO moon VALUES (2, 'Europa'); INSERT INTO moon VALUES (2, 'twin')"),
                  Error);
  CHECK(typed.count() == 1);
  typed.connection->execute_script("INSERT INTO moon VALUES (2, 'Europa'); SELECT 1");
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  CHECK(typed.count() == 2);
}

TEST_CASE("An error among rows that come in parts leaves the transaction whole") {
  Typed typed;
  typed.run("INSERT INTO moon VALUES (1, 'Io')");
  expr::TextStatement draft;
  draft.text = expr::text("SELECT 1 / (150 - i) FROM generate_series(1, 200) AS i");
  const expr::StatementPtr statement = expr::finish(std::move(draft));
  {
    Cursor cursor = typed.connection->execute(*statement, {}, 100);
    CHECK_THROWS_AS(
        [&] {
          while (cursor.next()) {
          }
        }(),
        Error);
  }
  CHECK(typed.count() == 1);
}

TEST_CASE("Rows that are asked for after others have run are guarded anew") {
  Typed typed;
  typed.run("INSERT INTO moon VALUES (1, 'Io')");
  expr::TextStatement draft;
  draft.text = expr::text("SELECT 1 / (150 - i) FROM generate_series(1, 200) AS i");
  const expr::StatementPtr statement = expr::finish(std::move(draft));
  Cursor cursor = typed.connection->execute(*statement, {}, 100);
  typed.run("INSERT INTO moon VALUES (2, 'Europa')");
  CHECK_THROWS_AS(
      [&] {
        while (cursor.next()) {
        }
      }(),
      Error);
  CHECK(typed.count() == 2);
}

TEST_CASE("A failed write leaves a transaction that has only read as it was") {
  Typed typed;
  CHECK(typed.count() == 0);
  CHECK_THROWS_AS(typed.run("INSERT INTO nowhere VALUES (1)"), Error);
  CHECK_FALSE(typed.connection->has_written());
  CHECK(typed.count() == 0);
}

TEST_CASE("Nobody hears of the guard") {
  Typed typed;
  KeepingSink sink;
  typed.engine->add_sink(&sink);
  typed.run("INSERT INTO moon VALUES (1, 'Io')");
  CHECK_THROWS_AS(typed.run("SELECT nonsense"), Error);
  typed.run("SELECT 2");
  typed.connection->commit();
  typed.engine->remove_sink(&sink);
  CHECK(sink.lines == std::vector<std::string>{"BEGIN", "INSERT INTO moon VALUES (1, 'Io')",
                                               "SELECT nonsense", "SELECT 2", "COMMIT"});
}

TEST_CASE("Where an error costs nothing there is nothing to guard") {
  const EnginePtr engine = open_engine("sqlite://");
  engine->guard_statements(true);
  CHECK_FALSE(engine->guards_statements());
}

}  // namespace moonbase::engine
