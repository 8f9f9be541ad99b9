#include "shell/question.h"

#include <span>
#include <vector>

#include "bindings/call.h"
#include "bindings/embedded.h"
#include "bindings/guard.h"
#include "bindings/offers.h"
#include "bindings/stack.h"
#include "bindings/syntax/syntax.h"
#include "orm/base/text.h"
#include "shell/inputs.h"
#include "shell/module.h"

namespace moonbase::shell {
namespace {

using syntax::Token;
using syntax::TokenClass;

// The text of an input or of a file that is built in, by the name of its chunk.
int text_of_chunk(lua_State* L) {
  const std::string_view chunk = bindings::check_string(L, 1);
  std::string_view text = inputs(L).find(chunk);
  for (const auto& file : bindings::embedded_files()) {
    const bool is_text = !file.path.starts_with("prelude/");
    if (text.empty() && is_text && file.path == chunk) text = file.content;
  }
  bindings::push_string(L, text);
  return 1;
}

void push_help_function(lua_State* L, const char* name) {
  push_module_function(L, "moonbase.shell", "help_with");
  lua_pushcfunction(L, bindings::guarded<text_of_chunk>);
  lua_pushstring(L, name);
  bindings::call_lua(L, 2, 1);
}

std::vector<std::string> names_at_hand(lua_State* L) {
  std::vector<std::string> names;
  for (const bindings::Offer& offer : bindings::names_offered(L)) names.push_back(offer.name);
  return names;
}

int list_names(lua_State* L) {
  bindings::push_strings(L, names_at_hand(L));
  return 1;
}

// Argument: a name. What was meant by it, if it is not defined itself and that can be guessed.
int guess_name(lua_State* L) {
  const std::string_view name = bindings::check_string(L, 1);
  // Two letters are like too much.
  bindings::push_string(L, name.size() < 3 ? "" : base::did_you_mean(name, names_at_hand(L)));
  return 1;
}

// Arguments: the name of a table or text that the program has, and of a field that it has not.
int guess_field(lua_State* L) {
  std::vector<std::string> names;
  const bindings::Subject owner = bindings::subject_of_name(L, bindings::check_string(L, 1));
  for (const bindings::Offer& offer : bindings::members_of(L, owner)) names.push_back(offer.name);
  bindings::push_string(L, base::did_you_mean(bindings::check_string(L, 2), names));
  return 1;
}

// What the function says of the names; nothing when it fails.
std::string ask(lua_State* L, lua_CFunction function,
                std::initializer_list<std::string_view> names) {
  const int top = lua_gettop(L);
  std::string guess;
  try {
    lua_pushcfunction(L, function);
    for (std::string_view name : names) bindings::push_string(L, name);
    bindings::call_lua(L, static_cast<int>(names.size()), 1);
    guess = bindings::check_string(L, -1);
  } catch (const bindings::ScriptError&) {
    // A guess is not worth an error.
  }
  lua_settop(L, top);
  return guess;
}

// Whether the tokens are names, calls and indexes that follow each other: `a.b[1]:c{…}`. They are
// known to make an expression.
bool is_path(std::string_view text, std::span<const Token> tokens) {
  int depth = 0;
  for (const Token& token : tokens) {
    const std::string_view word = text.substr(token.begin, token.end - token.begin);
    const bool opens = word == "(" || word == "[" || word == "{";
    const bool closes = word == ")" || word == "]" || word == "}";
    depth += opens ? 1 : closes ? -1 : 0;
    const bool fits = opens || closes || word == "." || word == ":" ||
                      token.cls == TokenClass::kName || token.cls == TokenClass::kString;
    if (depth == 0 && !fits) return false;
  }
  return true;
}

bool is_name(std::string_view text) {
  const std::vector<Token> tokens = syntax::tokens(text);
  return tokens.size() == 1 && tokens[0].cls == TokenClass::kName;
}

}  // namespace

std::optional<Question> question_in(std::string_view text) {
  std::vector<Token> tokens = syntax::tokens(text);
  std::erase_if(tokens, [](const Token& token) { return token.cls == TokenClass::kComment; });
  const auto word = [&](size_t i) {
    return text.substr(tokens[i].begin, tokens[i].end - tokens[i].begin);
  };
  size_t marks = 0;
  while (marks < tokens.size() && word(tokens.size() - 1 - marks) == "?") ++marks;
  if (marks == 0 || marks > 2 || marks >= tokens.size()) return std::nullopt;
  const size_t end = tokens.size() - marks;  // of the expression's tokens
  const size_t begin = tokens[0].begin;
  Question question;
  question.written = text.substr(begin, tokens[end - 1].end - begin);
  question.source = marks == 2;
  question.expression = question.written;
  // A method is asked for as it is called.
  const bool method = end > 2 && tokens[end - 1].cls == TokenClass::kName && word(end - 2) == ":";
  if (method) question.expression[tokens[end - 2].begin - begin] = '.';
  // Words of Lua itself are asked about, too.
  const bool keyword = end == 1 && tokens[0].cls == TokenClass::kKeyword;
  const bool expression =
      syntax::completeness("return " + question.expression) == syntax::Completeness::kComplete;
  if (!expression && !keyword) return std::nullopt;
  const bool named = end > 2 && (method || word(end - 2) == ".");
  if (named && tokens[end - 1].cls == TokenClass::kName &&
      is_path(text, std::span(tokens).first(end))) {
    question.owner = text.substr(begin, tokens[end - 3].end - begin);
    question.attribute = word(end - 1);
  }
  return question;
}

std::optional<std::string> answer_unread(lua_State* L, const Question& question, bool& is_found) {
  push_module_function(L, "moonbase.help", "unread");
  lua_insert(L, -2);
  bindings::push_string(L, question.attribute);
  bindings::call_lua(L, 2, 2);
  is_found = true;
  if (lua_type(L, -2) == LUA_TBOOLEAN) {
    is_found = lua_toboolean(L, -2) != 0;
    lua_remove(L, -2);
    return std::nullopt;
  }
  std::string text(bindings::check_string(L, -2));
  lua_pop(L, 2);
  return text;
}

std::string answer(lua_State* L, const Question& question) {
  push_help_function(L, question.source ? "source" : "text");
  lua_insert(L, -2);
  bindings::push_string(L, question.written);
  int arguments = 2;
  if (lua_isnil(L, -2) && is_name(question.written)) {
    lua_pushcfunction(L, bindings::guarded<list_names>);
    bindings::call_lua(L, 0, 1);
    ++arguments;
  }
  bindings::call_lua(L, arguments, 1);
  std::string text(bindings::check_string(L, -1));
  lua_pop(L, 1);
  return text;
}

std::string guess_for(lua_State* L, std::string_view name) {
  return ask(L, bindings::guarded<guess_name>, {name});
}

std::string guess_for_field(lua_State* L, std::string_view owner, std::string_view name) {
  return ask(L, bindings::guarded<guess_field>, {owner, name});
}

std::string guess_for_input(lua_State* L, std::string_view text) {
  text = base::trim(text);
  return is_name(text) ? guess_for(L, text) : std::string();
}

}  // namespace moonbase::shell
