// db.func and what is said of a call: its window, its filter, its order, the rows it returns.
#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "bindings/lua_schema.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

// db.func, db.func.count, db.func.pkg.name: a name that is called.
struct SqlFunctionBox {
  std::string name;
};
extern const ClassDef kSqlFunctionClass;
template <>
const ClassDef& class_of<SqlFunctionBox>() {
  return kSqlFunctionClass;
}

namespace {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::Kind;
using expr::Op;

ElementPtr read_argument(lua_State* L, int index) { return check_element(L, index); }
ElementPtr read_order(lua_State* L, int index) { return check_order(L, index); }

// --- db.func ---

int func_index(lua_State* L) {
  const SqlFunctionBox& box = check_box<SqlFunctionBox>(L, 1);
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  std::string name(check_string(L, 2));
  push_box(L, SqlFunctionBox{box.name.empty() ? name : box.name + "." + name});
  return 1;
}

int func_call(lua_State* L) {
  std::string name = check_box<SqlFunctionBox>(L, 1).name;
  if (name.empty()) {
    throw Error(ErrorKind::kTypeError,
                "func is called with a function's name: db.func.count(User.id)");
  }
  if (const auto* owner = test_box<SqlFunctionBox>(L, 2)) {
    std::string path = owner->name.empty() ? "func" : "func." + owner->name;
    throw Error(ErrorKind::kTypeError, "SQL functions take a dot: " + path + "." +
                                           name.substr(name.rfind('.') + 1) + "(…)");
  }
  Kwargs args(L, 2, "func." + name);
  types::TypePtr type;
  if (args.take("type_")) {
    type = check_type(L, lua_gettop(L));
    lua_pop(L, 1);
  }
  args.finish();
  return push_result(
      L, expr::function(name, read_positional(L, args, read_argument), std::move(type)));
}

int func_tostring(lua_State* L) {
  const SqlFunctionBox& box = check_box<SqlFunctionBox>(L, 1);
  push_string(L, box.name.empty() ? "<func>" : "<func." + box.name + ">");
  return 1;
}

constexpr MethodDef kFunctionMetamethods[] = {
    {"__call", guarded<func_call>,
     "func.name(x, …)  the SQL function of that name, whatever the database has"},
    {"__tostring", guarded<func_tostring>, "tostring(func.name)  its name"},
};

// --- over, filter, within_group ---

const ElementPtr& check_function_element(lua_State* L, const char* method,
                                         bool may_be_window_part) {
  const ElementBox& box = check_box<ElementBox>(L, 1);
  Kind kind = box.element->kind;
  bool fits = kind == Kind::kFunction ||
              (may_be_window_part && (kind == Kind::kFilter || kind == Kind::kWithinGroup));
  if (!fits) {
    throw Error(ErrorKind::kArgumentError,
                std::string(method) + " is for functions, and " + operand_name(box) + " is none")
        .with_hint(std::string("write db.func.count(x):") + method + "…");
  }
  return box.element;
}

// One bound of a frame: rows before (negative), rows after, 0 for the row itself, nothing for no
// bound.
std::string frame_bound(std::optional<int64_t> rows, bool is_first) {
  if (!rows) return is_first ? "UNBOUNDED PRECEDING" : "UNBOUNDED FOLLOWING";
  if (*rows == 0) return "CURRENT ROW";
  std::string text = std::to_string(*rows);
  return *rows < 0 ? text.substr(1) + " PRECEDING" : text + " FOLLOWING";
}

std::optional<int64_t> read_bound(const Kwargs& args, lua_State* L, const char* unit, int table,
                                  int position) {
  lua_rawgeti(L, table, position);
  if (!is_nil_or_null(L, -1) && lua_isinteger(L, -1) == 0)
    args.throw_keyword(unit, "two integers or db.null", table);
  std::optional<int64_t> bound;
  if (lua_isinteger(L, -1) != 0) bound = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return bound;
}

// A bound that is nil is none, so the table may be empty: only what it has too much can be seen.
bool has_more_than_bounds(lua_State* L, int table) {
  bool found = false;
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    found |= lua_isinteger(L, -2) == 0 || lua_tointeger(L, -2) < 1 || lua_tointeger(L, -2) > 2;
  }
  return found;
}

std::string read_frame(lua_State* L, Kwargs& args) {
  struct Unit {
    const char* keyword;
    const char* sql;
  };
  constexpr Unit kUnits[] = {{"rows", "ROWS"}, {"range", "RANGE"}, {"groups", "GROUPS"}};
  std::string frame;
  for (const Unit& unit : kUnits) {
    if (!args.take(unit.keyword)) continue;
    if (!frame.empty())
      throw Error(ErrorKind::kArgumentError, "over takes one of rows, range and groups");
    int table = lua_gettop(L);
    if (!lua_istable(L, table) || has_more_than_bounds(L, table))
      args.throw_keyword(unit.keyword, "a table of two bounds, {-1, 0}", table);
    auto from = read_bound(args, L, unit.keyword, table, 1),
         to = read_bound(args, L, unit.keyword, table, 2);
    frame = std::string(unit.sql) + " BETWEEN " + frame_bound(from, true) + " AND " +
            frame_bound(to, false);
    lua_pop(L, 1);
  }
  return frame;
}

