// INSERT, UPDATE and DELETE of a class through a session: loaded objects follow, and RETURNING
// gives objects.
#pragma once

#include "bindings/lua_expr.h"
#include "orm/session/session.h"

namespace moonbase::bindings {

// The class that the statement writes and a session cares about; null for one of a plain table.
const mapper::Mapper* written_class(const StatementBox& box);
// Runs a statement that has a class and pushes its Result. `parameters` is the index of a table of
// values, of a list of them (one run each), of nil, or 0. A list for an UPDATE without values and
// conditions holds rows with their primary keys.
void push_class_execution(lua_State* L, session::Session& session, const StatementBox& box,
                          int parameters);

// Updates rows by the primary key in each table of the list at `list`; returns how many. `what`
// begins the messages.
int64_t update_by_keys(lua_State* L, session::Session& session, const mapper::Mapper& mapper,
                       int list, bool synchronize, const char* what);

}  // namespace moonbase::bindings
