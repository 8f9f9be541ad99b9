// Hints for what people type from the habit of another language. The table of habits is
// scripts/prelude/habits.lua, loaded when it is first needed. The thread that runs the Lua state;
// never throws for a table of habits that fails: then there is no hint.
#pragma once

#include <string>
#include <string_view>

#include "bindings/lua_api.h"

namespace moonbase::shell {

// The hint for a message of Lua's and the text that caused it; empty when there is none.
std::string habit_after_error(lua_State* L, std::string_view message, std::string_view text);
// The hint for a text that Lua could run, even if it `failed` in the end, and that probably means
// something else; empty when there is none.
std::string habit_in_what_ran(lua_State* L, std::string_view text, bool failed);

}  // namespace moonbase::shell
