// session.get_bind = function(session, class, writes) … end: a Lua function that chooses the engine
// of each statement, for read replicas and shards.
#pragma once

#include "bindings/lua_api.h"
#include "orm/session/session.h"

namespace moonbase::bindings {

// The user value of the session's object that holds the function.
inline constexpr int kRouterUserValue = 2;

// Makes the function at `function` (or nil: nothing) choose the engines of the session whose object
// is at `object`. Throws TypeError for anything else.
void set_router(lua_State* L, int object, int function);

// Whether running the statement may write, or locks. Text may do anything.
session::Access access_of(const expr::Statement& statement);

}  // namespace moonbase::bindings
