// Whether the prompt waits for another line.
#include <string>

#include <catch2/catch.hpp>

#include "bindings/syntax/syntax.h"

namespace moonbase::syntax {
namespace {

std::string repeated(std::string_view text, int count) {
  std::string out;
  while (count-- > 0) out += text;
  return out;
}

}  // namespace

TEST_CASE("complete: chunks and expressions") {
  for (const char* text : {"",
                           "  -- only a comment",
                           "x = 1",
                           "x = 1;",
                           "f()",
                           "f{}",
                           "f'x'",
                           "1 + 2",
                           "#t",
                           "-x",
                           "not a",
                           "a.b.c",
                           "a, b",
                           "a;",
                           "local x",
                           "local x <const>, y <close> = 1, 2",
                           "return",
                           "return 1, 2;",
                           "do end",
                           "while x do break end",
                           "repeat local a until a",
                           "if a then elseif b then else end",
                           "for i = 1, 2 do end",
                           "for i = 1, 2, 3 do end",
                           "for k, v in pairs(t) do end",
                           "function f() end",
                           "function a.b.c:d(x, ...) return ... end",
                           "local function f(...) end",
                           "goto done ::done::",
                           "...",
                           "{1, 2; x = 3, [4] = 5,}",
                           "function() end",
                           "User.query:all()",
                           "a.b['c'].d, e = 1, 2",
                           "x = [[\n]]",
                           "(f or g)(x)",
                           "#!/bin/lua\nx = 1",
                           ";;; x = 1"}) {
    INFO(text);
    CHECK(completeness(text) == Completeness::kComplete);
  }
}

TEST_CASE("incomplete: more text could make it complete") {
  for (const char* text : {"x =",
                           "f(",
                           "f(1,",
                           "f{",
                           "f{a =",
                           "f{a = 1",
                           "1 +",
                           "a and",
                           "not",
                           "a ..",
                           "(1",
                           "a.",
                           "a:",
                           "a:b",
                           "a[",
                           "a[1",
                           "local",
                           "local x =",
                           "local x <",
                           "local x <const",
                           "local function",
                           "local function f",
                           "function",
                           "function f",
                           "function f(",
                           "function f(a",
                           "function f(a,",
                           "function f(...)",
                           "do",
                           "do x = 1",
                           "while",
                           "while x",
                           "while x do",
                           "repeat",
                           "repeat until",
                           "if",
                           "if x",
                           "if x then",
                           "if x then else",
                           "if x then elseif",
                           "for",
                           "for i",
                           "for i =",
                           "for i = 1",
                           "for i = 1,",
                           "for i = 1, 2",
                           "for i = 1, 2 do",
                           "for k, v",
                           "for k, v in",
                           "for k, v in pairs(t)",
                           "goto",
                           "::",
                           "::a",
                           "return 1,",
                           "x, y =",
                           "[[abc",
                           "x = [==[ ]]",
                           "--[[ abc",
                           "x = 1 --[[",
                           "x = 'abc",
                           "{",
                           "{1,",
                           "{[1]",
                           "{[1] =",
                           "function() ",
                           "x = function()",
                           "return function(",
                           "User.query:filter(User.id == 1",
                           "'abc\\z  ",
                           "f'abc"}) {
    INFO(text);
    CHECK(completeness(text) == Completeness::kIncomplete);
  }
}

TEST_CASE("wrong: no continuation helps") {
  for (const char* text : {"x = = 1",
                           "end",
                           "x = )",
                           "f(]",
                           "1 1",
                           "a b",
                           "x 'y' z = 1 2",
                           "local 1",
                           "local x <foo> = 1",
                           "if x do",
                           "for 1",
                           "for a.b = 1, 2",
                           "return 1 x",
                           "return return",
                           "break",
                           "f() = 1",
                           "(a) = 1",
                           "a, f() = 1",
                           "a + 1 = 2",
                           "goto 1",
                           ":: 1",
                           "function 1",
                           "function f(1)",
                           "function f(..., a)",
                           "function f() return ... end",
                           "x = 'abc\n",
                           "x = 3x",
                           "x = '\\q'",
                           "x = !",
                           "a ~ = 1",
                           "{1 2}",
                           "{a = 1 b}",
                           "else",
                           "until x",
                           "x = }",
                           "local x, = 1",
                           "a.1",
                           "a.b:c.d",
                           "x = 1 [[abc",
                           "f(,)",
                           "elseif",
                           "function f:a.b() end",
                           "[=",
                           "None = größe",
                           "x ! 'abc",
                           "a = "
                           "function() end end",
                           "\x01"}) {
    INFO(text);
    CHECK(completeness(text) == Completeness::kWrong);
  }
}

TEST_CASE("nesting beyond Lua's limit is wrong, and costs no stack") {
  CHECK(completeness(repeated("(", 150)) == Completeness::kIncomplete);
  CHECK(completeness(repeated("(", 150) + "1" + repeated(")", 150)) == Completeness::kComplete);
  for (const char* opening :
       {"(", "{", "f(", "do ", "function() ", "a[", "not ", "- ", "1 .. ", "2 ^ ", "if x then ",
        "while x do ", "repeat ", "x = function() ", "{a = ", "{[", "f{", "for a in b do "}) {
    INFO(opening);
    CHECK(completeness(repeated(opening, 10'000)) == Completeness::kWrong);
  }
}

TEST_CASE("long texts that do not nest are read to their end") {
  CHECK(completeness("x = 1" + repeated(" + 1", 100'000)) == Completeness::kComplete);
  CHECK(completeness("x = a" + repeated(" and a", 100'000)) == Completeness::kComplete);
  CHECK(completeness("x = a" + repeated(".b", 100'000) + repeated("()", 100'000)) ==
        Completeness::kComplete);
  CHECK(completeness(repeated("f(x) ", 100'000) + "do") == Completeness::kIncomplete);
  CHECK(completeness("x = {" + repeated("'a', ", 1'000'000)) == Completeness::kIncomplete);
  CHECK(completeness("if a then" + repeated(" elseif b then", 100'000) + " end") ==
        Completeness::kComplete);
}

TEST_CASE("the place of a mistake") {
  struct Row {
    const char* text;
    size_t offset;
  };
  for (const Row& row :
       {Row{"x = = 3", 4}, Row{"x = 1 end", 6}, Row{"f(a b)", 4}, Row{"1 +", 3}, Row{"1 + * 2", 4},
        Row{"for i = 1 do end", 10}, Row{"if x then\n  y = )\nend", 16}, Row{"x = 'abc", 4},
        Row{"local 1", 6}, Row{"return x y", 9}, Row{"print(1", 7}}) {
    INFO(row.text);
    CHECK(mistake(row.text) == row.offset);
  }
  for (const char* text : {"x = 1", "1 + 2", "goto nowhere"}) CHECK(mistake(text) == std::nullopt);
}

}  // namespace moonbase::syntax
