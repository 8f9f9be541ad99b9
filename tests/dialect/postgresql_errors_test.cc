// What goes wrong, by kind, with its SQLSTATE and what to do.
#include <functional>
#include <thread>

#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "tests/support/postgresql.h"

using namespace moonbase;
using base::Error;
using base::ErrorKind;
using base::Value;
using dialect::ConnectArguments;

namespace {

const dialect::Dialect& postgresql() { return dialect::postgresql::postgresql_dialect(); }

Error error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::kCommandError, "nothing went wrong");
}

Error refusal(const ConnectArguments& arguments) {
  return error_of([&] { postgresql().connect(arguments); });
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a PostgreSQL statement that fails tells what kind of thing went wrong") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  connection->execute_script(
      "CREATE TABLE parent (id int PRIMARY KEY, name text NOT NULL, n int CHECK (n > 0));"
      "CREATE TABLE child (parent_id int REFERENCES parent);"
      "CREATE TABLE narrow (name varchar(2));"
      "INSERT INTO parent VALUES (1, 'a', 1)");
  struct Case {
    std::string sql;
    ErrorKind kind;
    std::string sqlstate, message;
  };
  std::vector<Case> cases = {
      {"INSERT INTO parent VALUES (1, 'b', 1)", ErrorKind::kIntegrityError, "23505",
       "Key (id)=(1) already exists"},
      {"INSERT INTO parent VALUES (2, NULL, 1)", ErrorKind::kIntegrityError, "23502", "name"},
      {"INSERT INTO parent VALUES (2, 'b', 0)", ErrorKind::kIntegrityError, "23514",
       "parent_n_check"},
      {"INSERT INTO child VALUES (9)", ErrorKind::kIntegrityError, "23503", "Key (parent_id)=(9)"},
      {"SELECT * FROM nowhere", ErrorKind::kProgrammingError, "42P01", "\"nowhere\""},
      {"SELECT nothing FROM parent", ErrorKind::kProgrammingError, "42703", "nothing"},
      {"SELEC 1", ErrorKind::kProgrammingError, "42601", "SELEC"},
      {"SELECT 1/0", ErrorKind::kDataError, "22012", "division by zero"},
      {"SELECT 'x'::int", ErrorKind::kDataError, "22P02", "\"x\""},
      {"SELECT 99999999999::int", ErrorKind::kDataError, "22003", "out of range"},
      {"INSERT INTO narrow VALUES ('abc')", ErrorKind::kDataError, "22001", "too long"},
      {"CREATE DATABASE x TEMPLATE nowhere", ErrorKind::kProgrammingError, "3D000", "nowhere"},
      {"SET nothing.at_all.here TO", ErrorKind::kProgrammingError, "42601", "syntax"},
      {"LOCK TABLE parent", ErrorKind::kInternalError, "25P01", "transaction"},
      {"DO $$ BEGIN RAISE EXCEPTION 'no'; END $$", ErrorKind::kInternalError, "P0001", "no"},
  };
  for (const Case& row : cases) {
    INFO(row.sql);
    Error error = error_of([&] { connection->prepare(row.sql)->step(); });
    CHECK(error.kind() == row.kind);
    CHECK(error.sqlstate() == row.sqlstate);
    CHECK(has(error.message(), row.message));
    CHECK(has(error.orig(), "ERROR:"));
    CHECK_FALSE(error.disconnected());
  }
  Error error = error_of([&] { connection->prepare("SELECT nam FROM parent")->step(); });
  CHECK(has(error.orig(), "LINE 1: SELECT nam FROM parent"));
  CHECK(has(error.hint(), "parent.name"));
}

TEST_CASE("timeouts, locks and deadlocks are operational errors that say what to do") {
  test::PostgresqlDatabase database;
  auto connection = database.connect(), other = database.connect();
  connection->execute_script("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)");
  connection->execute_script("SET statement_timeout = 20");
  Error late = error_of([&] { connection->execute_script("SELECT pg_sleep(30)"); });
  CHECK(late.kind() == ErrorKind::kOperationalError);
  CHECK(late.sqlstate() == "57014");
  CHECK(has(late.hint(), "statement_timeout"));
  connection->execute_script("SET statement_timeout = 0; SET lock_timeout = 20");

  other->begin(true);
  other->execute_script("UPDATE t SET a = a WHERE a = 1");
  Error locked = error_of([&] { connection->execute_script("UPDATE t SET a = a WHERE a = 1"); });
  CHECK(locked.kind() == ErrorKind::kOperationalError);
  CHECK(locked.sqlstate() == "55P03");

  connection->execute_script("SET lock_timeout = 0");
  connection->begin(true);
  connection->execute_script("UPDATE t SET a = a WHERE a = 2");
  std::string first, second;
  std::thread waiter([&] {
    first = error_of([&] { other->execute_script("UPDATE t SET a = a WHERE a = 2"); }).sqlstate();
    other->rollback();
  });
  second =
      error_of([&] { connection->execute_script("UPDATE t SET a = a WHERE a = 1"); }).sqlstate();
  connection->rollback();
  waiter.join();
  // One of the two had to give way.
  CHECK(first + second == "40P01");
}

