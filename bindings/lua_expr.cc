// Reading expressions, conditions and FROM clauses from Lua's stack; the classes are in the files
// beside this one.
#include "bindings/lua_expr.h"

#include <algorithm>
#include <cctype>

#include "bindings/context.h"
#include "bindings/expr_support.h"
#include "bindings/lua_datetime.h"
#include "bindings/lua_decimal.h"
#include "bindings/lua_schema.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using types::TypeKind;

// What other areas registered, for each Lua state.
struct Sources {
  std::vector<ElementSource> elements;
  std::vector<SelectSource> selects;
  std::vector<FromSource> froms;
  std::vector<TableSource> tables;
};

Sources& sources(lua_State* L) { return Context::of(L).area<Sources>(); }

bool is_value_object(lua_State* L, int index) {
  const Box* box = to_box(L, index);
  return box != nullptr && box->cls->is_value;
}

// Told at once, so that writing a date asks nobody whether it is an expression.
bool may_be_object(lua_State* L, int index) {
  const int type = lua_type(L, index);
  return type == LUA_TTABLE || (type == LUA_TUSERDATA && !is_value_object(L, index));
}

bool is_decorated(const types::TypePtr& type) {
  return type && type->kind() == TypeKind::kDecorator;
}

// Whether the Lua value can be a value of a column at all; its type decides the rest.
bool is_value(lua_State* L, int index, const types::TypePtr& type) {
  if (is_decorated(type)) return true;
  switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING:
      return true;
    case LUA_TLIGHTUSERDATA:
      return is_null(L, index);
    case LUA_TUSERDATA:
      return is_value_object(L, index);
    case LUA_TTABLE:
      // An object with a class of its own (a model class, a mapped object) is no JSON.
      if (lua_getmetatable(L, index) != 0) {
        lua_pop(L, 1);
        if (!is_array(L, index)) return false;
      }
      return type && type->is_mutable();
    default:
      return false;
  }
}

std::string hint_for_operand(lua_State* L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TFUNCTION:
      return "call the function; for SQL functions write db.func.name(…)";
    case LUA_TTABLE:
      if (lua_getmetatable(L, index) == 0) return "for a list of values write :in_{…}";
      lua_pop(L, 1);
      [[fallthrough]];
    case LUA_TUSERDATA:
      return "a column is compared with a value, another column or a query of one column; to "
             "compare with an object, "
             "use the relationship (Post.author:eq(user)) or the object's key "
             "(Post.user_id:eq(user.id))";
    default:
      return "";
  }
}

[[noreturn]] void throw_no_operand(lua_State* L, int index, const std::string& name) {
  std::string got = lua_istable(L, index) || lua_isuserdata(L, index) || lua_isfunction(L, index)
                        ? type_name_of(L, index)
                        : luaL_typename(L, index);
  if (const mapper::Mapper* mapper = test_table_target(L, index).mapper)
    got = "the model class " + mapper->name();
  throw Error(ErrorKind::kArgumentError,
              name + ": expected a value or an SQL expression, got " + got)
      .with_hint(hint_for_operand(L, index));
}

bool is_tuple(const ElementBox& box) {
  return box.element && box.element->kind == expr::Kind::kTuple;
}

// {1, 2} beside db.tuple_(a, b).
ElementPtr check_tuple(lua_State* L, int index, const ElementBox& like) {
  const auto& parts = like.element->args;
  int count = check_list(L, index, "tuple_");
  if (static_cast<size_t>(count) != parts.size()) {
    throw Error(ErrorKind::kArgumentError, "tuple_: a row has " + std::to_string(count) +
                                               " values for " + std::to_string(parts.size()) +
                                               " columns");
  }
  std::vector<ElementPtr> items;
  items.reserve(parts.size());
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, index, i);
    items.push_back(check_operand(L, lua_gettop(L), ElementBox{parts[static_cast<size_t>(i - 1)]}));
    lua_pop(L, 1);
  }
  return expr::tuple(std::move(items));
}

// Runs `read`; what it throws begins with the column's name.
template <class Read>
auto with_name(const std::string& name, Read read) {
  try {
    return read();
  } catch (Error& error) {
    error.set_message(name + ": " + error.message());
    throw;
  }
}

std::string call_text(const char* where) {
  char last = std::string_view(where).back();
  bool is_name = last == '_' || (last >= 'a' && last <= 'z');
  return is_name ? std::string(where) + "()" : "'" + std::string(where) + "'";
}

