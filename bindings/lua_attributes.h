// Functions of an object's attributes, as sqlalchemy.orm.attributes has them.
#pragma once

#include "bindings/lua_api.h"

namespace moonbase::bindings {

// Area: flag_modified, flag_dirty, set_committed_value, get_history.
void open_attributes(lua_State* L, int module);

}  // namespace moonbase::bindings
