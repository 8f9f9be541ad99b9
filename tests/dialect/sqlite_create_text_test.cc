// What only the text of a CREATE tells: read past comments, quotes of every style and keywords in
// names.
#include "orm/dialect/sqlite/sqlite_create_text.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace moonbase::dialect::sqlite;
using Names = std::vector<std::string>;

TEST_CASE("the names of constraints are read, whatever their quotes") {
  const CreateTableText text = read_create_table(R"(
    CREATE TABLE IF NOT EXISTS main."a table" (
      id INTEGER CONSTRAINT "the key" PRIMARY KEY,
      [select] VARCHAR(10) CONSTRAINT `uq ``x``` UNIQUE ON CONFLICT IGNORE,
      b INT CONSTRAINT nn NOT NULL CONSTRAINT ck_b CHECK (b > 0),
      CONSTRAINT "say ""hi""" UNIQUE (b COLLATE NOCASE, "select" DESC) ON CONFLICT ROLLBACK
    ))");
  CHECK(text.primary_key_name == "the key");
  CHECK(text.has_conflict_clause);
  REQUIRE(text.uniques.size() == 2);
  CHECK(text.uniques[0].name == "uq `x`");
  CHECK(text.uniques[0].columns == Names{"select"});
  CHECK(text.uniques[1].name == "say \"hi\"");
  CHECK(text.uniques[1].columns == Names{"b", "select"});
  REQUIRE(text.checks.size() == 1);
  CHECK(text.checks[0].name == "ck_b");
}

TEST_CASE("the name of a NOT NULL is not that of the constraint after it") {
  const CreateTableText text =
      read_create_table("CREATE TABLE t (a INT CONSTRAINT nn NOT NULL UNIQUE)");
  REQUIRE(text.uniques.size() == 1);
  CHECK(text.uniques[0].name.empty());
}

TEST_CASE("comments hide what stands in them, and go") {
  const CreateTableText text = read_create_table(
      "CREATE TABLE t ( -- CONSTRAINT a UNIQUE (x)\n"
      "  a INT, /* , b INT UNIQUE ) */\n"
      "  c TEXT CHECK (c <> '--' /* a dash */ AND c <> ')') -- the end\n"
      ")");
  REQUIRE(text.columns.size() == 2);
  CHECK(text.columns[1].name == "c");
  CHECK(text.uniques.empty());
  REQUIRE(text.checks.size() == 1);
  CHECK(text.checks[0].condition == "c <> '--' AND c <> ')'");
}

TEST_CASE("foreign keys have names, deferrals and matches, in order") {
  const CreateTableText text = read_create_table(
      "CREATE TABLE t (a INT CONSTRAINT fk_a REFERENCES p (x) ON DELETE SET NULL ON UPDATE NO "
      "ACTION MATCH FULL NOT NULL DEFERRABLE INITIALLY DEFERRED, b INT REFERENCES p,"
      "CONSTRAINT fk_ab FOREIGN KEY (a, \"b\") REFERENCES q (x, y) NOT DEFERRABLE)");
  REQUIRE(text.foreign_keys.size() == 3);
  CHECK(text.foreign_keys[0].name == "fk_a");
  CHECK(text.foreign_keys[0].match == "FULL");
  CHECK(text.foreign_keys[0].deferrable == "DEFERRABLE");
  CHECK(text.foreign_keys[0].initially == "DEFERRED");
  CHECK(text.foreign_keys[1].name.empty());
  CHECK(text.foreign_keys[1].columns == Names{"b"});
  CHECK(text.foreign_keys[2].columns == Names{"a", "b"});
  CHECK(text.foreign_keys[2].deferrable == "NOT DEFERRABLE");
}

TEST_CASE("commas between a table's constraints may be left out") {
  const CreateTableText text =
      read_create_table("CREATE TABLE t (a INT, CONSTRAINT u UNIQUE (a) CONSTRAINT c CHECK (a))");
  CHECK(text.uniques.size() == 1);
  REQUIRE(text.checks.size() == 1);
  CHECK(text.checks[0].name == "c");
}

TEST_CASE("generated columns keep their expression, columns their collation") {
  const CreateTableText text = read_create_table(
      "CREATE TABLE t (a TEXT DEFAULT 'x, y)' COLLATE nocase, b AS (a || ',' || (1 + 2)) STORED, "
      "c DECIMAL(10, 2) GENERATED ALWAYS AS (length(a)) VIRTUAL)");
  REQUIRE(text.columns.size() == 3);
  CHECK(text.columns[0].collation == "nocase");
  CHECK(text.columns[1].computed == "a || ',' || (1 + 2)");
  CHECK(text.columns[2].computed == "length(a)");
}

TEST_CASE("the kinds of tables are told apart") {
  const CreateTableText plain =
      read_create_table("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)");
  CHECK(plain.autoincrement);
  CHECK_FALSE(plain.has_conflict_clause);
  CHECK_FALSE(plain.without_rowid);
  const CreateTableText strict =
      read_create_table("CREATE TABLE t (\"without\" INT PRIMARY KEY DESC) STRICT, WITHOUT ROWID");
  CHECK(strict.strict);
  CHECK(strict.without_rowid);
  CHECK_FALSE(strict.autoincrement);
  CHECK(strict.columns[0].descending_key);
  CHECK(read_create_table("CREATE TABLE t (id INTEGER, PRIMARY KEY (id AUTOINCREMENT))")
            .autoincrement);
}

TEST_CASE("an index has parts and a condition") {
  const CreateIndexText text = read_create_index(
      "CREATE UNIQUE INDEX IF NOT EXISTS \"on\" ON \"t (x)\" (\"a b\" DESC, lower(b) /* , */ asc, "
      "c COLLATE nocase, substr(d, 1, 2)) WHERE a > 1 -- and so on\n AND b <> ')'");
  REQUIRE(text.parts.size() == 4);
  CHECK(text.parts[0].is_name);
  CHECK(text.parts[1].text == "lower(b)");
  CHECK_FALSE(text.parts[2].is_name);
  CHECK(text.parts[2].text == "c COLLATE nocase");
  CHECK(text.parts[3].text == "substr(d, 1, 2)");
  CHECK(text.where == "a > 1 AND b <> ')'");
}

TEST_CASE("text that is cut off or no CREATE TABLE gives what can be read") {
  const std::string whole =
      "CREATE TABLE t (a INT CONSTRAINT c CHECK (a > 'x'), FOREIGN KEY (a) REFERENCES p (\"b\") ON "
      "DELETE SET NULL DEFERRABLE INITIALLY DEFERRED) STRICT";
  for (size_t length = 0; length <= whole.size(); ++length) {
    CHECK(read_create_table(whole.substr(0, length)).columns.size() <= 2);
    read_create_index(whole.substr(0, length));
  }
  CHECK(read_create_table("CREATE VIRTUAL TABLE t USING fts5 (a, b)").columns.empty());
}
