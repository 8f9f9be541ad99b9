// The session's methods that frame other code (begin, begin_nested, no_autoflush) and those that
// write many rows at once. Rows of the class in lua_session.cc.
#pragma once

#include <cstdint>

#include "bindings/lua_api.h"
#include "orm/session/session.h"

namespace moonbase::bindings {

int session_begin(lua_State* L);
int session_begin_nested(lua_State* L);
int session_no_autoflush(lua_State* L);
int session_run_transaction(lua_State* L);
int session_in_nested_transaction(lua_State* L);
int session_get_transaction(lua_State* L);
int session_get_nested_transaction(lua_State* L);
int session_bulk_insert(lua_State* L);
int session_bulk_update(lua_State* L);
int session_bulk_save(lua_State* L);

// Pushes the transaction or savepoint of this number (Session::transaction_id) of a session, as an
// event is given it; nil when Lua has let go of the session.
void push_transaction(lua_State* L, session::Session& session, uint64_t transaction,
                      bool is_nested);

// Registers the class of what begin() and begin_nested() return.
void open_session_scope(lua_State* L, int module);

}  // namespace moonbase::bindings
