// The prompt's locals: handed on after their statement, and known to later inputs.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "bindings/syntax/syntax.h"
#include "tests/syntax/lua_check.h"

namespace moonbase::syntax {
namespace {

using Attrib = TopLevelLocal::Attrib;

std::string short_form(std::string text) {
  const std::string helpers = "__moonbase_sql.";
  for (size_t at = 0; (at = text.find(helpers, at)) != std::string::npos;) {
    text.replace(at, helpers.size(), "@");
  }
  return text;
}

// The text without the first line's prefix and the last `end`.
std::string kept(std::string_view text) {
  static Lua lua;
  const Options options{.keep_locals = true, .known_locals = {}};
  INFO(text);
  REQUIRE(lua.refusal(text) == "");
  REQUIRE(lua.damage(text, options) == "");
  const Rewrite result = rewrite(text, options);
  if (!result.changed) return "unchanged";
  std::string out = short_form(result.text);
  const std::string prefix = "local __moonbase_sql = ... return function(...) if _ENV then end ";
  REQUIRE(out.starts_with(prefix));
  out.erase(out.rfind(" end"), 4);
  return out.substr(prefix.size());
}

struct Case {
  std::string_view text, kept;
};

Rewrite with_known(std::string_view text) {
  static Lua lua;
  const Options options{.keep_locals = true,
                        .known_locals = {{Attrib::kNone, "a", 1},
                                         {Attrib::kConst, "c", 1},
                                         {Attrib::kNone, "b", 1},
                                         {Attrib::kClose, "z", 1}}};
  INFO(text);
  REQUIRE(lua.refusal(text) == "");
  REQUIRE(lua.damage(text, options) == "");
  return rewrite(text, options);
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("top-level locals are exported behind their statement") {
  const Case cases[] = {
      {"local a", "local a @export(function() return a end);"},
      {"local a, b = 1, 2", "local a, b = 1, 2 @export(function() return a, b end);"},
      {"local a = 1; b = 2", "local a = 1 @export(function() return a end);; b = 2"},
      {"local a (f)()", "local a @export(function() return a end); (f)()"},
      {"local a = f\n'x' return a", "local a = f\n'x' @export(function() return a end); return a"},
      {"local function f() end (f)()",
       "local function f() end @export(function() return f end); (f)()"},
      {"local a = 1 -- one", "local a = 1 @export(function() return a end); -- one"},
      {"local a <const> = 1", "local a <const> = 1 @export_const(\"a\", a);"},
      {"local a <const>, b = 1, 2",
       "local a <const>, b = 1, 2 @export_const(\"a\", a); @export(function() return b end);"},
      {"local a <close> = nil", "unchanged"},
      {"local a, b <close> = 1, nil",
       "local a, b <close> = 1, nil @export(function() return a end);"},
      {"local a, a = 1, 2", "local a, a = 1, 2 @export(function() return a end);"},
      {"local a, a <const> = 1, 2", "local a, a <const> = 1, 2 @export_const(\"a\", a);"},
      {"local a, a <close> = 1, nil", "unchanged"},
      {"local _ENV = {}", "unchanged"},
      {"local _ = f()", "unchanged"},
      {"local _, a = f()", "local _, a = f() @export(function() return a end);"},
      {"do local a = 1 end", "unchanged"},
      {"if x then local a end while x do local a end for i = 1, 2 do local a end", "unchanged"},
      {"repeat local a until a", "unchanged"},
      {"function f() local a end", "unchanged"},
      {"x = function() local a end", "unchanged"},
      {"local f = function() local a end",
       "local f = function() local a end @export(function() return f end);"},
      {"local a = filter(a == 1)",
       "local a = filter(@eq(@name(a, \"a\") , 1)) @export(function() return a end);"},
      {"goto done local a = 1 ::done::",
       "goto done local a = 1 @export(function() return a end); ::done::"},
      {"::top:: local a = 1 if a then goto top end",
       "::top:: local a = 1 @export(function() return a end); if a then goto top end"},
      {"f() return 1", "unchanged"},
      {"return", "unchanged"},
  };
  for (const Case& c : cases) CHECK(kept(c.text) == c.kept);
}

TEST_CASE("new locals are listed with their attributes and lines") {
  const Rewrite result =
      rewrite("local a <const>,\n b = 1\nlocal function f() end\nlocal c <close> = nil",
              {.keep_locals = true, .known_locals = {}});
  REQUIRE(result.new_locals.size() == 4);
  Names listed;
  for (const TopLevelLocal& local : result.new_locals) {
    listed.push_back(local.name + " " + std::to_string(static_cast<int>(local.attrib)) + " " +
                     std::to_string(local.line));
  }
  CHECK(listed == Names{"a 1 1", "b 0 2", "f 0 3", "c 2 4"});
  const Rewrite unchanged =
      rewrite("local c <close> = nil", {.keep_locals = true, .known_locals = {}});
  CHECK_FALSE(unchanged.changed);
  CHECK(unchanged.new_locals.size() == 1);
  CHECK(rewrite("local a = 1").new_locals.empty());
}

TEST_CASE("known locals become upvalues where the text refers to them") {
  const std::string prefix = "local __moonbase_sql, a = ... return function(...) if _ENV then end ";
  CHECK(with_known("return a").text == prefix + "return a end");
  CHECK(with_known("return a").used_locals == Names{"a"});
  CHECK(with_known("return b, a.c, c").used_locals == Names{"a", "c", "b"});
  CHECK(short_form(with_known("return c, b").text) ==
        "local __moonbase_sql, c <const>, b = ... return function(...) if _ENV then end return c, "
        "b end");
  CHECK(with_known("a = 1").used_locals == Names{"a"});
  CHECK(with_known("a.x, y = 1").used_locals == Names{"a"});
  CHECK(with_known("function a.f() end").used_locals == Names{"a"});
  CHECK(with_known("function a() end").used_locals == Names{"a"});
  CHECK(with_known("return function() return a end").used_locals == Names{"a"});
  CHECK(with_known("local a = a").used_locals == Names{"a"});
  CHECK(with_known("return {a}").used_locals == Names{"a"});
  for (const char* text :
       {"x = 1", "return x.a", "return {a = 1}", "return x:a()", "local function a() return a end",
        "return function(a) return a end", "for a = 1, 2 do x = a end",
        "for a, b in x do y = a end", "goto a ::a::", "return z", "return 'a'",
        "function x.a() end", "do local a x = a end"}) {
    INFO(text);
    CHECK(with_known(text).used_locals.empty());
  }
  CHECK(with_known("do local a x = a end return a").used_locals == Names{"a"});
  CHECK_FALSE(with_known("return x").changed);
}

TEST_CASE("known locals are no globals to the rule") {
  const std::string text = with_known("return filter(a == x)").text;
  CHECK(short_form(text) ==
        "local __moonbase_sql, a = ... return function(...) if _ENV then end return filter(@eq(a , "
        "@name(x, "
        "\"x\"))) end");
  CHECK(short_form(with_known("return filter(z)").text).find("@name(z") != std::string::npos);
}

TEST_CASE("Lua refuses an assignment to a known constant") {
  Lua lua;
  const Options options{.keep_locals = true, .known_locals = {{Attrib::kConst, "c", 1}}};
  CHECK(
      lua.refusal(rewrite("c = 1", options).text).find("attempt to assign to const variable 'c'") !=
      std::string::npos);
}

}  // namespace moonbase::syntax
