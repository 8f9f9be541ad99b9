// :edit, an input written with another program: what is saved is run.
#include <string>

#include "orm/base/text.h"
#include "shell/command/functions.h"
#include "shell/editor/external.h"
#include "shell/printer.h"
#include "shell/repl.h"

namespace moonbase::shell::command {

CommandResult edit(lua_State* L, Screen& screen, std::string_view arguments) {
  if (screen.mode() != Mode::kTerminal) {
    screen.remark(":edit needs a terminal");
    return CommandResult::kGoOn;
  }
  std::string text(arguments);
  std::string problem = editor::edit_externally(text);
  if (!problem.empty()) {
    screen.remark(printable(problem, false));
  } else if (!base::trim(text).empty()) {
    screen.value(printable(text, true));
    run_file_inputs(L, screen, text, "edited");
  }
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
