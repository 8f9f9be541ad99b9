// for x in query do … end, and query:iter(): which loop asks for its next row.
#include <cstdio>

#include "bindings/guard.h"
#include "bindings/query_box.h"
#include "bindings/query_stream.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

namespace {

// Running loops are in the table in the query's second user value, by the text of their keys.
void push_loop_key(lua_State* L, const LoopPlace& key) {
  char text[64];
  std::snprintf(text, sizeof text, "%p:%p:%d", static_cast<void*>(key.thread), key.frame,
                key.depth);
  lua_pushstring(L, text);
}

// A running loop: {list, position[, stream]}. The list is all rows, or a batch of the stream's.
enum LoopField { kList = 1, kPosition, kStream };

// Runs the query and pushes a loop over its rows.
void push_loop(lua_State* L, int query) {
  const QueryBox& box = check_box<QueryBox>(L, query);
  lua_createtable(L, 3, 0);
  if (box.options().yield_per > 0 && !is_unsaved_collection(box)) {
    auto stream = std::make_unique<QueryStream>(session_of(box), *effective_query(box),
                                                box.options().parameters, box.options().yield_per,
                                                box.gives_objects(), box.shape);
    lua_getiuservalue(L, query, 1);
    push_stream(L, std::move(stream), -1);
    lua_remove(L, -2);
    lua_rawseti(L, -2, kStream);
    lua_newtable(L);
  } else {
    push_all(L, box);
  }
  lua_rawseti(L, -2, kList);
  lua_pushinteger(L, 0);
  lua_rawseti(L, -2, kPosition);
}

// Pushes the next item of the loop, or nil at its end.
void push_next(lua_State* L, int loop) {
  for (;;) {
    lua_rawgeti(L, loop, kPosition);
    const lua_Integer at = lua_tointeger(L, -1) + 1;
    lua_pushinteger(L, at);
    lua_rawseti(L, loop, kPosition);
    lua_rawgeti(L, loop, kList);
    if (lua_rawgeti(L, -1, at) != LUA_TNIL) return;
    if (lua_rawgeti(L, loop, kStream) != LUA_TUSERDATA) return;
    // The last batch must be gone before the next is there.
    lua_newtable(L);
    lua_rawseti(L, loop, kList);
    push_batch(L, -1);
    if (lua_rawlen(L, -1) == 0) {
      lua_pushnil(L);
      return;
    }
    lua_rawseti(L, loop, kList);
    lua_pushinteger(L, 0);
    lua_rawseti(L, loop, kPosition);
    lua_settop(L, -5);
  }
}

// The loop that had this key was left early: its stream is of no use any more.
void close_former(lua_State* L, int loops, int key) {
  lua_pushvalue(L, key);
  if (lua_rawget(L, loops) == LUA_TTABLE) {
    lua_rawgeti(L, -1, kStream);
    if (auto* box = test_box<StreamBox>(L, -1)) box->stream->close();
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

}  // namespace

// The generic for calls the query with (state, last value): nil starts a loop.
int query_call(lua_State* L) {
  check_box<QueryBox>(L, 1);
  const LoopPlace key = loop_at(L, 1, 1);
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
    close_former(L, loops, loop_key);
    lua_pushvalue(L, loop_key);
    push_loop(L, 1);
    if (lua_rawgeti(L, -1, kStream) == LUA_TUSERDATA) end_with_loop(L, -1, 1, key);
    lua_pop(L, 1);
    lua_rawset(L, loops);
  }
  lua_pushvalue(L, loop_key);
  if (lua_rawget(L, loops) != LUA_TTABLE)
    throw Error(ErrorKind::kInvalidRequestError, "this loop over a query was not started here")
        .with_hint("use for x in query do … end, or query:iter()");
  push_next(L, lua_gettop(L));
  if (lua_isnil(L, -1)) {
    lua_pushvalue(L, loop_key);
    lua_pushnil(L);
    lua_rawset(L, loops);
  }
  return 1;
}

namespace {

int iter_next(lua_State* L) {
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(1));
  push_next(L, 1);
  return 1;
}

}  // namespace

// The function, and for a stream what a `for` closes when it is left.
int query_iter(lua_State* L) {
  lua_settop(L, 1);
  push_loop(L, 1);
  lua_rawgeti(L, 2, kStream);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, guarded<iter_next>, 1);
  if (lua_isnil(L, 3)) return 1;
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, 3);
  return 4;
}

}  // namespace moonbase::bindings
