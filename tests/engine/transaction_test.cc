// When BEGIN is sent, when it is sent again, and what is left after errors.
#include <catch2/catch.hpp>

#include "tests/engine/support.h"

using namespace moonbase;
using base::ErrorKind;
using base::Value;
using engine::Connection;
using engine::EngineOptions;
using engine::EnginePtr;
using test::error_of;
using test::KeepingSink;
using test::open_engine;
using test::scalar;
using Lines = std::vector<std::string>;

namespace {

// An engine over a file with one table, and a sink that hears what it does.
struct FileDatabase {
  explicit FileDatabase(EngineOptions options = {}) {
    options.dialect_options = {{"timeout", "0.01"}};
    engine = open_engine("sqlite:///" + folder.file("app.db"), options);
    auto connection = engine->connect();
    connection->execute_script("CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE)");
    connection->commit();
    engine->add_sink(&sink);
  }
  ~FileDatabase() { engine->remove_sink(&sink); }

  int64_t rows() { return scalar(*engine->connect(), "SELECT count(*) FROM t").as_int(); }

  test::TempFolder folder;
  EnginePtr engine;
  KeepingSink sink;
};

}  // namespace

TEST_CASE("BEGIN is sent with the first statement, for writing when that writes") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->begin();
  CHECK(connection->in_transaction());
  CHECK_FALSE(connection->is_open_at_database());
  connection->execute_sql("INSERT INTO t (a) VALUES (?)", std::vector{Value::integer(1)});
  CHECK(connection->is_open_at_database());
  CHECK(connection->has_written());
  connection->commit();
  CHECK_FALSE(connection->in_transaction());
  CHECK(db.sink.lines == Lines{"BEGIN IMMEDIATE", "INSERT INTO t (a) VALUES (?) [1]", "COMMIT"});
  CHECK(db.sink.records[0].is_transaction_control);
  CHECK_FALSE(db.sink.records[1].is_transaction_control);
}

TEST_CASE("a transaction without statements sends nothing") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->begin();
  connection->commit();
  connection->begin();
  connection->rollback();
  CHECK(db.sink.lines.empty());
}

TEST_CASE("a transaction that has read is restarted for its first write") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->execute_sql("SELECT 1");
  CHECK_FALSE(connection->has_written());
  connection->execute_sql("DELETE FROM t");
  connection->execute_sql("SELECT 2");
  connection->execute_sql("DELETE FROM t");
  connection->rollback();
  CHECK(db.sink.lines == Lines{"BEGIN", "SELECT 1", "COMMIT", "BEGIN IMMEDIATE", "DELETE FROM t",
                               "SELECT 2", "DELETE FROM t", "ROLLBACK"});
}

TEST_CASE("after the restart a write succeeds although another connection wrote since the read") {
  FileDatabase db;
  auto reader = db.engine->connect();
  CHECK(scalar(*reader, "SELECT count(*) FROM t") == Value::integer(0));
  reader->end_read();
  auto writer = db.engine->connect();
  writer->execute_sql("INSERT INTO t (a) VALUES (1)");
  writer->commit();
  reader->execute_sql("INSERT INTO t (a) VALUES (2)");
  reader->commit();
  CHECK(db.rows() == 2);
}

TEST_CASE("under SERIALIZABLE the snapshot is kept, and the write fails instead") {
  EngineOptions options;
  options.isolation_level = "SERIALIZABLE";
  FileDatabase db(options);
  db.engine->connect()->execute_script("PRAGMA journal_mode = wal");
  auto reader = db.engine->connect();
  CHECK(scalar(*reader, "SELECT count(*) FROM t") == Value::integer(0));
  auto writer = db.engine->connect();
  writer->execute_sql("INSERT INTO t (a) VALUES (1)");
  writer->commit();
  CHECK(scalar(*reader, "SELECT count(*) FROM t") == Value::integer(0));
  base::Error error = error_of([&] { reader->execute_sql("INSERT INTO t (a) VALUES (2)"); });
  CHECK(error.kind() == ErrorKind::kOperationalError);
  CHECK(error.sqlstate() == "SQLITE_BUSY_SNAPSHOT");
  reader->rollback();
  CHECK(scalar(*reader, "SELECT count(*) FROM t") == Value::integer(1));
}

