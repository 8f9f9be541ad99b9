#include "shell/input.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "bindings/guard.h"
#include "bindings/prompt_locals.h"
#include "orm/base/text.h"
#include "shell/source_scan.h"

namespace moonbase::shell {
namespace {

constexpr std::string_view kEnd = "<eof>";

bool load(lua_State* L, const std::string& text, const std::string& chunk_name) {
  return luaL_loadbufferx(L, text.data(), text.size(), chunk_name.c_str(), "t") == LUA_OK;
}

std::string_view message(lua_State* L) {
  size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  return text != nullptr ? std::string_view(text, size) : std::string_view();
}

// Whether Lua's message on the top says that it wanted more text. No line can complete a string in
// quotes, and nobody means to complete a method or a name at the end ("x = 1; x") by another line.
bool wants_more(lua_State* L) {
  constexpr std::array kComplete = std::to_array<std::string_view>(
      {"unfinished string near", "function arguments expected near", ": syntax error near"});
  std::string_view text = message(L);
  auto says = [text](std::string_view words) { return text.find(words) != std::string_view::npos; };
  return text.ends_with(kEnd) && std::none_of(kComplete.begin(), kComplete.end(), says);
}

bool starts_with_word(std::string_view code, std::string_view word) {
  if (!code.starts_with(word)) return false;
  return code.size() == word.size() ||
         (code[word.size()] != '_' &&
          std::isalnum(static_cast<unsigned char>(code[word.size()])) == 0);
}

// Blocks of Python ("if x:") and of C ("if (x) {") look unfinished to Lua, for ever.
bool is_foreign_block(std::string_view text) {
  std::string scanned = code_of(text);
  std::string_view code = base::trim(scanned);
  if (code.empty() || code.find('\n') != std::string_view::npos) return false;
  if (code.back() == ':') {
    constexpr std::array kPython = std::to_array<std::string_view>(
        {"if", "for", "while", "else", "elif", "def", "class", "try", "except", "with"});
    for (std::string_view word : kPython) {
      if (starts_with_word(code, word)) return true;
    }
  }
  bool braces = code.back() == '{' && base::trim(code.substr(0, code.size() - 1)).ends_with(')');
  return braces && (starts_with_word(code, "if") || starts_with_word(code, "for") ||
                    starts_with_word(code, "while"));
}

// Whether the text begins as only an expression can, so that the message about the expression is
// the one to show.
bool begins_as_expression(std::string_view text) {
  std::string scanned = code_of(text);
  std::string_view code = base::trim(scanned);
  if (code.empty()) return false;
  if (std::string_view("0123456789\"'{#-").find(code.front()) != std::string_view::npos)
    return true;
  return starts_with_word(code, "not") || starts_with_word(code, "nil") ||
         starts_with_word(code, "true") || starts_with_word(code, "false");
}

// A line that goes on with the chain of calls above it: "  :all()", "  .name", not "  ..".
bool continues_chain(std::string_view line) {
  if (line.empty() || (line.front() != ' ' && line.front() != '\t')) return false;
  line = base::trim(line);
  if (line.size() < 2 || (line[0] != ':' && line[0] != '.')) return false;
  return line[1] == '_' || std::isalpha(static_cast<unsigned char>(line[1])) != 0;
}

// What Lua makes of the text as it is; `source` becomes the one of the two forms that it took.
Compiled load_input(lua_State* L, std::string_view text, const std::string& chunk_name,
                    int first_line, bool last, std::string& source) {
  std::string padding(static_cast<size_t>(first_line - 1), '\n');
  std::string body(text);
  source = padding + "return " + body;
  if (load(L, source, chunk_name)) return Compiled::kFunction;
  bool incomplete = wants_more(L);
  source = padding + body;
  if (load(L, source, chunk_name)) {
    lua_remove(L, -2);
    return Compiled::kFunction;
  }
  incomplete = incomplete || wants_more(L);
  if (incomplete && !last && !is_foreign_block(text)) {
    lua_pop(L, 2);
    return Compiled::kIncomplete;
  }
  lua_remove(L, begins_as_expression(text) ? -1 : -2);
  return Compiled::kError;
}

struct Rewriting {
  const std::string& source;
  const std::string& chunk_name;
  int status = LUA_OK;
};

// Arguments: the function that Lua made, a Rewriting.
int rewrite_input(lua_State* L) {
  auto& job = *static_cast<Rewriting*>(lua_touserdata(L, 2));
  lua_settop(L, 1);
  auto& locals = bindings::Context::of(L).area<bindings::PromptLocals>();
  job.status = locals.rewrite_loaded(L, job.source, job.chunk_name.c_str());
  return 1;
}

}  // namespace

Compiled compile_input(lua_State* L, std::string_view text, const std::string& chunk_name,
                       int first_line, bool last) {
  std::string source;
  Compiled compiled = load_input(L, text, chunk_name, first_line, last, source);
  if (compiled != Compiled::kFunction) return compiled;
  Rewriting job{source, chunk_name};
  lua_pushcfunction(L, bindings::guarded<rewrite_input>);
  lua_insert(L, -2);
  lua_pushlightuserdata(L, &job);
  bool failed = lua_pcall(L, 2, 1, 0) != LUA_OK || job.status != LUA_OK;
  return failed ? Compiled::kError : Compiled::kFunction;
}

bool wants_more_lines(lua_State* L, std::string_view text) {
  std::string source;
  if (load_input(L, text, "=input", 1, false, source) == Compiled::kIncomplete) return true;
  lua_pop(L, 1);
  return false;
}

std::string_view InputSplitter::take_line() {
  size_t end = rest_.find('\n');
  std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  ++line_;
  return line;
}

bool InputSplitter::next(Input& input) {
  while (!rest_.empty() && base::trim(rest_.substr(0, rest_.find('\n'))).empty()) take_line();
  if (rest_.empty()) return false;
  input.first_line = line_;
  std::string_view start = rest_;
  auto text = [&] { return start.substr(0, start.size() - rest_.size()); };
  SourceScanner scanner;
  do {
    size_t before = text().size();
    take_line();
    scanner.feed(text().substr(before));
    // Inside brackets, blocks and strings it is not complete: a long table is not compiled at each
    // of its lines.
    if (scanner.depth() > 0 || scanner.inside_text()) continue;
    if (wants_more_lines(L_, text())) continue;
    while (continues_chain(rest_.substr(0, rest_.find('\n')))) take_line();
    break;
  } while (!rest_.empty());
  input.text = text();
  return true;
}

}  // namespace moonbase::shell
