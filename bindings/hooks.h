// What the shell asks of the areas without knowing them: an area fills in what it can answer, the
// shell calls what is there. One object for each Lua state, `Context::of(L).area<Hooks>()`; the
// thread that runs the state. A hook is called in protected mode: it may throw base::Error and
// raise Lua errors, and leaves the stack as it was.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bindings/lua_api.h"

namespace moonbase::bindings {

struct Hooks {
  // After each input, before the prompt waits: a transaction that has only read ends here.
  std::vector<std::function<void(lua_State*)>> after_input;
  // The work that leaving now would lose, "2 new, 1 changed"; empty when there is none.
  std::function<std::string(lua_State*)> uncommitted;
  // Called with the index of a list of mapped objects that is about to be printed: refreshes the
  // expired ones in one SELECT.
  std::function<void(lua_State*, int)> before_printing_list;
  // Turns the echo of statements on or off.
  std::function<void(lua_State*, bool)> set_echo;
  // True while a person's inputs run: declaring a class again replaces it then.
  bool interactive = false;
};

}  // namespace moonbase::bindings
