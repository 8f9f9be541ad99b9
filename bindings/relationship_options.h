// What stands inside the braces of db.relationship and db.backref, read into a declaration. Options
// that speak of classes which may come later (functions, and texts that are expressions) are kept
// and evaluated when the classes are configured.
#pragma once

#include "bindings/lua_model.h"
#include "bindings/stack.h"

namespace moonbase::bindings {

// The first positional argument: a class, its name, or a function that gives one of these.
void read_target(lua_State* L, Kwargs& kw, mapper::RelationshipDef& def);
// Every option that a relationship and a backref share. Throws ArgumentError and TypeError that
// name the option.
void read_relationship_options(lua_State* L, Kwargs& kw, mapper::RelationshipDef& def);

}  // namespace moonbase::bindings
