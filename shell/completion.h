// What Tab offers at the cursor: names, members behind `.` and `:`, keys inside braces, files and
// SQL names inside strings, commands. The thread that runs the Lua state. Nothing throws but what a
// lack of memory does: where something fails, nothing is offered.
#pragma once

#include <string>
#include <string_view>

#include "bindings/lua_api.h"
#include "shell/editor/menu.h"

namespace moonbase::shell {

editor::Completion complete(lua_State* L, std::string_view text, size_t cursor);

}  // namespace moonbase::shell
