// What the prompt understands besides Lua: `:command` with its arguments, and the words with which
// other shells are left. A command is a row of the table in commands.cc and a file: one of
// shell/command, or of scripts/prelude/commands.
#pragma once

#include <span>
#include <string_view>

#include "bindings/lua_api.h"
#include "shell/screen.h"

namespace moonbase::shell {

// kFailed: an error, which was told, ended it.
enum class CommandResult { kGoOn, kFailed, kLeave };

struct Command {
  std::string_view name;       // "echo"
  std::string_view aliases;    // "q x", or empty
  std::string_view arguments;  // "on|off", for the help
  std::string_view doc;
  // Null: the function that the module moonbase.commands.<name> returns, given the arguments.
  CommandResult (*run)(lua_State* L, Screen& screen, std::string_view arguments);
};

std::span<const Command> commands();
// The command of that name or alias, or null.
const Command* find_command(std::string_view name);

// ":" begins no Lua statement and no expression, nor does the "\" of other shells.
inline bool is_command(std::string_view line) {
  return line.starts_with(':') || line.starts_with('\\');
}
// Runs such a line. Says what is wrong with it on the screen.
CommandResult run_command(lua_State* L, Screen& screen, std::string_view line);

// "exit", "quit()" and the like, unless the program has a global of that name.
bool is_farewell(lua_State* L, std::string_view line);

}  // namespace moonbase::shell
