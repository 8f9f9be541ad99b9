// JSON text and Lua tables.
#include <catch2/catch.hpp>

#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

class JsonFixture : public LuaFixture {
 public:
  JsonFixture() {
    run("dumps, loads, null, array = moonbase.json.dumps, moonbase.json.loads, moonbase.null, "
        "moonbase.array");
  }
};

TEST_CASE_METHOD(JsonFixture, "texts come back as they went") {
  for (const char* text : {
           "null",
           "true",
           "0",
           "-9223372036854775808",
           "9223372036854775807",
           "1.5",
           "1e+300",
           "\"\"",
           "[]",
           "{}",
           "[[],{},[1,[2]]]",
           R"({"a":[1,null,"x"],"b":{"c":[]}})",
           R"("\"\\\b\f\n\r\t\u0001é")",
           "[1,2.0,3]",
           R"({"":0," ":1})",
       }) {
    INFO(text);
    lua_pushstring(L, text);
    lua_setglobal(L, "text");
    CHECK(eval("dumps(loads(text))") == text);
  }
}

TEST_CASE_METHOD(JsonFixture, "values have the types of Lua") {
  CHECK(eval("math.type(loads '1'), math.type(loads '1.0'), loads 'null' == null") ==
        "integer float true");
  CHECK(eval("math.type(loads '18446744073709551615'), loads '\"\\\\u00e9\\\\ud83d\\\\ude00\"'") ==
        "float é😀");
  CHECK(eval("#loads '[1,2,3]', loads('{\"a\":{\"b\":7}}').a.b") == "3 7");
}

TEST_CASE_METHOD(JsonFixture, "tables become arrays or objects") {
  CHECK(eval("dumps{1, 2}, dumps{}, dumps(array{}), dumps{b = 1, a = 2, c = {null}}") ==
        R"([1,2] {} [] {"a":2,"b":1,"c":[null]})");
  CHECK(eval("dumps(nil), dumps('x'), dumps(2.0)") == R"(null "x" 2.0)");
  run("list = loads '[]' list[1] = 'x'");
  CHECK(eval("dumps(list)") == R"(["x"])");
}

TEST_CASE_METHOD(JsonFixture, "what JSON cannot say is refused with its place") {
  CHECK(failure("dumps{1, a = 2}") ==
        "TypeError: a table with both positions and names ('a') cannot be JSON");
  CHECK(failure("dumps{1, nil, 3}") ==
        "TypeError: a list with holes cannot be JSON: write moonbase.null for a missing value");
  CHECK(failure("dumps{a = {{}, {b = print}}}") == "TypeError: JSON has no function (at a[2].b)");
  CHECK(failure("dumps{x = 0/0}").substr(0, 11) == "ValueError:");
  CHECK(failure("dumps{math.huge}") == "ValueError: JSON has no inf (at [1])");
  CHECK(failure("dumps{[1.5] = 1}") ==
        "TypeError: a number that is no position cannot be a key in JSON");
  CHECK(failure("dumps '\\xff'") == "ValueError: text that is not UTF-8 cannot be JSON");
  CHECK(failure("dumps{moonbase.date(2026, 1, 1)}") == "TypeError: JSON has no date (at [1])");
  CHECK(failure("local t = {} t.a = {t} dumps(t)") ==
        "ValueError: a table that contains itself cannot be JSON (at a[1])");
}

TEST_CASE_METHOD(JsonFixture, "the same table twice is no cycle") {
  CHECK(eval("(function() local t = {1} return dumps{t, t} end)()") == "[[1],[1]]");
}

TEST_CASE_METHOD(JsonFixture, "texts that are not JSON are refused") {
  for (const char* text :
       {"", "[1,]", "{a:1}", "nul", "[1] 2", "\"a", "'a'", "NaN", "[\x01]", "\"\xff\""}) {
    INFO(text);
    lua_pushstring(L, text);
    lua_setglobal(L, "text");
    CHECK(failure("loads(text)").substr(0, 21) == "ValueError: not JSON:");
  }
}

TEST_CASE_METHOD(JsonFixture, "nesting is limited in both directions") {
  CHECK(eval("dumps(loads(('['):rep(1000) .. (']'):rep(1000))) == ('['):rep(1000) .. "
             "(']'):rep(1000)") == "true");
  CHECK(failure("loads(('['):rep(1001))") ==
        "ValueError: the JSON text nests deeper than 1000 levels");
  CHECK(failure("loads(('{\"a\":'):rep(100000))") ==
        "ValueError: the JSON text nests deeper than 1000 levels");
  CHECK(failure("local t = {} for i = 1, 1001 do t = {t} end dumps(t)") ==
        "ValueError: the table nests deeper than 1000 levels");
}

}  // namespace
}  // namespace moonbase::bindings
