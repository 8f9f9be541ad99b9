// The session's methods that frame other code (begin, begin_nested, no_autoflush) and those that
// write many rows at once. Rows of the class in lua_session.cc.
#pragma once

#include "bindings/lua_api.h"

namespace moonbase::bindings {

int session_begin(lua_State* L);
int session_begin_nested(lua_State* L);
int session_no_autoflush(lua_State* L);
int session_bulk_insert(lua_State* L);
int session_bulk_update(lua_State* L);
int session_bulk_save(lua_State* L);

// Registers the class of what begin() and begin_nested() return.
void open_session_scope(lua_State* L);

}  // namespace moonbase::bindings
