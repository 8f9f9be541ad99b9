// moonbase.inspect: looking inside objects and classes without touching them.
#pragma once

#include "bindings/lua_api.h"

namespace moonbase::bindings {

// Area: inspect.
void open_inspect(lua_State* L, int module);

}  // namespace moonbase::bindings
