// Files of rows: Post:copy_from(file) and query:copy_to(file). The state's thread.
#pragma once

#include "bindings/lua_api.h"

namespace moonbase::bindings {

int model_copy_from(lua_State* L);
int query_copy_to(lua_State* L);

}  // namespace moonbase::bindings
