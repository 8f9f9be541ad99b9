// What a person has switched on at the prompt, beside how tables look (tables.h). One for each Lua
// state; plain data of its thread.
#pragma once

#include <string>
#include <vector>

#include "bindings/context.h"

namespace moonbase::shell {

// An input of Lua or SQL that was run.
struct Entered {
  std::string text;
  bool failed;
};

struct Settings {
  bool timing = false;   // each input says how long it took
  bool queries = false;  // each input says how many statements it sent
  bool view = false;     // an object that is all an input gives is shown with its attributes
  bool touring = false;  // a tour is under way (tour.h)
  // What was entered so far, "input 1" first, and the calls under way at the last error: not
  // switched on, but told on demand.
  std::vector<Entered> inputs;
  std::string traceback;
};

inline Settings& settings(lua_State* L) { return bindings::Context::of(L).area<Settings>(); }

}  // namespace moonbase::shell
