// :quit.
#include "shell/command/functions.h"

namespace moonbase::shell::command {

CommandResult quit(lua_State*, Screen&, std::string_view) { return CommandResult::kLeave; }

}  // namespace moonbase::shell::command
