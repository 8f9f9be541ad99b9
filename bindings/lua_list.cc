#include "bindings/lua_list.h"

#include "bindings/class_def.h"
#include "bindings/context.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

namespace {

constexpr lua_Integer kMostItems = 1000;
// A list may hold itself.
constexpr int kMostLevels = 20;

std::string repr(lua_State* L, int index, int level);

// A list of results or an array.
bool is_list(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TTABLE || luaL_getmetafield(L, index, "__tostring") == LUA_TNIL)
    return false;
  const bool is = lua_tocfunction(L, -1) == guarded<list_tostring>;
  lua_pop(L, 1);
  return is;
}

std::string list_text(lua_State* L, int index, int level) {
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, index));
  if (level > kMostLevels) return "{…}";
  std::string text = "{";
  for (lua_Integer k = 1; k <= count && k <= kMostItems; ++k) {
    if (k > 1) text += ", ";
    lua_rawgeti(L, index, k);
    text += repr(L, lua_gettop(L), level + 1);
    lua_pop(L, 1);
  }
  if (count > kMostItems) text += ", … " + std::to_string(count - kMostItems) + " more";
  return text + "}";
}

std::string repr(lua_State* L, int index, int level) {
  luaL_checkstack(L, 4, "no room to show a value");
  if (lua_type(L, index) == LUA_TSTRING) return base::quote_for_message(check_string(L, index));
  if (is_list(L, index)) return list_text(L, index, level);
  luaL_tolstring(L, index, nullptr);
  std::string text(check_string(L, -1));
  lua_pop(L, 1);
  return text;
}

// What a result list says to the two things people try from habit.
int list_index(lua_State* L) {
  if (lua_isinteger(L, 2)) {
    if (lua_tointeger(L, 2) == 0)
      throw Error(ErrorKind::kIndexError, "[0]: positions count from 1")
          .with_hint("the first one is list[1]");
    lua_pushnil(L);
    return 1;
  }
  if (lua_type(L, 2) != LUA_TSTRING) {
    lua_pushnil(L);
    return 1;
  }
  const std::string name(check_string(L, 2));
  std::string hint =
      "take one of it, list[1]." + name + ", or go over it: for _, x in ipairs(list) do … end";
  if (name == "append" || name == "add" || name == "insert")
    hint = "something is added to a list with table.insert(list, x)";
  if (name == "len" || name == "length" || name == "count") hint = "its length is #list";
  throw Error(ErrorKind::kAttributeError, "this is a list, and has no '" + name + "'")
      .with_hint(std::move(hint));
}

int list_call(lua_State*) {
  throw Error(ErrorKind::kTypeError, "a list cannot be called")
      .with_hint("go over it with: for _, x in ipairs(list) do … end");
}

int marked_list(lua_State* L) {
  check_table(L, 1);
  lua_settop(L, 1);
  mark_list(L);
  return 1;
}

}  // namespace

void mark_list(lua_State* L) {
  if (luaL_newmetatable(L, "moonbase.list")) {
    static constexpr MethodDef kRows[] = {
        {"__index", guarded<list_index>, "names and position 0 are explained"},
        {"__call", guarded<list_call>, "a loop over a list needs ipairs"},
        {"__tostring", guarded<list_tostring>, "the items, in braces"},
    };
    add_functions(L, lua_gettop(L), kRows);
    lua_pushliteral(L, "A list of what a query found: ipairs(list), #list, list[1].");
    lua_setfield(L, -2, "__doc");
  }
  lua_setmetatable(L, -2);
}

std::string take_repr(lua_State* L) {
  std::string text = repr(L, lua_gettop(L), 0);
  lua_pop(L, 1);
  return text;
}

int list_tostring(lua_State* L) {
  check_table(L, 1);
  if (const auto& refresh = Context::of(L).area<Hooks>().before_printing_list) refresh(L, 1);
  push_string(L, list_text(L, 1, 0));
  return 1;
}

void open_list(lua_State* L, int module) {
  static constexpr MethodDef kFunctions[] = {
      {"_list", guarded<marked_list>, "_list(table)  the table, marked as a list of results"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
