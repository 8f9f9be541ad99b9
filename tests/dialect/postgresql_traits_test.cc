// PostgreSQL's spelling of types, names, operators and functions. That the server takes them is
// tested in tests/engine/postgresql_test.cc.
#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "orm/compile/compiler.h"
#include "orm/dialect/dialect.h"
#include "orm/types/registry.h"

using namespace moonbase;
using base::Error;
using base::Value;
using expr::ElementPtr;
using expr::Op;

namespace {

const compile::DialectTraits& traits() { return dialect::find_dialect("postgresql")->traits(); }

std::string sql(const ElementPtr& element) { return compile::compile_element(element, traits()); }

ElementPtr column(const char* name, const types::TypePtr& type) {
  return expr::literal_column(name, type);
}
ElementPtr integer(const char* name) { return column(name, types::integer()); }
ElementPtr text(const char* value) { return expr::bind(Value::text(value), types::string()); }

}  // namespace

TEST_CASE("types have PostgreSQL's names") {
  auto name = [](const types::TypePtr& type) { return traits().type_name(*type); };
  auto sql_type = [&](const char* text) { return name(types::parse_sql_type(text)); };
  CHECK(name(types::integer()) == "INTEGER");
  CHECK(name(types::string(64)) == "VARCHAR(64)");
  CHECK(name(types::float_()) == "FLOAT");
  CHECK(name(types::double_()) == "DOUBLE PRECISION");
  CHECK(name(types::numeric(10, 2)) == "NUMERIC(10, 2)");
  CHECK(name(types::datetime()) == "TIMESTAMP WITHOUT TIME ZONE");
  CHECK(name(types::datetime(true)) == "TIMESTAMP WITH TIME ZONE");
  CHECK(name(types::interval()) == "INTERVAL");
  CHECK(name(types::large_binary(10)) == "BYTEA");
  CHECK(name(types::json()) == "JSON");
  CHECK(name(types::uuid()) == "UUID");
  CHECK(name(types::array(types::array(types::string(8)))) == "VARCHAR(8)[][]");
  CHECK(name(types::enumeration({"a", "long"})) == "VARCHAR(4)");
  CHECK(name(types::enumeration({"a"}, {.name = "Mood"})) == "\"Mood\"");
  CHECK(sql_type("jsonb") == "JSONB");
  CHECK(sql_type("timestamptz") == "TIMESTAMP WITH TIME ZONE");
  CHECK(sql_type("DATETIME") == "TIMESTAMP WITHOUT TIME ZONE");
  CHECK(sql_type("BLOB") == "BYTEA");
  CHECK(sql_type("NVARCHAR(10)") == "VARCHAR(10)");
  CHECK(sql_type("tsvector") == "TSVECTOR");
  CHECK(name(types::json()->with_variant(types::parse_sql_type("jsonb"), "postgresql")) == "JSONB");
  CHECK(traits().serial_type_name(*types::big_integer()) == "BIGSERIAL");
  CHECK_THROWS_AS(traits().cast_type_name(*types::null()), Error);
}

TEST_CASE("names that PostgreSQL reserves, or would fold, are quoted") {
  for (const char* word : {"user", "end", "limit", "Mixed", "with space", "1st"})
    CHECK(compile::quote_identifier(traits(), word).starts_with('"'));
  for (const char* word : {"name", "body", "timestamp", "value", "key"})
    CHECK(compile::quote_identifier(traits(), word) == word);
}

TEST_CASE("operators and functions in PostgreSQL's words") {
  ElementPtr a = integer("a"), b = integer("b");
  ElementPtr real = column("r", types::double_()), day = column("d", types::date());
  CHECK(sql(expr::binary(Op::kRegexpMatch, text("x"), text("y"))) == "$1 ~ $2");
  CHECK(sql(expr::binary(Op::kNotRegexpMatch, text("x"), text("y"))) == "$1 !~ $2");
  CHECK(sql(expr::binary(Op::kBitXor, a, b)) == "a # b");
  CHECK(sql(expr::binary(Op::kMod, a, b)) == "a % b");
  CHECK(sql(expr::binary(Op::kMod, real, b)) == "mod(CAST(r AS NUMERIC), CAST(b AS NUMERIC))");
  CHECK(sql(expr::binary(Op::kSub, day, day)) == "CAST(d AS TIMESTAMP) - CAST(d AS TIMESTAMP)");
  CHECK(sql(expr::binary(Op::kIsDistinctFrom, a, b)) == "a IS DISTINCT FROM b");
  CHECK(sql(expr::like(Op::kIlike, text("x"), text("y"), "/")) == "$1 ILIKE $2 ESCAPE '/'");
  CHECK(sql(expr::function("now", {})) == "now()");
  CHECK(sql(expr::function("round", {real, b})) == "round(CAST(r AS NUMERIC), b)");
  CHECK(sql(expr::function("max", {a})) == "max(a)");
  CHECK(sql(expr::function("max", {a, b})) == "greatest(a, b)");
  CHECK(sql(expr::function("concat", {a, text("x")})) == "concat(a, CAST($1 AS TEXT))");
  CHECK(sql(expr::function("group_concat", {a}, nullptr, true)) ==
        "string_agg(DISTINCT CAST(a AS TEXT), ',')");
  CHECK(sql(expr::function("upper", {text("x")})) == "upper($1)");
  CHECK(sql(expr::extract("year", day)) == "EXTRACT(year FROM d)");
  CHECK(sql(expr::bind(Value(), types::array(types::integer()))) == "CAST($1 AS INTEGER[])");
}

TEST_CASE("paths into documents") {
  ElementPtr doc = column("doc", types::json());
  ElementPtr zero = expr::bind(Value::integer(0), types::integer());
  CHECK(sql(expr::json_path(doc, {text("a"), zero}, false, types::json())) ==
        "(doc -> CAST($1 AS TEXT) -> $2)");
  CHECK(sql(expr::json_path(doc, {text("a"), zero}, true, types::string())) ==
        "(doc -> CAST($1 AS TEXT) ->> $2)");
  CHECK(sql(expr::json_path(doc, {text("a")}, true, types::integer())) ==
        "CAST((doc ->> CAST($1 AS TEXT)) AS INTEGER)");
}
