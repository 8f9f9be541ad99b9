// :tour, the first steps in a database of its own.
#include "shell/tour.h"

#include "shell/command/functions.h"

namespace moonbase::shell::command {

CommandResult tour(lua_State* L, Screen& screen, std::string_view arguments) {
  if (arguments == "stop") {
    screen.remark(stop_tour(L));
  } else if (arguments.empty()) {
    screen.value(start_tour(L));
  } else {
    screen.remark(":tour begins the tour or goes on with it, :tour stop ends it");
  }
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
