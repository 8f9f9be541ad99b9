// Creating and dropping tables in a live database.
#include "orm/engine/ddl.h"

#include <catch2/catch.hpp>

#include "tests/engine/support.h"

namespace moonbase::engine {
namespace {

using test::open_engine;
using test::scalar;

schema::Column key(const char* name) {
  schema::Column column;
  column.name = name;
  column.type = types::integer();
  column.primary_key = true;
  return column;
}

schema::TableDef table(const char* name,
                       std::vector<std::pair<std::string, std::string>> references = {}) {
  schema::TableDef def;
  def.name = name;
  def.columns.push_back(key("id"));
  for (auto& [column_name, target] : references) {
    schema::Column column;
    column.name = column_name;
    def.columns.push_back(std::move(column));
    schema::ForeignKeyConstraint reference;
    reference.columns = {column_name};
    reference.targets = {target};
    def.foreign_keys.push_back(std::move(reference));
  }
  return def;
}

int64_t table_count(Engine& engine) {
  auto connection = engine.connect();
  return scalar(*connection, "SELECT count(*) FROM sqlite_master WHERE type = 'table'").as_int();
}

TEST_CASE("tables are created once and dropped") {
  EnginePtr engine = open_engine("sqlite://");
  schema::MetaData metadata;
  metadata.add(table("post", {{"user_id", "user.id"}}));
  metadata.add(table("user"));
  CHECK(create_tables(*engine, metadata) == 2);
  CHECK(create_tables(*engine, metadata) == 0);
  CHECK(table_count(*engine) == 2);
  std::vector<schema::TablePtr> only{metadata.find("post")};
  CHECK(drop_tables(*engine, metadata, {.only = &only}) == 1);
  CHECK(create_tables(*engine, metadata) == 1);
  CHECK(drop_tables(*engine, metadata) == 2);
  CHECK(drop_tables(*engine, metadata) == 0);
  CHECK(table_count(*engine) == 0);
}

TEST_CASE("without a check a table that is there is an error that names it") {
  EnginePtr engine = open_engine("sqlite://");
  schema::MetaData metadata;
  metadata.add(table("b_user"));
  create_tables(*engine, metadata);
  metadata.add(table("a_first"));
  base::Error error =
      test::error_of([&] { create_tables(*engine, metadata, {.check_first = false}); });
  CHECK(error.kind() == base::ErrorKind::kOperationalError);
  CHECK(error.context().front() == "creating table 'b_user'");
  CHECK(table_count(*engine) == 1);  // a_first was undone
}

TEST_CASE("tables that refer to each other are dropped with the rows in them") {
  EnginePtr engine = open_engine("sqlite://");
  schema::MetaData metadata;
  metadata.add(table("a", {{"b_id", "b.id"}}));
  metadata.add(table("b", {{"a_id", "a.id"}, {"b_id", "b.id"}}));
  for (int round = 0; round < 3; ++round) {
    CHECK(create_tables(*engine, metadata) == 2);
    auto connection = engine->connect();
    connection->execute_sql("INSERT INTO a (id, b_id) VALUES (1, NULL)");
    connection->execute_sql("INSERT INTO b (id, a_id, b_id) VALUES (1, 1, 1), (2, 1, 1)");
    connection->execute_sql("UPDATE a SET b_id = 1");
    connection->commit();
    connection->close();
    CHECK(drop_tables(*engine, metadata) == 2);
    CHECK(table_count(*engine) == 0);
  }
  // The enforcement of keys is back.
  create_tables(*engine, metadata);
  auto connection = engine->connect();
  base::Error error =
      test::error_of([&] { connection->execute_sql("INSERT INTO a (id, b_id) VALUES (1, 7)"); });
  CHECK(error.kind() == base::ErrorKind::kIntegrityError);
}

TEST_CASE("with a connection the caller ends the transaction") {
  EnginePtr engine = open_engine("sqlite://");
  schema::MetaData metadata;
  metadata.add(table("a", {{"b_id", "b.id"}}));
  metadata.add(table("b", {{"a_id", "a.id"}}));
  auto connection = engine->connect();
  CHECK(create_tables(*connection, metadata) == 2);
  CHECK(connection->in_transaction());
  connection->rollback();
  CHECK(create_tables(*connection, metadata) == 2);
  connection->execute_sql("INSERT INTO a (id) VALUES (1)");
  connection->execute_sql("INSERT INTO b (id, a_id) VALUES (1, 1)");
  connection->execute_sql("UPDATE a SET b_id = 1");
  CHECK(drop_tables(*connection, metadata) == 2);
  connection->commit();
  CHECK(scalar(*connection, "SELECT count(*) FROM sqlite_master").as_int() == 0);
}

TEST_CASE("a foreign key to nowhere is found before anything runs") {
  EnginePtr engine = open_engine("sqlite://");
  schema::MetaData metadata;
  metadata.add(table("a"));
  metadata.add(table("b", {{"x_id", "x.id"}}));
  base::Error error = test::error_of([&] { create_tables(*engine, metadata); });
  CHECK(error.kind() == base::ErrorKind::kNoReferencedTableError);
  CHECK(table_count(*engine) == 0);
}

}  // namespace
}  // namespace moonbase::engine
