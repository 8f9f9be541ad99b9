// Relationship attributes of objects in Lua: the object a to-one refers to, the list a to-many
// holds (u.posts:append(p), #u.posts, for i, p in ipairs(u.posts)), or, for lazy = 'dynamic', a
// query with append and remove.
#pragma once

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "orm/state/instance.h"

namespace moonbase::bindings {

// Pushes what the attribute is for Lua, loading it where it must be: an object or nil, a
// collection, a dynamic query.
void push_relationship(lua_State* L, state::Instance& owner, const mapper::Relationship& r);
// u.posts = {p1, p2}: the list (or collection) at `index` becomes the members.
void replace_collection(lua_State* L, state::Instance& owner, const mapper::Relationship& r,
                        int index);
// An object that may become a member; throws TypeError naming what the relationship takes.
state::Instance& check_member(lua_State* L, int index, const mapper::Relationship& r);

// Area: Collection.
void open_collection(lua_State* L, int module);

}  // namespace moonbase::bindings
