#include "shell/saved_inputs.h"

#include <algorithm>
#include <vector>

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

std::string_view text_of(const syntax::Token& token, std::string_view text) {
  return text.substr(token.begin, token.end - token.begin);
}

// Whether a `return` stands in no function, and so ends the text where it runs.
bool can_return(std::string_view text) {
  std::vector<bool> blocks;  // those that are open: whether it is a function
  for (const syntax::Token& token : syntax::tokens(text)) {
    if (token.cls != syntax::TokenClass::kKeyword) continue;
    const std::string_view word = text_of(token, text);
    if (word == "function" || word == "do" || word == "if" || word == "repeat") {
      blocks.push_back(word == "function");
    } else if ((word == "end" || word == "until") && !blocks.empty()) {
      blocks.pop_back();
    } else if (word == "return" && std::find(blocks.begin(), blocks.end(), true) == blocks.end()) {
      return true;
    }
  }
  return false;
}

// The values that the text ends with by `return`, which would end the script, are printed. What
// makes a list of values up to the end of the text stands in no block and in no function.
// Another `return` gets a function around it.
std::string without_return(lua_State* L, const std::string& text, bool shown) {
  if (!can_return(text)) return text;
  for (const syntax::Token& token : syntax::tokens(text)) {
    if (token.cls != syntax::TokenClass::kKeyword || text_of(token, text) != "return") continue;
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
  const std::string call = "(function()\n" + text + "\nend)()";
  return shown ? "print(" + call + ")" : call;
}

}  // namespace

bool is_runnable(lua_State* L, std::string_view input) {
  const std::string text(base::trim(input));
  return is_sql_input(L, text) || is_chunk(L, text) || is_chunk(L, "return " + text);
}

std::string script_of(lua_State* L, std::string_view input, bool shown) {
  std::string text(base::trim(input));
  if (is_sql_input(L, text)) return "sql" + in_long_brackets(text) + "\n";
  const bool is_statement = is_chunk(L, text);
  if ((shown || !is_statement) && is_chunk(L, "return " + text)) return printed(text) + "\n";
  if (is_statement) text = without_return(L, text, shown);
  return (text.starts_with('(') ? ";" : "") + text + "\n";
}

}  // namespace moonbase::shell
