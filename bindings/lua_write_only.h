// A relationship with lazy = 'write_only' in Lua: u.posts:add(p), u.posts:remove(p), and a SELECT
// of the members, to be run like any other. It is never loaded, so it has no length and no
// positions.
#pragma once

#include "bindings/lua_api.h"
#include "orm/state/instance.h"

namespace moonbase::bindings {

// Pushes the attribute of this object.
void push_write_only(lua_State* L, state::Instance& owner, const mapper::Relationship& r);

// Part of the area of collections.
void open_write_only(lua_State* L);

}  // namespace moonbase::bindings
