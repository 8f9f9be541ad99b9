// What a program would declare to get the table that a database has.
#include "orm/inspect/definition.h"

#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "orm/types/registry.h"

using namespace moonbase;
using base::Error;
using inspect::define;
using schema::Autoincrement;
using schema::ReflectedColumn;
using schema::ReflectedTable;

namespace {

ReflectedColumn column(std::string name, std::string type) {
  ReflectedColumn c;
  c.name = std::move(name);
  c.type = types::parse_sql_type(type);
  c.type_text = std::move(type);
  return c;
}

ReflectedColumn serial(std::string name, std::string type) {
  ReflectedColumn c = column(name, std::move(type));
  c.autoincrement = true;
  c.nullable = false;
  c.default_text = "nextval('" + name + "_seq'::regclass)";
  return c;
}

// post (id, user_id -> user, body): a key, a foreign key, a unique constraint, an index, a CHECK.
ReflectedTable post() {
  ReflectedTable t;
  t.name = "post";
  t.columns = {column("id", "INTEGER"), column("user_id", "INTEGER"), column("body", "TEXT")};
  t.primary_key = {"pk_post", {"id"}, true};
  schema::ReflectedForeignKey key;
  key.name = "fk_user";
  key.columns = {"user_id"};
  key.referred_schema = "hr";
  key.referred_table = "user";
  key.referred_columns = {"id"};
  key.ondelete = "CASCADE";
  t.foreign_keys = {key};
  t.uniques = {
      {.name = "uq_body", .columns = {"body", "user_id"}, .deferrable = "", .initially = ""}};
  t.checks = {{"ck_body", {"body <> ''", {}}, true}};
  schema::ReflectedIndex made, twin;
  made.index.name = "ix_body";
  made.index.parts = {{"body", {}, true}};
  twin.index.name = "uq_body";
  twin.duplicates_constraint = "uq_body";
  t.indexes = {made, twin};
  return t;
}

}  // namespace

TEST_CASE("names, keys and options are those of the database") {
  const schema::Table table(define(post()));
  CHECK(table.primary_key_name() == "pk_post");
  REQUIRE(table.foreign_keys().size() == 1);
  CHECK(table.foreign_keys()[0].targets == std::vector<std::string>{"hr.user.id"});
  CHECK(table.foreign_keys()[0].ondelete == "CASCADE");
  CHECK(table.foreign_keys()[0].name_is_final);
  CHECK(table.checks()[0].condition.text == "body <> ''");
  // The index that a unique constraint has made comes with that.
  REQUIRE(table.indexes().size() == 1);
  CHECK(table.indexes()[0].parts[0].descending);
}

TEST_CASE("a key that the database does not number is none that the program counts up") {
  CHECK(define(post()).columns[0].autoincrement == Autoincrement::kNo);
  CHECK(schema::Table(define(post())).autoincrement_column() == nullptr);
}

TEST_CASE("a serial key says so by its flag, other serial columns by their type") {
  ReflectedTable t;
  t.name = "t";
  t.columns = {serial("a", "BIGINT"), serial("b", "INTEGER"), serial("c", "SMALLINT")};
  t.primary_key.columns = {"a", "b"};
  const schema::Table table(define(t));
  CHECK(table.autoincrement_column() == &table.columns()[0]);
  CHECK_FALSE(table.columns()[0].server_default);
  CHECK(table.columns()[1].type->name() == "SERIAL");
  CHECK(table.columns()[2].type->name() == "SMALLSERIAL");
  // The database makes their values.
  CHECK(table.columns()[2].has_server_value());
}

TEST_CASE("a default from a sequence of another type's column stays what it is") {
  ReflectedTable t;
  t.name = "t";
  t.columns = {serial("a", "NUMERIC(20, 0)")};
  t.primary_key.columns = {"a"};
  CHECK(define(t).columns[0].server_default->text == "nextval('a_seq'::regclass)");
}

TEST_CASE("an identity keeps what is not usual of it") {
  ReflectedTable t;
  t.name = "t";
  t.columns = {column("a", "INTEGER")};
  t.columns[0].identity = {.always = true, .start = 10};
  const schema::TableDef def = define(t);
  CHECK(def.columns[0].identity->always);
  CHECK(def.columns[0].identity->start == 10);
  CHECK_FALSE(def.columns[0].identity->increment);
}

TEST_CASE("what belongs to a column that is left out goes with it") {
  const schema::TableDef without_user = define(post(), {}, {"user_id"});
  CHECK(without_user.columns.size() == 2);
  CHECK(without_user.foreign_keys.empty());
  CHECK(without_user.uniques.empty());
  CHECK(without_user.indexes.size() == 1);
  const schema::TableDef only_user = define(post(), {"user_id"});
  CHECK(only_user.columns.size() == 1);
  CHECK_FALSE(only_user.primary_key);
  CHECK(only_user.indexes.empty());
}

TEST_CASE("a column that is not there cannot be left out or asked for") {
  CHECK_THROWS_WITH(define(post(), {"bdy"}),
                    "Table 'post' has no column 'bdy' in the database; did you mean 'body'?");
  CHECK_THROWS_AS(define(post(), {}, {"nothing"}), Error);
}
