// What SQLite's failures look like: the kind to act on, SQLite's own words, and what to do next.
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "orm/dialect/sqlite/sqlite_dialect.h"
#include "tests/support/temp_folder.h"

using namespace moonbase;
using base::Error;
using base::ErrorKind;
using base::Value;
using dialect::ConnectArguments;
using test::TempFolder;
using Options = std::vector<std::pair<std::string, std::string>>;

namespace {

std::unique_ptr<driver::DriverConnection> open(const std::string& database, Options options = {}) {
  ConnectArguments arguments;
  arguments.database = database;
  arguments.options = std::move(options);
  return dialect::sqlite::sqlite_dialect().connect(arguments);
}

// The error that `action` ends with.
Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  throw std::logic_error("nothing was thrown");
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("a missing folder is named with its absolute path") {
  TempFolder folder;
  Error error = error_of([&] { open(folder.file("no/such/app.db")); });
  CHECK(error.kind() == ErrorKind::kOperationalError);
  CHECK(error.message() ==
        "unable to open database file: the folder " + folder.file("no/such") + " does not exist");
  CHECK(contains(error.hint(), "mkdir -p " + folder.file("no/such")));
  CHECK(error.sqlstate() == "SQLITE_CANTOPEN");
}

TEST_CASE("a folder is no database file") {
  TempFolder folder;
  Error error = error_of([&] { open(folder.path()); });
  CHECK(error.message() == "unable to open database file: " + folder.path() + " is a folder");
}

TEST_CASE("a file in the place of the folder is named") {
  TempFolder folder;
  std::ofstream(folder.file("plain")) << "x";
  Error error = error_of([&] { open(folder.file("plain/app.db")); });
  CHECK(contains(error.message(), "the folder " + folder.file("plain") + " is a file"));
}

TEST_CASE("a file that is no database is named when it is first read") {
  TempFolder folder;
  std::ofstream(folder.file("notes.txt")) << std::string(200, 'n');
  auto connection = open(folder.file("notes.txt"));
  Error error = error_of([&] { connection->prepare("SELECT * FROM user"); });
  CHECK(error.kind() == ErrorKind::kOperationalError);
  CHECK(error.orig() == "file is not a database");
  CHECK(contains(error.hint(), folder.file("notes.txt")));
  CHECK(error.sqlstate() == "SQLITE_NOTADB");
}

TEST_CASE("a database opened for reading refuses to be written") {
  TempFolder folder;
  open(folder.file("app.db"))->execute_script("CREATE TABLE t (a)");
  auto connection = open(folder.file("app.db"), {{"mode", "ro"}});
  Error error = error_of([&] { connection->execute_script("INSERT INTO t VALUES (1)"); });
  CHECK(error.kind() == ErrorKind::kOperationalError);
  CHECK(error.message() == "attempt to write a readonly database");
  CHECK(contains(error.hint(), folder.file("app.db")));
}

TEST_CASE("mode=ro and mode=rw create no file") {
  TempFolder folder;
  Error error = error_of([&] { open(folder.file("app.db"), {{"mode", "ro"}}); });
  CHECK(contains(error.message(), folder.file("app.db") + " does not exist"));
  CHECK_FALSE(std::filesystem::exists(folder.file("app.db")));
}

TEST_CASE("a locked database says how long it was waited for") {
  TempFolder folder;
  auto writer = open(folder.file("app.db"));
  writer->execute_script("CREATE TABLE t (a)");
  writer->begin(true);
  auto second = open(folder.file("app.db"), {{"timeout", "0.01"}});
  Error error = error_of([&] { second->begin(true); });
  CHECK(error.kind() == ErrorKind::kOperationalError);
  CHECK(error.message() == "database is locked");
  CHECK(error.sqlstate() == "SQLITE_BUSY");
  CHECK(contains(error.hint(), folder.file("app.db")));
  CHECK(contains(error.hint(), "0.01 s"));
}

TEST_CASE("constraints are integrity errors with the constraint's sort as their state") {
  auto connection = open(":memory:");
  connection->execute_script(
      "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INT CHECK (age "
      "> 0)) STRICT;"
      "CREATE TABLE child (parent_id INTEGER REFERENCES parent)");
  connection->execute_script("INSERT INTO parent VALUES (1, 'a', 1)");
  struct Case {
    std::string sql, message, state;
  };
  std::vector<Case> cases = {
      {"INSERT INTO parent VALUES (2, 'a', 1)", "UNIQUE constraint failed: parent.name",
       "SQLITE_CONSTRAINT_UNIQUE"},
      {"INSERT INTO parent VALUES (1, 'b', 1)", "UNIQUE constraint failed: parent.id",
       "SQLITE_CONSTRAINT_PRIMARYKEY"},
      {"INSERT INTO parent VALUES (2, NULL, 1)", "NOT NULL constraint failed: parent.name",
       "SQLITE_CONSTRAINT_NOTNULL"},
      {"INSERT INTO parent VALUES (2, 'b', 0)", "CHECK constraint failed: age > 0",
       "SQLITE_CONSTRAINT_CHECK"},
      {"INSERT INTO child VALUES (9)", "FOREIGN KEY constraint failed",
       "SQLITE_CONSTRAINT_FOREIGNKEY"},
      {"INSERT INTO parent VALUES (2, 'b', 'x')",
       "cannot store TEXT value in INT column parent.age", "SQLITE_CONSTRAINT_DATATYPE"},
      {"INSERT INTO parent VALUES ('x', 'b', 1)", "datatype mismatch", "SQLITE_MISMATCH"},
  };
  for (const Case& row : cases) {
    INFO(row.sql);
    Error error = error_of([&] { connection->prepare(row.sql)->step(); });
    CHECK(error.kind() == ErrorKind::kIntegrityError);
    CHECK(error.message() == row.message);
    CHECK(error.orig() == row.message);
    CHECK(error.sqlstate() == row.state);
  }
}

TEST_CASE("foreign keys can be left unenforced") {
  auto connection = open(":memory:", {{"foreign_keys", "false"}});
  connection->execute_script(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p)");
  CHECK_NOTHROW(connection->execute_script("INSERT INTO c VALUES (9)"));
}

TEST_CASE("a missing table is an operational error that knows the tables there are") {
  auto connection = open(":memory:");
  Error none = error_of([&] { connection->prepare("SELECT * FROM users"); });
  CHECK(none.kind() == ErrorKind::kOperationalError);
  CHECK(none.message() == "no such table: users");
  CHECK(contains(none.hint(), "no tables yet"));

  connection->execute_script("CREATE TABLE user (id INTEGER PRIMARY KEY)");
  CHECK(error_of([&] { connection->prepare("SELECT * FROM usr"); }).hint() ==
        "There is a table named 'user'.");
  CHECK(contains(error_of([&] { connection->prepare("SELECT * FROM invoice"); }).hint(),
                 "The database has user."));
}

TEST_CASE("a missing column speaks of migrations") {
  auto connection = open(":memory:");
  connection->execute_script("CREATE TABLE user (id INTEGER PRIMARY KEY)");
  CHECK(
      contains(error_of([&] { connection->prepare("SELECT nick FROM user"); }).hint(), "migrate"));
}

TEST_CASE("bad SQL is an operational error, as in Python's sqlite3") {
  auto connection = open(":memory:");
  Error error = error_of([&] { connection->prepare("SELEC 1"); });
  CHECK(error.kind() == ErrorKind::kOperationalError);
  CHECK(error.message() == "near \"SELEC\": syntax error");
}

TEST_CASE("one statement at a time") {
  auto connection = open(":memory:");
  CHECK(error_of([&] { connection->prepare("SELECT 1; SELECT 2"); }).kind() ==
        ErrorKind::kProgrammingError);
  CHECK(error_of([&] { connection->prepare("SELECT 1; SELEC"); }).kind() ==
        ErrorKind::kProgrammingError);
  CHECK(error_of([&] { connection->prepare(" -- nothing"); }).kind() ==
        ErrorKind::kProgrammingError);
  CHECK_NOTHROW(connection->prepare("SELECT 1; -- and a note\n ;"));
}

TEST_CASE("a value past SQLite's limit is a data error") {
  auto connection = open(":memory:");
  Error error = error_of([&] { connection->prepare("SELECT zeroblob(2000000000)")->step(); });
  CHECK(error.kind() == ErrorKind::kDataError);
}

TEST_CASE("a parameter that does not exist is an interface error") {
  auto connection = open(":memory:");
  auto statement = connection->prepare("SELECT ?");
  CHECK(error_of([&] { statement->bind(1, Value::integer(1)); }).kind() ==
        ErrorKind::kInterfaceError);
  CHECK(error_of([&] { statement->bind(0, Value::date(1)); }).kind() == ErrorKind::kInterfaceError);
}

TEST_CASE("options are checked before anything is opened") {
  auto check = [](ConnectArguments arguments) {
    return error_of([&] { dialect::sqlite::sqlite_dialect().check(arguments); });
  };
  ConnectArguments misspelt;
  misspelt.options = {{"timout", "5"}};
  CHECK(check(misspelt).kind() == ErrorKind::kArgumentError);
  CHECK(contains(check(misspelt).message(), "did you mean 'timeout'?"));
  for (const auto& option : Options{{"timeout", "soon"},
                                    {"timeout", "-1"},
                                    {"foreign_keys", "perhaps"},
                                    {"mode", "w"},
                                    {"journal_mode", "fast"}}) {
    ConnectArguments wrong;
    wrong.options = {option};
    INFO(option.first << '=' << option.second);
    CHECK(contains(check(wrong).message(), option.first));
  }
  ConnectArguments two_slashes;
  two_slashes.host = "app.db";
  CHECK(contains(check(two_slashes).message(), "sqlite:///app.db"));
}
