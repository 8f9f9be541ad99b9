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
std::string describe_error(lua_State* L, int index, const InputSource& input);
std::string describe_error(lua_State* L, const bindings::ScriptError& error);

}  // namespace moonbase::shell
