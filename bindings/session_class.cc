#include "bindings/session_class.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/lua_session.h"
#include "bindings/session_binds.h"
#include "bindings/session_router.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

namespace {

constexpr int kMostBases = 16;

// Replaces the table on the top by what it inherits from; false for one that inherits from nothing.
bool replace_by_base(lua_State* L) {
  if (lua_getmetatable(L, -1) == 0) return false;
  lua_pushliteral(L, "__index");
  lua_rawget(L, -2);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return true;
}

// Replaces the name on the top by what the table at `cls`, or one that it inherits from, has under
// it; pops the name and returns false when none has it.
bool replace_by_member(lua_State* L, int cls) {
  const int name = lua_gettop(L);
  lua_pushvalue(L, cls);
  for (int bases = 0; bases < kMostBases && lua_istable(L, -1); ++bases) {
    lua_pushvalue(L, name);
    if (lua_rawget(L, -2) != LUA_TNIL) {
      lua_replace(L, name);
      lua_settop(L, name);
      return true;
    }
    lua_pop(L, 1);
    if (!replace_by_base(L)) break;
  }
  lua_settop(L, name - 1);
  return false;
}

// The names that the table at `cls` and those it inherits from have.
void add_names(lua_State* L, int cls, std::vector<std::string>& names) {
  lua_pushvalue(L, cls);
  for (int bases = 0; bases < kMostBases && lua_istable(L, -1); ++bases) {
    for (std::string& name : string_keys(L, -1)) names.push_back(std::move(name));
    if (!replace_by_base(L)) return;
  }
}

// __index: upvalue 1 is the class, 2 the members of every session. get_bind is every session's: the
// class's is asked through the router.
int own_member(lua_State* L) {
  lua_settop(L, 2);
  if (lua_type(L, 2) == LUA_TSTRING && check_string(L, 2) != "get_bind") {
    lua_pushvalue(L, 2);
    if (replace_by_member(L, lua_upvalueindex(1))) return 1;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) return 1;
    std::vector<std::string> names = member_names(class_of<SessionBox>());
    const std::string name(lua_tostring(L, 2));
    if (std::ranges::find(names, name) == names.end()) {
      add_names(L, lua_upvalueindex(1), names);
      throw_no_attribute("Session", name, names);
    }
    lua_settop(L, 2);
  }
  lua_gettable(L, lua_upvalueindex(2));
  return 1;
}

// get_bind(session, class, writes) of the class at upvalue 1; nil when it has none of its own.
int class_get_bind(lua_State* L) {
  lua_pushliteral(L, "get_bind");
  if (!replace_by_member(L, lua_upvalueindex(1)) ||
      lua_tocfunction(L, -1) == guarded<session_get_bind>)
    return 0;
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

}  // namespace

void give_session_class(lua_State* L, int object, int cls) {
  object = lua_absindex(L, object);
  cls = lua_absindex(L, cls);
  if (!lua_istable(L, cls))
    throw Error(ErrorKind::kTypeError,
                "Session: 'class_' is a table of methods, got " + type_name_of(L, cls))
        .with_hint("class_ = {recent = function(session, class) … end}; session:recent(User)");
  lua_getmetatable(L, object);
  lua_pushvalue(L, cls);
  lua_getfield(L, -2, "__index");
  lua_pushcclosure(L, guarded<own_member>, 2);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_pushvalue(L, cls);
  lua_pushcclosure(L, class_get_bind, 1);
  set_router(L, object, -1);
  lua_pop(L, 1);
}

}  // namespace moonbase::bindings
