// FROM clauses in Lua: aliases, subqueries and CTEs, and the columns of any of them.
#include <algorithm>

#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

struct FromColumnsBox {
  expr::FromPtr from;
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

// What an alias of a subquery names.
const From& source_of(const From& from) {
  return from.kind == FromKind::kAlias ? *from.left : from;
}

// A column as it is seen from outside, and the name a program has for it.
struct NamedColumn {
  std::string key;
  ElementPtr element;
};

// The column inside a SELECT's item that still goes by its own name: `user.name`, or `user.name AS
// user_name`, the label that queries of a class make. Null for other expressions and for labels of
// the user's.
const schema::Column* plain_column(const expr::Element& item) {
  const expr::Element* e = &item;
  if (e->kind == expr::Kind::kLabel) e = e->args[0].get();
  if (e->kind != expr::Kind::kColumn || e->column == nullptr) return nullptr;
  bool keeps_name = e == &item || (e->from && item.name == e->from->name + "_" + e->column->name);
  return keeps_name ? e->column : nullptr;
}

// Of two columns with one key the second goes by the name it has in the SQL.
void add_column(std::vector<NamedColumn>& columns, std::string key, ElementPtr element) {
  auto same = [&](const NamedColumn& column) { return column.key == key; };
  if (std::ranges::any_of(columns, same)) key = element->column_name();
  columns.push_back({std::move(key), std::move(element)});
}

std::vector<NamedColumn> select_columns(const FromPtr& from, const expr::Select& select) {
  const expr::Select* first = &select;
  while (!first->parts.empty()) first = first->parts.front().get();
  std::vector<std::string> names = expr::column_names(select);
  std::vector<NamedColumn> out;
  for (size_t i = 0; i < names.size(); ++i) {
    const expr::Element& item = *first->columns[i];
    if (item.kind == expr::Kind::kStar && item.from && item.from->table) {
      for (const schema::Column& c : item.from->table->columns()) {
        add_column(out, c.key, expr::column(from, c.name, c.type));
      }
    } else if (!names[i].empty()) {
      const schema::Column* column = plain_column(item);
      add_column(out, column != nullptr ? column->key : names[i],
                 expr::column(from, names[i], item.type));
    }
  }
  return out;
}

std::vector<NamedColumn> columns_of(const FromPtr& from) {
  std::vector<NamedColumn> out;
  if (from->table) {
    for (const schema::Column& c : from->table->columns())
      out.push_back({c.key, expr::column(from, c)});
    return out;
  }
  const From& source = source_of(*from);
  if (source.select) return select_columns(from, *source.select);
  if (source.kind == FromKind::kValues) {
    for (size_t i = 0; i < source.column_names.size(); ++i) {
      const std::string& name = source.column_names[i];
      out.push_back({name, expr::column(from, name, source.column_types[i])});
    }
  }
  return out;
}

std::vector<std::string> keys_of(const FromPtr& from) {
  std::vector<std::string> keys;
  for (NamedColumn& column : columns_of(from)) keys.push_back(std::move(column.key));
  return keys;
}

// A function's or a text's columns are known to the database alone: every name is taken.
bool has_unknown_columns(const From& from) {
  const From& source = source_of(from);
  return source.kind == FromKind::kFunction || source.kind == FromKind::kText;
}

ElementPtr find_column(const FromPtr& from, std::string_view name) {
  if (from->table) {
    const schema::Column* column = from->table->find_column(name);
    return column != nullptr ? expr::column(from, *column) : nullptr;
  }
  if (has_unknown_columns(*from)) return expr::column(from, std::string(name), types::null());
  std::vector<NamedColumn> columns = columns_of(from);
  for (const NamedColumn& column : columns) {
    if (column.key == name) return column.element;
  }
  for (const NamedColumn& column : columns) {
    if (column.element->name == name) return column.element;
  }
  return nullptr;
}

int columns_index(lua_State* L) {
  const FromPtr& from = check_box<FromColumnsBox>(L, 1).from;
  if (lua_isinteger(L, 2) != 0) {
    std::vector<NamedColumn> columns = columns_of(from);
    lua_Integer position = lua_tointeger(L, 2);
    if (position < 1 || static_cast<size_t>(position) > columns.size()) {
      lua_pushnil(L);
      return 1;
    }
    return push_result(L, columns[static_cast<size_t>(position - 1)].element);
  }
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  std::string_view name = check_string(L, 2);
  if (ElementPtr column = find_column(from, name)) return push_result(L, std::move(column));
  throw_no_attribute(from->name.empty() ? "the FROM clause" : from->name, name, keys_of(from));
}

int columns_length(lua_State* L) {
  lua_pushinteger(
      L, static_cast<lua_Integer>(columns_of(check_box<FromColumnsBox>(L, 1).from).size()));
  return 1;
}

int columns_keys(lua_State* L) {
  push_strings(L, keys_of(check_box<FromColumnsBox>(L, 1).from));
  return 1;
}

int columns_tostring(lua_State* L) {
  std::string text;
  for (const NamedColumn& column : columns_of(check_box<FromColumnsBox>(L, 1).from)) {
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

int from_tostring(lua_State* L) {
  FromPtr from = check_box<FromBox>(L, 1).from;
  if (from->select) {
    push_string(L, statement_sql(*from->select));
    return 1;
  }
  expr::Select draft;
  draft.columns.push_back(expr::star(from));
  draft.froms.push_back(std::move(from));
  push_string(L, statement_sql(*expr::finish(std::move(draft))));
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
};

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
    .methods = kFromMethods,
    .getters = kFromGetters,
    .metamethods = kFromMetamethods,
    .usage = "alias",
    .destroy = kDestroy<FromBox>,
};

void push_from(lua_State* L, FromPtr from) { push_box(L, FromBox{std::move(from)}); }
void push_columns(lua_State* L, FromPtr from) { push_box(L, FromColumnsBox{std::move(from)}); }

std::vector<ElementPtr> from_columns(const FromPtr& from) {
  std::vector<ElementPtr> out;
  for (NamedColumn& column : columns_of(from)) out.push_back(std::move(column.element));
  return out;
}

void open_from(lua_State* L, int module) {
  register_class(L, kFromColumnsClass);
  register_class(L, kFromClass);
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
