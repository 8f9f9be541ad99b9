// Token classes: what the prompt paints.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "bindings/syntax/syntax.h"
#include "tests/syntax/lua_check.h"

namespace moonbase::syntax {
namespace {

// "k:local n:x o:= 1:5": the class and the text of each token.
std::string classes(std::string_view text) {
  static constexpr std::string_view kLetters = "kcn1s#o!";
  std::string out;
  for (const Token& token : tokens(text)) {
    out += out.empty() ? "" : " ";
    out += kLetters[static_cast<size_t>(token.cls)];
    out += token.unfinished ? "~:" : ":";
    out += text.substr(token.begin, token.end - token.begin);
  }
  return out;
}

struct Case {
  std::string_view text, classes;
};

}  // namespace

TEST_CASE("tokens have Lua's classes") {
  const Case cases[] = {
      {"", ""},
      {" \t\n\v\f\r", ""},
      {"local x = 5", "k:local n:x o:= 1:5"},
      {"return nil, true, false", "k:return c:nil o:, c:true o:, c:false"},
      {"goto goto_ ::l::", "k:goto n:goto_ o::: n:l o:::"},
      {"filter filter_by self _ENV", "n:filter n:filter_by n:self n:_ENV"},
      {"a+b-c*d/e//f%g^h#i",
       "n:a o:+ n:b o:- n:c o:* n:d o:/ n:e o:// n:f o:% n:g o:^ n:h o:# n:i"},
      {"&~|<<>>", "o:& o:~ o:| o:<< o:>>"},
      {"===~=<=>=<>=", "o:== o:= o:~= o:<= o:>= o:< o:>="},
      {"(){}[];:,....", "o:( o:) o:{ o:} o:[ o:] o:; o:: o:, o:... o:."},
      {"a..b", "n:a o:.. n:b"},
      {"x--c\n--[[a\nb]]y--[==[ ]] ]=] ]==]z",
       "n:x #:--c #:--[[a\nb]] n:y #:--[==[ ]] ]=] ]==] n:z"},
      {"--[=x\ny", "#:--[=x n:y"},
      {"#!/usr/bin/env lua\nx", "#:#!/usr/bin/env lua n:x"},
      {"#t", "o:# n:t"},
      {"\n#!x", "o:# !:! n:x"},
      {"\xEF\xBB\xBFx", "n:x"},
  };
  for (const Case& c : cases) CHECK(classes(c.text) == c.classes);
}

TEST_CASE("numbers are those of Lua, and so are malformed ones") {
  for (const char* number : {"3",
                             "345",
                             "0xff",
                             "0xBEBADA",
                             "3.0",
                             "3.1416",
                             "314.16e-2",
                             "0.31416E1",
                             "34e1",
                             "0x0.1E",
                             "0xA23p-4",
                             "0X1.921FB54442D18P+1",
                             ".5",
                             "5.",
                             "0x.8",
                             "0x8.",
                             "1e+10",
                             "08",
                             "0e12",
                             "0x1p4",
                             "9223372036854775808",
                             "0xffffffffffffffffff",
                             "1E5",
                             "0x.0p1"}) {
    CHECK(classes(number) == std::string("1:") + number);
  }
  for (const char* number :
       {"3x", "3..2", "0x", "0xg", "1e", "1e+", "1.2.3", "0x1p", "0x1p-f", "1e5f", "0x.", "0x.p1",
        "1_000", "5e5e5", "0b1", "1.e", "3.x", "12abc_9"}) {
    CHECK(classes(number) == std::string("!:") + number);
  }
  CHECK(classes("1-2") == "1:1 o:- 1:2");
  CHECK(classes("0xe+1") == "1:0xe o:+ 1:1");
  CHECK(classes("0xep+1") == "1:0xep+1");
  CHECK(classes("a.5") == "n:a 1:.5");
}

TEST_CASE("strings: escapes, long brackets, and those without an end") {
  for (const char* string :
       {R"("a")", R"('it"s')", R"("\a\b\f\n\r\t\v\\\"\'")", R"("\x41\u{48}\u{7FFFFFFF}\065\9")",
        "\"a\\\nb\"", "\"a\\\r\nb\"", "\"\\z \n\t b\"", "[[a\nb]]", "[==[ ]] ]=] ]==]", "[[]]",
        "''", R"("\u{000000000041}")", "[=[]]=]"}) {
    CHECK(classes(string) == std::string("s:") + string);
  }
  for (const char* string : {R"("\q")", R"("\256")", R"("\xg0")", R"("\x4")", R"("\u{}")",
                             R"("\u41")", R"("\u{80000000}")", R"("\u{4")", R"("\u{110000000}")"}) {
    CHECK(classes(string) == std::string("!:") + string);
  }
  CHECK(classes("'abc") == "s~:'abc");
  CHECK(classes("'abc\\") == "s~:'abc\\");
  CHECK(classes("'abc\nx") == "!:'abc n:x");
  CHECK(classes("'abc\\z \n ") == "s~:'abc\\z \n ");
  CHECK(classes("[[abc") == "s~:[[abc");
  CHECK(classes("[==[abc]=]") == "s~:[==[abc]=]");
  CHECK(classes("--[[abc") == "#~:--[[abc");
  CHECK(classes("[=x") == "!:[ o:= n:x");
  CHECK(classes("t[ [[x]] ]") == "n:t o:[ s:[[x]] o:]");
}

TEST_CASE("what no token begins with is invalid, a run of other letters once") {
  CHECK(classes("a ! b") == "n:a !:! n:b");
  CHECK(classes("x = größe") == "n:x o:= n:gr !:öß n:e");
  CHECK(classes("\xff\xfe") == "!:\xff\xfe");
  CHECK(classes(std::string_view("\0a", 2)) == std::string("!:") + '\0' + " n:a");
  CHECK(classes("@$?`\\") == "!:@ !:$ !:? !:` !:\\");
  CHECK(classes("'\xff\xfe' --\xff") == "s:'\xff\xfe' #:--\xff");
}

TEST_CASE("a token knows its line, whatever ends the lines") {
  for (const char* text : {"a\nb\n\nc", "a\r\nb\r\n\r\nc", "a\rb\r\rc", "a\n\rb\n\r\n\rc"}) {
    std::vector<int> lines;
    for (const Token& token : tokens(text)) lines.push_back(token.line);
    CHECK(lines == std::vector<int>{1, 2, 4});
  }
  std::vector<int> lines;
  for (const Token& token : tokens("[[\n\n]] --[[\n]] '\\\n' x")) lines.push_back(token.line);
  CHECK(lines == std::vector<int>{1, 3, 4, 5});
}

TEST_CASE("a lone token is valid exactly when Lua takes it") {
  Lua lua;
  std::mt19937 random(7);
  const std::string_view alphabet = "0123456789abefpxXEP.+-_\\\"'uz{}[]= \n";
  for (int round = 0; round < 40'000; ++round) {
    std::string text(1 + random() % 7, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    if (random() % 2 == 0) text = '"' + text + '"';
    const std::vector<Token> all = tokens(text);
    if (all.size() != 1) continue;
    const bool value = all[0].cls == TokenClass::kNumber || all[0].cls == TokenClass::kString;
    INFO(text);
    if (value || all[0].cls == TokenClass::kInvalid) {
      CHECK(lua.accepts("return " + text) == (value && !all[0].unfinished));
    }
  }
}

TEST_CASE("five megabytes in one line are read at once") {
  std::string text;
  while (text.size() < 5'000'000) text += "f(x,'y')+";
  CHECK(tokens(text).size() == text.size() / 9 * 7);
  CHECK(tokens(std::string(5'000'000, '\'')).size() == 2'500'000);
  CHECK(tokens("--[===[" + std::string(5'000'000, ']')).back().unfinished);
}

}  // namespace moonbase::syntax
