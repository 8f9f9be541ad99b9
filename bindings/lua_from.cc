// FROM clauses in Lua: aliases, subqueries and CTEs, and the columns of any of them.
#include <algorithm>

#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/query/selectable.h"

namespace moonbase::bindings {

struct FromColumnsBox {
  expr::FromPtr from;
  expr::SelectPtr select = nullptr;  // without a FROM: the items of its list
};
extern const ClassDef kFromColumnsClass;
extern const ClassDef kFromClass;
template <>
const ClassDef& class_of<FromColumnsBox>() {
  return kFromColumnsClass;
}
template <>
const ClassDef& class_of<FromBox>() {
  return kFromClass;
}

namespace {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::From;
using expr::FromKind;
using expr::FromPtr;
using query::NamedColumn;

// The columns behind the box: of a FROM clause, or those a SELECT selects.
std::vector<NamedColumn> columns_of(const FromColumnsBox& box) {
  return box.from ? query::columns_of(box.from) : query::selected_columns(*box.select);
}

std::vector<std::string> keys_of(const FromColumnsBox& box) {
  std::vector<std::string> keys;
  for (NamedColumn& column : columns_of(box)) keys.push_back(std::move(column.key));
  return keys;
}

ElementPtr find_column(const FromColumnsBox& box, std::string_view name) {
  if (box.from) return query::find_column(box.from, name);
  for (NamedColumn& column : columns_of(box))
    if (column.key == name) return std::move(column.element);
  return nullptr;
}

int columns_index(lua_State* L) {
  const FromColumnsBox& box = check_box<FromColumnsBox>(L, 1);
  if (lua_isinteger(L, 2) != 0) {
    std::vector<NamedColumn> columns = columns_of(box);
    lua_Integer position = lua_tointeger(L, 2);
    if (position < 1 || static_cast<size_t>(position) > columns.size()) {
      lua_pushnil(L);
      return 1;
    }
    return push_result(L, columns[static_cast<size_t>(position - 1)].element);
  }
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  std::string_view name = check_string(L, 2);
  if (ElementPtr column = find_column(box, name)) return push_result(L, std::move(column));
  throw_no_attribute(box.from ? query::from_title(*box.from) : "the SELECT", name, keys_of(box));
}

int columns_length(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(columns_of(check_box<FromColumnsBox>(L, 1)).size()));
  return 1;
}

int columns_keys(lua_State* L) {
  push_strings(L, keys_of(check_box<FromColumnsBox>(L, 1)));
  return 1;
}

int columns_tostring(lua_State* L) {
  std::string text;
  for (const NamedColumn& column : columns_of(check_box<FromColumnsBox>(L, 1))) {
    text += (text.empty() ? "" : ", ") + element_sql(column.element);
  }
  push_string(L, "<columns " + text + ">");
  return 1;
}

int from_c(lua_State* L) {
  push_columns(L, check_box<FromBox>(L, 1).from);
  return 1;
}

int from_name(lua_State* L) {
  const From& from = *check_box<FromBox>(L, 1).from;
  if (from.anonymous || from.name.empty()) {
    lua_pushnil(L);
  } else {
    push_string(L, from.name);
  }
  return 1;
}

int from_alias(lua_State* L) {
  FromPtr from = check_box<FromBox>(L, 1).from;
  push_from(L, expr::alias(std::move(from), opt_string(L, 2).value_or("")));
  return 1;
}

expr::SelectPtr select_of(FromPtr from) {
  if (from->select) return from->select;
  expr::Select draft;
  draft.columns.push_back(from->kind == FromKind::kJoin ? expr::star() : expr::star(from));
  draft.froms.push_back(std::move(from));
  return expr::finish(std::move(draft));
}

int from_tostring(lua_State* L) {
  push_string(L, statement_sql(*select_of(check_box<FromBox>(L, 1).from)));
  return 1;
}

int from_compile(lua_State* L) {
  push_compiled(L, *select_of(check_box<FromBox>(L, 1).from), 2);
  return 1;
}

int moonbase_alias(lua_State* L) {
  FromPtr from = test_from(L, 1);
  if (!from) {
    throw Error(ErrorKind::kArgumentError,
                "alias: expected a table, a subquery or a model class, got " + type_name_of(L, 1))
        .with_hint("a query is aliased as a subquery: db.select(…):subquery 'name'");
  }
  push_from(L, expr::alias(std::move(from), opt_string(L, 2).value_or("")));
  return 1;
}

constexpr MethodDef kColumnsMethods[] = {
    {"keys", guarded<columns_keys>, "keys()  the names of the columns, in order"},
};

constexpr MethodDef kColumnsMetamethods[] = {
    {"__len", guarded<columns_length>, "#columns  how many columns there are"},
    {"__tostring", guarded<columns_tostring>, "tostring(columns)  the columns' names"},
};

constexpr MethodDef kFromGetters[] = {
    {"c", guarded<from_c>, "c  the columns: x.c.name, x.c[1], ipairs(x.c)"},
    {"columns", guarded<from_c>, "columns  the columns: x.columns.name"},
    {"name", guarded<from_name>, "name  the name it was given; nil when the statement makes one"},
};

constexpr MethodDef kFromMethods[] = {
    {"alias", guarded<from_alias>,
     "alias([name])  the same under another name, to use it twice in a statement"},
    {"compile", guarded<from_compile>,
     "compile{dialect =, literal_binds =}  the SELECT of all its columns for a dialect"},
};

std::span<const MethodDef> from_methods() {
  static const std::vector<MethodDef> rows = [] {
    std::vector<MethodDef> list(std::begin(kFromMethods), std::end(kFromMethods));
    for (const MethodDef& row : cte_methods()) list.push_back(row);
    return list;
  }();
  return rows;
}

constexpr MethodDef kFromMetamethods[] = {
    {"__tostring", guarded<from_tostring>,
     "tostring(from)  the SELECT inside, or one of all columns"},
};

constexpr MethodDef kFunctions[] = {
    {"alias", guarded<moonbase_alias>,
     "alias(table or subquery [, name])  a second name for a table: u2 = db.alias(User.__table__, "
     "'u2'); u2.c.id"},
};

}  // namespace

const ClassDef kFromColumnsClass{
    .name = "Columns",
    .doc = "the columns of a table, an alias or a subquery, by name and by position",
    .methods = kColumnsMethods,
    .metamethods = kColumnsMetamethods,
    .index = columns_index,
    .usage = "x.c",
    .destroy = kDestroy<FromColumnsBox>,
};

const ClassDef kFromClass{
    .name = "FromClause",
    .doc =
        "an alias of a table, a subquery or a CTE: what a statement selects from; its columns are "
        "x.c.name",
    .methods = from_methods(),
    .getters = kFromGetters,
    .metamethods = kFromMetamethods,
    .usage = "alias",
    .destroy = kDestroy<FromBox>,
};

void push_from(lua_State* L, FromPtr from) { push_box(L, FromBox{std::move(from)}); }
void push_columns(lua_State* L, FromPtr from) { push_box(L, FromColumnsBox{std::move(from)}); }
void push_selected_columns(lua_State* L, const expr::SelectPtr& select) {
  push_box(L, FromColumnsBox{nullptr, select});
}

std::vector<ElementPtr> from_columns(const FromPtr& from) {
  std::vector<ElementPtr> out;
  for (NamedColumn& column : query::columns_of(from)) out.push_back(std::move(column.element));
  return out;
}

void open_from(lua_State* L, int module) {
  register_class(L, kFromColumnsClass);
  register_class(L, kFromClass);
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
