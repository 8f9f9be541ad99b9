// Where one input ends and the next begins.
#include "shell/input.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "bindings/runtime.h"
#include "shell/source_scan.h"

namespace moonbase::shell {
namespace {

struct Fixture {
  bindings::Runtime runtime;
  lua_State* L = runtime.state();

  Compiled compile(const std::string& text, bool last = false) {
    Compiled result = compile_input(L, text, "=input", 1, last);
    message = result == Compiled::kError ? lua_tostring(L, -1) : "";
    lua_settop(L, 0);
    return result;
  }

  std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> inputs;
    InputSplitter splitter(L, text);
    Input input;
    while (splitter.next(input))
      inputs.push_back(std::to_string(input.first_line) + "|" + input.text);
    return inputs;
  }

  std::string message;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Fixture, "expressions and statements are complete") {
  for (const char* text :
       {"1 + 1", "x", "f(), g()", "x = 1", "return 5", "do end", "", "-- a comment", "f'x'"}) {
    INFO(text);
    CHECK(compile(text) == Compiled::kFunction);
  }
}

TEST_CASE_METHOD(Fixture, "what more lines can complete is incomplete") {
  for (const char* text : {"f(", "{1,", "if x then", "for i = 1, 3 do", "x =", "1 +", "[[text",
                           "--[[ comment", "function f()", "repeat", "x = function(a)"}) {
    INFO(text);
    CHECK(compile(text) == Compiled::kIncomplete);
    CHECK(compile(text, true) == Compiled::kError);
  }
}

TEST_CASE_METHOD(Fixture, "what no line can complete is an error") {
  // Some of these end too early for Lua, and always will.
  for (const char* text :
       {"x = 'open", "if x:", "for u in users:", "while (x) {", "x = = 1", "f(name='x')"}) {
    INFO(text);
    CHECK(compile(text) == Compiled::kError);
  }
}

TEST_CASE_METHOD(Fixture,
                 "the message is about the expression where only an expression can begin so") {
  compile("1 +* 2");
  CHECK(message == "input:1: unexpected symbol near '*'");
  compile("x = 1 +* 2");
  CHECK(message == "input:1: unexpected symbol near '*'");
}

TEST_CASE_METHOD(Fixture, "a script is cut into inputs with their lines") {
  CHECK(split("a = 1\n\nif a then\n  b()\nend\na") ==
        Texts{"1|a = 1\n", "3|if a then\n  b()\nend\n", "6|a"});
  CHECK(split("\n  \n").empty());
  CHECK(split("x = {\n1,\n2}\ny").size() == 2);
}

TEST_CASE_METHOD(Fixture, "an indented chain of calls goes on with the input above") {
  CHECK(split("q = User\n  :all()\n  .x\ny").size() == 2);
  // Lua's own operators at the beginning of a line belong to an input that is already complete.
  CHECK(split("q = 1\n  ..  2\n").size() == 2);
}

TEST_CASE_METHOD(Fixture, "strings and comments hide brackets and keywords from the cutting") {
  CHECK(split("t = [[\nif ((\n]]\ny").size() == 2);
  CHECK(split("t = 'if (('\ny").size() == 2);
  CHECK(split("--[==[ function\n]] still\n]==]\ny").size() == 2);
  CHECK(split("t = 'a\\\n((('\ny").size() == 2);
}

TEST_CASE_METHOD(Fixture, "an input that never ends is the last") {
  CHECK(split("a()\nfor i = 1, 2 do\nb()\n") == Texts{"1|a()\n", "2|for i = 1, 2 do\nb()\n"});
}

TEST_CASE("code is the text without comments and the insides of strings") {
  CHECK(code_of("f('a(b', \"c\") -- d(") == "f('   ', \" \")      ");
  CHECK(code_of("x = [=[ ]] ]=] y") == "x = [=[    ]=] y");
  CHECK(code_of("'it\\'s' z") == "'     ' z");
}

TEST_CASE("depth counts what is open") {
  auto depth = [](std::string_view text) {
    SourceScanner scanner;
    scanner.feed(text);
    return scanner.depth();
  };
  CHECK(depth("if a then for i = 1, 2 do f({") == 4);
  CHECK(depth("while x do end repeat until y") == 0);
  CHECK(depth("end)") == -2);
  CHECK(depth("append(doer)") == 0);
}

}  // namespace moonbase::shell
