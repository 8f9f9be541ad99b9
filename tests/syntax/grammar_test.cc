// What Lua accepts is followed to its end and accepted again when it is edited: each production of
// the grammar, the project's own files, files with random changes, and texts at Lua's limits.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "bindings/syntax/syntax.h"
#include "tests/syntax/lua_check.h"

namespace moonbase::syntax {
namespace {

std::string repeated(std::string_view text, int count) {
  std::string out;
  while (count-- > 0) out += text;
  return out;
}

std::vector<std::string> lua_files() {
  const char* root = std::getenv("MOONBASE_ROOT");
  REQUIRE(root != nullptr);
  std::vector<std::string> texts;
  for (const std::filesystem::path& folder :
       {std::filesystem::path(root) / "scripts", std::filesystem::path(root) / "tests",
        std::filesystem::path("/usr/share/lua")}) {
    if (!std::filesystem::exists(folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".lua") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  return texts;
}

const Options kPrompt{.keep_locals = true,
                      .known_locals = {{TopLevelLocal::Attrib::kNone, "db", 1},
                                       {TopLevelLocal::Attrib::kNone, "i", 1}}};

}  // namespace

TEST_CASE("every production of the grammar is followed") {
  Lua lua;
  for (const std::string production :
       {";",
        ";;",
        "x = 1",
        "x, y.z, t[1] = 1, 2, 3",
        "f()",
        "f{}",
        "f 'x'",
        "f [[x]]",
        "a.b.c:d(1, 2){3}",
        "(f)()",
        "(f or g)(x):y()",
        "::l::",
        "goto l ::l::",
        "do end",
        "do ::l:: goto l end",
        "while x do end",
        "while x do break end",
        "repeat until x",
        "repeat local y until y",
        "if x then end",
        "if x then elseif y then elseif z then else end",
        "for i = 1, 2 do end",
        "for i = 1, 2, 3 do break end",
        "for k in f do end",
        "for k, v, w in f, s, i do end",
        "function f() end",
        "function f(a) end",
        "function f(a, b, ...) end",
        "function f(...) end",
        "function a.b.c() end",
        "function a.b:c(x) return self end",
        "local function f() return f end",
        "local x",
        "local x, y",
        "local x = 1",
        "local x <const>, y <close> = 1, nil",
        "local x<const> = 1",
        "do return end",
        "do return; end",
        "do return 1, 2; end",
        "do return f(...) end",
        "x = nil, true, false, 1, 'x', ..., {}, function() end",
        "x = {}",
        "x = {1}",
        "x = {1, 2;}",
        "x = {a = 1, ['b'] = 2, 3; [4] = 5}",
        "x = {f(), (f())}",
        "x = {[ [[k]] ] = [==[v]==]}",
        "x = 1 + 2 - 3 * 4 / 5 // 6 % 7 ^ 8",
        "x = 1 & 2 | 3 ~ 4 << 5 >> 6",
        "x = a .. b .. c",
        "x = 1 < 2 <= 3 > 4 >= 5 == 6 ~= 7",
        "x = a and b or c and not d",
        "x = - - -1",
        "x = ~#-x",
        "x = 'a\\z  \n b'",
        "x = '\\\n'",
        "x = #'x' .. ('x'):rep(3)",
        "goto continue do end ::continue::",
        "x = function(self, ...) local a <close> = nil return ... end"}) {
    INFO(production);
    CHECK(lua.refusal(production) == "");
    CHECK(completeness(production) == Completeness::kComplete);
    // Editing begins only where the parser has reached the end.
    const std::string text = production + " filter(v.a == 1)";
    CHECK(rewrite(text).changed);
    CHECK(lua.damage(text) == "");
    CHECK(lua.damage(text, kPrompt) == "");
    const std::string inner = "filter(function(...) " + production + " end, v.a == 1)";
    if (lua.accepts(inner)) CHECK(rewrite(inner).changed);
    // All expressions of the body build SQL.
    const std::string hybrid = "hybrid_property{function(...) " + production + " end, v.a == 1}";
    if (lua.accepts(hybrid)) CHECK(lua.damage(hybrid) == "");
  }
}

TEST_CASE("the project's files are accepted with every call a query") {
  Lua lua;
  std::mt19937 random(11);
  size_t followed = 0, queries = 0;
  const std::vector<std::string> files = lua_files();
  for (const std::string& file : files) {
    if (!lua.accepts(file)) continue;
    ++followed;
    CHECK(completeness(file) == Completeness::kComplete);
    CHECK(lua.damage(file) == "");
    CHECK(lua.damage(file, kPrompt) == "");
    const std::string dense = with_queries(file, random);
    if (!lua.accepts(dense)) continue;
    CHECK(lua.damage(dense) == "");
    CHECK(lua.damage(dense, kPrompt) == "");
    queries += rewrite(dense).changed ? 1 : 0;
  }
  CHECK(followed >= 30);
  CHECK(queries >= 20);
}

TEST_CASE("files with random changes: what Lua accepts stays accepted, and only that is followed") {
  Lua lua;
  std::mt19937 random(23);
  size_t accepted = 0, refused = 0;
  for (const std::string& file : lua_files()) {
    if (file.size() > 20'000) continue;
    const std::string dense = with_queries(file, random);
    for (int round = 0; round < 20; ++round) {
      const std::string text = mutated(dense, random);
      const std::string message = lua.refusal(text);
      INFO(text);
      INFO(message);
      if (message.empty()) {
        ++accepted;
        CHECK(completeness(text) == Completeness::kComplete);
        CHECK(lua.damage(text) == "");
        CHECK(lua.damage(text, kPrompt) == "");
      } else if (message.ends_with("<eof>")) {
        ++refused;
        // A name alone wants more as a statement, and is complete as an expression.
        CHECK((completeness(text) != Completeness::kComplete || lua.accepts("return " + text)));
      }
    }
  }
  CHECK(accepted > 30);
  CHECK(refused > 5);
}

TEST_CASE("chains of any length are accepted") {
  Lua lua;
  for (const int parts : {2, 49, 50, 51, 99, 100, 101, 500, 2500, 2501, 2551, 10'000}) {
    for (const std::string op : {" and ", " or "}) {
      std::string text = "return filter(v.a == 0";
      for (int i = 1; i < parts; ++i)
        text += op + "v.a == " + std::to_string(i) + (i % 7 ? "" : " + ...");
      text += ")";
      INFO(parts);
      REQUIRE(lua.refusal(text) == "");
      const Rewrite edited = rewrite(text);
      CHECK(edited.changed);
      CHECK(lua.refusal(edited.text) == "");
    }
  }
}

TEST_CASE("groups of a long chain keep the order of the parts") {
  std::string text = "return filter(v(0)";
  for (int i = 1; i < 2600; ++i) text += " and v(" + std::to_string(i) + ")";
  const std::string edited = rewrite(text + ")").text;
  size_t at = 0;
  for (int i = 0; i < 2600; ++i) {
    at = edited.find("v(" + std::to_string(i) + ")", at);
    REQUIRE(at != std::string::npos);
  }
  CHECK(edited.find("AND(51") == std::string::npos);
  CHECK(edited.find("AND(2, __moonbase_sql.AND(50, __moonbase_sql.AND(50, v(0)") !=
        std::string::npos);
}

TEST_CASE("as deep as Lua goes") {
  Lua lua;
  const std::pair<std::string, std::string> brackets[] = {
      {"(", ")"},      {"{", "}"},      {"f(", ")"},  {"f{", "}"}, {"- ", ""},
      {"not ", ""},    {"1 .. ", ""},   {"2 ^ ", ""}, {"a[", "]"}, {"function() return ", " end"},
      {"1 == (", ")"}, {"a and (", ")"}};
  for (const auto& [open, close] : brackets) {
    size_t deepest = 0;
    for (int depth = 1; depth <= 200; ++depth) {
      const std::string text =
          "return filter(v.a == 1, " + repeated(open, depth) + "1" + repeated(close, depth) + ")";
      if (!lua.accepts(text)) break;
      INFO(text);
      CHECK(rewrite(text).changed);
      CHECK(lua.damage(text) == "");
      ++deepest;
    }
    CHECK(deepest > 40);
    const std::string text =
        "return filter(v.a == 1, " + repeated(open, 10'000) + "1" + repeated(close, 10'000) + ")";
    CHECK_FALSE(rewrite(text).changed);
  }
}

TEST_CASE("long lines, and bytes that are no text") {
  Lua lua;
  std::string text = "return filter(v.a == 1";
  while (text.size() < 5'000'000) text += " + f(v.b == 'x')";
  CHECK(rewrite(text + ")").changed);
  CHECK(lua.damage(text + ")") == "");
  CHECK_FALSE(rewrite(text).changed);
  CHECK(completeness(text) == Completeness::kIncomplete);
  using std::string_literals::operator""s;
  const std::string bytes = "return filter(v.a == '\xff\xc0\x80\0\x7f', [[\xfe]]) -- \xff\0"s;
  CHECK(lua.accepts(bytes));
  CHECK(rewrite(bytes).changed);
  CHECK(lua.damage(bytes) == "");
  CHECK_FALSE(rewrite("filter(v.a == 1) '").changed);
  CHECK_FALSE(rewrite("filter(v.a == 1)\0"s).changed);
}

TEST_CASE("as many locals as Lua allows") {
  Lua lua;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "local a" + std::to_string(i) + " = filter(a == 1)\n";
  REQUIRE(lua.accepts(text));
  CHECK(rewrite(text).changed);
  CHECK(lua.damage(text) == "");
  CHECK(lua.damage(text, kPrompt) == "");
  CHECK_FALSE(rewrite(text + "local b").changed);
}

}  // namespace moonbase::syntax