TEST_CASE("two serializable transactions that contradict each other") {
  test::PostgresqlDatabase database;
  ConnectArguments arguments = database.arguments();
  arguments.isolation_level = "SERIALIZABLE";
  auto a = postgresql().connect(arguments), b = postgresql().connect(arguments);
  a->execute_script("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
  a->begin(true);
  b->begin(true);
  a->execute_script("UPDATE t SET a = a + (SELECT count(*) FROM t)");
  Error error = error_of([&] {
    b->execute_script("SELECT * FROM t");
    a->commit();
    b->execute_script("UPDATE t SET a = a + (SELECT count(*) FROM t)");
  });
  CHECK(error.kind() == ErrorKind::kOperationalError);
  CHECK(error.sqlstate() == "40001");
  CHECK(has(error.hint(), "again"));
}

TEST_CASE("what cannot run inside a transaction, and writes where none are taken") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  connection->begin(true);
  Error inside = error_of([&] { connection->execute_script("VACUUM"); });
  CHECK(inside.sqlstate() == "25001");
  CHECK(has(inside.hint(), "AUTOCOMMIT"));
  Error failed = error_of([&] { connection->execute_script("SELECT 1"); });
  CHECK(failed.sqlstate() == "25P02");
  CHECK(has(failed.hint(), "rollback()"));
  connection->rollback();
  connection->execute_script("SET default_transaction_read_only = on");
  Error read_only = error_of([&] { connection->execute_script("CREATE TABLE t (a int)"); });
  CHECK(read_only.sqlstate() == "25006");
}

TEST_CASE("a server that cannot be reached, and one that refuses, say why and what to do") {
  ConnectArguments arguments = test::postgresql_arguments();
  SECTION("nothing listens") {
    arguments.port = 1;
    Error error = refusal(arguments);
    CHECK(error.kind() == ErrorKind::kOperationalError);
    CHECK(error.sqlstate() == "08001");
    CHECK(has(error.message(), "127.0.0.1"));
    CHECK(has(error.message(), "port 1"));
    CHECK(has(error.hint(), "is the server running"));
  }
  SECTION("no such socket") {
    arguments.host.clear();
    arguments.options = {{"host", "/nonexistent"}};
    CHECK(has(refusal(arguments).hint(), "socket"));
  }
  SECTION("no such host") {
    arguments.host = "no-such-host.invalid";
    CHECK(has(refusal(arguments).hint(), "host in the URL"));
  }
  SECTION("no such database") {
    arguments.database = "no_such_database";
    Error error = refusal(arguments);
    CHECK(error.kind() == ErrorKind::kOperationalError);
    CHECK(error.sqlstate() == "3D000");
    CHECK(has(error.hint(), "createdb no_such_database"));
  }
  SECTION("a wrong password") {
    arguments.user = "needs_password";
    arguments.password = "wrong";
    Error error = refusal(arguments);
    CHECK(error.sqlstate() == "28P01");
    CHECK(has(error.hint(), "~/.pgpass"));
    CHECK_FALSE(has(error.paragraph(), "wrong"));
  }
  SECTION("no password") {
    arguments.user = "needs_password";
    arguments.options = {{"passfile", "/nonexistent"}};
    CHECK(has(refusal(arguments).hint(), "user:password@host"));
  }
  SECTION("the server wants TLS") {
    arguments.user = "needs_tls";
    arguments.options = {{"sslmode", "disable"}};
    CHECK(has(refusal(arguments).hint(), "sslmode=require"));
  }
  SECTION("the server has no TLS") {
    arguments.options = {{"sslmode", "require"}};
    CHECK(has(refusal(arguments).hint(), "no TLS"));
  }
  SECTION("no standby among the hosts") {
    arguments.options = {{"target_session_attrs", "standby"}};
    CHECK(has(refusal(arguments).hint(), "target_session_attrs"));
  }
}

TEST_CASE("the right password, several hosts, and settings of the server") {
  ConnectArguments arguments = test::postgresql_arguments();
  arguments.user = "needs_password";
  arguments.password = "secret";
  int port = arguments.port;
  arguments.host = "127.0.0.1:1,127.0.0.1:" + std::to_string(port);
  arguments.port = 0;
  arguments.options = {{"application_name", "tests"},
                       {"options", "-c statement_timeout=1234"},
                       {"target_session_attrs", "read-write"}};
  auto connection = postgresql().connect(arguments);
  auto show = connection->prepare(
      "SELECT current_user || current_setting('application_name') || "
      "current_setting('statement_timeout')");
  REQUIRE(show->step());
  CHECK(show->column(0) == Value::text("needs_passwordtests1234ms"));
}

TEST_CASE("PostgreSQL options are checked before anything is opened") {
  ConnectArguments arguments;
  arguments.options = {{"sslmod", "require"}};
  Error error = error_of([&] { postgresql().check(arguments); });
  CHECK(error.kind() == ErrorKind::kArgumentError);
  CHECK(has(error.message(), "did you mean 'sslmode'"));
  arguments.options = {{"prepared_statements", "perhaps"}};
  CHECK(has(error_of([&] { postgresql().check(arguments); }).message(), "true or false"));
  arguments.options = {{"client_encoding", "latin1"}};
  CHECK(has(error_of([&] { postgresql().check(arguments); }).message(), "UTF8"));
}

TEST_CASE("a PostgreSQL database's place, for a person") {
  ConnectArguments arguments;
  arguments.database = "app";
  CHECK(postgresql().display_location(arguments) == "local socket/app");
  arguments.host = "::1";
  arguments.port = 5433;
  CHECK(postgresql().display_location(arguments) == "[::1]:5433/app");
  arguments.options = {{"host", "/run/postgresql"}};
  CHECK(postgresql().display_location(arguments) == "/run/postgresql:5433/app");
}
