// What the files behind lua_expr.h share. Inside bindings/lua_expr*.cc, lua_func.cc, lua_dml.cc and
// the like only.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/lua_expr.h"
#include "bindings/stack.h"

namespace moonbase::bindings {

extern const ClassDef kElementClass;

// What messages call it: "User.age", "user.age", "sum(…)", "the expression".
std::string operand_name(const ElementBox& box);

// The value or expression at `index` on the other side of an operator with `like`: a value is cast
// to the type of `like`, or to `type` when that is given. Throws as check_element does.
expr::ElementPtr check_operand(lua_State* L, int index, const ElementBox& like,
                               const types::TypePtr& type = nullptr);
// A plain value for a column of this type as a bind (NULL, too), `name` being what messages call
// the column.
expr::ElementPtr check_assigned_value(lua_State* L, int index, const types::TypePtr& type,
                                      const std::string& name);

// The number of items in the list at `index`. Throws ArgumentError for a table with other keys than
// 1…n; `what` begins the message.
int check_list(lua_State* L, int index, const std::string& what);
// The items as expressions: of a list table, or the one expression there.
std::vector<expr::ElementPtr> check_element_list(lua_State* L, int index, const std::string& what);

// The positional arguments, each read by `read(L, index)`.
template <class Read>
std::vector<expr::ElementPtr> read_positional(lua_State* L, const Kwargs& args, Read read) {
  std::vector<expr::ElementPtr> out;
  out.reserve(static_cast<size_t>(args.count()));
  for (int i = 1; i <= args.count(); ++i) {
    args.push(i);
    out.push_back(read(L, lua_gettop(L)));
    lua_pop(L, 1);
  }
  return out;
}
// Conditions from positional arguments or one list: and_(a, b), and_{a, b}.
std::vector<expr::ElementPtr> check_conditions(lua_State* L, int first, const char* where);

inline int push_result(lua_State* L, expr::ElementPtr element) {
  push_element(L, std::move(element));
  return 1;
}

// The metamethods for & | ~ and tostring, shared by expressions and texts.
int condition_and(lua_State* L);
int condition_or(lua_State* L);
int condition_not(lua_State* L);

// The rest of a call of between: the bounds from `first` on, and symmetric = true.
expr::ElementPtr read_between(lua_State* L, Kwargs& args, const ElementBox& x, int first);

// Methods of functions: over{…}, filter(…), within_group(…), table_valued(…), alias(…).
int function_over(lua_State* L);
int function_filter(lua_State* L);
int function_within_group(lua_State* L);
int function_table_valued(lua_State* L);
int function_alias(lua_State* L);
// The methods that stand in files of their own.
std::span<const MethodDef> pattern_methods();
std::span<const MethodDef> json_methods();
// Those of subqueries: correlate, correlate_except; and of CTEs: union, union_all.
std::span<const MethodDef> subquery_methods();
std::span<const MethodDef> cte_methods();
// Pushes the SELECT as a CTE, with the name and options at `index`: 'x', {'x', recursive = true}…
void push_cte(lua_State* L, expr::SelectPtr select, int index);
// Pushes what a SELECT selects as a collection of columns.
void push_selected_columns(lua_State* L, const expr::SelectPtr& select);
// The fields of an expression: name, type, and what a column says of itself.
std::span<const MethodDef> element_getters();

// Pushes what compile{…} of an expression returns.
void push_compiled(lua_State* L, const expr::ElementPtr& element, int options);
std::string element_sql(const expr::ElementPtr& element);

// The parts of the area.
void open_expression_class(lua_State* L);
void open_from(lua_State* L, int module);
void open_compiled(lua_State* L);
void open_func(lua_State* L, int module);
void open_expression_functions(lua_State* L, int module);
void open_dml(lua_State* L, int module);
void open_text(lua_State* L, int module);

}  // namespace moonbase::bindings
