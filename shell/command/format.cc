// :format, how tables are written; :x, the switch between tables and blocks.
#include <string>

#include "orm/base/text.h"
#include "shell/command/functions.h"
#include "shell/tables.h"

namespace moonbase::shell::command {

CommandResult format(lua_State* L, Screen& screen, std::string_view arguments) {
  if (auto format = table_format(arguments)) {
    tables(L).set_format(*format);
  } else {
    screen.remark(":format takes one of " + std::string(kTableFormats));
  }
  return CommandResult::kGoOn;
}

CommandResult vertical(lua_State* L, Screen& screen, std::string_view arguments) {
  bool on = tables(L).format() == TableFormat::kVertical;
  if (switch_setting(screen, "x", arguments, on))
    tables(L).set_format(on ? TableFormat::kVertical : TableFormat::kTable);
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