[[noreturn]] void throw_no_condition(lua_State* L, int index, const char* where) {
  std::string call = call_text(where);
  switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
      throw Error(ErrorKind::kArgumentError,
                  call + " got " + (lua_toboolean(L, index) != 0 ? "true" : "false") +
                      ": in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)")
          .with_hint("db.true_() and db.false_() are SQL's own truth values");
    case LUA_TNONE:
    case LUA_TNIL:
      throw Error(ErrorKind::kArgumentError, call + " got nil instead of a condition")
          .with_hint("a name that is not defined is nil: look for a misspelt one");
    case LUA_TSTRING:
      throw Error(ErrorKind::kArgumentError,
                  call + " got the string " + base::quote_for_message(check_string(L, index), 60) +
                      " instead of a condition")
          .with_hint("SQL text is marked as such: db.text '…'");
    case LUA_TTABLE:
      if (lua_getmetatable(L, index) == 0) {
        throw Error(ErrorKind::kArgumentError, call + " got a table instead of a condition")
            .with_hint(
                "conditions by name are for filter_by{name = 'x'}; several conditions are several "
                "arguments");
      }
      lua_pop(L, 1);
      break;
    case LUA_TNUMBER:
      throw Error(ErrorKind::kArgumentError, call + " got a number instead of a condition")
          .with_hint(
              "| and & bind tighter than ==: write (User.a == 1) | (User.b == 2), or use or and "
              "and");
    default:
      break;
  }
  throw Error(ErrorKind::kArgumentError,
              call + " got " + type_name_of(L, index) + " instead of a condition")
      .with_hint(
          "a condition compares a column: User.id:eq(1), User.name:like 'a%', db.and_(…), "
          "db.exists(…)");
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return c == '_' || c >= 0x80 || std::isalnum(c) != 0;
  });
}

}  // namespace

void push_element(lua_State* L, ElementPtr element) { push_box(L, ElementBox{std::move(element)}); }

void push_attribute(lua_State* L, const mapper::Mapper& mapper, int slot) {
  push_box(L, ElementBox{mapper.element(slot), &mapper, slot});
}

void register_element_source(lua_State* L, ElementSource source) {
  sources(L).elements.push_back(source);
}
void register_select_source(lua_State* L, SelectSource source) {
  sources(L).selects.push_back(source);
}
void register_from_source(lua_State* L, FromSource source) { sources(L).froms.push_back(source); }
void register_table_source(lua_State* L, TableSource source) {
  sources(L).tables.push_back(source);
}

ElementPtr test_element(lua_State* L, int index) {
  if (!may_be_object(L, index)) return nullptr;
  if (const auto* box = test_box<ElementBox>(L, index)) return box->element;
  if (const auto* box = test_box<StatementBox>(L, index)) {
    if (box->statement->kind != expr::StatementKind::kText) return nullptr;
    return static_cast<const expr::TextStatement&>(*box->statement).text;
  }
  index = lua_absindex(L, index);
  for (ElementSource source : sources(L).elements) {
    if (ElementPtr element = source(L, index)) return element;
  }
  if (expr::SelectPtr select = test_select(L, index))
    return expr::scalar_subquery(std::move(select));
  return nullptr;
}

expr::SelectPtr test_select(lua_State* L, int index) {
  if (!may_be_object(L, index)) return nullptr;
  if (const auto* box = test_box<ElementBox>(L, index)) {
    return box->element->kind == expr::Kind::kScalarSubquery ? box->element->select : nullptr;
  }
  index = lua_absindex(L, index);
  for (SelectSource source : sources(L).selects) {
    if (expr::SelectPtr select = source(L, index)) return select;
  }
  return nullptr;
}

expr::FromPtr test_from(lua_State* L, int index) {
  if (!may_be_object(L, index)) return nullptr;
  if (const auto* box = test_box<FromBox>(L, index)) return box->from;
  if (const auto* box = test_box<TableBox>(L, index)) return expr::table(box->table);
  index = lua_absindex(L, index);
  for (FromSource source : sources(L).froms) {
    if (expr::FromPtr from = source(L, index)) return from;
  }
  return nullptr;
}

TableSourceResult test_table_target(lua_State* L, int index) {
  if (!may_be_object(L, index)) return {};
  if (const auto* box = test_box<TableBox>(L, index)) return {box->table};
  if (const auto* box = test_box<FromBox>(L, index)) {
    return {box->from->kind == expr::FromKind::kTable ? box->from->table : nullptr};
  }
  index = lua_absindex(L, index);
  for (TableSource source : sources(L).tables) {
    if (TableSourceResult target = source(L, index); target.table) return target;
  }
  return {};
}

std::string operand_name(const ElementBox& box) {
  if (box.mapper != nullptr && box.slot >= 0) {
    return box.mapper->name() + "." + box.mapper->attribute_at(box.slot).name;
  }
  if (!box.element) return "";
  if (box.element->kind == expr::Kind::kColumn) {
    if (box.element->column != nullptr) return box.element->column->full_name();
    return box.element->from ? box.element->from->name + "." + box.element->name
                             : box.element->name;
  }
  return box.element->kind == expr::Kind::kFunction ? box.element->name + "(…)" : "the expression";
}

ElementPtr check_operand(lua_State* L, int index, const ElementBox& like,
                         const types::TypePtr& type) {
  index = lua_absindex(L, index);
  if (ElementPtr element = test_element(L, index)) return element;
  if (is_nil_or_null(L, index)) return expr::null();
  if (is_tuple(like) && lua_istable(L, index)) return check_tuple(L, index, like);
  const types::TypePtr& expected = type || !like.element ? type : like.element->type;
  if (!is_value(L, index, expected))
    throw_no_operand(L, index, like.element ? operand_name(like) : "operand");
  try {
    if (is_decorated(expected)) return expr::bind(to_typed_value(L, index, *expected), expected);
    return expr::coerce(to_value(L, index, expected.get()), expected);
  } catch (Error& error) {
    if (like.element) error.set_message(operand_name(like) + ": " + error.message());
    throw;
  }
}

