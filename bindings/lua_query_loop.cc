// for x in query do … end, and query:iter(): which loop asks for its next row.
#include <cstdio>
#include <cstring>

#include "bindings/guard.h"
#include "bindings/query_box.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

namespace {

// The depth of `for … in q` loops over this very query in the calling function, and that function's
// frame: which loop it is that asks for the next row, however loops are nested, left or entered
// again.
struct LoopKey {
  const void* thread;
  const void* frame;
  int depth;
};

LoopKey calling_loop(lua_State* L) {
  LoopKey key{L, nullptr, 0};
  lua_Debug frame;
  if (lua_getstack(L, 1, &frame) == 0) return key;
  key.frame = frame.i_ci;
  const char* name;
  for (int n = 1; (name = lua_getlocal(L, &frame, n)) != nullptr; ++n) {
    if (std::strcmp(name, "(for state)") == 0 && lua_rawequal(L, -1, 1)) ++key.depth;
    lua_pop(L, 1);
  }
  return key;
}

// A running loop, as an entry of the table in the query's second user value: key text -> {list,
// position}.
void push_loop_key(lua_State* L, const LoopKey& key) {
  char text[64];
  std::snprintf(text, sizeof text, "%p:%p:%d", key.thread, key.frame, key.depth);
  lua_pushstring(L, text);
}

}  // namespace

// The generic for calls the query with (state, last value): nil starts a loop.
int query_call(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  const LoopKey key = calling_loop(L);
  if (key.depth == 0)
    throw Error(ErrorKind::kTypeError, "a query cannot be called")
        .with_hint("run it with :all() or :first(), or go over it: for x in query do … end");
  lua_settop(L, 3);
  if (lua_getiuservalue(L, 1, 2) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 2);
  }
  const int loops = lua_gettop(L);
  push_loop_key(L, key);
  const int loop_key = lua_gettop(L);
  if (lua_isnil(L, 3)) {
    lua_pushvalue(L, loop_key);
    lua_createtable(L, 2, 0);
    push_all(L, box);
    lua_rawseti(L, -2, 1);
    lua_pushinteger(L, 0);
    lua_rawseti(L, -2, 2);
    lua_rawset(L, loops);
  }
  lua_pushvalue(L, loop_key);
  if (lua_rawget(L, loops) != LUA_TTABLE)
    throw Error(ErrorKind::kInvalidRequestError, "this loop over a query was not started here")
        .with_hint("use for x in query do … end, or query:iter()");
  const int loop = lua_gettop(L);
  lua_rawgeti(L, loop, 2);
  const lua_Integer at = lua_tointeger(L, -1) + 1;
  lua_pushinteger(L, at);
  lua_rawseti(L, loop, 2);
  lua_rawgeti(L, loop, 1);
  lua_rawgeti(L, -1, at);
  if (lua_isnil(L, -1)) {
    lua_pushvalue(L, loop_key);
    lua_pushnil(L);
    lua_rawset(L, loops);
    lua_pushnil(L);
  }
  return 1;
}

namespace {

int iter_next(lua_State* L) {
  const lua_Integer at = lua_tointeger(L, lua_upvalueindex(2)) + 1;
  lua_pushinteger(L, at);
  lua_replace(L, lua_upvalueindex(2));
  lua_rawgeti(L, lua_upvalueindex(1), at);
  return 1;
}

}  // namespace

int query_iter(lua_State* L) {
  push_all(L, check_box<QueryBox>(L, 1));
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, guarded<iter_next>, 2);
  return 1;
}

}  // namespace moonbase::bindings
