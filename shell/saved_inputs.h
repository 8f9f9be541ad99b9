// Inputs of a prompt as the text of a script. The thread that runs the Lua state; nothing throws
// but bad_alloc and Lua's own memory error.
#pragma once

#include <string>
#include <string_view>

#include "bindings/lua_api.h"

namespace moonbase::shell {

/// Whether the text can be run at all: Lua, or SQL.
bool is_runnable(lua_State* L, std::string_view input);

/// What a file of Lua has to say to do what the input did: SQL becomes sql[[…]], an expression
/// is printed, and so is a call where its value was `shown`; no `return` ends the script. Returns
/// lines with their ends, a semicolon before a parenthesis that would call the line above.
std::string script_of(lua_State* L, std::string_view input, bool shown);

}  // namespace moonbase::shell
