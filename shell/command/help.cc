// :help, the page that begins with how to go on and lists the commands.
#include <algorithm>
#include <string>

#include "shell/command/functions.h"
#include "shell/fold.h"

namespace moonbase::shell::command {

CommandResult help(lua_State*, Screen& screen, std::string_view) {
  std::string page =
      "Type Lua: an expression shows its value, which is then `_`; an input goes on to the next "
      "line\n"
      "until it is complete. Ctrl-C drops the input or stops what runs, Ctrl-D leaves. Tab "
      "completes,\n"
      "Up and Ctrl-R find earlier inputs, Alt-Enter begins a line, Ctrl-X Ctrl-E opens $EDITOR.\n"
      "\n"
      "  u = User{username = 'ada'}       keyword arguments go in braces\n"
      "  db.session:add(u)                methods take a colon\n"
      "  db.session:commit()\n"
      "  User.query:filter_by{username = 'ada'}:first()\n"
      "  select * from user               SQL runs on the session's connection\n"
      "  User?  db.session.add?  u?       what something is; ?? shows the source\n"
      "  help(db.session)                 the same, for programs\n"
      "\n"
      ":tour shows the first steps, in a scratch database.\n";
  for (const Command& command : commands()) {
    std::string call = ":" + std::string(command.name) + " " + std::string(command.arguments);
    call.resize(std::max<size_t>(call.size() + 1, 22), ' ');
    std::string also = command.aliases.empty() ? "" : "  (" + std::string(command.aliases) + ")";
    page += "\n  " + call + std::string(command.doc) + also;
  }
  screen.value(folded(page, screen.fold_width()));
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
