#include "bindings/scope.h"

#include "bindings/call.h"

namespace moonbase::bindings {
namespace {

// Below the function's results, or its error: the scope at 1, the message handler at 2.
int end_scope(lua_State* L, int status, lua_KContext context) {
  bool is_done = status == LUA_OK || status == LUA_YIELD;
  luaL_checkstack(L, 3, "too many results");
  lua_pushcfunction(L, reinterpret_cast<lua_CFunction>(context));
  lua_pushvalue(L, 1);
  lua_pushboolean(L, is_done);
  if (is_done) {
    int below = lua_gettop(L) - 3;
    lua_call(L, 2, LUA_MULTRET);
    int own = lua_gettop(L) - below;
    return own > 0 ? own : below - 2;
  }
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
  return lua_error(L);
}

}  // namespace

int run_in_scope(lua_State* L, lua_CFunction finish) {
  lua_settop(L, 2);
  lua_pushcfunction(L, traceback_handler);
  lua_insert(L, 2);
  lua_pushvalue(L, 1);
  auto context = reinterpret_cast<lua_KContext>(finish);
  return end_scope(L, lua_pcallk(L, 1, LUA_MULTRET, 2, context, end_scope), context);
}

bool is_normal_exit(lua_State* L) {
  lua_Debug frame;
  return lua_isnoneornil(L, 2) && lua_getstack(L, 1, &frame) != 0;
}

}  // namespace moonbase::bindings
