// :timing, how long each input took.
#include "shell/command/functions.h"
#include "shell/settings.h"

namespace moonbase::shell::command {

CommandResult timing(lua_State* L, Screen& screen, std::string_view arguments) {
  switch_setting(screen, "timing", arguments, settings(L).timing);
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
