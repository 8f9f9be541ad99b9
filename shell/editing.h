// What the editor asks about the language it is used for. The thread that runs the Lua state; runs
// no Lua code of the program's.
#pragma once

#include "bindings/lua_api.h"
#include "shell/editor/editor.h"

namespace moonbase::shell {

// The state must outlive them.
editor::Services editing_services(lua_State* L);

}  // namespace moonbase::shell
