// Methods of a program's own on its queries: `query_class`, a table of functions that a model class
// has (for User.query and what is derived from it) or a database (for all its queries). The table
// may inherit from another by its metatable. Flask-SQLAlchemy's query_class.
#pragma once

#include <string>
#include <vector>

#include "bindings/query_box.h"

namespace moonbase::bindings {

// Throws ArgumentError unless the value at `index` is a table of functions under names that queries
// do not have already; `owner` begins the message: "User", "Database".
void check_query_class(lua_State* L, int index, const std::string& owner);

// Pushes the method whose name is at `name` and returns true when the query's class or database has
// it. A select has none: its results are a session's, not a query's.
bool push_own_query_method(lua_State* L, const QueryBox& box, int name);
// All names that the query has: those of every query, then its own methods.
std::vector<std::string> query_names(lua_State* L, const QueryBox& box);

}  // namespace moonbase::bindings
