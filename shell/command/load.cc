// :load, a file of Lua run as inputs, or one of SQL.
#include <fstream>
#include <sstream>
#include <string>

#include "bindings/call.h"
#include "bindings/stack.h"
#include "shell/command/functions.h"
#include "shell/module.h"
#include "shell/printer.h"
#include "shell/repl.h"

namespace moonbase::shell::command {

CommandResult load(lua_State* L, Screen& screen, std::string_view arguments) {
  std::string path(arguments);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (path.empty()) {
    screen.remark(":load takes a file of Lua or SQL");
  } else if (!file || !(text << file.rdbuf())) {
    screen.remark("cannot read " + printable(path, false));
  } else if (path.ends_with(".sql")) {
    push_module_function(L, "moonbase.show", "script");
    bindings::push_string(L, text.str());
    bindings::call_lua(L, 1, 0);
  } else {
    run_file_inputs(L, screen, text.str(), path);
  }
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
