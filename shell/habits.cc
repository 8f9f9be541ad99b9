#include "shell/habits.h"

#include <algorithm>
#include <array>

#include "bindings/call.h"
#include "bindings/stack.h"
#include "shell/module.h"
#include "shell/source_scan.h"

namespace moonbase::shell {
namespace {

std::string ask(lua_State* L, const char* function,
                std::initializer_list<std::string_view> arguments) {
  try {
    push_module_function(L, "moonbase.habits", function);
    for (std::string_view argument : arguments) bindings::push_string(L, argument);
    bindings::call_lua(L, static_cast<int>(arguments.size()), 1);
  } catch (const bindings::ScriptError&) {
    return {};
  }
  const char* hint = lua_tostring(L, -1);
  std::string out = hint != nullptr ? hint : "";
  lua_pop(L, 1);
  return out;
}

}  // namespace

std::string habit_after_error(lua_State* L, std::string_view message, std::string_view text) {
  if (text.empty()) return {};
  return ask(L, "after_error", {message, code_of(text)});
}

std::string habit_in_what_ran(lua_State* L, std::string_view text, bool failed) {
  // Most inputs are not worth the table.
  constexpr std::array kSuspicious =
      std::to_array<std::string_view>({"None", "True", "False", "null", "not ", "db.Model"});
  auto mentioned = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  if (std::none_of(kSuspicious.begin(), kSuspicious.end(), mentioned)) return {};
  return ask(L, "in_what_ran", {code_of(text), failed ? "failed" : ""});
}

}  // namespace moonbase::shell
