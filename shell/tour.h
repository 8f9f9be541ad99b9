// The tour at the prompt: which line it waits for, and what it says after an input. Its steps are
// in scripts/prelude/tour.lua. Functions of the thread that runs the Lua state; all throw
// bindings::ScriptError.
#pragma once

#include <string>
#include <string_view>

#include "bindings/lua_api.h"

namespace moonbase::shell {

// Begins a tour, in a database of its own, or says again where it is. Returns what is to be shown.
std::string start_tour(lua_State* L);
// The tour is over even where an error is thrown.
std::string stop_tour(lua_State* L);
// The line that is to be typed; empty when there is no tour.
std::string tour_line(lua_State* L);
// What the tour says after this input; nothing when there is none. An input that `failed` is not
// the one that the tour waits for.
std::string tour_after(lua_State* L, std::string_view input, bool failed);

}  // namespace moonbase::shell