TEST_CASE("without SERIALIZABLE the same write succeeds") {
  FileDatabase db;
  db.engine->connect()->execute_script("PRAGMA journal_mode = wal");
  auto reader = db.engine->connect();
  CHECK(scalar(*reader, "SELECT count(*) FROM t") == Value::integer(0));
  auto writer = db.engine->connect();
  writer->execute_sql("INSERT INTO t (a) VALUES (1)");
  writer->commit();
  reader->execute_sql("INSERT INTO t (a) VALUES (2)");
  reader->commit();
  CHECK(db.rows() == 2);
}

TEST_CASE("while a result is being read the transaction is not restarted, and the result goes on") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->execute_sql("INSERT INTO t (a) VALUES (1), (2), (3)");
  connection->commit();
  db.sink.lines.clear();
  engine::Cursor cursor = connection->execute_sql("SELECT id FROM t ORDER BY id");
  int64_t read = 0;
  while (cursor.next()) {
    ++read;
    connection->execute_sql("UPDATE t SET a = a + 10 WHERE id = ?", std::vector{cursor.value(0)});
  }
  CHECK(read == 3);
  CHECK(db.sink.lines[0] == "BEGIN");
  CHECK(db.sink.lines.size() == 5);
  connection->commit();
  CHECK(scalar(*connection, "SELECT sum(a) FROM t") == Value::integer(36));
}

TEST_CASE("a commit closes results that are still being read, and says so") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->execute_sql("INSERT INTO t (a) VALUES (1), (2)");
  engine::Cursor cursor = connection->execute_sql("SELECT id FROM t");
  engine::Cursor returning =
      connection->execute_sql("INSERT INTO t (a) VALUES (7), (8) RETURNING id");
  REQUIRE(cursor.next());
  CHECK_NOTHROW(connection->commit());
  base::Error error = error_of([&] { cursor.next(); });
  CHECK(error.kind() == ErrorKind::kResourceClosedError);
  CHECK(error.message().find("COMMIT") != std::string::npos);
  CHECK(db.rows() == 4);
}

TEST_CASE("end_read gives up the lock of a transaction that only read, and keeps one that wrote") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->begin();
  connection->execute_sql("SELECT * FROM t");
  connection->end_read();
  CHECK(connection->in_transaction());
  CHECK_FALSE(connection->is_open_at_database());
  connection->execute_sql("DELETE FROM t");
  connection->end_read();
  CHECK(connection->is_open_at_database());
  CHECK(db.sink.lines ==
        Lines{"BEGIN", "SELECT * FROM t", "COMMIT", "BEGIN IMMEDIATE", "DELETE FROM t"});
}

TEST_CASE("savepoints nest") {
  FileDatabase db;
  auto connection = db.engine->connect();
  std::string outer = connection->savepoint();
  connection->execute_sql("INSERT INTO t (a) VALUES (1)");
  std::string inner = connection->savepoint();
  connection->execute_sql("INSERT INTO t (a) VALUES (2)");
  connection->rollback_to_savepoint(inner);
  connection->release_savepoint(inner);
  connection->execute_sql("INSERT INTO t (a) VALUES (3)");
  connection->release_savepoint(outer);
  connection->commit();
  CHECK(scalar(*connection, "SELECT group_concat(a) FROM t") == Value::text("1,3"));
  CHECK(db.sink.lines[0] == "BEGIN IMMEDIATE");
  CHECK(db.sink.lines[1] == "SAVEPOINT sa_savepoint_1");
  CHECK(db.sink.lines[5] == "ROLLBACK TO SAVEPOINT sa_savepoint_2");
}

