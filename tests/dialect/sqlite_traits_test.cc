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

TEST_CASE("division is true division, and // rounds down") {
  ElementPtr real = expr::literal_column("a", types::float_());
  ElementPtr exact = expr::literal_column("a", types::numeric(10, 2));
  CHECK(sql(expr::binary(Op::kDiv, integer("a"), integer("b"))) == "a / (b + 0.0)");
  CHECK(sql(expr::binary(Op::kDiv, exact, integer("b"))) == "a / (b + 0.0)");
  CHECK(sql(expr::binary(Op::kDiv, real, integer("b"))) == "a / b");
  CHECK(sql(expr::binary(Op::kFloorDiv, integer("a"), integer("b"))) == "floordiv(a, b)");
  CHECK(sql(expr::binary(Op::kFloorDiv, exact, integer("b"))) == "floordiv(a, b)");
  CHECK(sql(expr::binary(Op::kFloorDiv, real, integer("b"))) == "floor(a / b)");
  CHECK(sql(expr::binary(Op::kMod, integer("a"), integer("b"))) == "a % b");
  CHECK(sql(expr::binary(Op::kMod, real, integer("b"))) == "mod(a, b)");
}

TEST_CASE("floordiv is exact for integers and gives NULL for a division by zero") {
  const std::vector<std::pair<std::string, Value>> cases = {
      {"7, 2", Value::integer(3)},
      {"-7, 2", Value::integer(-4)},
      {"7, -2", Value::integer(-4)},
      {"-7, -2", Value::integer(3)},
      {"-8, 2", Value::integer(-4)},
      {"9007199254740993, 1", Value::integer(9007199254740993)},
      {"-9223372036854775807 - 1, -1", Value::real(9223372036854775808.0)},
      {"5, -1", Value::integer(-5)},
      {"-7.5, 2", Value::real(-4)},
      {"7, 0", Value()},
      {"7.5, 0", Value()},
      {"NULL, 2", Value()},
  };
  for (const auto& [operands, result] : cases) {
    CHECK(evaluate("floordiv(" + operands + ")") == result);
  }
}

TEST_CASE("regexp_replace replaces the first match, with the flag g every one") {
  CHECK(evaluate("regexp_replace('moon', 'o', '0')") == Value::text("m0on"));
  CHECK(evaluate("regexp_replace('moon', 'o', '0', 'g')") == Value::text("m00n"));
  CHECK(evaluate("regexp_replace('moon', '(m)(o)', '\\2\\1')") == Value::text("omon"));
  CHECK(evaluate("regexp_replace('MOON', 'o', '0', 'i')") == Value::text("M0ON"));
  CHECK(evaluate("regexp_replace('MOON', 'o', '0', 'gi')") == Value::text("M00N"));
  CHECK(evaluate("regexp_replace(NULL, 'o', '0')") == Value());
}

TEST_CASE("arithmetic with dates and intervals works on the texts they are stored as") {
  ElementPtr when = expr::literal_column("'2026-11-20 10:30:05.250000'", types::datetime());
  ElementPtr later = expr::literal_column("'2026-11-21 10:30:05.250001'", types::datetime());
  ElementPtr hour = expr::literal_column("'1970-01-01 01:00:00.000000'", types::interval());
  ElementPtr day = expr::literal_column("'2026-11-20'", types::date());
  ElementPtr noon = expr::literal_column("'12:00:00.000000'", types::time());
  auto value = [](Op op, ElementPtr l, ElementPtr r) {
    return evaluate(sql(expr::binary(op, std::move(l), std::move(r))));
  };
  CHECK(value(Op::kAdd, when, hour) == Value::text("2026-11-20 11:30:05.250000"));
  CHECK(value(Op::kAdd, hour, when) == Value::text("2026-11-20 11:30:05.250000"));
  CHECK(value(Op::kSub, later, when) == Value::text("1970-01-02 00:00:00.000001"));
  CHECK(value(Op::kSub, when, later) == Value::text("1969-12-30 23:59:59.999999"));
  CHECK(value(Op::kMul, hour, integer("3")) == Value::text("1970-01-01 03:00:00.000000"));
  CHECK(value(Op::kDiv, hour, integer("2")) == Value::text("1970-01-01 00:30:00.000000"));
  CHECK(value(Op::kAdd, day, integer("11")) == Value::text("2026-12-01"));
  CHECK(value(Op::kSub, day, integer("20")) == Value::text("2026-10-31"));
  CHECK(value(Op::kAdd, day, hour) == Value::text("2026-11-20 01:00:00.000000"));
  CHECK(value(Op::kSub, noon, hour) == Value::text("11:00:00.000000"));
  CHECK(evaluate(sql(expr::unary(Op::kNeg, hour, nullptr))) ==
        Value::text("1969-12-31 23:00:00.000000"));
}

TEST_CASE("BETWEEN SYMMETRIC is BETWEEN of the bounds in their order") {
  ElementPtr a = integer("a"), b = integer("b"), c = integer("c");
  CHECK(sql(expr::between(a, b, c, false, true)) == "a BETWEEN min(b, c) AND max(b, c)");
  CHECK(sql(expr::not_(expr::between(a, b, c, false, true))) ==
        "a NOT BETWEEN min(b, c) AND max(b, c)");
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
  CHECK(sql(expr::function("concat", {expr::binary(Op::kEq, text("a"), text("b")), text("c")})) ==
        "((a = b) || c)");
  CHECK(sql(expr::function("lower", {text("a")})) == "lower(a)");
  CHECK(sql(expr::function("aggregate_strings", {text("a"), text("b")})) == "group_concat(a, b)");
  CHECK(sql(expr::function("localtime", {})) == "datetime('now', 'localtime')");
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
