// :table, lists of objects and rows as tables.
#include "shell/command/functions.h"
#include "shell/tables.h"

namespace moonbase::shell::command {

CommandResult table(lua_State* L, Screen& screen, std::string_view arguments) {
  bool on = tables(L).automatic();
  if (switch_setting(screen, "table", arguments, on)) tables(L).set_automatic(on);
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
