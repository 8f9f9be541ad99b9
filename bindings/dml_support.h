// What the classes of statements share. Inside bindings/lua_dml.cc, dml_values.cc, lua_text.cc and
// lua_query_write.cc only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bindings/expr_support.h"
#include "orm/session/synchronize.h"

namespace moonbase::bindings {

extern const ClassDef kStatementClass;
extern const ClassDef kTextClass;

// Pushes the statement as an object of the class.
int push_statement_box(lua_State* L, StatementBox box, const ClassDef& cls);

// Columns and what they are given, in the order of the table.
using Assignments = std::vector<std::pair<const schema::Column*, expr::ElementPtr>>;

// The column that a key means: an attribute's or a column's name, or a column itself. `what` begins
// the message of the error: ArgumentError for a name the target has not, with the nearest one.
const schema::Column& check_target_column(lua_State* L, int index, const TableSourceResult& target,
                                          const char* what);
// {name = value, [User.email] = value}.
Assignments check_assignments(lua_State* L, int index, const TableSourceResult& target,
                              const char* what);
// Adds what the columns that have `onupdate` and no value get: functions are called here. Throws
// what they throw.
void add_onupdate_values(const schema::Table& table, Assignments& set);
// What synchronize_session = … means: 'auto', 'evaluate', 'fetch', false. Throws ArgumentError.
session::Synchronize check_synchronize(lua_State* L, int index);
// The one row or the list of rows at `index` as the values of the INSERT. Rows must name the same
// columns; one row is added to the one the INSERT has.
void add_insert_rows(lua_State* L, int index, const TableSourceResult& target, expr::Insert& draft);

}  // namespace moonbase::bindings
