// What ends with a block: a transaction, a savepoint, a connection. Both forms a program may write
// are here: `begin(function(x) … end)` and `local x <close> = begin()`. The function may yield.
#pragma once

#include "bindings/lua_api.h"

namespace moonbase::bindings {

// Calls the function at index 2 with the scope at index 1; then `finish(scope, commit)`, a guarded
// function, where `commit` is false when the function raised. Returns the results of `finish` if it
// has any, else the function's: `return run_in_scope(L, …)`. The function's error is raised again
// whatever `finish` says to it.
int run_in_scope(lua_State* L, lua_CFunction finish);

// In a `__close(scope, err)`: whether the block was left by its end, `break`, `goto` or `return`.
// Not by an error, and not by coroutine.close, which gives no error either but leaves no Lua
// function above.
bool is_normal_exit(lua_State* L);

}  // namespace moonbase::bindings
