// :trace, the calls that were under way when the last error was raised.
#include <optional>
#include <string>

#include "orm/base/text.h"
#include "shell/command/functions.h"
#include "shell/printer.h"
#include "shell/settings.h"

namespace moonbase::shell::command {

CommandResult trace(lua_State* L, Screen& screen, std::string_view) {
  const std::optional<std::string>& traceback = settings(L).traceback;
  if (!traceback) {
    screen.remark("no input has failed");
    return CommandResult::kGoOn;
  }
  if (traceback->empty()) screen.remark("no call of Lua led to the last error");
  for (std::string_view line : base::split(*traceback, '\n')) {
    // The first line is a title, and every line begins with a tab.
    if (line.starts_with('\t')) screen.value("  " + printable(line.substr(1), false));
  }
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
