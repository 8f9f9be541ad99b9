// :output, the file that tables go to.
#include <string>

#include "shell/command/functions.h"
#include "shell/printer.h"
#include "shell/tables.h"

namespace moonbase::shell::command {

CommandResult output(lua_State* L, Screen& screen, std::string_view arguments) {
  tables(L).set_output(std::string(arguments));
  screen.remark(arguments.empty() ? "tables go to the screen"
                                  : "tables go to " + printable(arguments, false) +
                                        ", all rows of them; :output alone ends that");
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
