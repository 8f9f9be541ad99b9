#include <string>

#include "shell/command/functions.h"

namespace moonbase::shell::command {

bool switch_setting(Screen& screen, std::string_view name, std::string_view arguments,
                    bool& setting) {
  if (!arguments.empty() && arguments != "on" && arguments != "off") {
    screen.remark(":" + std::string(name) + " takes on or off");
    return false;
  }
  setting = arguments.empty() ? !setting : arguments == "on";
  screen.remark(":" + std::string(name) + " is " + (setting ? "on" : "off"));
  return true;
}

}  // namespace moonbase::shell::command
