// The commands that are written in C++, each in a file of its own. A command shows what it has to
// say on the screen, also what is wrong; what Lua code raises leaves it as bindings::ScriptError,
// and base::Error may. The thread that runs the Lua state.
#pragma once

#include <string_view>

#include "bindings/lua_api.h"
#include "shell/commands.h"
#include "shell/screen.h"

namespace moonbase::shell::command {

CommandResult alarm(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult all(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult echo(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult edit(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult format(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult help(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult history(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult load(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult output(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult queries(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult quit(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult source(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult table(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult timing(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult tour(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult trace(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult vertical(lua_State* L, Screen& screen, std::string_view arguments);
CommandResult view(lua_State* L, Screen& screen, std::string_view arguments);

// Sets `setting` to what the arguments say, on or off, or the other way round where they say
// nothing; false, and a word on the screen, for anything else.
bool switch_setting(Screen& screen, std::string_view name, std::string_view arguments,
                    bool& setting);

}  // namespace moonbase::shell::command