ElementPtr check_assigned_value(lua_State* L, int index, const types::TypePtr& type,
                                const std::string& name) {
  index = lua_absindex(L, index);
  if (ElementPtr element = test_element(L, index)) return element;
  const types::TypePtr& expected = type ? type : types::null();
  if (!is_value(L, index, expected)) throw_no_operand(L, index, name);
  return with_name(name, [&] { return expr::bind(to_typed_value(L, index, *expected), expected); });
}

ElementPtr check_element(lua_State* L, int index, const ElementPtr& like) {
  return check_operand(L, index, ElementBox{like});
}

ElementPtr check_condition(lua_State* L, int index, const char* where) {
  ElementPtr element = test_element(L, index);
  if (!element) throw_no_condition(L, index, where);
  if (element->is_condition()) return element;
  const auto* box = test_box<ElementBox>(L, index);
  std::string name = operand_name(box != nullptr ? *box : ElementBox{element});
  throw Error(ErrorKind::kArgumentError, call_text(where) + ": " + name +
                                             " is no condition but a value of type " +
                                             element->type->repr())
      .with_hint("compare it with something: :eq(…), :gt(…), :ne(nil)");
}

ElementPtr check_order(lua_State* L, int index) {
  if (ElementPtr element = test_element(L, index)) return element;
  if (lua_type(L, index) == LUA_TSTRING) {
    std::string_view name = check_string(L, index);
    if (is_name(name)) return expr::label_ref(std::string(name), types::null());
    throw Error(ErrorKind::kArgumentError,
                base::quote_for_message(name, 60) + " is no label to order or group by")
        .with_hint("write User.name:desc(), db.desc 'label', or db.text '…' for SQL");
  }
  throw Error(
      ErrorKind::kArgumentError,
      "expected a column or a label's name to order or group by, got " + type_name_of(L, index))
      .with_hint("write User.name, User.name:desc() or db.desc 'label'");
}

int check_list(lua_State* L, int index, const std::string& what) {
  index = lua_absindex(L, index);
  if (!lua_istable(L, index)) {
    throw Error(ErrorKind::kArgumentError,
                what + ": expected a list, got " + type_name_of(L, index))
        .with_hint("a list is written in braces: {1, 2, 3}");
  }
  auto count = static_cast<lua_Integer>(lua_rawlen(L, index));
  lua_Integer present = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (lua_isinteger(L, -2) == 0) {
      throw Error(ErrorKind::kArgumentError,
                  what + ": expected a list, got a table with a key that is no position");
    }
    ++present;
  }
  if (present != count) {
    throw Error(ErrorKind::kArgumentError, what + ": the list has holes: one of its items is nil")
        .with_hint("NULL inside a table is db.null; a name that is not defined is nil");
  }
  return static_cast<int>(count);
}

std::vector<ElementPtr> check_element_list(lua_State* L, int index, const std::string& what) {
  index = lua_absindex(L, index);
  std::vector<ElementPtr> out;
  auto add = [&](int at) {
    ElementPtr element = test_element(L, at);
    if (!element) element = check_order(L, at);
    out.push_back(std::move(element));
  };
  if (!lua_istable(L, index) || test_element(L, index)) {
    add(index);
    return out;
  }
  for (int i = 1, count = check_list(L, index, what); i <= count; ++i) {
    lua_rawgeti(L, index, i);
    add(lua_gettop(L));
    lua_pop(L, 1);
  }
  return out;
}

std::vector<ElementPtr> check_conditions(lua_State* L, int first, const char* where) {
  Kwargs args(L, first, where);
  std::vector<ElementPtr> out = read_positional(L, args, [where](lua_State* state, int index) {
    return check_condition(state, index, where);
  });
  args.finish();
  return out;
}

std::vector<std::pair<std::string, base::Value>> check_parameters(lua_State* L, int index) {
  std::vector<std::pair<std::string, base::Value>> out;
  if (is_nil_or_null(L, index)) return out;
  index = lua_absindex(L, index);
  if (!lua_istable(L, index)) throw_argument(L, index, "a table of parameters, {x = 2}");
  if (lua_rawlen(L, index) > 0) {
    throw Error(ErrorKind::kTypeError, "parameters have names: write {x = 2} for :x in the text");
  }
  for (std::string& name : string_keys(L, index)) {
    lua_getfield(L, index, name.c_str());
    base::Value value =
        with_name("parameter " + base::quote_for_message(name), [&] { return to_value(L, -1); });
    lua_pop(L, 1);
    out.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

void open_expr(lua_State* L, int module) {
  open_compiled(L);
  open_expression_class(L);
  open_from(L, module);
  open_func(L, module);
  open_expression_functions(L, module);
  open_text(L, module);
  open_dml(L, module);
}

}  // namespace moonbase::bindings
