// SQLite's spelling of types, literals, operators and functions, and the registry of dialects.
#include <limits>

#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "orm/compile/compiler.h"
#include "orm/dialect/dialect.h"
#include "orm/types/registry.h"

using namespace moonbase;
using base::Error;
using base::Tag;
using base::Value;
using expr::ElementPtr;
using expr::Op;

namespace {

const compile::DialectTraits& traits() { return dialect::find_dialect("sqlite")->traits(); }

std::string sql(const ElementPtr& element) { return compile::compile_element(element, traits()); }

ElementPtr integer(const char* name) { return expr::literal_column(name, types::integer()); }
ElementPtr text(const char* name) { return expr::literal_column(name, types::text()); }

// What SQLite makes of an expression.
Value evaluate(const std::string& expression) {
  auto connection = dialect::find_dialect("sqlite")->connect({});
  auto select = connection->prepare("SELECT " + expression);
  REQUIRE(select->step());
  Value value = select->column(0);
  value.own();
  return value;
}

}  // namespace

TEST_CASE("dialects are found by name") {
  REQUIRE(dialect::find_dialect("sqlite"));
  CHECK(dialect::find_dialect("sqlite")->traits().name == "sqlite");
  CHECK(dialect::find_dialect("oracle") == nullptr);
  CHECK(dialect::dialect_names().front() == "sqlite");
}

TEST_CASE("types have SQLite's names") {
  auto name = [](const types::TypePtr& type) { return traits().type_name(*type); };
  CHECK(name(types::integer()) == "INTEGER");
  CHECK(name(types::big_integer()) == "BIGINT");
  CHECK(name(types::string(64)) == "VARCHAR(64)");
  CHECK(name(types::string()) == "VARCHAR");
  CHECK(name(types::text()) == "TEXT");
  CHECK(name(types::boolean()) == "BOOLEAN");
  CHECK(name(types::numeric(10, 2)) == "NUMERIC(10, 2)");
  CHECK(name(types::numeric()) == "NUMERIC");
  CHECK(name(types::datetime(true)) == "DATETIME");
  CHECK(name(types::interval()) == "DATETIME");
  CHECK(name(types::enumeration({"a", "long"})) == "VARCHAR(4)");
  CHECK(name(types::uuid()) == "CHAR(32)");
  CHECK(name(types::large_binary(10)) == "BLOB");
  CHECK(name(types::parse_sql_type("decimal(8, 3)")) == "DECIMAL(8, 3)");
  CHECK(name(types::string()->with_variant(types::text(), "sqlite")) == "TEXT");
  CHECK_THROWS_AS(name(types::array(types::integer())), Error);
}

TEST_CASE("literals read back as the value that is stored") {
  auto literal = [](const Value& value) { return traits().literal(value, *types::null()); };
  CHECK(literal(Value()) == "NULL");
  CHECK(literal(Value::boolean(true)) == "1");
  CHECK(literal(Value::text("it's")) == "'it''s'");
  CHECK(literal(Value::blob(std::string_view("\0\xff", 2))) == "x'00ff'");
  CHECK(literal(Value::bytes(Tag::kDecimal, "12.50")) == "12.50");
  CHECK(literal(Value::date(0)) == "'1970-01-01'");
  CHECK(evaluate(literal(Value::text(std::string_view("a\0b", 3)))) ==
        Value::text(std::string_view("a\0b", 3)));
  double infinity = std::numeric_limits<double>::infinity();
  CHECK(evaluate(literal(Value::real(-infinity))) == Value::real(-infinity));
  CHECK(evaluate(literal(Value::real(0.1))) == Value::real(0.1));
}

TEST_CASE("division is true division, and // is whole") {
  CHECK(sql(expr::binary(Op::kDiv, integer("a"), integer("b"))) == "a / (b + 0.0)");
  CHECK(sql(expr::binary(Op::kFloorDiv, integer("a"), integer("b"))) == "a / b");
  CHECK(sql(expr::binary(Op::kFloorDiv, expr::literal_column("a", types::float_()),
                         integer("b"))) == "floor(a / b)");
}

TEST_CASE("operators that SQLite spells its own way") {
  CHECK(sql(expr::like(Op::kIlike, text("a"), text("b"), std::nullopt)) ==
        "lower(a) LIKE lower(b)");
  CHECK(sql(expr::binary(Op::kRegexpMatch, text("a"), text("b"))) == "a REGEXP b");
  CHECK(sql(expr::binary(Op::kIsDistinctFrom, text("a"), text("b"))) == "a IS NOT b");
  CHECK(sql(expr::binary(Op::kBitXor, integer("a"), integer("b"))) == "bitxor(a, b)");
}

TEST_CASE("functions that SQLite names its own way") {
  CHECK(sql(expr::function("now", {})) == "CURRENT_TIMESTAMP");
  CHECK(sql(expr::function("current_date", {})) == "CURRENT_DATE");
  CHECK(sql(expr::function("greatest", {integer("a"), integer("b")})) == "max(a, b)");
  CHECK(sql(expr::function("least", {integer("a")})) == "a");
  CHECK(sql(expr::function("concat", {text("a"), text("b")})) == "(a || b)");
  CHECK(sql(expr::function("lower", {text("a")})) == "lower(a)");
}

TEST_CASE("parts of dates are whole numbers") {
  ElementPtr when = expr::literal_column("'2026-11-20 10:30:05.250000'", types::datetime());
  CHECK(evaluate(sql(expr::extract("year", when))) == Value::integer(2026));
  CHECK(evaluate(sql(expr::extract("minute", when))) == Value::integer(30));
  CHECK_THROWS_WITH(sql(expr::extract("yaer", when)), Catch::Contains("did you mean 'year'?"));
}

TEST_CASE("casts to dates keep SQLite from reading a number") {
  ElementPtr when = expr::literal_column("'2026-11-20 10:30:05.250000'", types::datetime());
  CHECK(evaluate(sql(expr::cast(when, types::date()))) == Value::text("2026-11-20"));
  CHECK(evaluate(sql(expr::cast(when, types::datetime()))) ==
        Value::text("2026-11-20 10:30:05.250000"));
  CHECK(sql(expr::cast(text("a"), types::string(5))) == "CAST(a AS VARCHAR(5))");
}

TEST_CASE("a JSON path is put together from its parameters") {
  auto document = expr::literal_column(R"('{"a.b":[1,"two"]}')", types::json());
  std::vector<ElementPtr> path = {expr::literal_column("'a.b'", types::text()),
                                  expr::literal_column("1", types::integer())};
  CHECK(evaluate(sql(expr::json_path(document, path, true, types::text()))) == Value::text("two"));
  CHECK(evaluate(sql(expr::json_path(document, path, false, types::json()))) ==
        Value::text("\"two\""));
}