TEST_CASE("an outer savepoint takes the inner ones with it") {
  FileDatabase db;
  auto connection = db.engine->connect();
  std::string outer = connection->savepoint();
  std::string inner = connection->savepoint();
  connection->rollback_to_savepoint(outer);
  base::Error error = error_of([&] { connection->release_savepoint(inner); });
  CHECK(error.kind() == ErrorKind::kInvalidRequestError);
  CHECK_NOTHROW(connection->release_savepoint(outer));
  CHECK(error_of([&] { connection->rollback_to_savepoint(outer); }).kind() ==
        ErrorKind::kInvalidRequestError);
}

TEST_CASE("a failed statement leaves the transaction open and carries its text and values") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->execute_sql("INSERT INTO t (a) VALUES (1)");
  base::Error error = error_of([&] {
    connection->execute_sql("INSERT INTO t (a) VALUES (?)", std::vector{Value::integer(1)});
  });
  CHECK(error.kind() == ErrorKind::kIntegrityError);
  CHECK(error.statement() == "INSERT INTO t (a) VALUES (?)");
  CHECK(error.params() == std::vector{Value::integer(1)});
  CHECK(db.sink.records.back().error == "UNIQUE constraint failed: t.a");
  CHECK_FALSE(connection->lost_transaction());
  connection->commit();
  CHECK(db.rows() == 1);
}

TEST_CASE("a write that finds the database locked says so, and can be tried again") {
  FileDatabase db;
  auto holder = db.engine->connect();
  holder->execute_sql("INSERT INTO t (a) VALUES (1)");
  auto connection = db.engine->connect();
  base::Error error = error_of([&] { connection->execute_sql("INSERT INTO t (a) VALUES (2)"); });
  CHECK(error.message() == "database is locked");
  CHECK(error.statement() == "BEGIN IMMEDIATE");
  REQUIRE(error.context().size() == 1);
  CHECK(error.context()[0].find("INSERT INTO t") != std::string::npos);
  CHECK_FALSE(connection->lost_transaction());
  holder->commit();
  connection->execute_sql("INSERT INTO t (a) VALUES (2)");
  connection->commit();
  CHECK(db.rows() == 2);
}

TEST_CASE("a transaction that the database ended by itself is lost until rollback") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->execute_sql("INSERT INTO t (a) VALUES (1)");
  std::string savepoint = connection->savepoint();
  error_of([&] { connection->execute_sql("INSERT OR ROLLBACK INTO t (a) VALUES (1)"); });
  CHECK(connection->lost_transaction());
  CHECK(error_of([&] { connection->execute_sql("SELECT 1"); }).kind() ==
        ErrorKind::kPendingRollbackError);
  CHECK(error_of([&] { connection->commit(); }).kind() == ErrorKind::kPendingRollbackError);
  CHECK_NOTHROW(connection->rollback_to_savepoint(savepoint));
  connection->rollback();
  CHECK_FALSE(connection->lost_transaction());
  CHECK(scalar(*connection, "SELECT count(*) FROM t") == Value::integer(0));
}

TEST_CASE("a commit that fails leaves the transaction open") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->execute_script(
      "CREATE TABLE c (t_id INTEGER REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
  connection->execute_sql("INSERT INTO c VALUES (9)");
  base::Error error = error_of([&] { connection->commit(); });
  CHECK(error.kind() == ErrorKind::kIntegrityError);
  CHECK(error.statement() == "COMMIT");
  CHECK(connection->is_open_at_database());
  connection->execute_sql("INSERT INTO t (id) VALUES (9)");
  CHECK_NOTHROW(connection->commit());
}

TEST_CASE("AUTOCOMMIT sends no BEGIN") {
  EngineOptions options;
  options.isolation_level = "AUTOCOMMIT";
  FileDatabase db(options);
  auto connection = db.engine->connect();
  connection->begin();
  connection->execute_sql("INSERT INTO t (a) VALUES (1)");
  CHECK(db.rows() == 1);
  connection->rollback();
  CHECK(db.rows() == 1);
  CHECK(error_of([&] { connection->savepoint(); }).kind() == ErrorKind::kInvalidRequestError);
  CHECK(db.sink.lines[0] == "INSERT INTO t (a) VALUES (1)");
}

