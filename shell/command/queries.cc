// :queries, the statements of the last input; and whether each input says how many it sent.
#include <string>

#include "bindings/statement_log.h"
#include "shell/command/functions.h"
#include "shell/settings.h"
#include "shell/sql_colours.h"

namespace moonbase::shell::command {

CommandResult queries(lua_State* L, Screen& screen, std::string_view arguments) {
  if (!arguments.empty()) {
    switch_setting(screen, "queries", arguments, settings(L).queries);
    return CommandResult::kGoOn;
  }
  const bindings::StatementLog& log = bindings::statement_log(L);
  for (std::string_view line : log.lines()) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    screen.value(screen.colours() ? coloured_statement(line) : line);
  }
  if (log.lines().empty()) screen.remark("the last input sent no statements");
  if (size_t hidden = log.hidden_lines(); hidden != 0)
    screen.remark("… " + std::to_string(hidden) + " more: :echo on shows them as they are sent");
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
