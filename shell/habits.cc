#include "shell/habits.h"

#include <algorithm>
#include <array>
#include <vector>

#include "bindings/call.h"
#include "bindings/stack.h"
#include "bindings/syntax/syntax.h"
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

// The code without the names that are given a value, as `null` in {null = 'N'}: nobody reads them.
std::string without_assigned_names(std::string_view text) {
  std::string code = code_of(text);
  std::vector<syntax::Token> tokens = syntax::tokens(text);
  std::erase_if(
      tokens, [](const syntax::Token& token) { return token.cls == syntax::TokenClass::kComment; });
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    const syntax::Token &name = tokens[i], &next = tokens[i + 1];
    if (name.cls == syntax::TokenClass::kName &&
        text.substr(next.begin, next.end - next.begin) == "=")
      code.replace(name.begin, name.end - name.begin, name.end - name.begin, ' ');
  }
  return code;
}

}  // namespace

std::string habit_after_error(lua_State* L, std::string_view message, std::string_view text) {
  if (text.empty()) return {};
  return ask(L, "after_error", {message, code_of(text)});
}

std::string habit_in_what_ran(lua_State* L, std::string_view text, bool failed) {
  // Most inputs are not worth the table.
  constexpr std::array kSuspicious = std::to_array<std::string_view>(
      {"None", "True", "False", "null", "not ", "db.Model", "commit", "COMMIT", "rollback",
       "ROLLBACK", "begin", "BEGIN"});
  auto mentioned = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  if (std::none_of(kSuspicious.begin(), kSuspicious.end(), mentioned)) return {};
  return ask(L, "in_what_ran", {without_assigned_names(text), failed ? "failed" : ""});
}

}  // namespace moonbase::shell
