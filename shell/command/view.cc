// :view, one object with all its attributes.
#include "shell/command/functions.h"
#include "shell/settings.h"

namespace moonbase::shell::command {

CommandResult view(lua_State* L, Screen& screen, std::string_view arguments) {
  switch_setting(screen, "view", arguments, settings(L).view);
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
