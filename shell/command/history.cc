// :history, the inputs that hold a text, or the last ones.
#include "shell/editor/history.h"

#include <charconv>
#include <string>
#include <vector>

#include "shell/command/functions.h"
#include "shell/printer.h"

namespace moonbase::shell::command {
namespace {

constexpr size_t kShown = 20;

// Those to show of all, oldest first.
std::vector<size_t> chosen(const editor::History& history, std::string_view arguments) {
  size_t most = kShown;
  auto [end, error] = std::from_chars(arguments.data(), arguments.data() + arguments.size(), most);
  bool number = error == std::errc() && end == arguments.data() + arguments.size();
  std::vector<size_t> out;
  for (size_t i = history.size(); i-- > 0 && out.size() < most;) {
    if (number || arguments.empty() || editor::position_of(arguments, history[i])) out.push_back(i);
  }
  return {out.rbegin(), out.rend()};
}

}  // namespace

CommandResult history(lua_State*, Screen& screen, std::string_view arguments) {
  editor::History history(editor::history_path());
  std::vector<size_t> places = chosen(history, arguments);
  for (size_t i : places) screen.value(std::to_string(i + 1) + "  " + printable(history[i], true));
  if (places.empty()) screen.remark("no input like this is kept");
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
