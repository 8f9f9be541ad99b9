#include "shell/commands.h"

#include <array>
#include <string>
#include <vector>

#include "bindings/call.h"
#include "orm/base/text.h"
#include "shell/module.h"
#include "shell/report.h"

namespace moonbase::shell {
namespace {

CommandResult echo(lua_State* L, Screen& screen, std::string_view arguments) {
  if (arguments != "on" && arguments != "off") {
    screen.remark(":echo takes on or off");
    return CommandResult::kGoOn;
  }
  try {
    if (!set_echo(L, arguments == "on"))
      screen.remark("there is no database whose statements could be shown");
  } catch (const bindings::ScriptError& error) {
    screen.remark(describe_error(L, error));
  }
  return CommandResult::kGoOn;
}

CommandResult help(lua_State*, Screen& screen, std::string_view) {
  screen.value(
      "Type Lua: an expression shows its value, which is then `_`; an input goes on to the next "
      "line\n"
      "until it is complete. Ctrl-C drops the input or stops what runs, Ctrl-D leaves. Tab "
      "completes,\n"
      "Up and Ctrl-R find earlier inputs, Alt-Enter begins a line, Ctrl-X Ctrl-E opens $EDITOR.\n"
      "\n"
      "  u = User{username = 'ada'}       keyword arguments go in braces\n"
      "  db.session:add(u)                methods take a colon\n"
      "  db.session:commit()\n"
      "  User.query:filter_by{username = 'ada'}:first()\n"
      "  help(db.session)                 what something is and what it offers\n");
  for (const Command& command : commands()) {
    std::string call = ":" + std::string(command.name) + " " + std::string(command.arguments);
    call.resize(std::max<size_t>(call.size(), 16), ' ');
    screen.value("  " + call + std::string(command.doc));
  }
  return CommandResult::kGoOn;
}

CommandResult quit(lua_State*, Screen&, std::string_view) { return CommandResult::kLeave; }

constexpr std::array kCommands = {
    Command{"echo", "", "on|off", "show the statements that reach the database", echo},
    Command{"help", "h", "", "this page", help},
    Command{"quit", "q", "", "leave", quit},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

CommandResult run_command(lua_State* L, Screen& screen, std::string_view line) {
  line = base::trim(line.substr(1));
  size_t end = std::min(line.find(' '), line.size());
  std::string_view name = line.substr(0, end);
  for (const Command& command : kCommands) {
    if (name == command.name || (!command.alias.empty() && name == command.alias)) {
      return command.run(L, screen, base::trim(line.substr(end)));
    }
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) names.emplace_back(command.name);
  screen.remark("there is no command " + base::quote_for_message(name) +
                base::did_you_mean(name, names) + " (:help lists them)");
  return CommandResult::kGoOn;
}

bool is_farewell(lua_State* L, std::string_view line) {
  line = base::trim(line);
  if (line.ends_with("()")) line.remove_suffix(2);
  if (line != "exit" && line != "quit") return false;
  lua_pushglobaltable(L);
  lua_pushlstring(L, line.data(), line.size());
  bool free = lua_rawget(L, -2) == LUA_TNIL;
  lua_pop(L, 2);
  return free;
}

}  // namespace moonbase::shell
