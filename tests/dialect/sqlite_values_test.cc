// Values on their way to SQLite and back: what to_driver stores, a column's type loads as the same
// value.
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "orm/base/scalar.h"
#include "orm/dialect/sqlite/sqlite_dialect.h"

using namespace moonbase;
using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

namespace {

const dialect::Dialect& sqlite() { return dialect::sqlite::sqlite_dialect(); }

// What a column of this type holds after the value went through a table.
Value round_trip(const Value& value, const types::TypePtr& type) {
  auto connection = sqlite().connect({});
  connection->execute_script("CREATE TABLE t (v " + sqlite().traits().type_name(*type) + ")");
  Value stored = sqlite().to_driver(value, *type);
  auto insert = connection->prepare("INSERT INTO t VALUES (?)");
  insert->bind(0, stored);
  insert->step();
  auto select = connection->prepare("SELECT v FROM t");
  REQUIRE(select->step());
  Value loaded = type->load(select->column(0));
  loaded.own();
  return loaded;
}

std::string stored_text(const Value& value, const types::TypePtr& type) {
  Value stored = sqlite().to_driver(value, *type);
  return std::string(stored.as_bytes());
}

Value decimal(std::string_view text) { return Value::bytes(Tag::kDecimal, text); }

}  // namespace

TEST_CASE("every type's values survive a round trip") {
  struct Case {
    Value value;
    types::TypePtr type;
  };
  int64_t moment = *base::parse_date("2026-11-20") * base::kMicrosPerDay + 45'296'123'456;
  std::string with_nul("a\0b", 3);
  std::vector<Case> cases = {
      {Value(), types::integer()},
      {Value::integer(std::numeric_limits<int64_t>::min()), types::big_integer()},
      {Value::integer(std::numeric_limits<int64_t>::max()), types::integer()},
      {Value::boolean(true), types::boolean()},
      {Value::boolean(false), types::boolean()},
      {Value::real(0.1), types::float_()},
      {Value::real(2), types::double_()},
      {Value::real(std::numeric_limits<double>::infinity()), types::float_()},
      {Value::text("naïve ☾"), types::string(64)},
      {Value::text(""), types::text()},
      {Value::text(with_nul), types::text()},
      {Value::text("0123"), types::string()},
      {Value::blob(with_nul), types::large_binary()},
      {Value::blob(""), types::large_binary()},
      {decimal("12.50"), types::numeric(10, 2)},
      {decimal("-0.000001"), types::numeric(12, 6)},
      {decimal("123456789012.345"), types::numeric(15, 3)},
      {decimal("9007199254740993"), types::numeric(18, 0)},
      {Value::date(*base::parse_date("2026-11-20")), types::date()},
      {Value::date(*base::parse_date("0001-01-01")), types::date()},
      {Value::datetime(moment), types::datetime()},
      {Value::datetime(-1), types::datetime()},
      {Value::time(45'296'000'001), types::time()},
      {Value::interval(90'061'000'001), types::interval()},
      {Value::interval(-5), types::interval()},
      {Value::text("b"), types::enumeration({"a", "b"})},
      {Value::bytes(Tag::kJson, R"({"a":[1,null]})"), types::json()},
      {Value::bytes(Tag::kJson, "3"), types::json()},
      {Value::bytes(Tag::kUuid, "550e8400-e29b-41d4-a716-446655440000"), types::uuid()},
  };
  for (const Case& row : cases) {
    INFO(row.type->repr() << ' ' << row.value.repr());
    CHECK(round_trip(row.value, row.type) == row.value);
  }
}

TEST_CASE("dates and times are stored in a fixed width, so that they sort as text") {
  CHECK(stored_text(Value::date(0), types::date()) == "1970-01-01");
  CHECK(stored_text(Value::datetime(0), types::datetime()) == "1970-01-01 00:00:00.000000");
  CHECK(stored_text(Value::time(1), types::time()) == "00:00:00.000001");
  CHECK(stored_text(Value::interval(60'000'000), types::interval()) ==
        "1970-01-01 00:01:00.000000");
}

TEST_CASE("an aware date-time is stored by its own clock") {
  CHECK(stored_text(Value::datetime(0, 7200), types::datetime(true)) ==
        "1970-01-01 00:00:00.000000");
}

TEST_CASE("a UUID is stored without hyphens") {
  Value uuid = Value::bytes(Tag::kUuid, "550e8400-e29b-41d4-a716-446655440000");
  CHECK(stored_text(uuid, types::uuid()) == "550e8400e29b41d4a716446655440000");
}

TEST_CASE("text and bytes are borrowed, not copied") {
  Value text = Value::text("some text that is long enough to need memory of its own");
  CHECK(sqlite().to_driver(text, *types::text()).as_bytes().data() == text.as_bytes().data());
}

TEST_CASE("a decimal compares as a number, not as text") {
  auto connection = sqlite().connect({});
  auto select = connection->prepare("SELECT 3 * 5 > ?");
  Value limit = sqlite().to_driver(decimal("7.5"), *types::numeric());
  select->bind(0, limit);
  REQUIRE(select->step());
  CHECK(select->column_int(0) == 1);
}

TEST_CASE("what SQLite cannot keep is refused and named") {
  auto error_of = [](const Value& value) {
    try {
      sqlite().to_driver(value, *types::null());
    } catch (const Error& error) {
      return error;
    }
    throw std::logic_error("nothing was thrown");
  };
  Error digits = error_of(decimal("1234567890123.4567"));
  CHECK(digits.kind() == ErrorKind::kDataError);
  CHECK(digits.message().find("15 significant digits") != std::string::npos);
  CHECK(digits.hint().find("String") != std::string::npos);
  CHECK(error_of(decimal("12345678901234567890")).kind() == ErrorKind::kDataError);
  CHECK(error_of(Value::real(std::nan(""))).message().find("NaN") != std::string::npos);
  CHECK(error_of(Value::interval(base::kMaxDateTime + 1)).kind() == ErrorKind::kDataError);
}

TEST_CASE("trailing zeros are no significant digits") {
  CHECK(sqlite().to_driver(decimal("1.500000000000000000"), *types::numeric()) == Value::real(1.5));
}
