// What `execute(statement, parameters)` means on a connection, whoever owns that: a Connection in
// Lua or a session.
#pragma once

#include <string>
#include <vector>

#include "bindings/insert_values.h"
#include "bindings/lua_api.h"
#include "bindings/lua_expr.h"
#include "orm/base/error.h"
#include "orm/engine/connection.h"
#include "orm/expr/statement.h"

namespace moonbase::bindings {

// The statement at `index`: a statement object, a select or query, a text, or a function (which is
// selected). An UPDATE also sets the columns that `parameters` (as below) name. Throws
// ArgumentError that says what can be executed; for a string it shows db.text.
expr::StatementPtr check_statement(lua_State* L, int index, int parameters = 0);

// Whether the tables of a list may name different columns.
enum class Uneven : uint8_t { kRefused, kAllowed };

// Runs the statement and pushes its Result. `parameters` is the index of a table of named
// parameters, of a list of such tables (one run each), of nil, or 0. The rows of one run are read
// `stream_rows` at a time as they are asked for, or as the connection's options say (0); what keeps
// the connection lies at index 1. The names of an INSERT's
// parameters are columns, too; columns with a client-side default that is given no value get that.
void push_execution(lua_State* L, engine::Connection& connection,
                    const expr::StatementPtr& statement, int parameters,
                    Uneven uneven = Uneven::kRefused, int stream_rows = 0);

// The table at `index` (0: none) is a list of tables: one run for each.
bool is_list_of_tables(lua_State* L, int index);
// The named parameters of the table at `index` (nil or 0: none), read as the columns they name take
// their values. Throws what that throws, with the column or parameter named.
NamedValues check_values(lua_State* L, int index, const expr::Statement& statement);
std::vector<std::string> names_of(const NamedValues& values);

// Calls `run` with the index of each table of parameters: those of a list, or the one at
// `parameters`. A table of a list lies on the top of the stack meanwhile; an error names its place.
template <class Run>
void for_each_parameters(lua_State* L, int parameters, Run run) {
  if (!is_list_of_tables(L, parameters)) return run(parameters);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, parameters));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, parameters, i);
    try {
      run(lua_gettop(L));
    } catch (base::Error& error) {
      error.add_context("parameter set " + std::to_string(i));
      throw;
    }
    lua_pop(L, 1);
  }
}

// The same of SQL with the driver's own placeholders; `parameters` is a list of values, or of such
// lists.
void push_driver_execution(lua_State* L, engine::Connection& connection, std::string_view sql,
                           int parameters, int stream_rows = 0);

}  // namespace moonbase::bindings
