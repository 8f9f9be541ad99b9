#include "orm/base/value.h"

#include <cmath>
#include <limits>
#include <unordered_map>
#include <vector>

#include <catch2/catch.hpp>

using moonbase::base::Tag;
using moonbase::base::tag_name;
using moonbase::base::Value;

namespace {

std::vector<Value> one_of_each() {
  return {Value(),
          Value::boolean(true),
          Value::integer(-3),
          Value::real(2.5),
          Value::text("text"),
          Value::blob("text"),
          Value::bytes(Tag::kDecimal, "1.50"),
          Value::date(20'000),
          Value::time(1),
          Value::datetime(1),
          Value::datetime(1, 0),
          Value::datetime(1, 3600),
          Value::interval(1),
          Value::bytes(Tag::kUuid, "00000000-0000-4000-8000-000000000000"),
          Value::bytes(Tag::kJson, "[1]"),
          Value::marker(Tag::kNeverSet),
          Value::marker(Tag::kNotLoaded)};
}

}  // namespace

TEST_CASE("a value equals its copy and nothing of another tag or content") {
  const std::vector<Value> values = one_of_each();
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < values.size(); ++j) {
      CAPTURE(values[i].repr(), values[j].repr());
      CHECK((values[i] == values[j]) == (i == j));
    }
    const Value copy = values[i];
    CHECK(copy == values[i]);
    CHECK(copy.hash() == values[i].hash());
    CHECK(copy.repr() == values[i].repr());
  }
}

TEST_CASE("a copy owns its bytes, a moved value stays borrowed") {
  std::string buffer = "susan";
  Value borrowed = Value::borrowed(Tag::kText, buffer);
  const Value copy = borrowed;
  Value moved = std::move(borrowed);
  CHECK(borrowed.is_null());
  buffer = "XXXXX";
  CHECK(copy.as_bytes() == "susan");
  CHECK(moved.as_bytes() == "XXXXX");
  moved.own();
  buffer = "YYYYY";
  CHECK(moved.as_bytes() == "XXXXX");
}

TEST_CASE("assignment releases, keeps and survives itself") {
  Value v = Value::text("one");
  const Value& same = v;
  v = same;
  CHECK(v.as_bytes() == "one");
  v = Value::integer(2);
  CHECK(v.as_int() == 2);
  v = Value::text("");
  CHECK(v.as_bytes().empty());
  CHECK(Value(v) == Value::text(""));
}

TEST_CASE("retagging keeps the bytes, owned or borrowed") {
  const std::string document = "{\"a\": 1}";
  const Value borrowed = Value::borrowed(Tag::kText, document).retagged(Tag::kJson);
  CHECK(borrowed.tag() == Tag::kJson);
  CHECK(borrowed.as_bytes().data() == document.data());
  const Value owned = Value::text(document).retagged(Tag::kBlob);
  CHECK(owned == Value::blob(document));
}

TEST_CASE("values are keys: zeros and NaNs find themselves") {
  std::unordered_map<Value, int> map;
  map[Value::real(std::nan(""))] = 1;
  map[Value::real(0.0)] = 2;
  map[Value::integer(0)] = 3;
  map[Value::text(std::string(100, 'x'))] = 4;
  CHECK(map.at(Value::real(-std::numeric_limits<double>::quiet_NaN())) == 1);
  CHECK(map.at(Value::real(-0.0)) == 2);
  CHECK(map.at(Value::integer(0)) == 3);
  CHECK(map.at(Value::text(std::string(100, 'x'))) == 4);
  CHECK(map.count(Value::text(std::string(99, 'x'))) == 0);
}

TEST_CASE("repr shows a value on one line") {
  CHECK(Value().repr() == "NULL");
  CHECK(Value::boolean(false).repr() == "false");
  CHECK(Value::integer(INT64_MIN).repr() == "-9223372036854775808");
  CHECK(Value::real(2).repr() == "2.0");
  CHECK(Value::real(0.1).repr() == "0.1");
  CHECK(Value::text("it's\n").repr() == "'it''s\\n'");
  CHECK(Value::blob(std::string("\0\xff", 2)).repr() == "x'00ff'");
  CHECK(Value::date(0).repr() == "'1970-01-01'");
  CHECK(Value::datetime(1'500'000, 7200).repr() == "'1970-01-01 00:00:01.500000+02:00'");
  CHECK(Value::interval(86'400'000'000).repr() == "'1 day, 0:00:00'");
  CHECK(Value::bytes(Tag::kDecimal, "-1.50").repr() == "-1.50");
  CHECK(Value::marker(Tag::kNotLoaded).repr() == "<not loaded>");
  CHECK(Value::text("abcdefghij").repr(4) == "'ab…ij'");
  CHECK(Value::blob("abcd").repr(2) == "x'61…64'");
}

TEST_CASE("every tag has a name") {
  CHECK(tag_name(Tag::kNull) == "null");
  CHECK(tag_name(Tag::kJson) == "JSON");
  CHECK(tag_name(Tag::kCollection) == "collection");
}
