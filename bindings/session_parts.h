// The session's methods that stand in files of their own; the rows of the class are in
// lua_session.cc.
#pragma once

#include <vector>

#include "bindings/lua_api.h"
#include "orm/state/instance.h"

namespace moonbase::bindings {

// lua_session_run.cc: statements, the plan, the sets of objects.
int session_execute(lua_State* L);
int session_explain(lua_State* L);
int session_scalar(lua_State* L);
int session_scalars(lua_State* L);
int session_query(lua_State* L);
int session_plan(lua_State* L);
int session_new(lua_State* L);
int session_dirty(lua_State* L);
int session_deleted(lua_State* L);
// Pushes the objects as a list with `contains`.
void push_set(lua_State* L, const std::vector<state::Instance*>& list);

// lua_session_extras.cc: lookups, the session's own table.
int session_get_one(lua_State* L);
int session_identity_key(lua_State* L);
int session_iterate(lua_State* L);
int session_pairs(lua_State* L);
int session_info(lua_State* L);
int session_autoflush(lua_State* L);
int session_set_autoflush(lua_State* L);
int session_expire_on_commit(lua_State* L);

// Functions of the module: object_session, make_transient, make_transient_to_detached,
// identity_key, close_all_sessions.
void open_session_extras(lua_State* L, int module);

}  // namespace moonbase::bindings
