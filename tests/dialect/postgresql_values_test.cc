// Values on their way to PostgreSQL and back, in the text form (a statement's first run) and in the
// binary form (from its third run on).
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "orm/base/scalar.h"
#include "orm/dialect/postgresql/postgresql_array.h"
#include "orm/types/registry.h"
#include "tests/support/postgresql.h"

using namespace moonbase;
using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

namespace {

const dialect::Dialect& postgresql() { return dialect::postgresql::postgresql_dialect(); }

Value decimal(std::string_view text) { return Value::bytes(Tag::kDecimal, text); }
Value json(std::string_view text) { return Value::bytes(Tag::kJson, text); }

types::TypePtr sql_type(const char* name) { return types::build(*types::find_type_row(name)); }

// What a column of this type holds after the value went through a table: read in each form, which
// must agree.
Value round_trip(driver::DriverConnection& connection, const Value& value,
                 const types::TypePtr& type) {
  connection.execute_script("DROP TABLE IF EXISTS t; CREATE TABLE t (v " +
                            postgresql().traits().type_name(*type) + ")");
  Value stored = postgresql().to_driver(value, *type);
  auto insert = connection.prepare("INSERT INTO t VALUES ($1)");
  insert->bind(0, stored);
  insert->step();
  auto select = connection.prepare("SELECT v FROM t");
  Value first;
  for (int run = 0; run < 4; ++run) {
    REQUIRE(select->step());
    Value loaded = type->load(select->column(0));
    loaded.own();
    select->reset();
    if (run == 0)
      first = std::move(loaded);
    else
      CHECK(type->equal(loaded, first));
  }
  return first;
}

// The first column of the first row of the statement's third run.
Value scalar(driver::DriverConnection& connection, const std::string& sql) {
  auto statement = connection.prepare(sql);
  for (int run = 0; run < 3; ++run) {
    statement->reset();
    REQUIRE(statement->step());
  }
  Value value = statement->column(0);
  value.own();
  return value;
}

Value text_scalar(driver::DriverConnection& connection, const std::string& sql) {
  auto statement = connection.prepare(sql);
  REQUIRE(statement->step());
  Value value = statement->column(0);
  value.own();
  return value;
}

}  // namespace

