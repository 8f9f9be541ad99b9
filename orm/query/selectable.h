// What can be selected from, seen from outside: the columns of a FROM clause by the names a program
// has for them, and which of them stands for a column that was selected inside it. Pure functions
// over immutable trees. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orm/expr/statement.h"

namespace moonbase::query {

// A column as it is seen from outside.
struct NamedColumn {
  std::string key;
  expr::ElementPtr element;
};

// The columns of a FROM clause, in order: of a table by key; of a subquery by label or name, a
// second one of the same key by the name it has in the SQL. None for a join, and for what the
// database alone knows the columns of.
std::vector<NamedColumn> columns_of(const expr::FromPtr& from);
// The items of a SELECT's list under the names that its columns have as a subquery.
std::vector<NamedColumn> selected_columns(const expr::Select& select);
// The database alone knows the columns of a text, and those of a function that were not named:
// every name is taken.
bool has_unknown_columns(const expr::From& from);
// The column of that key, or of that name in the SQL; null when there is none.
expr::ElementPtr find_column(const expr::FromPtr& from, std::string_view name);

// The column of `from` that brings the column `inner` of a table or FROM clause inside it to the
// outside, through any number of subqueries; null when none does.
expr::ElementPtr corresponding_column(const expr::FromPtr& from, const expr::Element& inner);
// The column of a table that an expression is at bottom: itself, or what a subquery's column stands
// for; null when it is computed.
const schema::Column* base_column(const expr::Element& e);

// Whether `tree` is the FROM clause with this identity, or a join that has it as a side.
bool from_contains(const expr::FromPtr& tree, uint64_t id);
// The FROM clauses that a join joins, left to right; any other is itself the only one.
std::vector<expr::FromPtr> sides_of(const expr::FromPtr& tree);
// An expression over `table` as one over `from`, an alias of it; of a join, of its sides.
expr::ElementPtr seen_through(expr::ElementPtr e, const expr::FromPtr& table,
                              const expr::FromPtr& from);
// An alias of a FROM clause; of a join, each side by itself, under "name_table".
// `identity` as for expr::alias.
expr::FromPtr alias_of(const expr::FromPtr& from, const std::string& name, uint64_t identity = 0);
// Whether a side of one is a side of the other.
bool overlap(const expr::FromPtr& one, const expr::FromPtr& other);
// The name that messages call it.
std::string from_title(const expr::From& from);

}  // namespace moonbase::query
