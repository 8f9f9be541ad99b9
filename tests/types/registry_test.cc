#include "orm/types/registry.h"

#include <set>

#include <catch2/catch.hpp>

#include "orm/base/error.h"

using moonbase::base::Error;
using moonbase::base::Value;
namespace types = moonbase::types;
using types::TypeKind;
using types::TypePtr;

namespace {

TypePtr build(std::string_view name, types::TypeArguments arguments = {}) {
  const types::TypeRow* row = types::find_type_row(name);
  REQUIRE(row != nullptr);
  return types::build(*row, arguments);
}

std::string parsed(std::string_view text) { return types::parse_sql_type(text)->repr(); }

}  // namespace

TEST_CASE("every declared name is a row with a sentence about it") {
  for (const char* name :
       {"Integer",   "BigInteger",  "SmallInteger", "Boolean",         "String",  "Text",
        "Unicode",   "UnicodeText", "Float",        "Double",          "Numeric", "Date",
        "DateTime",  "Time",        "Interval",     "LargeBinary",     "Enum",    "JSON",
        "Uuid",      "PickleType",  "ARRAY",        "VARCHAR",         "CHAR",    "BLOB",
        "TIMESTAMP", "REAL",        "DECIMAL",      "DOUBLE_PRECISION"}) {
    CAPTURE(name);
    CHECK(types::find_type_row(name) != nullptr);
  }
  CHECK(types::find_type_row("varchar") == nullptr);
  std::set<std::string_view> names;
  for (const types::TypeRow& row : types::type_rows()) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(row.doc.ends_with('.'));
  }
}

TEST_CASE("arguments are taken by position and by name") {
  CHECK(build("String", {{Value::integer(64)}, {}, nullptr})->repr() == "String(64)");
  CHECK(build("String",
              {{}, {{"length", Value::integer(64)}, {"collation", Value::text("NOCASE")}}, nullptr})
            ->repr() == "String(64, collation='NOCASE')");
  CHECK(build("Numeric", {{Value::integer(10), Value::integer(2)}, {}, nullptr})->repr() ==
        "Numeric(10, 2)");
  CHECK(build("DateTime", {{}, {{"timezone", Value::boolean(true)}}, nullptr})->timezone());
  const TypePtr letters = build(
      "Enum", {{Value::text("a"), Value::text("b")}, {{"name", Value::text("letter")}}, nullptr});
  CHECK(letters->enum_values() == std::vector<std::string>{"a", "b"});
  CHECK(letters->enum_name() == "letter");
  CHECK(build("ARRAY", {{}, {}, types::integer()})->repr() == "ARRAY(Integer)");
  CHECK(build("Numeric")->as_decimal());
  CHECK(build("PickleType")->kind() == TypeKind::kJson);
}

TEST_CASE("an upper-case name keeps its spelling and behaves as its generic type") {
  const TypePtr type = build("VARCHAR", {{Value::integer(30)}, {}, nullptr});
  CHECK(type->kind() == TypeKind::kSqlName);
  CHECK(type->base_kind() == TypeKind::kString);
  CHECK(type->repr() == "VARCHAR(30)");
  CHECK(type->sql_name() == "VARCHAR");
  CHECK_THROWS_WITH(type->cast(Value::integer(1)), "VARCHAR takes text, got 1; write tostring(…)");
  CHECK(build("DOUBLE_PRECISION")->sql_name() == "DOUBLE PRECISION");
}

TEST_CASE("wrong arguments are named") {
  CHECK_THROWS_WITH(
      build("String", {{}, {{"lenght", Value::integer(5)}}, nullptr}),
      "String has no argument 'lenght'; did you mean 'length'? (it takes length, collation)");
  CHECK_THROWS_WITH(build("Integer", {{Value::integer(5)}, {}, nullptr}),
                    "Integer got 1 argument; it takes none");
  CHECK_THROWS_WITH(build("String", {{Value::text("64")}, {}, nullptr}),
                    "String: length takes a whole number, got text '64'");
  CHECK_THROWS_WITH(build("Enum", {{Value::integer(1)}, {}, nullptr}),
                    "Enum: each value takes text, got 1");
  CHECK_THROWS_WITH(build("DateTime", {{Value::integer(1)}, {}, nullptr}),
                    "DateTime: timezone takes true or false, got 1");
  CHECK_THROWS_AS(build("ARRAY"), Error);
  CHECK_THROWS_WITH(build("String", {{}, {}, types::integer()}),
                    "String takes no type as its argument");
}

