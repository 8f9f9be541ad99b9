// The lists that Moonbase hands out, results of queries and arrays: plain tables, which explain
// what people try from habit (list[0], list.name, a loop without ipairs) and show what they hold:
// {<User 1>, 'text', {1, 2}}. Of a long list print shows the first thousand items.
#pragma once

#include <string>

#include "bindings/lua_api.h"

namespace moonbase::bindings {

// Marks the table on the top as a list of results.
void mark_list(lua_State* L);
// __tostring of lists and arrays. Expired objects of a list are read again together.
int list_tostring(lua_State* L);
// The value on the top as a program would write it: strings in quotes, lists in braces. Pops it.
std::string take_repr(lua_State* L);

// Area: what the prelude marks its lists with.
void open_list(lua_State* L, int module);

}  // namespace moonbase::bindings