std::vector<ElementPtr> take_list(lua_State* L, Kwargs& args, const char* keyword) {
  if (!args.take(keyword)) return {};
  std::vector<ElementPtr> out =
      check_element_list(L, lua_gettop(L), std::string("over: ") + keyword);
  lua_pop(L, 1);
  return out;
}

// --- functions that return rows ---

// A column of the rows: its name, or db.column('name', type).
void add_column(lua_State* L, int index, std::vector<std::string>& names,
                std::vector<types::TypePtr>& column_types) {
  const auto* box = test_box<ElementBox>(L, index);
  if (box != nullptr && box->element->kind == Kind::kColumn) {
    names.push_back(box->element->column_name());
    column_types.push_back(box->element->type);
    return;
  }
  if (lua_type(L, index) != LUA_TSTRING) {
    throw Error(ErrorKind::kArgumentError,
                "table_valued: expected a column's name, got " + type_name_of(L, index))
        .with_hint("write :table_valued('key', 'value'), or db.column('value', db.Integer)");
  }
  names.emplace_back(check_string(L, index));
  column_types.push_back(types::null());
}

// --- db.null() ---

int null_call(lua_State* L) {
  if (!is_null(L, 1)) {
    throw Error(ErrorKind::kTypeError, "attempt to call a userdata value");
  }
  return push_result(L, expr::null());
}

// db.null is a value; db.null() the expression, which has methods: db.null():label 'x'.
void add_call_of_null(lua_State* L) {
  push_null(L);
  lua_getmetatable(L, -1);
  lua_pushcfunction(L, guarded<null_call>);
  lua_setfield(L, -2, "__call");
  lua_pop(L, 2);
}

}  // namespace

int function_table_valued(lua_State* L) {
  const ElementPtr& function = check_function_element(L, "table_valued", false);
  Kwargs args(L, 2, "table_valued");
  std::string name = args.take_string("name").value_or("");
  args.finish();
  std::vector<std::string> names;
  std::vector<types::TypePtr> column_types;
  for (int i = 1; i <= args.count(); ++i) {
    args.push(i);
    add_column(L, lua_gettop(L), names, column_types);
    lua_pop(L, 1);
  }
  if (names.empty()) {
    throw Error(ErrorKind::kArgumentError, "table_valued needs the names of the columns")
        .with_hint("write db.func.json_each(x):table_valued('key', 'value')");
  }
  push_from(L, expr::table_function(function, std::move(name), 0, std::move(names),
                                    std::move(column_types)));
  return 1;
}

int function_alias(lua_State* L) {
  const ElementPtr& function = check_function_element(L, "alias", false);
  push_from(L, expr::table_function(function, opt_string(L, 2).value_or("")));
  return 1;
}

int function_over(lua_State* L) {
  const ElementPtr& function = check_function_element(L, "over", true);
  if (lua_gettop(L) == 1) return push_result(L, expr::over(function, {}, {}, ""));
  Kwargs args(L, 2, "over");
  args.expect_positional(0, 0);
  auto partition_by = take_list(L, args, "partition_by"), order_by = take_list(L, args, "order_by");
  std::string frame = read_frame(L, args);
  args.finish();
  return push_result(
      L, expr::over(function, std::move(partition_by), std::move(order_by), std::move(frame)));
}

int function_filter(lua_State* L) {
  const ElementPtr& function = check_function_element(L, "filter", true);
  std::vector<ElementPtr> conditions = check_conditions(L, 2, "filter");
  if (conditions.empty()) throw Error(ErrorKind::kArgumentError, "filter needs a condition");
  return push_result(L, expr::filter(function, expr::and_(std::move(conditions))));
}

int function_within_group(lua_State* L) {
  const ElementPtr& function = check_function_element(L, "within_group", false);
  Kwargs args(L, 2, "within_group");
  args.finish();
  return push_result(L, expr::within_group(function, read_positional(L, args, read_order)));
}

const ClassDef kSqlFunctionClass{
    .name = "func",
    .doc =
        "func.name(x, …)  any SQL function: db.func.count(Post.id), db.func.lower(User.name), "
        "db.func.pkg.name()",
    .metamethods = kFunctionMetamethods,
    .index = func_index,
    .usage = "db.func",
    .destroy = kDestroy<SqlFunctionBox>,
};

void open_func(lua_State* L, int module) {
  register_class(L, kSqlFunctionClass);
  push_box(L, SqlFunctionBox{});
  lua_setfield(L, module, "func");
  add_call_of_null(L);
}

}  // namespace moonbase::bindings
