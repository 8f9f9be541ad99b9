// What a person has switched on at the prompt, beside how tables look (tables.h). One for each Lua
// state; plain data of its thread.
#pragma once

#include <optional>
#include <string>

#include "bindings/context.h"

namespace moonbase::shell {

struct Settings {
  bool timing = false;   // each input says how long it took
  bool queries = false;  // each input says how many statements it sent
  bool view = false;     // an object that is all an input gives is shown with its attributes
  bool touring = false;  // a tour is under way (tour.h)
  // The calls under way at the last error, which may be none: not switched on, but told on demand.
  std::optional<std::string> traceback;
};

inline Settings& settings(lua_State* L) { return bindings::Context::of(L).area<Settings>(); }

}  // namespace moonbase::shell
