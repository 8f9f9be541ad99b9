// With helpers that do what the operators do, an edited chunk gives the same values in the same
// order as the plain one: random expressions, run both ways.
#include <string>

#include <catch2/catch.hpp>

#include "bindings/syntax/syntax.h"
#include "tests/syntax/lua_check.h"

namespace moonbase::syntax {
namespace {

constexpr std::string_view kPlainHelpers = R"(
local sql = {calls = 0}
local function counted(f) return function(...) sql.calls = sql.calls + 1 return f(...) end end
sql.eq = counted(function(a, b) return a == b end)
sql.ne = counted(function(a, b) return a ~= b end)
sql.lt = counted(function(a, b) return a < b end)
sql.le = counted(function(a, b) return a <= b end)
sql.gt = counted(function(a, b) return a > b end)
sql.ge = counted(function(a, b) return a >= b end)
sql.NOT = counted(function(a) return not a end)
sql.name = counted(function(value, name) assert(type(name) == 'string') return value end)
sql.keys = counted(function(t) return t end)
local function chain(ends_at_true)
  return counted(function(n, value, ...)
    for i = 1, n - 1 do
      if (not not value) == ends_at_true then break end
      local thunk = select(i, ...)
      value = thunk(select(n, ...))
    end
    return value
  end)
end
sql.AND, sql.OR = chain(false), chain(true)
return sql
)";

// Around an expression: what is called is noted, and the values are written down at the end.
constexpr std::string_view kBefore = R"(
local log = {}
local function show(x)
  if type(x) ~= 'table' then return math.type(x) == 'integer' and x .. 'i' or tostring(x) end
  local parts = {}
  for k, v in pairs(x) do parts[#parts + 1] = tostring(k) .. '=' .. show(v) end
  table.sort(parts)
  return '{' .. table.concat(parts, ' ') .. '}'
end
local function t(...) log[#log + 1] = 't' .. select('#', ...) .. show((...)) return ... end
local q = {}
function q:filter(...) log[#log + 1] = 'filter' .. select('#', ...) return ... end
q.values, q.filter_by = q.filter, q.filter
local up, undefined = 'up'
g = 7
local function run(a, b, ...)
  local r = table.pack(
)";
constexpr std::string_view kAfter = R"()
  for i = 1, r.n do r[i] = show(r[i]) end
  return table.concat(r, ', ', 1, r.n)
end
local ok, value = pcall(run, 1, nil, 'x', false, nil)
return tostring(ok) .. (ok and value or '') .. table.concat(log, ' ')
)";

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string expression(int depth) {
    static constexpr std::string_view kLeaves[] = {
        "1", "2.5", "'x'",   "nil", "true", "false",  "a",       "b",      "...",       "g",
        "h", "up",  "(...)", "t()", "t(1)", "t(nil)", "t(2, 3)", "t(...)", "undefined", "'10'"};
    if (depth == 0) return std::string(kLeaves[random_() % std::size(kLeaves)]);
    const auto inner = [&] {
      return expression(static_cast<int>(random_() % static_cast<unsigned>(depth)));
    };
    static constexpr std::string_view kOperators[] = {" == ",  " ~= ",  "<",    " <= ",  " > ",
                                                      ">=",    " and ", " or ", " and ", " or ",
                                                      " and ", " + ",   " .. ", " == "};
    switch (random_() % 12) {
      case 0:
        return "not " + inner();
      case 1:
        return "(" + inner() + ")";
      case 2:
        return "{" + inner() + ", k = " + inner() + ", " + inner() + "}";
      case 3:
        return "t(" + inner() + ", " + inner() + ")";
      case 4:
        return "q:filter_by({k = " + inner() + "})";
      case 5:
        return "(function(a, ...) return " + inner() + " end)(" + inner() + ")";
      default: {
        std::string text = inner();
        for (unsigned i = 0; i < 1 + random_() % 3; ++i) {
          text += std::string(kOperators[random_() % std::size(kOperators)]) + " " + inner();
        }
        return text;
      }
    }
  }

 private:
  std::mt19937 random_;
};

// The chunk's value; `sql` is the index of the helpers, 0 for a plain chunk.
std::string result_of(lua_State* L, const std::string& text, int sql) {
  const int status = luaL_loadbufferx(L, text.data(), text.size(), "=text", "t");
  INFO(text);
  REQUIRE(status == LUA_OK);
  if (sql != 0) {
    lua_pushvalue(L, sql);
    lua_call(L, 1, 1);
  }
  lua_call(L, 0, 1);
  std::string value = lua_tostring(L, -1);
  lua_pop(L, 1);
  return value;
}

}  // namespace

TEST_CASE("values, short circuit, order and number of values are those of plain Lua") {
  Lua lua;
  lua_State* L = lua.L;
  REQUIRE(luaL_loadbufferx(L, kPlainHelpers.data(), kPlainHelpers.size(), "=sql", "t") == LUA_OK);
  lua_call(L, 0, 1);
  const int sql = lua_gettop(L);
  Generator generate(5);
  int succeeded = 0;
  for (int round = 0; round < 4000; ++round) {
    const std::string expressions = generate.expression(4) + ", " + generate.expression(3);
    const std::string call =
        round % 3 == 0 ? "q:values{" + expressions + "}" : "q:filter(" + expressions + ")";
    const std::string plain = std::string(kBefore) + call + std::string(kAfter);
    const Rewrite edited = rewrite(plain);
    const std::string expected = result_of(L, plain, 0);
    succeeded += expected.starts_with("true") ? 1 : 0;
    INFO(call);
    INFO(edited.text);
    if (edited.changed) CHECK(result_of(L, edited.text, sql) == expected);
  }
  CHECK(succeeded > 500);
  lua_getfield(L, sql, "calls");
  CHECK(lua_tointeger(L, -1) > 4000);
}

TEST_CASE("long chains stop where plain Lua stops") {
  Lua lua;
  lua_State* L = lua.L;
  REQUIRE(luaL_loadbufferx(L, kPlainHelpers.data(), kPlainHelpers.size(), "=sql", "t") == LUA_OK);
  lua_call(L, 0, 1);
  const int sql = lua_gettop(L);
  for (const int parts : {50, 51, 500, 2501}) {
    for (const int stop : {0, 1, 49, 50, 51, 99, 100, 499, 2500, 10'000}) {
      for (const bool is_and : {true, false}) {
        std::string text =
            "local n = 0 local function v(i, x) n = n + 1 return x end "
            "local function filter(...) return ... end return tostring(filter(";
        for (int i = 0; i < parts; ++i) {
          text += i > 0 ? is_and ? " and " : " or " : "";
          const bool truth = is_and != (i == stop);
          text += "v(" + std::to_string(i) + (truth ? ", 'yes', ...)" : ", nil, ...)");
        }
        text += ")) .. n";
        CHECK(result_of(L, rewrite(text).text, sql) == result_of(L, text, 0));
      }
    }
  }
}

}  // namespace moonbase::syntax
