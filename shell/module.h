// Calls from the shell into Lua, each in protected mode. The thread that runs the Lua state. All
// throw bindings::ScriptError with what was raised.
#pragma once

#include <string>

#include "bindings/lua_api.h"
#include "shell/printer.h"

namespace moonbase::shell {

// Pushes require(module)[name].
void push_module_function(lua_State* L, const char* module, const char* name);
// Printer::text of the value at `index`.
std::string print_protected(lua_State* L, int index, const PrintLimits& limits);
// What the areas do after an input (bindings/hooks.h).
void run_after_input(lua_State* L);
// The work that leaving now would lose; empty when there is none or it cannot be told.
std::string uncommitted_work(lua_State* L);
// Where the database of the global `db` is; empty when there is none or it cannot be told.
std::string database_location(lua_State* L);
// Turns the echo of statements on or off; false when there is nothing that echoes.
bool set_echo(lua_State* L, bool on);

}  // namespace moonbase::shell
