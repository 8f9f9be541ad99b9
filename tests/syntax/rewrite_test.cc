// The rule of query-building calls, text by text. In the tables `@` stands for `__moonbase_sql.`,
// and what surrounds the edited text is left out.
#include <string>

#include <catch2/catch.hpp>

#include "bindings/syntax/syntax.h"
#include "tests/syntax/lua_check.h"

namespace moonbase::syntax {
namespace {

const std::string kPrefix = "local __moonbase_sql = ... return function(...) if _ENV then end ";
const std::string kSuffix = " end";

// The edited text, or "unchanged".
std::string edited(std::string_view text) {
  static Lua lua;
  INFO(text);
  REQUIRE(lua.refusal(text) == "");
  REQUIRE(lua.damage(text) == "");
  const Rewrite result = rewrite(text);
  if (!result.changed) {
    REQUIRE(result.text.empty());
    return "unchanged";
  }
  REQUIRE(result.edits == result.text.size() - text.size());
  REQUIRE(result.text.starts_with(kPrefix));
  REQUIRE(result.text.ends_with(kSuffix));
  std::string out =
      result.text.substr(kPrefix.size(), result.text.size() - kPrefix.size() - kSuffix.size());
  const std::string helpers = "__moonbase_sql.";
  for (size_t at = 0; (at = out.find(helpers, at)) != std::string::npos;) {
    out.replace(at, helpers.size(), "@");
  }
  return out;
}

struct Case {
  std::string_view text, edited;
};

template <size_t N>
void check(const Case (&cases)[N]) {
  for (const Case& c : cases) CHECK(edited(c.text) == c.edited);
}

}  // namespace

TEST_CASE("comparisons become calls, with Lua's precedence") {
  check({
      {"f(v.a == 1)", "unchanged"},
      {"filter(v.a == 1)", "filter(@eq(v.a , 1))"},
      {"filter(v.a ==\n1)", "filter(@eq(v.a ,\n1))"},
      {"filter(v.a\n== 1)", "filter(@left(v.a\n) % @right(@eq, 1))"},
      {"filter(v.a\n== v.b\n< v.c)",
       "filter(@left(@left(v.a\n) % @right(@eq, v.b)\n) % @right(@lt, v.c))"},
      {"filter(v.a ~= 1)", "filter(@ne(v.a , 1))"},
      {"filter(v.a < 1)", "filter(@lt(v.a , 1))"},
      {"filter(v.a <= 1)", "filter(@le(v.a , 1))"},
      {"filter(v.a > 1)", "filter(@gt(v.a , 1))"},
      {"filter(v.a >= 1)", "filter(@ge(v.a , 1))"},
      {"filter(1 < v.a < 3)", "filter(@lt(@lt(1 , v.a) , 3))"},
      {"filter(v.a == v.b ~= v.c == 1)", "filter(@eq(@ne(@eq(v.a , v.b) , v.c) , 1))"},
      {"filter(v.a + 1 == v.b .. 'x' .. 'y')", "filter(@eq(v.a + 1 , v.b .. 'x' .. 'y'))"},
      {"filter(v.a == 1 | v.b == 2)", "filter(@eq(@eq(v.a , 1 | v.b) , 2))"},
      {"filter(v.a | (v.b == 2))", "filter(v.a | (@eq(v.b , 2)))"},
      {"filter(-v.a ^ 2 == 1)", "filter(@eq(-v.a ^ 2 , 1))"},
      {"filter(v.a // 2 == 1 % v.b << 1)", "filter(@eq(v.a // 2 , 1 % v.b << 1))"},
      {"filter((v.a == 1) == true)", "filter(@eq((@eq(v.a , 1)) , true))"},
  });
}

TEST_CASE("not binds closer than a comparison") {
  check({
      {"filter(not v.a)", "filter(@NOT( v.a))"},
      {"filter(not v.a == v.b)", "filter(@eq(@NOT( v.a) , v.b))"},
      {"filter(not (v.a == v.b))", "filter(@NOT( (@eq(v.a , v.b))))"},
      {"filter(not not v.a)", "filter(@NOT( @NOT( v.a)))"},
      {"filter(not v.a ^ 2)", "filter(@NOT( v.a ^ 2))"},
      {"filter(- not v.a)", "filter(- @NOT( v.a))"},
      {"filter(2 ^ not v.a)", "filter(2 ^ @NOT( v.a))"},
      {"filter(not -v.a)", "filter(@NOT( -v.a))"},
  });
}

TEST_CASE("and and or are flattened, their later parts are functions") {
  check({
      {"filter(v.a and v.b)", "filter(@AND(2, v.a , function() return ( v.b) end))"},
      {"filter(v.a and v.b and v.c)",
       "filter(@AND(3, v.a , function() return ( v.b) end , function() return ( v.c) end))"},
      {"filter(v.a or v.b and v.c)",
       "filter(@OR(2, v.a , function() return ( @AND(2, v.b , function() return ( v.c) end)) "
       "end))"},
      {"filter(v.a and v.b or v.c)",
       "filter(@OR(2, @AND(2, v.a , function() return ( v.b) end) , function() return ( v.c) "
       "end))"},
      {"filter((v.a or v.b) and v.c)",
       "filter(@AND(2, (@OR(2, v.a , function() return ( v.b) end)) , function() return ( v.c) "
       "end))"},
      {"filter(v.a == 1 and not v.b)",
       "filter(@AND(2, @eq(v.a , 1) , function() return ( @NOT( v.b)) end))"},
      {"filter(v.a and (v.b and v.c))",
       "filter(@AND(2, v.a , function() return ( (@AND(2, v.b , function() return ( v.c) end))) "
       "end))"},
  });
}

TEST_CASE("a part that uses `...` is given it") {
  check({
      {"filter(v.a and ...)", "filter(@AND(2, v.a , function(...) return ( ...) end, ...))"},
      {"filter(... and v.a)", "filter(@AND(2, ... , function() return ( v.a) end))"},
      {"filter(v.a and v.b == ... and v.c)",
       "filter(@AND(3, v.a , function(...) return ( @eq(v.b , ...)) end , function() return ( v.c) "
       "end, ...))"},
      {"filter(v.a and (v.b or f(...)))",
       "filter(@AND(2, v.a , function(...) return ( (@OR(2, v.b , function(...) return ( f(...)) "
       "end, ...))) end, ...))"},
      {"filter(v.a and function(...) return ... end)",
       "filter(@AND(2, v.a , function() return ( function(...) return ... end) end))"},
      {"filter((v.a and ...) and v.b)",
       "filter(@AND(2, (@AND(2, v.a , function(...) return ( ...) end, ...)) , function() return ( "
       "v.b) end))"},
  });
}

TEST_CASE("which calls build queries") {
  for (const std::string name : {"filter",
                                 "where",
                                 "having",
                                 "join",
                                 "outerjoin",
                                 "any",
                                 "has",
                                 "exists",
                                 "case",
                                 "and_",
                                 "or_",
                                 "not_",
                                 "select",
                                 "query",
                                 "order_by",
                                 "group_by",
                                 "expr",
                                 "over",
                                 "label",
                                 "cast",
                                 "values",
                                 "update",
                                 "returning",
                                 "on_conflict_do_update",
                                 "relationship",
                                 "column_property",
                                 "query_expression",
                                 "with_expression",
                                 "with_loader_criteria"}) {
    for (const std::string& callee :
         {name, "db." + name, "a.b:" + name, "f()." + name, "('x'):" + name}) {
      const std::string call = "x = " + callee + "(v.a == 1)";
      CHECK(edited(call) == "x = " + callee + "(@eq(v.a , 1))");
    }
  }
  check({
      {"filter_by(v.a == 1)", "unchanged"},
      {"x.filter.y(v.a == 1)", "unchanged"},
      {"filter['x'](v.a == 1)", "unchanged"},
      {"filter()(v.a == 1)", "unchanged"},
      {"(filter)(v.a == 1)", "unchanged"},
      {"filter = v.a == 1", "unchanged"},
      {"x = {filter = v.a == 1}", "unchanged"},
      {"filter 'x' (v.a == 1)", "unchanged"},
      {"filter{v.a == 1}", "filter{@eq(v.a , 1)}"},
      {"filter {a = v.a == 1, [v.b == 2] = 1; v.c == 3,}",
       "filter {a = @eq(v.a , 1), [@eq(v.b , 2)] = 1; @eq(v.c , 3),}"},
      {"q:filter(v.a == 1):limit(v.b == 2):having(v.c == 3)",
       "q:filter(@eq(v.a , 1)):limit(v.b == 2):having(@eq(v.c , 3))"},
      {"filter(v.a == 1)(v.b == 2)", "filter(@eq(v.a , 1))(v.b == 2)"},
      {"f(v.a == 1):filter(v.b == 2)", "f(v.a == 1):filter(@eq(v.b , 2))"},
      {"f(v.a == 1, q:any(v.b == 2), v.c == 3)", "f(v.a == 1, q:any(@eq(v.b , 2)), v.c == 3)"},
  });
}

TEST_CASE("functions of db.func") {
  check({
      {"x = db.func.count(v.a == 1)", "x = db.func.count(@eq(v.a , 1))"},
      {"x = func.lower(v.a == 1)", "x = func.lower(@eq(v.a , 1))"},
      {"x = db.func.pkg.name{v.a == 1}", "x = db.func.pkg.name{@eq(v.a , 1)}"},
      {"x = db.func(v.a == 1)", "unchanged"},
      {"x = func(v.a == 1)", "unchanged"},
      {"x = db.func:count(v.a == 1)", "unchanged"},
      {"x = db.count(func.a, v.a == 1)", "unchanged"},
      {"x = f().func.count(v.a == 1)", "unchanged"},
      {"x = db.func['x'].count(v.a == 1)", "unchanged"},
  });
}

TEST_CASE("the context goes through tables, parentheses, indices and calls, not into functions") {
  check({
      {"filter({{{v.a == 1}}})", "filter({{{@eq(v.a , 1)}}})"},
      {"filter(f(v.a == 1))", "filter(f(@eq(v.a , 1)))"},
      {"filter(f 'x' .a[v.a == 1])", "filter(f 'x' .a[@eq(v.a , 1)])"},
      {"filter(v:f{x = v.a == 1})", "filter(v:f{x = @eq(v.a , 1)})"},
      {"filter(function() return v.a == 1 end)", "unchanged"},
      {"filter(v.b == 2, function() return v.a == 1 end, v.c == 3)",
       "filter(@eq(v.b , 2), function() return v.a == 1 end, @eq(v.c , 3))"},
      {"filter(function() return any(v.a == 1) and v.b == 2 end)",
       "filter(function() return any(@eq(v.a , 1)) and v.b == 2 end)"},
      {"function f() if a == b then return filter(v.a == 1) end end",
       "function f() if a == b then return filter(@eq(v.a , 1)) end end"},
      {"while a == b do repeat filter(v.a == 1) until a == b end",
       "while a == b do repeat filter(@eq(v.a , 1)) until a == b end"},
      {"for i = 1, f(a == b) do for _, u in filter(v.a == i) do end end",
       "for i = 1, f(a == b) do for _, u in filter(@eq(v.a , i)) do end end"},
      {"local x <const>, y = filter(v.a == 1), a == b",
       "local x <const>, y = filter(@eq(v.a , 1)), a == b"},
      {"a.b, c = q:any(v.a == 1), a == b return a == b",
       "a.b, c = q:any(@eq(v.a , 1)), a == b return a == b"},
  });
}

TEST_CASE("functions given directly to hybrids, criteria and joins are contexts") {
  check({
      {"hybrid_property(function(self) return self.a == 1 end)",
       "hybrid_property(function(self) return (@eq(self.a , 1)) end)"},
      {"db.hybrid_method{function(self, n) local x = self.a == n if x then return x and self.b end "
       "end}",
       "db.hybrid_method{function(self, n) local x = @eq(self.a , n) if x then return (@AND(2, x , "
       "function() return ( self.b) end)) end end}"},
      {"hybrid_property{function(self) return self.a == 1 end, expr = function(cls) return cls.a < "
       "2 end}",
       "hybrid_property{function(self) return (@eq(self.a , 1)) end, expr = function(cls) return "
       "(@lt(cls.a , 2)) end}"},
      {"hybrid_property{function(self) return function() return self.a == 1 end end}", "unchanged"},
      {"hybrid_property{f(function(self) return self.a == 1 end)}", "unchanged"},
      {"hybrid_property{x = {function(self) return self.a == 1 end}}", "unchanged"},
      {"hybrid_property(self.a == 1)", "unchanged"},
      {"with_loader_criteria(v, function(cls) return cls.a == 1 end)",
       "with_loader_criteria(@name(v, \"v\"), function(cls) return (@eq(cls.a , 1)) end)"},
      {"relationship{'X', primaryjoin = function() return v.a == v.b end, f = function() return "
       "v.a == 1 end}",
       "relationship{'X', primaryjoin = function() return (@eq(v.a , v.b)) end, f = function() "
       "return "
       "v.a == 1 end}"},
      {"x = db.backref{'x', secondaryjoin = function() return v.a == v.b end}",
       "x = db.backref{'x', secondaryjoin = function() return (@eq(v.a , v.b)) end}"},
      {"x = {primaryjoin = v.a == v.b}", "unchanged"},
  });
}

TEST_CASE("a helper is no tail call, and does not change how many values are returned") {
  check({
      {"hybrid_method{function(s) return s.a == 1; end}",
       "hybrid_method{function(s) return (@eq(s.a , 1)); end}"},
      {"hybrid_method{function(s) return s.a == 1, not s.b end}",
       "hybrid_method{function(s) return @eq(s.a , 1), @NOT( s.b) end}"},
      {"hybrid_method{function(s) return s:f(s.a == 1) end}",
       "hybrid_method{function(s) return s:f(@eq(s.a , 1)) end}"},
      {"hybrid_method{function(s) return (s.a == 1) end}",
       "hybrid_method{function(s) return (@eq(s.a , 1)) end}"},
      {"hybrid_method{function(s) return 1 + (not s.a) end}",
       "hybrid_method{function(s) return 1 + (@NOT( s.a)) end}"},
  });
}

TEST_CASE("bare global names in the places where nil would go unnoticed") {
  check({
      {"filter(x)", "filter(@name(x, \"x\"))"},
      {"filter(v.a == x)", "filter(@eq(v.a , @name(x, \"x\")))"},
      {"filter(x == v.a)", "filter(@eq(@name(x, \"x\") , v.a))"},
      {"filter(v.a + x)", "filter(v.a + @name(x, \"x\"))"},
      {"filter(-x)", "filter(-@name(x, \"x\"))"},
      {"filter(not x)", "filter(@NOT( @name(x, \"x\")))"},
      {"filter(x .. 'a')", "filter(@name(x, \"x\") .. 'a')"},
      {"filter((x))", "filter((@name(x, \"x\")))"},
      {"filter((x).a, (x)[1], (x)(), (x):f())", "unchanged"},
      {"filter(x.a, x[1], x(), x:f(), x 'a', x{})", "unchanged"},
      {"filter(v[x])", "filter(v[@name(x, \"x\")])"},
      {"filter{x, a = x, [x] = x}",
       "filter{@name(x, \"x\"), a = @name(x, \"x\"), [@name(x, \"x\")] = @name(x, \"x\")}"},
      {"filter(x and y)",
       "filter(@AND(2, @name(x, \"x\") , function() return ( @name(y, \"y\")) end))"},
      {"filter(f(x))", "filter(f(@name(x, \"x\")))"},
      {"filter(_ENV, nil, true, false, ...)", "unchanged"},
      {"f(x) x = y return x, y == z", "unchanged"},
      {"hybrid_property{function(s) local a = x a = x return x end}", "unchanged"},
      {"hybrid_property{function(s) return s.a == x end}",
       "hybrid_property{function(s) return (@eq(s.a , @name(x, \"x\"))) end}"},
  });
}

TEST_CASE("locals, parameters and loop variables are no globals") {
  check({
      {"local x filter(x)", "unchanged"},
      {"local x = filter(x)", "local x = filter(@name(x, \"x\"))"},
      {"local x, y <const> = 1, 2 filter(x, y)", "unchanged"},
      {"do local x end filter(x)", "do local x end filter(@name(x, \"x\"))"},
      {"local function x() filter(x) end", "unchanged"},
      {"function x() filter(x) end", "function x() filter(@name(x, \"x\")) end"},
      {"function x:y(a, ...) filter(self, a) end", "unchanged"},
      {"function x.y(a) filter(self, a) end",
       "function x.y(a) filter(@name(self, \"self\"), a) end"},
      {"for i = 1, filter(i) do filter(i) end filter(i)",
       "for i = 1, filter(@name(i, \"i\")) do filter(i) end filter(@name(i, \"i\"))"},
      {"for k, v in filter(k) do filter(k, v) end filter(v)",
       "for k, v in filter(@name(k, \"k\")) do filter(k, v) end filter(@name(v, \"v\"))"},
      {"repeat local x until filter(x) filter(x)",
       "repeat local x until filter(x) filter(@name(x, \"x\"))"},
      {"while true do local x end filter(x)", "while true do local x end filter(@name(x, \"x\"))"},
      {"if a then local x else filter(x) end",
       "if a then local x else filter(@name(x, \"x\")) end"},
      {"local x function f(y) return function() return filter(x, y, z) end end",
       "local x function f(y) return function() return filter(x, y, @name(z, \"z\")) end end"},
      {"return function(x) return x end, filter(x)",
       "return function(x) return x end, filter(@name(x, \"x\"))"},
  });
}

TEST_CASE("the keys of filter_by, values and update are remembered") {
  check({
      {"filter_by{}", "unchanged"},
      {"filter_by{a = v.x}", "filter_by(@keys({a = v.x}, \"a\"))"},
      {"q:filter_by {a = v.x}", "q:filter_by (@keys({a = v.x}, \"a\"))"},
      {"q:filter_by({a = v.x})", "q:filter_by(@keys({a = v.x}, \"a\"))"},
      {"filter_by{a = x}", "filter_by(@keys({a = @name(x, \"x\")}, \"a\"))"},
      {"filter_by{a = nil}", "filter_by(@keys({a = nil}, \"a\"))"},
      {"filter_by{a = v.x == x}", "unchanged"},
      {"filter_by{a = v.x and x}", "filter_by(@keys({a = v.x and x}, \"a\"))"},
      {"filter_by{a = 1, b = 'x', c = true, d = {}, e = function() end, f = -1, g = 1 + 2, h = not "
       "x, "
       "i = ('x'), j = 'a' .. 'b', k = false}",
       "unchanged"},
      {"values{a = 1, b = f(), ['c d'] = v.x, [1] = v.y, [z] = v.z; d = ...}",
       "values(@keys({a = 1, b = f(), ['c d'] = v.x, [1] = v.y, [@name(z, \"z\")] = v.z; d = ...}, "
       "\"b\", 'c d', \"d\"))"},
      {"values{{a = v.x}, {b = v.y, c = 1}, {d = 1}}",
       "values{@keys({a = v.x}, \"a\"), @keys({b = v.y, c = 1}, \"b\"), {d = 1}}"},
      {"values{a = {b = v.x}}", "unchanged"},
      {"values{{{a = v.x}}}", "unchanged"},
      {"q:update({a = v.x + 1}, {b = 'x'})", "q:update(@keys({a = v.x + 1}, \"a\"), {b = 'x'})"},
      {"update{a = v.x == 1, b = v.y}", "update(@keys({a = @eq(v.x , 1), b = v.y}, \"b\"))"},
      {"on_conflict_do_update{index = {v.a}, set = {a = v.x}, where = v.b == 1}",
       "on_conflict_do_update{index = {v.a}, set = @keys({a = v.x}, \"a\"), where = @eq(v.b , 1)}"},
      {"values{[ [[a\nb]] ] = v.x, [ [[c]] ] = v.y}",
       "values(@keys({[ [[a\nb]] ] = v.x, [ [[c]] ] = v.y}, [[c]]))"},
      {"f{a = x} x = {a = v.x}", "unchanged"},
  });
}

TEST_CASE("edits keep tokens apart and lines in place") {
  check({
      {"filter(v.a==-v.b)", "filter(@eq(v.a,-v.b))"},
      {"filter(v.a==- -v.b)", "filter(@eq(v.a,- -v.b))"},
      {"filter(not(v.a))", "filter(@NOT((v.a)))"},
      {"filter(not'x')", "filter(@NOT('x'))"},
      {"filter('x'and'y')", "filter(@AND(2, 'x', function() return ('y') end))"},
      {"filter(v.a and(v.b))", "filter(@AND(2, v.a , function() return ((v.b)) end))"},
      {"filter(1==v.a or 2==v.b)",
       "filter(@OR(2, @eq(1,v.a) , function() return ( @eq(2,v.b)) end))"},
      {"hybrid_property{function(s) return'x'==s.a end}",
       "hybrid_property{function(s) return(@eq('x',s.a)) end}"},
      {"hybrid_property{function(s) return not s.a end}",
       "hybrid_property{function(s) return (@NOT( s.a)) end}"},
      {"hybrid_property{function(s) if(s.a)==1 then return end end}",
       "hybrid_property{function(s) if @eq((s.a),1) then return end end}"},
      {"filter(v.a -- the left\n == -- the middle\n 1 -- the right\n)",
       "filter(@left(v.a -- the left\n ) % @right(@eq, -- the middle\n 1) -- the right\n)"},
      {"filter(v.a --[[x]]and--[[y]]v.b--[[z]])",
       "filter(@AND(2, v.a --[[x]], function() return (--[[y]]v.b) end)--[[z]])"},
      {"filter(v.a\r\n==\r\nv.b)", "filter(@left(v.a\r\n) % @right(@eq,\r\nv.b))"},
      {"filter[[x]] filter(v.a==[[y]])", "filter[[x]] filter(@eq(v.a,[[y]]))"},
      {"filter(v.a==...)", "filter(@eq(v.a,...))"},
      {"filter(v.a==.5)", "filter(@eq(v.a,.5))"},
  });
  CHECK(rewrite("filter(v.a == 1) -- end").text ==
        kPrefix + "filter(__moonbase_sql.eq(v.a , 1)) end -- end");
  CHECK(rewrite("return filter(v.a == 1);\n").text ==
        kPrefix + "return filter(__moonbase_sql.eq(v.a , 1)); end\n");
}

TEST_CASE("a first line with # is blanked, a byte order mark is dropped") {
  CHECK(edited("#!/bin/lua\nfilter(v.a == 1)") == "\nfilter(@eq(v.a , 1))");
  CHECK(edited("# x\r\nfilter(v.a == 1)") == "\r\nfilter(@eq(v.a , 1))");
  CHECK(rewrite("\xEF\xBB\xBF"
                "filter(v.a == 1)")
            .text == kPrefix + "filter(__moonbase_sql.eq(v.a , 1))" + kSuffix);
  CHECK(rewrite("\xEF\xBB\xBF#!x\nfilter(v.a == 1)").text ==
        kPrefix + "\nfilter(__moonbase_sql.eq(v.a , 1))" + kSuffix);
  CHECK_FALSE(rewrite("#filter(v.a == 1)").changed);
}

TEST_CASE("a text that names the helpers, or that is no Lua, is left alone") {
  CHECK(edited("__moonbase_sql = 1 filter(v.a == 1)") == "unchanged");
  CHECK(edited("x = '__moonbase_sql' filter(v.a == 1)") ==
        "x = '__moonbase_sql' filter(@eq(v.a , 1))");
  for (const char* text :
       {"filter(v.a == )", "filter(v.a == 1", "filter(v.a == 1) end", "filter(v.a = 1)",
        "filter(v.a == 1) x", "return filter(v.a == 1) x = 1", "filter(v.a == 'x",
        "filter(v.a == 3x)", "filter(v.a == größe)", "filter(v.a == 1) break"}) {
    INFO(text);
    CHECK_FALSE(rewrite(text).changed);
  }
}

}  // namespace moonbase::syntax
