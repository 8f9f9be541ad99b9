// Loading Lua source so that comparisons inside query-building calls build SQL: Lua compiles the
// text as it is, then by the rules of syntax/syntax.h, and a chunk that they change gets the
// helpers of scripts/prelude/syntax.lua. What Lua refuses keeps Lua's own message. Functions of the
// thread that runs the state; where they say nothing else they raise only what a lack of memory
// does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bindings/lua_api.h"
#include "bindings/syntax/syntax.h"

namespace moonbase::bindings {

// As luaL_loadbufferx(…, "t"): pushes the function, or the message. `env` is the index of its
// globals, or 0 for the usual ones. Returns LUA_OK or Lua's status.
int load_source(lua_State* L, std::string_view text, const char* chunk_name, int env = 0);
// As luaL_loadfilex(…, mode), binary chunks included; null is standard input.
int load_source_file(lua_State* L, const char* path, const char* mode);

// Compiles a rewritten text and calls it once with the helpers and then the top `known` values of
// the stack, which it takes off. Pushes the function to run, or a message that says why the chunk
// does not fit Lua's limits any more. `env` is the index of the globals for the chunk, or 0 for the
// usual ones. Returns LUA_OK or Lua's status.
int load_rewritten(lua_State* L, const syntax::Rewrite& rewrite, const char* chunk_name, int known,
                   int env);

// The names that were written as keys of the table at `index` and are absent from it, for their
// values were nil: filter_by{email = x}. In the order in which they were written.
std::vector<std::string> remembered_names(lua_State* L, int index);

// Area: the helpers, and load, loadfile, dofile and the searcher of Lua files in their place.
void open_syntax(lua_State* L, int module);
// The functions of C++ that the helpers are made of, as a new table on the stack.
void push_comparison_functions(lua_State* L);
// Two of them (lua_names.cc). Arguments: the value of a global and its name. The value, unless it
// is nil where SQL is made: that raises NameError.
int defined_name(lua_State* L);
// Arguments: a table and the names that its constructor gives values, for `remembered_names`. The
// table.
int remember_keys(lua_State* L);

}  // namespace moonbase::bindings
