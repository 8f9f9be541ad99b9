// :all, the rest of what was cut.
#include "shell/command/functions.h"
#include "shell/tables.h"

namespace moonbase::shell::command {

CommandResult all(lua_State* L, Screen& screen, std::string_view) {
  if (!show_all(L)) screen.remark("no table was shown that could be shown again");
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
