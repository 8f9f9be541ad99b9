// Errors as a person reads them: one paragraph, with the place in the program and, where the
// mistake is another language's habit, the way it is written here. The thread that runs the Lua
// state.
#pragma once

#include <string>
#include <string_view>

#include "bindings/call.h"
#include "bindings/lua_api.h"

namespace moonbase::shell {

// The input an error is about.
struct InputSource {
  std::string chunk;  // its name in messages: "stdin", "input 3"
  std::string text;   // empty when it is not known
  int first_line = 1;
  bool show_place = true;  // false for a single line at the prompt: the person sees it
};

// The paragraph for any Lua error value. Runs its tostring; what that raises is told instead.
// `place` are lines that come before the hint: see mark_mistake.
std::string describe_error(lua_State* L, int index, const InputSource& input,
                           const std::string& place = "");
std::string describe_error(lua_State* L, const bindings::ScriptError& error);
// For a text that Lua refused: its line with a caret below the mistake, or nothing where that is
// not known.
std::string mark_mistake(std::string_view text);

}  // namespace moonbase::shell
