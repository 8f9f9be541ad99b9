#include "shell/sql_input.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "bindings/context.h"
#include "bindings/prompt_locals.h"
#include "bindings/syntax/syntax.h"
#include "orm/base/text.h"

namespace moonbase::shell {
namespace {

using syntax::Completeness;
using syntax::Token;
using syntax::TokenClass;

bool is_verb(std::string_view word) {
  constexpr auto kVerbs = std::to_array<std::string_view>(
      {"select", "insert",  "update", "delete", "with",    "explain", "create",  "drop",
       "alter",  "replace", "values", "pragma", "analyze", "vacuum",  "reindex", "truncate",
       "merge",  "grant",   "revoke", "attach", "detach",  "show"});
  return std::find(kVerbs.begin(), kVerbs.end(), word) != kVerbs.end();
}

// What stands behind the verb in SQL, and not in a slip of Lua (`update = =`, `select.x`).
bool may_follow_verb(std::string_view word, const Token& token) {
  if (token.cls == TokenClass::kOperator) return word == "(" || word == "*" || word == "-";
  return token.cls != TokenClass::kInvalid || word == "?" || word == "\"" || word == "'" ||
         word == "`";
}

bool is_undefined(lua_State* L, std::string_view name) {
  if (bindings::Context::of(L).area<bindings::PromptLocals>().push_value(L, name)) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushglobaltable(L);
  lua_pushlstring(L, name.data(), name.size());
  bool undefined = lua_rawget(L, -2) == LUA_TNIL;
  lua_pop(L, 2);
  return undefined;
}

// What is open at the end of a text of SQL.
class SqlScanner {
 public:
  explicit SqlScanner(std::string_view text) {
    for (size_t at = 0; at < text.size(); ++at) at = take(text, at);
  }
  bool open() const { return depth_ > 0 || inside_; }
  bool ended() const { return ended_ && !inside_; }  // the last thing is a `;`

 private:
  // Takes what begins at `at`; the place of its last byte.
  size_t take(std::string_view text, size_t at) {
    char c = text[at];
    if (c == '\'' || c == '"' || c == '`')
      return skip(text, at + 1, std::string_view(&text[at], 1));
    if (text.substr(at, 2) == "--") return std::min(text.find('\n', at), text.size());
    if (text.substr(at, 2) == "/*") return skip(text, at + 2, "*/");
    if (c == '(') ++depth_;
    if (c == ')') --depth_;
    if (c == ';') {
      ended_ = true;
    } else if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) {
      ended_ = false;
    }
    return at;
  }

  size_t skip(std::string_view text, size_t from, std::string_view end) {
    ended_ = false;
    size_t at = text.find(end, from);
    inside_ = at == std::string_view::npos;
    return inside_ ? text.size() : at + end.size() - 1;
  }

  int depth_ = 0;
  bool inside_ = false, ended_ = false;
};

}  // namespace

bool is_sql_input(lua_State* L, std::string_view text) {
  std::vector<Token> tokens = syntax::tokens(text);
  std::erase_if(tokens, [](const Token& token) { return token.cls == TokenClass::kComment; });
  auto word = [&](size_t i) {
    return text.substr(tokens[i].begin, tokens[i].end - tokens[i].begin);
  };
  size_t first = 0;
  while (first < tokens.size() && word(first) == "(") ++first;
  if (tokens.size() < first + 2 || tokens[first].cls != TokenClass::kName) return false;
  std::string_view verb = word(first);
  if (!is_verb(base::lower(verb)) ||
      !may_follow_verb(word(first + 1).substr(0, 1), tokens[first + 1]))
    return false;
  Completeness lua = syntax::completeness(text);
  if (lua == Completeness::kWrong) lua = syntax::completeness("return " + std::string(text));
  if (lua == Completeness::kWrong) return true;
  bool calls = word(first + 1) == "(" || tokens[first + 1].cls == TokenClass::kString;
  return lua == Completeness::kComplete && calls && is_undefined(L, verb);
}

bool wants_more_sql(std::string_view text) {
  SqlScanner scanner(text);
  if (scanner.ended()) return false;
  size_t line = text.rfind('\n');
  if (line == std::string_view::npos) return scanner.open();
  return !base::trim(text.substr(line)).empty();
}

}  // namespace moonbase::shell
