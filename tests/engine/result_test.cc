// Results over a COMMIT, what sinks hear of the compiled cache, and plans.
#include <catch2/catch.hpp>

#include "orm/engine/explain.h"
#include "tests/engine/support.h"

using namespace moonbase;
using base::ErrorKind;
using base::Value;
using engine::Cursor;
using test::error_of;

namespace {

// Ten numbers in a file.
struct Numbers {
  test::TempFolder folder;
  engine::EnginePtr engine = test::open_engine("sqlite:///" + folder.file("numbers.db"));
  std::unique_ptr<engine::Connection> connection = engine->connect();

  Numbers() {
    connection->execute_script("CREATE TABLE number (n INTEGER PRIMARY KEY)");
    for (int64_t n = 1; n <= 10; ++n) add(n);
    connection->commit();
  }
  void add(int64_t n) {
    const std::vector<Value> values = {Value::integer(n)};
    connection->execute_sql("INSERT INTO number VALUES (?)", values);
  }
  // SELECT n FROM number WHERE n > least
  static expr::SelectPtr above(int64_t least) {
    expr::Select draft;
    const expr::ElementPtr n = expr::literal_column("n", types::integer());
    draft.columns = {n};
    draft.froms = {expr::text_from("number", "number")};
    draft.where = {
        expr::binary(expr::Op::kGt, n, expr::bind(Value::integer(least), types::integer()))};
    return expr::finish(std::move(draft));
  }
};

int64_t sum_of(Cursor& cursor) {
  int64_t sum = 0;
  while (cursor.next()) sum += cursor.raw_int(0);
  return sum;
}

}  // namespace

TEST_CASE("a result is closed by a COMMIT, unless it was told to outlive it") {
  Numbers db;
  Cursor plain = db.connection->execute_sql("SELECT n FROM number");
  Cursor lasting = db.connection->execute_sql("SELECT n FROM number WHERE n > 0");
  lasting.outlive_commit();
  REQUIRE(plain.next());
  REQUIRE(lasting.next());
  CHECK(db.connection->has_lasting_results());
  db.add(100);
  db.connection->commit();
  CHECK(error_of([&] { plain.next(); }).kind() == ErrorKind::kResourceClosedError);
  CHECK(sum_of(lasting) >= 54);
  CHECK_FALSE(db.connection->has_lasting_results());
}

TEST_CASE("a result goes on over many transactions that write") {
  Numbers db;
  Cursor lasting = db.connection->execute_sql("SELECT n FROM number WHERE n <= 10");
  lasting.outlive_commit();
  int64_t sum = 0;
  for (int64_t n = 1; lasting.next(); ++n) {
    sum += lasting.raw_int(0);
    db.add(100 + n);
    db.connection->commit();
  }
  CHECK(sum == 55);
  CHECK(test::scalar(*db.connection, "SELECT count(*) FROM number") == Value::integer(20));
}

TEST_CASE(
    "a result that outlives commits is closed by a rollback, a change of tables and the end") {
  Numbers db;
  const auto open = [&db] {
    Cursor lasting = db.connection->execute_sql("SELECT n FROM number WHERE n > 0");
    lasting.outlive_commit();
    lasting.next();
    return lasting;
  };
  Cursor first = open();
  db.connection->rollback();
  CHECK(error_of([&] { first.next(); }).kind() == ErrorKind::kResourceClosedError);
  Cursor second = open();
  db.connection->execute_sql("CREATE TABLE other (n INTEGER)");
  CHECK(error_of([&] { second.next(); }).kind() == ErrorKind::kResourceClosedError);
  db.connection->rollback();
  Cursor third = open();
  db.connection->close();
  CHECK(error_of([&] { third.next(); }).kind() == ErrorKind::kResourceClosedError);
}

TEST_CASE("the next run of the statement does not outlive a COMMIT by itself") {
  Numbers db;
  const expr::SelectPtr select = Numbers::above(0);
  Cursor first = db.connection->execute(*select);
  first.outlive_commit();
  first.close();
  Cursor second = db.connection->execute(*select);
  REQUIRE(second.next());
  db.connection->commit();
  CHECK(error_of([&] { second.next(); }).kind() == ErrorKind::kResourceClosedError);
}

TEST_CASE("sinks hear whether a statement's SQL was in the cache") {
  Numbers db;
  test::KeepingSink sink;
  db.engine->add_sink(&sink);
  db.connection->execute(*Numbers::above(1));
  db.connection->execute(*Numbers::above(2));
  db.connection->execute_sql("SELECT 1");
  db.engine->remove_sink(&sink);
  std::vector<std::string> heard;
  for (const base::StatementRecord& r : sink.records) {
    if (r.is_transaction_control || r.statement == "BEGIN") continue;
    heard.push_back(r.generated_in >= 0 ? "generated" : r.cached_for >= 0 ? "cached" : "neither");
  }
  CHECK(heard == std::vector<std::string>{"generated", "cached", "neither"});
}

TEST_CASE("the cache tells its size and can be emptied") {
  Numbers db;
  db.connection->execute(*Numbers::above(1));
  CHECK(db.engine->cache_statistics().size == 1);
  CHECK(db.engine->cache_statistics().capacity == 500);
  db.engine->clear_cache();
  CHECK(db.engine->cache_statistics().size == 0);
  Cursor again = db.connection->execute(*Numbers::above(9));
  CHECK(sum_of(again) == 10);
  CHECK(db.engine->cache_statistics().misses == 2);
}

TEST_CASE("the plan of a statement, with its values") {
  Numbers db;
  const std::vector<dialect::PlanStep> steps = engine::explain(*db.connection, *Numbers::above(3));
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].parent == 0);
  CHECK(steps[0].detail == "SEARCH number USING INTEGER PRIMARY KEY (rowid>?)");
  dialect::ExplainOptions analyze;
  analyze.analyze = true;
  CHECK(error_of([&] {
          engine::explain(*db.connection, *Numbers::above(3), {}, analyze);
        }).kind() == ErrorKind::kNotSupportedError);
}
