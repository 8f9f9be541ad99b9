// base::Value between C++ and Lua.
#include <catch2/catch.hpp>

#include "bindings/guard.h"
#include "bindings/lua_datetime.h"
#include "bindings/stack.h"
#include "orm/base/scalar.h"
#include "orm/types/type.h"
#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

using base::Tag;
using base::Value;

class ValueFixture : public LuaFixture {
 public:
  // The Value of a Lua expression.
  Value value(const std::string& expression, const types::TypePtr& type = nullptr) {
    run("value = " + expression);
    lua_getglobal(L, "value");
    Value v = to_value(L, -1, type.get());
    lua_pop(L, 1);
    return v;
  }

  // tostring of what push_value makes.
  std::string shown(const Value& v, const types::TypePtr& type = nullptr,
                    bool null_as_sentinel = false) {
    push_value(L, v, type.get(), null_as_sentinel);
    lua_setglobal(L, "value");
    return eval("value");
  }
};

TEST_CASE_METHOD(ValueFixture, "Lua values become values") {
  CHECK(value("nil").is_null());
  CHECK(value("moonbase.null").is_null());
  CHECK(value("true") == Value::boolean(true));
  CHECK(value("math.mininteger") == Value::integer(INT64_MIN));
  CHECK(value("math.maxinteger") == Value::integer(INT64_MAX));
  CHECK(value("2.0") == Value::real(2));
  CHECK(value("2^63") == Value::real(9223372036854775808.0));
  CHECK(value("'a\\0b'") == Value::text(std::string_view("a\0b", 3)));
  CHECK(value("'\\xff'", types::large_binary()) == Value::blob("\xff"));
  CHECK(value("moonbase.decimal '1.10'") == Value::bytes(Tag::kDecimal, "1.10"));
  CHECK(value("moonbase.datetime(1970, 1, 2)") == Value::datetime(base::kMicrosPerDay));
  CHECK(value("moonbase.datetime{1970, 1, 2, tzinfo = '+01:00'}") ==
        Value::datetime(base::kMicrosPerDay, 3600));
  CHECK(value("moonbase.date(1970, 1, 2)") == Value::date(1));
  CHECK(value("moonbase.time(0, 0, 1)") == Value::time(base::kMicrosPerSecond));
  CHECK(value("moonbase.timedelta{seconds = 1}") == Value::interval(base::kMicrosPerSecond));
}

TEST_CASE_METHOD(ValueFixture, "tables are values for JSON and ARRAY only") {
  CHECK(value("{1, {a = moonbase.null}}", types::json()) ==
        Value::bytes(Tag::kJson, R"([1,{"a":null}])"));
  CHECK(value("'text'", types::json()) == Value::bytes(Tag::kJson, R"("text")"));
  CHECK(value("{1, 2, moonbase.null}", types::array(types::integer())) ==
        Value::bytes(Tag::kJson, "[1,2,null]"));
  CHECK(value("{moonbase.date(2026, 1, 2)}", types::array(types::date())) ==
        Value::bytes(Tag::kJson, R"(["2026-01-02"])"));
  CHECK_THROWS_WITH(value("{}", types::integer()), "expected a value for Integer, got table");
  CHECK_THROWS_WITH(value("print"), "expected a value, got function");
  CHECK_THROWS_WITH(value("io.stdout"), "expected a value, got FILE*");
  CHECK_THROWS_WITH(value("coroutine.create(print)"), "expected a value, got thread");
}

TEST_CASE_METHOD(ValueFixture, "values become Lua values") {
  CHECK(shown(Value()) == "nil");
  CHECK(shown(Value(), nullptr, true) == "null");
  CHECK(shown(Value::integer(INT64_MIN)) == "-9223372036854775808");
  CHECK(shown(Value::real(2)) == "2.0");
  CHECK(shown(Value::boolean(false)) == "false");
  CHECK(shown(Value::text("é")) == "é");
  CHECK(shown(Value::bytes(Tag::kDecimal, "12.50")) == "12.50");
  CHECK(shown(Value::date(0)) == "1970-01-01");
  CHECK(shown(Value::datetime(0, 0)) == "1970-01-01 00:00:00+00:00");
  CHECK(shown(Value::time(1)) == "00:00:00.000001");
  CHECK(shown(Value::interval(-1)) == "-1 day, 23:59:59.999999");
  CHECK(shown(Value::bytes(Tag::kUuid, "a")) == "a");
  shown(Value::bytes(Tag::kJson, R"({"a":[1]})"));
  CHECK(eval("value.a[1]") == "1");
  shown(Value::bytes(Tag::kJson, R"(["2026-01-02",null])"), types::array(types::date()));
  CHECK(eval("value[1] == moonbase.date(2026, 1, 2), value[2] == moonbase.null") == "true true");
  CHECK(lua_gettop(L) == 0);
}

TEST_CASE_METHOD(ValueFixture, "peeked text points into the Lua string") {
  lua_pushliteral(L, "hello");
  Value v = peek_value(L, -1);
  CHECK(static_cast<const void*>(v.as_bytes().data()) == lua_tostring(L, -1));
  CHECK(to_value(L, -1).as_bytes().data() != lua_tostring(L, -1));
}

TEST_CASE_METHOD(LuaFixture, "null prints as null, is true, and equals itself only") {
  CHECK(eval("moonbase.null, moonbase.null == moonbase.null, moonbase.null == nil, moonbase.null "
             "and 1") == "null true false 1");
}

TEST_CASE_METHOD(LuaFixture, "array marks the table it is given") {
  run("t = {3, 4} u = moonbase.array(t)");
  CHECK(eval("rawequal(t, u), #u, #moonbase.array()") == "true 2 0");
  CHECK(failure("moonbase.array 'x'") ==
        "TypeError: array: argument 1: expected table, got string");
}

}  // namespace
}  // namespace moonbase::bindings
