#include "shell/saved_inputs.h"

#include "orm/base/text.h"
#include "shell/sql_input.h"

namespace moonbase::shell {
namespace {

bool is_statement(lua_State* L, const std::string& text) {
  bool loaded = luaL_loadbufferx(L, text.data(), text.size(), "=input", "t") == LUA_OK;
  lua_pop(L, 1);
  return loaded;
}

// In long brackets that the text does not close, not even with its last bracket.
std::string in_long_brackets(std::string_view text) {
  std::string level;
  while ((std::string(text) + "]").find("]" + level + "]") != std::string::npos) level += '=';
  return "[" + level + "[" + std::string(text) + "]" + level + "]";
}

}  // namespace

std::string script_of(lua_State* L, std::string_view input) {
  std::string text(base::trim(input));
  if (is_sql_input(L, text)) return "sql" + in_long_brackets(text) + "\n";
  if (!is_statement(L, text)) {
    // A comment would hide the parenthesis.
    bool comment = text.find("--") != std::string::npos;
    return "print(" + text + (comment ? "\n)\n" : ")\n");
  }
  return (text.starts_with('(') ? ";" : "") + text + "\n";
}

}  // namespace moonbase::shell
