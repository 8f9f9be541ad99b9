// JSON text and Lua tables. Objects become tables, arrays tables marked as arrays (stack.h), null
// is moonbase.null, integers stay integers. In the other direction a table with the array mark or
// with keys 1..n is an array, one with string keys an object (the empty one, too), written with
// sorted keys so that equal tables give equal text.
#pragma once

#include <string>
#include <string_view>

#include "bindings/lua_api.h"

namespace moonbase::bindings {

// Tables nested deeper than this are refused in both directions.
inline constexpr int kMaxJsonDepth = 1000;

// Pushes what the text says. Throws base::Error(ValueError) for text that is not JSON or nests too
// deep.
void push_json(lua_State* L, std::string_view text);
// The value at `index` as compact JSON text. Throws base::Error: TypeError for what JSON has not
// (functions, objects, a table with both positions and names, or with holes), ValueError for NaN,
// infinities, text that is no UTF-8, a table inside itself, and deep nesting; the message says
// where ("at data.items[3]").
std::string to_json(lua_State* L, int index);

// Area: moonbase.json with loads and dumps.
void open_json(lua_State* L, int module);

}  // namespace moonbase::bindings
