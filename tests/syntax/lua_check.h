// Lua itself, asked about texts: does it take them, and what do they do?
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <lua.hpp>

#include "bindings/syntax/syntax.h"

namespace moonbase::syntax {

class Lua {
 public:
  Lua() : L(luaL_newstate()) { luaL_openlibs(L); }
  ~Lua() { lua_close(L); }
  Lua(const Lua&) = delete;
  Lua& operator=(const Lua&) = delete;

  // Empty, or Lua's message. A first line with `#` is left out, as of a file.
  std::string refusal(std::string_view text) {
    std::string lua(text);
    if (lua.starts_with('#')) lua.insert(0, "--");
    const int status = luaL_loadbufferx(L, lua.data(), lua.size(), "=text", "t");
    std::string message = status == LUA_OK ? "" : lua_tostring(L, -1);
    lua_settop(L, 0);
    return message;
  }
  bool accepts(std::string_view text) { return refusal(text).empty(); }

  // What the rewriter did to a text that Lua accepts: empty when Lua accepts the result (or refuses
  // it for one of its limits) and the lines are the same.
  std::string damage(std::string_view text, const Options& options = {}) {
    const Rewrite edited = rewrite(text, options);
    if (!edited.changed) return "";
    const std::string message = refusal(edited.text);
    if (!message.empty() && !is_limit(message)) return message + "\n" + edited.text;
    if (lines(edited.text) != lines(text)) return "lines differ\n" + edited.text;
    return keeps_tokens(text, edited.text) ? "" : "tokens moved\n" + edited.text;
  }

  static bool is_limit(std::string_view message) {
    for (const std::string_view limit :
         {"too many", "C stack overflow", "overflow", "registers", "too long", "const variable"}) {
      if (message.find(limit) != std::string_view::npos) return true;
    }
    return false;
  }

  // Every token, but those that calls replace, is still there, in order and on its line.
  static bool keeps_tokens(std::string_view text, std::string_view edited) {
    static constexpr std::string_view kReplaced[] = {
        "and", "or", "not", "==", "~=", "<", "<=", ">", ">="};
    const std::vector<Token> now = tokens(edited);
    size_t at = 0;
    for (const Token& token : tokens(text)) {
      const std::string_view word = text.substr(token.begin, token.end - token.begin);
      const bool is_first_line = token.line == 1 && text.starts_with('#');
      if (is_first_line ||
          std::find(std::begin(kReplaced), std::end(kReplaced), word) != std::end(kReplaced)) {
        continue;
      }
      const auto same = [&](const Token& other) {
        return other.line == token.line &&
               edited.substr(other.begin, other.end - other.begin) == word;
      };
      while (at < now.size() && !same(now[at])) ++at;
      if (at++ >= now.size()) return false;
    }
    return true;
  }

  static long lines(std::string_view text) { return std::count(text.begin(), text.end(), '\n'); }

  lua_State* L;
};

// The text with some of its calls renamed so that they build queries.
inline std::string with_queries(std::string_view text, std::mt19937& random) {
  static constexpr std::string_view kNames[] = {"filter",
                                                "update",
                                                "filter_by",
                                                "expr",
                                                "values",
                                                "hybrid_property",
                                                "on_conflict_do_update"};
  std::string out;
  size_t done = 0;
  const std::vector<Token> all = tokens(text);
  for (size_t i = 0; i + 1 < all.size(); ++i) {
    const char next = text[all[i + 1].begin];
    const bool is_call = next == '(' || next == '{' || next == '"' || next == '\'';
    if (all[i].cls != TokenClass::kName || !is_call || random() % 3 == 0) continue;
    out += text.substr(done, all[i].begin - done);
    out += kNames[random() % std::size(kNames)];
    done = all[i].end;
  }
  out += text.substr(done);
  return out;
}

// The text with a few tokens left out, doubled, exchanged or put elsewhere.
inline std::string mutated(std::string_view text, std::mt19937& random) {
  const std::vector<Token> all = tokens(text);
  if (all.empty()) return std::string(text);
  std::vector<std::string> parts;
  size_t done = 0;
  for (const Token& token : all) {
    parts.emplace_back(text.substr(done, token.end - done));
    done = token.end;
  }
  for (size_t change = random() % 2; change < 2; ++change) {
    const size_t at = random() % parts.size();
    const size_t other = random() % parts.size();
    switch (random() % 4) {
      case 0:
        parts[at].clear();
        break;
      case 1:
        parts[at] += ' ' + parts[at];
        break;
      case 2:
        std::swap(parts[at], parts[other]);
        break;
      default:
        parts[at] += ' ' + parts[other];
    }
  }
  std::string out;
  for (const std::string& part : parts) out += part;
  out += text.substr(done);
  return out;
}

}  // namespace moonbase::syntax
