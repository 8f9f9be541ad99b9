// `x?` and `x??`: what a value is, and where it was written. Functions of the thread that runs the
// Lua state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bindings/lua_api.h"

namespace moonbase::shell {

struct Question {
  std::string expression;  // "User.query.filter_by", also for "User.query:filter_by?"
  std::string written;     // as it was typed
  // Of a path that ends in a name: "u.posts" and "comments" of `u.posts.comments?`. Else empty.
  std::string owner = {}, attribute = {};
  bool source = false;  // "??"
};

// The question that a text asks, if it is one: an expression and one or two question marks. No text
// of Lua ends so. Runs no code.
std::optional<Question> question_in(std::string_view text);

// The answer about an attribute of the object on the top of the stack, which is not read for it.
// Takes the object off; where it has no such attribute, or is no object of a model, there is no
// answer, and the value that is asked about takes its place: nil, if it cannot be had. Throws
// bindings::ScriptError.
std::optional<std::string> answer_unread(lua_State* L, const Question& question, bool& is_found);

// The answer, about the value on the top of the stack, which it takes off. Throws
// bindings::ScriptError.
std::string answer(lua_State* L, const Question& question);

// "; did you mean 'User'?" for a name that no global and no local of an earlier input has; empty
// when nothing is near.
std::string guess_for(lua_State* L, std::string_view name);
// The same for a field that the global or local `owner` has not.
std::string guess_for_field(lua_State* L, std::string_view owner, std::string_view name);
// The same for an input that is nothing but a name.
std::string guess_for_input(lua_State* L, std::string_view text);

}  // namespace moonbase::shell