TEST_CASE("a database's spelling becomes the type of that name") {
  CHECK(parsed("numeric(10,2)") == "NUMERIC(10, 2)");
  CHECK(parsed("VARCHAR(64)") == "VARCHAR(64)");
  CHECK(parsed(" varchar ( 64 ) ") == "VARCHAR(64)");
  CHECK(parsed("character varying(20)") == "VARCHAR(20)");
  CHECK(parsed("double  precision") == "DOUBLE_PRECISION");
  CHECK(parsed("timestamp with time zone") == "TIMESTAMP(timezone=true)");
  CHECK(parsed("timestamp without time zone") == "TIMESTAMP");
  CHECK(parsed("timestamptz") == "TIMESTAMP(timezone=true)");
  CHECK(parsed("bool") == "BOOLEAN");
  CHECK(parsed("INT") == "INT");
  CHECK(parsed("json") == "JSON");
  CHECK(parsed("ENUM('a','it''s', 'c, d')") == "Enum('a', 'it''s', 'c, d')");
  CHECK(types::parse_sql_type("")->kind() == TypeKind::kNull);
}

TEST_CASE("an unusual spelling is kept, with the behaviour of its first word") {
  const TypePtr counter = types::parse_sql_type("int(11) unsigned");
  CHECK(counter->repr() == "int(11) unsigned");
  CHECK(counter->base_kind() == TypeKind::kInteger);
  CHECK(types::parse_sql_type("bytea")->base_kind() == TypeKind::kLargeBinary);
  CHECK(types::parse_sql_type("jsonb")->base_kind() == TypeKind::kJson);
  CHECK(types::parse_sql_type("TIMESTAMP(6)")->base_kind() == TypeKind::kDateTime);
  const TypePtr unknown = types::parse_sql_type("GEOMETRY(POINT, 4326)");
  CHECK(unknown->repr() == "GEOMETRY(POINT, 4326)");
  CHECK(unknown->sql_name() == "GEOMETRY(POINT, 4326)");
  CHECK(unknown->base_kind() == TypeKind::kNull);
  CHECK(unknown->cast(Value::integer(1)) == Value::integer(1));
  CHECK(types::parse_sql_type("NUMERIC(a)")->base_kind() == TypeKind::kNumeric);
}

TEST_CASE("parsing any text gives some type") {
  for (const char* text : {"(", ")", "()", "VARCHAR(", "VARCHAR)(", "VARCHAR()", "VARCHAR(64",
                           "ENUM()", "ENUM('a", "'", ",", "NUMERIC(1,2,3)", "VARCHAR(-1)",
                           "VARCHAR(0)", "NUMERIC(99999999999)", "WITH TIME ZONE"}) {
    CAPTURE(text);
    CHECK(types::parse_sql_type(text) != nullptr);
  }
}

TEST_CASE("as_generic leads from a SQL name to the type a program declares") {
  CHECK(types::as_generic(types::parse_sql_type("VARCHAR(64)"))->repr() == "String(64)");
  CHECK(types::as_generic(types::parse_sql_type("NUMERIC(10, 2)"))->repr() == "Numeric(10, 2)");
  CHECK(types::as_generic(types::parse_sql_type("timestamptz"))->repr() ==
        "DateTime(timezone=true)");
  CHECK(types::as_generic(types::parse_sql_type("int(11) unsigned"))->repr() == "Integer");
  CHECK(types::as_generic(types::parse_sql_type("GEOMETRY"))->kind() == TypeKind::kNull);
  CHECK(types::as_generic(types::integer()) == types::integer());
}
