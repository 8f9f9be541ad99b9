// What `execute(statement, parameters)` means on a connection, whoever owns that: a Connection in
// Lua or a session.
#pragma once

#include "bindings/lua_api.h"
#include "orm/engine/connection.h"
#include "orm/expr/statement.h"

namespace moonbase::bindings {

// The statement at `index`: a statement object, a select or query, a text, or a function (which is
// selected). Throws ArgumentError that says what can be executed; for a string it shows db.text.
expr::StatementPtr check_statement(lua_State* L, int index);

// Runs the statement and pushes its Result. `parameters` is the index of a table of named
// parameters, of a list of such tables (one run each), of nil, or 0. The names of an INSERT's
// parameters are columns, too; columns with a client-side default that is given no value get that.
void push_execution(lua_State* L, engine::Connection& connection,
                    const expr::StatementPtr& statement, int parameters);

// The same of SQL with the driver's own placeholders; `parameters` is a list of values, or of such
// lists.
void push_driver_execution(lua_State* L, engine::Connection& connection, std::string_view sql,
                           int parameters);

}  // namespace moonbase::bindings
