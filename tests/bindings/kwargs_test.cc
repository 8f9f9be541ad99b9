// Arguments: Name{positional…, keyword = …} and Name(positional…).
#include <catch2/catch.hpp>

#include "bindings/guard.h"
#include "bindings/stack.h"
#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

int column(lua_State* L) {
  StackCheck check(L, 1);
  Kwargs kw(L, 1, "Column");
  kw.expect_positional(0, 3);
  std::string text;
  for (int i = 1; i <= kw.count(); ++i) {
    kw.push(i);
    text += std::string(luaL_tolstring(L, -1, nullptr)) + ",";
    lua_pop(L, 2);
  }
  text += kw.take_boolean("primary_key", false) ? "pk" : "-";
  text += kw.take_string("comment").value_or("");
  text += std::to_string(kw.take_integer("length").value_or(0));
  for (const std::string& s : kw.take_strings("names")) text += "/" + s;
  kw.finish();
  push_string(L, text);
  return 1;
}

int arguments(lua_State* L) {
  check_string(L, 1);
  check_integer(L, 2);
  check_number(L, 3);
  check_boolean(L, 4);
  check_function(L, 5);
  return 0;
}

class KwargsFixture : public LuaFixture {
 public:
  KwargsFixture() {
    set_function("Column", guarded<column>);
    set_function("arguments", guarded<arguments>);
  }
};

TEST_CASE_METHOD(KwargsFixture, "braces and parentheses") {
  CHECK(eval("Column{'a', 5, primary_key = true}") == "a,5,pk0");
  CHECK(eval("Column('a', 5)") == "a,5,-0");
  CHECK(eval("Column 'a'") == "a,-0");
  CHECK(eval("Column()") == "-0");
  CHECK(eval("Column{}") == "-0");
  CHECK(eval("Column{comment = 'c', length = 3, names = {'x', 'y'}}") == "-c3/x/y");
  CHECK(eval("Column{comment = moonbase.null, primary_key = moonbase.null}") == "-0");
  CHECK(eval("Column(moonbase.array{1}) ~= nil") == "true");
}

TEST_CASE_METHOD(KwargsFixture, "what does not fit is named") {
  CHECK(failure("Column{'a', primray_key = true}") ==
        "TypeError: Column has no option 'primray_key'; did you mean 'primary_key'?");
  CHECK(failure("Column{zzzzzz = 1, aaaaaa = 2}") == "TypeError: Column has no option 'aaaaaa'");
  CHECK(failure("Column{'a', primary_key = 1}") ==
        "TypeError: Column: 'primary_key' must be a boolean, got number");
  CHECK(failure("Column{comment = 1}") ==
        "TypeError: Column: 'comment' must be a string, got number");
  CHECK(failure("Column{length = 1.5}") ==
        "TypeError: Column: 'length' must be an integer, got number");
  CHECK(failure("Column{names = {1}}") ==
        "TypeError: Column: 'names' must be a list of strings, got table");
  CHECK(failure("Column(1, 2, 3, 4)") ==
        "TypeError: Column takes 0 to 3 positional arguments, got 4");
  CHECK(failure("Column{[true] = 1}") ==
        "TypeError: Column: a boolean cannot be the name of an argument");
  CHECK(failure("Column{[0] = 1}") ==
        "TypeError: Column: a number cannot be the name of an argument");
}

TEST_CASE_METHOD(KwargsFixture, "a hole among the positional arguments is found") {
  CHECK(failure("Column{'a', Intger, 'c'}") == "TypeError: Column: argument 2 is nil");
  CHECK(failure("Column('a', Intger)") == "TypeError: Column: argument 2 is nil");
}

TEST_CASE_METHOD(KwargsFixture, "plain arguments") {
  CHECK(failure("arguments('a', 2.0, 3, false, print)") == "no error");
  CHECK(failure("arguments(1)") == "TypeError: arguments: argument 1: expected string, got number");
  CHECK(failure("arguments('a', '2')") ==
        "TypeError: arguments: argument 2: expected integer, got string");
  CHECK(failure("arguments('a', 2.5)") ==
        "TypeError: arguments: argument 2: expected integer, got number");
  CHECK(failure("arguments('a', 2)") ==
        "TypeError: arguments: argument 3: expected number, got nil");
  CHECK(failure("arguments('a', 2, 3, nil)") ==
        "TypeError: arguments: argument 4: expected boolean, got nil");
  CHECK(failure("arguments('a', 2, 3, true, {})") ==
        "TypeError: arguments: argument 5: expected function, got table");
  CHECK(failure("arguments('a', 2, 3, true, setmetatable({}, {__call = print}))") == "no error");
}

}  // namespace
}  // namespace moonbase::bindings
