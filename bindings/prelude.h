// The modules of scripts/prelude: the parts of Moonbase that are written in Lua. They travel inside
// the binary as compiled chunks (bindings/embedded.h).
//
// They have globals of their own: Lua's, as they were before the program ran. Those of the program
// are `_G.name` there, so that `table = 5` or `print = nil` in a program breaks nothing of ours.
//
// Used by the thread that runs Lua.
#pragma once

#include <string_view>

#include "bindings/lua_api.h"

namespace moonbase::bindings {

/// Pushes the chunk of a module of the prelude, ready to be called: "prelude/session.lua". Returns
/// false, and pushes nothing, if there is none of that path. Raises a Lua error without memory.
bool push_prelude_chunk(lua_State* L, std::string_view path);

/// Pushes a global of the prelude, Lua's own whatever the program has made of its name: "require".
void push_prelude_global(lua_State* L, const char* name);

/// Adds the searcher that lets `require 'moonbase.session'` find prelude/session.lua: after
/// package.preload, before the files.
void add_prelude_searcher(lua_State* L);

}  // namespace moonbase::bindings
