#include "orm/base/error.h"

#include <catch2/catch.hpp>

using moonbase::base::Error;
using moonbase::base::ErrorKind;
using moonbase::base::is_database_kind;
using moonbase::base::kind_name;
using moonbase::base::Tag;
using moonbase::base::Value;

TEST_CASE("kinds have the names users match on") {
  CHECK(kind_name(ErrorKind::kArgumentError) == "ArgumentError");
  CHECK(kind_name(ErrorKind::kNoResultFound) == "NoResultFound");
  CHECK(kind_name(ErrorKind::kNotFound) == "NotFound");
  CHECK(kind_name(ErrorKind::kIntegrityError) == "IntegrityError");
  CHECK(kind_name(ErrorKind::kStatementError) == "StatementError");
  CHECK(kind_name(ErrorKind::kMultipleHeads) == "MultipleHeads");
  CHECK(kind_name(ErrorKind::kInterrupted) == "Interrupted");
}

TEST_CASE("database kinds are those raised while a statement ran") {
  CHECK(is_database_kind(ErrorKind::kIntegrityError));
  CHECK(is_database_kind(ErrorKind::kStatementError));
  CHECK_FALSE(is_database_kind(ErrorKind::kNotFound));
  CHECK_FALSE(is_database_kind(ErrorKind::kCommandError));
}

TEST_CASE("a paragraph tells the whole story") {
  Error e = Error(ErrorKind::kIntegrityError, "UNIQUE constraint failed: user.username")
                .with_statement("INSERT INTO user (username, age)\nVALUES (?, ?)",
                                {Value::text("susan"), Value()})
                .with_orig("UNIQUE constraint failed: user.username", "2067")
                .with_hint("Another row has this username; query it first, or roll back.");
  e.add_context("INSERT INTO user for <User (pending 1)>");
  e.add_context("flush");
  CHECK(e.paragraph() ==
        "IntegrityError: UNIQUE constraint failed: user.username\n"
        "  while INSERT INTO user for <User (pending 1)>\n"
        "  while flush\n"
        "  [SQL: INSERT INTO user (username, age)\n"
        "  VALUES (?, ?)]\n"
        "  [parameters: ('susan', NULL)]\n"
        "  Another row has this username; query it first, or roll back.");
  CHECK(e.sqlstate() == "2067");
  CHECK(std::string(e.what()) == e.message());
}

TEST_CASE("a paragraph of a plain error is its message") {
  CHECK(Error(ErrorKind::kTypeError, "no").paragraph() == "TypeError: no");
}

TEST_CASE("the database's own words are added when the message differs") {
  const Error e = Error(ErrorKind::kOperationalError, "the database is busy")
                      .with_orig("database is locked", "5");
  CHECK(e.paragraph() ==
        "OperationalError: the database is busy\n  the database said: database is locked");
}

TEST_CASE("long values and long lists of values are cut") {
  std::vector<Value> params;
  for (int i = 0; i < 25; ++i) params.push_back(Value::integer(i));
  const Error many = Error(ErrorKind::kDataError, "m").with_statement("S", params);
  CHECK(many.paragraph().find("8, 9, … 5 more …, 15, 16") != std::string::npos);
  const Error wide =
      Error(ErrorKind::kDataError, "m").with_statement("S", {Value::text(std::string(5000, 'x'))});
  CHECK(wide.paragraph().size() < 200);
}

TEST_CASE("an error owns its values") {
  std::string buffer = "susan";
  std::vector<Value> params;
  params.push_back(Value::borrowed(Tag::kText, buffer));
  Error e(ErrorKind::kDataError, "m");
  e.set_statement("S", std::move(params));
  buffer = "XXXXX";
  CHECK(e.params().at(0) == Value::text("susan"));
}

TEST_CASE("a lost connection is marked") {
  CHECK(Error(ErrorKind::kOperationalError, "gone").with_disconnected().disconnected());
  CHECK_FALSE(Error(ErrorKind::kOperationalError, "busy").disconnected());
}
