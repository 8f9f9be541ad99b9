// Mapped objects in Lua: one proxy per instance (rawequal holds), which pins it. Attribute access
// goes through one metatable per class whose __index knows the slot of each name.
#pragma once

#include "bindings/lua_api.h"
#include "bindings/orm_area.h"
#include "orm/state/instance.h"

namespace moonbase::bindings {

// Pushes the instance's proxy, the same one every time.
void push_instance(lua_State* L, state::Instance& instance);
// Pushes the living proxy of the instance with this handle (InstanceHeap::handle); nothing, and
// false, without one.
bool push_proxy(lua_State* L, uint32_t handle);
// The same for the end of a C function: a table may stay below the proxy.
inline bool push_proxy_over(lua_State* L, const OrmArea& area, uint32_t handle) {
  area.push_proxies(L);
  return lua_rawgeti(L, -1, handle) != LUA_TNIL;
}
// The instance behind the value, or null when it is no mapped object.
state::Instance* test_instance(lua_State* L, int index);
// Throws TypeError ("expected a mapped object, got …"), with the hint for a class instead of an
// object.
state::Instance& check_instance(lua_State* L, int index);
// Sets an attribute from the Lua value at `index`: a column (value or SQL expression) or a
// relationship. Throws TypeError/ValueError naming the class and the attribute.
void assign_slot(lua_State* L, state::Instance& instance, int slot, int index);
// The same after the attribute's validator, as a program assigns it.
void assign_attribute(lua_State* L, state::Instance& instance, int slot, int index);
// Pushes the value of a column, loading it where it must be.
void push_column(lua_State* L, state::Instance& instance, int slot);

// Area: the class of the proxies.
void open_instance(lua_State* L, int module);

}  // namespace moonbase::bindings
