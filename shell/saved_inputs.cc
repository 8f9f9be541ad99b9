#include "shell/saved_inputs.h"

#include "bindings/syntax/syntax.h"
#include "orm/base/text.h"
#include "shell/sql_input.h"

namespace moonbase::shell {
namespace {

bool is_chunk(lua_State* L, const std::string& text) {
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

std::string printed(std::string_view values) {
  // A comment would hide the parenthesis.
  const bool comment = values.find("--") != std::string_view::npos;
  return "print(" + std::string(base::trim(values)) + (comment ? "\n)" : ")");
}

// The values that the text ends with by `return`, which would end the script, are printed. What
// makes a list of values up to the end of the text stands in no block and in no function.
std::string without_return(lua_State* L, const std::string& text) {
  for (const syntax::Token& token : syntax::tokens(text)) {
    const std::string_view word =
        std::string_view(text).substr(token.begin, token.end - token.begin);
    if (token.cls != syntax::TokenClass::kKeyword || word != "return") continue;
    std::string values = text.substr(token.end);
    if (!is_chunk(L, "return " + values)) continue;
    if (const size_t end = values.find_last_not_of(" \t\r\n;"); end != std::string::npos) {
      values.resize(end + 1);
      values = printed(values);
    } else {
      values.clear();
    }
    return text.substr(0, token.begin) + values;
  }
  return text;
}

}  // namespace

std::string script_of(lua_State* L, std::string_view input, bool shown) {
  std::string text(base::trim(input));
  if (is_sql_input(L, text)) return "sql" + in_long_brackets(text) + "\n";
  const bool is_statement = is_chunk(L, text);
  if ((shown || !is_statement) && is_chunk(L, "return " + text)) return printed(text) + "\n";
  if (is_statement) text = without_return(L, text);
  return (text.starts_with('(') ? ";" : "") + text + "\n";
}

}  // namespace moonbase::shell
