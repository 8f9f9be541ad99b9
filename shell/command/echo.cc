// :echo, the statements as they are sent.
#include "shell/command/functions.h"
#include "shell/module.h"

namespace moonbase::shell::command {

CommandResult echo(lua_State* L, Screen& screen, std::string_view arguments) {
  if (arguments != "on" && arguments != "off") {
    screen.remark(":echo takes on or off");
  } else if (!set_echo(L, arguments == "on")) {
    screen.remark("there is no database whose statements could be shown");
  }
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
