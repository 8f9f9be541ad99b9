// moonbase.inspect: looking inside objects and classes without touching them.
#pragma once

#include "bindings/lua_api.h"
#include "orm/state/instance.h"

namespace moonbase::bindings {

// Pushes what has become of an attribute since the last flush, of what is loaded: {added = {…},
// unchanged = {…}, deleted = {…}}.
void push_history(lua_State* L, const state::Instance& instance, int slot);

// Area: inspect.
void open_inspect(lua_State* L, int module);

}  // namespace moonbase::bindings
