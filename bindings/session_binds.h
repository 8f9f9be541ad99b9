// Which engine a session uses for what: bind_mapper, bind_table, the option `binds`, get_bind,
// connection and bind_arguments. Rows of the class in lua_session.cc.
#pragma once

#include "bindings/lua_api.h"
#include "orm/session/session.h"

namespace moonbase::bindings {

int session_bind_mapper(lua_State* L);
int session_bind_table(lua_State* L);
int session_get_bind(lua_State* L);
int session_set_get_bind(lua_State* L);
int session_connection(lua_State* L);

// Binds what the table at `index` says, {[User] = engine, [table] = engine}. Throws TypeError and
// ArgumentError for anything else in it.
void take_binds(lua_State* L, session::Session& session, int index);

// The engine that the table of bind arguments at `index` asks for: {bind = engine}, {mapper =
// User}, {clause = table or statement}. Throws TypeError for other names and values.
engine::EnginePtr check_bind_arguments(lua_State* L, session::Session& session, int index,
                                       const char* method);

}  // namespace moonbase::bindings
