// :alarm, whether loads one by one are told after an input.
#include "bindings/load_alarm.h"
#include "shell/command/functions.h"

namespace moonbase::shell::command {

CommandResult alarm(lua_State* L, Screen& screen, std::string_view arguments) {
  bool on = bindings::load_alarm(L).is_on();
  if (switch_setting(screen, "alarm", arguments, on)) bindings::load_alarm(L).set_on(on);
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