TEST_CASE("every type's values survive a round trip through PostgreSQL") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  struct Case {
    Value value;
    types::TypePtr type;
  };
  int64_t moment = *base::parse_date("2026-11-20") * base::kMicrosPerDay + 45'296'123'456;
  std::string with_nul("a\0b\xff", 4);
  double inf = std::numeric_limits<double>::infinity();
  std::vector<Case> cases = {
      {Value(), types::integer()},
      {Value(), types::array(types::integer())},
      {Value::integer(std::numeric_limits<int64_t>::min()), types::big_integer()},
      {Value::integer(std::numeric_limits<int64_t>::max()), types::big_integer()},
      {Value::integer(INT32_MIN), types::integer()},
      {Value::integer(INT32_MAX), types::integer()},
      {Value::integer(-32768), types::small_integer()},
      {Value::boolean(true), types::boolean()},
      {Value::boolean(false), types::boolean()},
      {Value::real(0.1), types::float_()},
      {Value::real(-0.0), types::double_()},
      {Value::real(5e-324), types::double_()},
      {Value::real(1.7976931348623157e308), types::double_()},
      {Value::real(inf), types::float_()},
      {Value::real(-inf), types::float_()},
      {Value::real(std::nan("")), types::float_()},
      {Value::real(0.1), sql_type("REAL")},
      {Value::text("naïve ☾ 'quoted' \\ \"x\""), types::string(64)},
      {Value::text(""), types::text()},
      {Value::text("0123"), types::string()},
      {Value::blob(with_nul), types::large_binary()},
      {Value::blob(""), types::large_binary()},
      {decimal("12.50"), types::numeric(10, 2)},
      {decimal("0"), types::numeric()},
      {decimal("0.00"), types::numeric(10, 2)},
      {decimal("-0.000001"), types::numeric(12, 6)},
      {decimal("10000"), types::numeric()},
      {decimal("100000000.00010000"), types::numeric()},
      {decimal("123456789012345678901234567890.123456789"), types::numeric()},
      {decimal(std::string(1000, '7')), types::numeric()},
      {decimal("0." + std::string(999, '0') + "1"), types::numeric()},
      {Value::date(*base::parse_date("2026-11-20")), types::date()},
      {Value::date(*base::parse_date("0001-01-01")), types::date()},
      {Value::date(*base::parse_date("9999-12-31")), types::date()},
      {Value::datetime(moment), types::datetime()},
      {Value::datetime(-1), types::datetime()},
      {Value::datetime(base::kMinDateTime), types::datetime()},
      {Value::datetime(base::kMaxDateTime), types::datetime()},
      {Value::datetime(moment, 0), types::datetime(true)},
      {Value::time(45'296'000'001), types::time()},
      {Value::time(0), types::time()},
      {Value::interval(90'061'000'001), types::interval()},
      {Value::interval(-5), types::interval()},
      {Value::interval(-90'061'000'001), types::interval()},
      {Value::interval(1000 * base::kMicrosPerDay), types::interval()},
      {Value::text("b"), types::enumeration({"a", "b"})},
      {json(R"({"a":[1,null], "z": "☾"})"), types::json()},
      {json("3"), types::json()},
      {json(R"({"a": [1, null]})"), sql_type("JSONB")},
      {Value::bytes(Tag::kUuid, "550e8400-e29b-41d4-a716-446655440000"), types::uuid()},
      {json("[1,null,-3]"), types::array(types::integer())},
      {json("[]"), types::array(types::text())},
      {json(R"(["","NULL","a,b","{c}","\"d\"","e\\f"," g ",null,"☾"])"),
       types::array(types::text())},
      {json("[[1,2],[3,4]]"), types::array(types::array(types::integer()))},
      {json("[true,false,null]"), types::array(types::boolean())},
      {json("[0.1,1e+300]"), types::array(types::double_())},
      {json(R"(["1.50","12345678901234567890.1"])"), types::array(types::numeric())},
      {json(R"(["2026-11-20"])"), types::array(types::date())},
      {json(R"([{"a": 1},null])"), types::array(sql_type("JSONB"))},
  };
  for (const Case& row : cases) {
    INFO(row.type->repr() << ' ' << row.value.repr(60));
    Value back = round_trip(*connection, row.value, row.type);
    CHECK(back.tag() == row.value.tag());
    CHECK(row.type->equal(back, row.value));
  }
}

TEST_CASE("an aware date-time comes back as the same moment, told in UTC") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  Value written = Value::datetime(*base::parse_date("2026-07-01") * base::kMicrosPerDay, 7200);
  Value back = round_trip(*connection, written, types::datetime(true));
  CHECK(back.utc_offset() == 0);
  CHECK(back.as_int() == written.as_int() - 7200 * base::kMicrosPerSecond);
}

TEST_CASE("what the core has no value for comes as text, whole") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  connection->execute_script(
      "CREATE TYPE mood AS ENUM ('sad', 'so so'); CREATE TYPE pair AS (a int, b text);"
      "CREATE DOMAIN small AS int CHECK (VALUE < 10)");
  struct Case {
    std::string sql, text;
  };
  std::vector<Case> cases = {
      {"'192.168.0.1/24'::inet", "192.168.0.1/24"},
      {"'[1,5)'::int4range", "[1,5)"},
      {"'{[1,3),[5,7)}'::int4multirange", "{[1,3),[5,7)}"},
      {"'08:00:2b:01:02:03'::macaddr", "08:00:2b:01:02:03"},
      {"'so so'::mood", "so so"},
      {"'(1,\"a b\")'::pair", "(1,\"a b\")"},
      {"'a fat cat'::tsvector", "'a' 'cat' 'fat'"},
      {"'infinity'::timestamp", "infinity"},
      {"'-infinity'::date", "-infinity"},
      {"'0044-03-15 BC'::date", "0044-03-15 BC"},
      {"'0044-03-15 12:30:00 BC'::timestamp", "0044-03-15 12:30:00 BC"},
      {"'12026-01-01'::date", "12026-01-01"},
      {"'24:00'::time", "24:00:00"},
      {"'NaN'::numeric", "NaN"},
      {"'10:00+02'::timetz", "10:00:00+02"},
      {"'x'::\"char\"", "x"},
      {"'ab'::char(4)", "ab  "},
      {"B'101'", "101"},
  };
  for (const Case& row : cases) {
    INFO(row.sql);
    CHECK(text_scalar(*connection, "SELECT " + row.sql) == Value::text(row.text));
    CHECK(scalar(*connection, "SELECT " + row.sql) == Value::text(row.text));
  }
  CHECK(scalar(*connection, "SELECT 7::small") == Value::integer(7));
  CHECK(scalar(*connection, "SELECT ARRAY['sad', NULL]::mood[]") == json(R"(["sad",null])"));
  CHECK(scalar(*connection, "SELECT '[0:1]={5,6}'::int[]") == json("[5,6]"));
  CHECK(scalar(*connection, "SELECT 'pg_class'::regclass::oid > 0") == Value::boolean(true));
}

TEST_CASE("a date outside the years 1 to 9999 is refused by its type, which names it") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  CHECK_THROWS_WITH(types::date()->load(text_scalar(*connection, "SELECT 'infinity'::date")),
                    Catch::Contains("Couldn't read 'infinity' as Date"));
  CHECK_THROWS_WITH(
      types::datetime()->load(scalar(*connection, "SELECT '0044-03-15 BC'::timestamp")),
      Catch::Contains("0044-03-15 00:00:00 BC"));
}

TEST_CASE("a month of an interval counts 30 days, a year 365, in both forms") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  Value expected = Value::interval((365 + 60 + 3) * base::kMicrosPerDay - 1'500'000);
  std::string sql = "SELECT '1 year 2 months 3 days -1.5 seconds'::interval";
  CHECK(text_scalar(*connection, sql) == expected);
  CHECK(scalar(*connection, sql) == expected);
}