TEST_CASE("PRAGMA and VACUUM run outside a transaction that only read") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->execute_sql("SELECT 1");
  connection->execute_sql("PRAGMA foreign_keys = OFF");
  CHECK(scalar(*connection, "PRAGMA foreign_keys") == Value::integer(0));
  CHECK_NOTHROW(connection->execute_sql("VACUUM"));
  CHECK_FALSE(connection->is_open_at_database());
}

TEST_CASE("a user's own BEGIN and COMMIT are followed") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->execute_sql("BEGIN");
  CHECK(connection->is_open_at_database());
  connection->execute_sql("INSERT INTO t (a) VALUES (1)");
  connection->execute_sql("COMMIT");
  CHECK_FALSE(connection->in_transaction());
  CHECK(db.rows() == 1);
  connection->execute_script("BEGIN; INSERT INTO t (a) VALUES (2); COMMIT");
  CHECK_FALSE(connection->in_transaction());
  connection->execute_script("BEGIN; INSERT INTO t (a) VALUES (3)");
  CHECK(connection->is_open_at_database());
  connection->rollback();
  CHECK(db.rows() == 2);
}

TEST_CASE("tables can be dropped while a result of them is open") {
  FileDatabase db;
  auto connection = db.engine->connect();
  connection->execute_sql("INSERT INTO t (a) VALUES (1), (2)");
  engine::Cursor cursor = connection->execute_sql("SELECT * FROM t");
  REQUIRE(cursor.next());
  CHECK_NOTHROW(connection->execute_sql("DROP TABLE t"));
  CHECK(error_of([&] { cursor.next(); }).message().find("schema") != std::string::npos);
}

TEST_CASE("a rollback that fails leaves no transaction behind") {
  auto script = std::make_shared<driver::FakeScript>();
  test::FakeDialect dialect(script);
  EnginePtr engine = engine::create_engine(engine::parse_url("fake://h"), {}, dialect);
  script->failures.emplace("ROLLBACK", base::Error(ErrorKind::kOperationalError, "gone"));
  auto connection = engine->connect();
  connection->execute_sql("DELETE FROM t");
  CHECK_THROWS_AS(connection->rollback(), base::Error);
  CHECK_FALSE(connection->in_transaction());
}

// ---- one connection, shared: a database in memory ----

TEST_CASE("connections to memory share one transaction: a commit of one is a commit of both") {
  EnginePtr engine = open_engine("sqlite://");
  auto first = engine->connect();
  first->execute_script("CREATE TABLE t (a)");
  first->commit();
  first->execute_sql("INSERT INTO t VALUES (1)");
  auto second = engine->connect();
  second->execute_sql("INSERT INTO t VALUES (2)");
  second->commit();
  CHECK_FALSE(first->is_open_at_database());
  first->rollback();
  CHECK(scalar(*first, "SELECT count(*) FROM t") == Value::integer(2));
}

TEST_CASE("connections to memory: what one rolls back is lost for the other") {
  EnginePtr engine = open_engine("sqlite://");
  auto first = engine->connect();
  first->execute_script("CREATE TABLE t (a)");
  first->commit();
  first->execute_sql("INSERT INTO t VALUES (1)");
  auto second = engine->connect();
  second->execute_sql("SELECT * FROM t");
  second->rollback();
  CHECK(first->lost_transaction());
  CHECK(error_of([&] { first->commit(); }).kind() == ErrorKind::kPendingRollbackError);
}

TEST_CASE("closing one connection to memory leaves the other's work alone") {
  EnginePtr engine = open_engine("sqlite://");
  auto first = engine->connect();
  first->execute_script("CREATE TABLE t (a)");
  first->commit();
  first->execute_sql("INSERT INTO t VALUES (1)");
  engine->connect()->execute_sql("SELECT * FROM t");
  first->commit();
  CHECK(scalar(*first, "SELECT count(*) FROM t") == Value::integer(1));
}
