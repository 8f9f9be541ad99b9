#include "orm/driver/sql_text.h"

#include <catch2/catch.hpp>

using moonbase::driver::first_keyword;

TEST_CASE("the first keyword is found behind blanks, comments and parentheses") {
  CHECK(first_keyword("SELECT 1") == "select");
  CHECK(first_keyword("  \n\tInsert INTO t") == "insert");
  CHECK(first_keyword("-- a note\n/* and\n another */ UPDATE t") == "update");
  CHECK(first_keyword("((SELECT 1) UNION SELECT 2)") == "select");
  CHECK(first_keyword(";; DROP TABLE t") == "drop");
  CHECK(first_keyword("VACUUM;") == "vacuum");
}

TEST_CASE("text without a keyword has none") {
  CHECK(first_keyword("").empty());
  CHECK(first_keyword("  -- only a note").empty());
  CHECK(first_keyword("/* never closed").empty());
  CHECK(first_keyword("1 + 1").empty());
}
