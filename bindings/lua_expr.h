// SQL expressions in Lua: User.age:ge(18) & User.name:like '%x%', db.func.count(Post.id):label 'n'.
// An expression object is immutable. A mapped attribute (User.age) is one that also knows its
// class, for join() and update{}.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/execution_options.h"
#include "orm/expr/statement.h"
#include "orm/mapper/mapper.h"
#include "orm/query/options.h"

namespace moonbase::bindings {

struct ElementBox {
  expr::ElementPtr element;
  const mapper::Mapper* mapper = nullptr;  // of a mapped attribute
  int slot = -1;
  expr::FromPtr from = nullptr;  // what the mapper's class is read from there: an alias, or its own
};
template <>
const ClassDef& class_of<ElementBox>();

// A FROM clause: an alias of a table, a subquery, a CTE; `x.c.name` gives its columns.
struct FromBox {
  expr::FromPtr from;
};
template <>
const ClassDef& class_of<FromBox>();

// A statement: text, insert, update, delete (a select is a Query object, lua_query.h), as it was
// written: what runs is `executable_statement` of it.
struct StatementBox {
  expr::StatementPtr statement;
  const mapper::Mapper* mapper = nullptr;  // of db.insert(User): names in values{} are attributes
  // What the cells of RETURNING's rows are: objects of a class, or values (null).
  std::vector<const mapper::Mapper*> returning = {};
  ExecutionOptions options = {};
  query::OptionListPtr criteria = nullptr;  // with_loader_criteria of an UPDATE or DELETE
};
template <>
const ClassDef& class_of<StatementBox>();

void push_element(lua_State* L, expr::ElementPtr element);
void push_attribute(lua_State* L, const mapper::Mapper& mapper, int slot);
void push_from(lua_State* L, expr::FromPtr from);
void push_statement(lua_State* L, expr::StatementPtr statement);
// The columns of a FROM clause as a program reads them: x.c.name, #x.c, ipairs(x.c).
void push_columns(lua_State* L, expr::FromPtr from);
// The same columns as a list.
std::vector<expr::ElementPtr> from_columns(const expr::FromPtr& from);

// The expression at `index`, or null when the value is none. A table's column (table.c.x) counts,
// and so do objects that stand for one (a query as a scalar subquery): see
// `register_element_source`.
expr::ElementPtr test_element(lua_State* L, int index);
// The expression, or the value there as a bind, cast to the type of `like` (null: by what it is).
// Throws TypeError/ValueError with the column named, and ArgumentError for what is no value at all.
expr::ElementPtr check_element(lua_State* L, int index, const expr::ElementPtr& like = nullptr);
// What filter() takes: throws ArgumentError for a boolean ("== compares Lua values here: write
// User.id:eq(1)"), nil, and anything that is no condition, showing what to write. `where` names the
// call.
expr::ElementPtr check_condition(lua_State* L, int index, const char* where);
// A column to order or group by: an expression, or text that names a label.
expr::ElementPtr check_order(lua_State* L, int index);

// Lets another area's class be used as an expression or FROM clause: returns null when it is not
// the one.
using ElementSource = expr::ElementPtr (*)(lua_State* L, int index);
void register_element_source(lua_State* L, ElementSource source);
using SelectSource = expr::SelectPtr (*)(lua_State* L, int index);
void register_select_source(lua_State* L, SelectSource source);
expr::SelectPtr test_select(lua_State* L, int index);
using FromSource = expr::FromPtr (*)(lua_State* L, int index);
void register_from_source(lua_State* L, FromSource source);
// A table, alias, subquery, or a mapped class.
expr::FromPtr test_from(lua_State* L, int index);

// What insert, update and delete work on: a table, and the mapper when it was given as a mapped
// class.
struct TableSourceResult {
  schema::TablePtr table;
  const mapper::Mapper* mapper = nullptr;
};
// Lets mapped classes be such targets; the source returns one without a table for other values.
using TableSource = TableSourceResult (*)(lua_State* L, int index);
void register_table_source(lua_State* L, TableSource source);
// A table, an unaliased FROM clause of one, or a mapped class; without a table when it is none of
// these.
TableSourceResult test_table_target(lua_State* L, int index);

// The statement with its options written out.
expr::StatementPtr written_statement(const StatementBox& box);
// The statement to run, with its options: an UPDATE with the client-side values (`onupdate`) of the
// columns it does not name; any other as it is. Calls the program's functions, so it is for one
// execution. Throws what they throw, and ArgumentError for an UPDATE that sets nothing. An UPDATE
// also sets the columns that `parameters` name, to the values that the parameters have at
// execution.
expr::StatementPtr executable_statement(const StatementBox& box,
                                        const std::vector<std::string>& parameters = {});

// The named parameters of execute(statement, {x = 2}), in the order of their names; none for nil.
// Throws TypeError.
std::vector<std::pair<std::string, base::Value>> check_parameters(lua_State* L, int index);

// The SQL of a statement as print shows it: SQLite's, with placeholders.
std::string statement_sql(const expr::Statement& statement);
// Pushes what compile{dialect =, literal_binds =} returns: tostring is the SQL, `params` its values
// in placeholder order. `options` is the index of the argument (nil or none: defaults). Throws
// ArgumentError for an unknown dialect.
void push_compiled(lua_State* L, const expr::Statement& statement, int options);

// Area: func, text, literal, literal_column, true_, false_, and_, or_, not_, case, cast,
// type_coerce, tuple_, distinct, asc, desc, nulls_first, nulls_last, extract, between, label,
// exists, insert, update, delete, excluded, …
void open_expr(lua_State* L, int module);

}  // namespace moonbase::bindings
