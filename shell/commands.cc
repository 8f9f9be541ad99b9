#include "shell/commands.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "bindings/call.h"
#include "bindings/stack.h"
#include "orm/base/text.h"
#include "shell/command/functions.h"
#include "shell/module.h"
#include "shell/report.h"
#include "shell/settings.h"

namespace moonbase::shell {
namespace {

using namespace command;

constexpr std::array kCommands = {
    Command{"alarm", "", "[on|off]", "say when an input loads objects one by one (N+1)", alarm},
    Command{"all", "", "", "all rows of the table that was shown last", all},
    Command{"bind", "l", "[KEY]", "the databases of the app, or what one has", nullptr},
    Command{"commit", "", "", "db.session:commit()", nullptr},
    Command{"connect", "c", "URL", "another database, without models, as db", nullptr},
    Command{"describe", "d", "NAME", "columns, keys and indexes of a model or table", nullptr},
    Command{"echo", "", "on|off", "show the statements that reach the database", echo},
    Command{"edit", "e", "[TEXT]", "write an input with $EDITOR, and run it", edit},
    Command{"explain", "", "QUERY", "the database's plan for a query or for SQL", nullptr},
    Command{"format", "", "FORMAT", "tables as table, vertical, csv, json or markdown", format},
    Command{"help", "h ?", "", "this page", help},
    Command{"history", "s", "[WHICH]",
            "earlier inputs: TEXT, 3-7, --session; --save FILE, --replay", history},
    Command{"load", "i", "FILE", "run a file of Lua or SQL here", load},
    Command{"models", "", "", "the classes, their tables and relationships", nullptr},
    Command{"output", "o", "[FILE]", "write tables to a file; alone: to the screen", output},
    Command{"plan", "", "", "what a flush would do, and in which order", nullptr},
    Command{"queries", "", "[on|off]", "the statements of the last input; on: count them", queries},
    Command{"quit", "q", "", "leave", quit},
    Command{"reload", "", "", "run the app's modules again", nullptr},
    Command{"rollback", "", "", "db.session:rollback()", nullptr},
    Command{"schema", "", "[NAME]", "the CREATE statements of all tables, or of one", nullptr},
    Command{"session", "", "", "what is new, changed and deleted in db.session", nullptr},
    Command{"source", "", "NAME", "where a function or class was written, and its text", source},
    Command{"table", "", "[on|off]", "show lists of objects as tables", table},
    Command{"tables", "dt", "", "the tables of the database, and their models", nullptr},
    Command{"timing", "", "[on|off]", "how long each input takes", timing},
    Command{"tour", "", "[stop]", "the first steps, in a scratch database", tour},
    Command{"trace", "", "", "the calls that led to the last error", trace},
    Command{"view", "", "[on|off]", "show one object with all its attributes", view},
    Command{"watch", "", "[S] INPUT", "run Lua or SQL every S seconds, until Ctrl-C", nullptr},
    Command{"x", "", "[on|off]", "tables as blocks of lines, as :format vertical", vertical},
};

bool is_called(const Command& command, std::string_view name) {
  if (name == command.name) return true;
  auto aliases = base::split(command.aliases, ' ');
  return !name.empty() && std::find(aliases.begin(), aliases.end(), name) != aliases.end();
}

void show_usage(const Screen& screen, const Command& command) {
  std::string text = ":" + std::string(command.name);
  if (!command.arguments.empty()) text += " " + std::string(command.arguments);
  text += "  " + std::string(command.doc);
  if (!command.aliases.empty()) text += "  (" + std::string(command.aliases) + ")";
  screen.value(text);
}

CommandResult run_in_lua(lua_State* L, const Command& command, std::string_view arguments) {
  std::string module = "moonbase.commands." + std::string(command.name);
  push_module_function(L, module.c_str(), "run");
  bindings::push_string(L, arguments);
  bindings::call_lua(L, 1, 0);
  return CommandResult::kGoOn;
}

CommandResult run(lua_State* L, Screen& screen, const Command& command,
                  std::string_view arguments) {
  int top = lua_gettop(L);
  CommandResult result = CommandResult::kGoOn;
  try {
    result = command.run != nullptr ? command.run(L, screen, arguments)
                                    : run_in_lua(L, command, arguments);
    run_after_input(L);
  } catch (const bindings::ScriptError& error) {
    lua_settop(L, top);
    settings(L).traceback = error.traceback();
    screen.remark(describe_error(L, error));
    result = CommandResult::kFailed;
  }
  return result;
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  auto found = std::find_if(kCommands.begin(), kCommands.end(),
                            [name](const Command& command) { return is_called(command, name); });
  return found != kCommands.end() ? found : nullptr;
}

CommandResult run_command(lua_State* L, Screen& screen, std::string_view line) {
  line = base::trim(line.substr(1));
  size_t end = std::min(line.find_first_of(" \t\n"), line.size());
  std::string_view name = line.substr(0, end);
  const bool asks = name.size() > 1 && name.ends_with('?');
  while (asks && name.ends_with('?')) name.remove_suffix(1);
  if (const Command* command = asks ? find_command(name) : nullptr) {
    show_usage(screen, *command);
    return CommandResult::kGoOn;
  }
  if (const Command* command = find_command(name))
    return run(L, screen, *command, base::trim(line.substr(end)));
  std::vector<std::string> names;
  for (const Command& command : kCommands) names.emplace_back(command.name);
  screen.remark("there is no command " + base::quote_for_message(name) +
                base::did_you_mean(name, names) + " (:help lists them)");
  return CommandResult::kFailed;
}

bool is_farewell(lua_State* L, std::string_view line) {
  line = base::trim(line);
  if (line == "os.exit()") return true;
  if (line.ends_with("()")) line.remove_suffix(2);
  if (line != "exit" && line != "quit") return false;
  lua_pushglobaltable(L);
  lua_pushlstring(L, line.data(), line.size());
  bool free = lua_rawget(L, -2) == LUA_TNIL;
  lua_pop(L, 2);
  return free;
}

}  // namespace moonbase::shell
