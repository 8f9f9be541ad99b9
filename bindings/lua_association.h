// db.association_proxy('user_keywords', 'keyword'): scripts/prelude/association.lua. Here is what
// User.keywords is in a query, and what the script asks of the mapping.
#pragma once

#include "bindings/lua_api.h"
#include "orm/expr/node.h"

namespace moonbase::bindings {

// Whether the value is User.keywords of a proxy.
bool is_association_attribute(lua_State* L, int index);
// Calls its method of this name ("eq", "lt") with the value at `value` and leaves the condition on
// the stack. Throws what the method raises.
void push_association_condition(lua_State* L, int index, const char* method, int value);

// Area: association_proxy.
void open_association(lua_State* L, int module);

}  // namespace moonbase::bindings
