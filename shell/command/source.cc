// :source, what `x??` says.
#include <string>

#include "shell/command/functions.h"
#include "shell/printer.h"
#include "shell/question.h"
#include "shell/repl.h"

namespace moonbase::shell::command {

CommandResult source(lua_State* L, Screen& screen, std::string_view arguments) {
  const std::string question = std::string(arguments) + "??";
  if (arguments.empty()) {
    screen.remark(":source takes a function or a class: :source User.query");
  } else if (!question_in(question)) {
    screen.remark(printable(arguments, false) + " is no expression: :source User.query");
  } else if (!run_again(L, screen, question)) {
    return CommandResult::kFailed;
  }
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
