// SQL at the prompt: which inputs are SQL, and when one is complete. Functions of the thread that
// runs the Lua state; they run no Lua code.
#pragma once

#include <string_view>

#include "bindings/lua_api.h"

namespace moonbase::shell {

// Whether an input is SQL: it begins with one of its verbs, and it is no Lua, or Lua that calls a
// global of the verb's name that is not there (`values (1)`).
bool is_sql_input(lua_State* L, std::string_view text);

// Whether more lines belong to an input that is SQL. A single line is complete, unless a
// parenthesis, a string or a comment is open in it; several end with `;`, or with an empty line.
bool wants_more_sql(std::string_view text);

}  // namespace moonbase::shell