TEST_CASE("text with a NUL byte, and text in no encoding, are refused") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  auto select = connection->prepare("SELECT $1::text");
  Value with_nul = Value::text(std::string_view("a\0b", 3));
  select->bind(0, with_nul);
  CHECK_THROWS_WITH(select->step(), Catch::Contains("NUL byte"));
  select->reset();
  Value malformed = Value::text("\xff\xfe");
  select->bind(0, malformed);
  try {
    select->step();
    FAIL("taken");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kDataError);
    CHECK(error.sqlstate() == "22021");
  }
}

TEST_CASE("a value of 20 MB goes and comes whole") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  std::string bytes(20'000'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 >> 3);
  CHECK(round_trip(*connection, Value::blob(bytes), types::large_binary()).as_bytes() == bytes);
  std::string text(20'000'000, 'x');
  CHECK(round_trip(*connection, Value::text(text), types::text()).as_bytes() == text);
}

TEST_CASE("a parameter may change its type from run to run") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  connection->execute_script("CREATE TABLE n (v bigint); INSERT INTO n VALUES (5), (5000000000)");
  auto select = connection->prepare("SELECT count(*) FROM n WHERE v = $1");
  struct Case {
    Value value;
    int64_t count;
  };
  for (int round = 0; round < 3; ++round) {
    std::vector<Case> cases = {{Value(), 0},
                               {Value::integer(5), 1},
                               {Value::integer(5'000'000'000), 1},
                               {Value::integer(5), 1},
                               {Value::real(5), 1},
                               {Value::text("5"), 1},
                               {decimal("5.00"), 1},
                               {Value(), 0}};
    for (const Case& row : cases) {
      INFO(row.value.repr());
      select->reset();
      select->bind(0, row.value);
      REQUIRE(select->step());
      CHECK(select->column_int(0) == row.count);
    }
  }
}

TEST_CASE("lists are written as arrays and read back as lists") {
  using dialect::postgresql::array_json;
  using dialect::postgresql::array_literal;
  using dialect::postgresql::Form;
  CHECK(array_literal("[1,null,2]", *types::integer()) == R"({"1",NULL,"2"})");
  CHECK(array_literal(R"([["a\"b"],["\\"]])", *types::array(types::text())) ==
        R"({{"a\"b"},{"\\"}})");
  CHECK(array_literal(R"([{"a":[1]},[2]])", *types::json()) == R"({"{\"a\":[1]}","[2]"})");
  CHECK_THROWS_AS(array_literal(R"({"a":1})", *types::integer()), Error);
  CHECK(array_json("{1,NULL}", Form::kInt4) == "[1,null]");
  CHECK(array_json("{NaN,0.5}", Form::kFloat8) == R"(["NaN",0.5])");
  CHECK(array_json(R"({a,"NULL",NULL})", Form::kText) == R"(["a","NULL",null])");
  CHECK(array_json("{1,2", Form::kInt4) == R"("{1,2")");
}
