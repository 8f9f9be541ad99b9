// Defaults and the SQL text of a schema: what a program gives as a constant, a function, text or an
// expression.
#include "bindings/call.h"
#include "bindings/lua_expr.h"
#include "bindings/schema_parts.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/compile/compiler.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using base::Value;
using expr::ElementPtr;
using schema::SqlFragment;

// Pushes {current_parameters = {column = value, …}, get_current_parameters = f}: what a function
// that takes an argument is told of the row being written. NULL is nil.
void push_context(lua_State* L, const schema::RowValues& row) {
  lua_createtable(L, 0, 2);
  lua_newtable(L);
  for (const schema::Column& column : row.table().columns()) {
    const Value* value = row.find(column);
    if (value == nullptr || value->is_null()) continue;
    if (column.type) {
      push_typed_value(L, *value, *column.type, false);
    } else {
      push_value(L, *value, nullptr, false);
    }
    lua_setfield(L, -2, column.key.c_str());
  }
  lua_pushvalue(L, -1);
  lua_pushcclosure(
      L,
      [](lua_State* S) {
        lua_pushvalue(S, lua_upvalueindex(1));
        return 1;
      },
      1);
  lua_setfield(L, -3, "get_current_parameters");
  lua_setfield(L, -2, "current_parameters");
}

// A Lua function that makes a value for each row.
class LuaDefault final : public schema::DefaultFunction {
 public:
  LuaDefault(lua_State* L, int index, types::TypePtr type)
      : state_(Context::of(L).state_handle()),
        function_(L, index),
        type_(std::move(type)),
        description_(describe_function(L, index)),
        takes_context_(has_parameter(L, index)) {}

  // The value is still to be cast by the column's type.
  Value make(const schema::RowValues& row) const override {
    if (*state_ == nullptr) {
      throw Error(ErrorKind::kInvalidRequestError,
                  "The program that declared the default " + description_ + " has ended");
    }
    lua_State* L = Context::of(*state_).running();
    luaL_checkstack(L, 10, "too many nested calls");
    int top = lua_gettop(L);
    function_.push(L);
    if (takes_context_) push_context(L, row);
    call_lua(L, takes_context_ ? 1 : 0, 1);
    Value value = to_value(L, -1, type_ ? &type_->impl() : nullptr);
    lua_settop(L, top);
    return value;
  }

  std::string describe() const override { return description_; }

 private:
  static std::string describe_function(lua_State* L, int index) {
    if (lua_CFunction fn = lua_tocfunction(L, index)) {
      if (auto row = find_row(L, fn)) return row->row->name;
    }
    if (!lua_isfunction(L, index)) return type_name_of(L, index);
    lua_Debug info;
    lua_pushvalue(L, index);
    lua_getinfo(L, ">S", &info);
    if (info.linedefined < 0) return "function";
    return "function at " + std::string(info.short_src) + ":" + std::to_string(info.linedefined);
  }

  // Functions written in Lua say how many parameters they have; those of libraries do not.
  static bool has_parameter(lua_State* L, int index) {
    if (!lua_isfunction(L, index) || lua_iscfunction(L, index)) return false;
    lua_Debug info;
    lua_pushvalue(L, index);
    lua_getinfo(L, ">u", &info);
    return info.nparams > 0 || info.isvararg != 0;
  }

  std::shared_ptr<lua_State*> state_;
  LuaRef function_;
  types::TypePtr type_;
  std::string description_;
  bool takes_context_;
};

// A text's SQL is what follows the words of DEFAULT: parameters have no place there.
void refuse_parameters(const ElementPtr& element, const std::string& what) {
  expr::visit(element, [&](const expr::Element& e) {
    if (e.kind != expr::Kind::kBind || e.name.empty()) return;
    throw Error(ErrorKind::kArgumentError,
                what + ": the parameter :" + e.name + " has no value here")
        .with_hint("Write the value itself, or \\: for a colon.");
  });
}

ElementPtr without_tables(const ElementPtr& element) {
  return expr::transform(element, [](const ElementPtr& e) -> ElementPtr {
    if (e->kind != expr::Kind::kColumn) return nullptr;
    return expr::column(nullptr, e->column_name(), e->type);
  });
}

std::string literal_text(std::string_view text) {
  return types::text()->literal(Value::borrowed(base::Tag::kText, text));
}

}  // namespace

const dialect::Dialect& check_dialect_name(const std::string& name) {
  if (const dialect::Dialect* found = dialect::find_dialect(name)) return *found;
  auto known = dialect::dialect_names();
  std::vector<std::string> names(known.begin(), known.end());
  throw Error(ErrorKind::kArgumentError, "There is no dialect named " +
                                             base::quote_for_message(name) +
                                             base::did_you_mean(name, names))
      .with_hint("The dialects are: " + base::join(names, ", ") + ".");
}

const dialect::Dialect& check_dialect_option(lua_State* L, const char* function) {
  Kwargs kw(L, 2, function);
  kw.expect_positional(0, 0);
  std::string name = kw.take_string("dialect").value_or("sqlite");
  kw.finish();
  return check_dialect_name(name);
}

SqlFragment sql_fragment(const ElementPtr& element, const std::string& what) {
  refuse_parameters(element, what);
  ElementPtr bare = without_tables(element);
  SqlFragment fragment;
  for (std::string_view name : dialect::dialect_names()) {
    const compile::DialectTraits& traits = dialect::find_dialect(name)->traits();
    std::string text = compile::compile_element(bare, traits, {.literal_binds = true});
    if (fragment.text.empty()) fragment.text = text;
    if (text != fragment.text) fragment.variants[traits.name] = std::move(text);
  }
  return fragment;
}

SqlFragment check_sql(lua_State* L, int index, const std::string& what) {
  if (lua_type(L, index) == LUA_TSTRING) return {std::string(check_string(L, index)), {}};
  if (ElementPtr element = test_element(L, index)) return sql_fragment(element, what);
  throw Error(ErrorKind::kTypeError,
              what + ": expected SQL as text or an expression, got " + type_name_of(L, index));
}

schema::Default check_default(lua_State* L, int index, const types::TypePtr& type) {
  index = lua_absindex(L, index);
  schema::Default result;
  if (ElementPtr element = test_element(L, index)) {
    result.kind = schema::Default::Kind::kSql;
    result.sql = sql_fragment(element, "default");
  } else if (to_box(L, index) == nullptr && is_callable(L, index)) {
    result.kind = schema::Default::Kind::kFunction;
    result.function = std::make_shared<LuaDefault>(L, index, type);
  } else {
    result.constant = type ? to_typed_value(L, index, *type) : to_value(L, index);
  }
  return result;
}

SqlFragment check_server_default(lua_State* L, int index, const std::string& what) {
  switch (lua_type(L, index)) {
    case LUA_TSTRING:
      return {literal_text(check_string(L, index)), {}};
    case LUA_TNUMBER:
      return {types::null()->literal(to_value(L, index)), {}};
    case LUA_TBOOLEAN:
      return sql_fragment(expr::boolean(lua_toboolean(L, index) != 0), what);
    default:
      break;
  }
  if (ElementPtr element = test_element(L, index)) return sql_fragment(element, what);
  throw Error(ErrorKind::kTypeError,
              what + ": expected text, a number, a boolean or an SQL expression, got " +
                  type_name_of(L, index))
      .with_hint(lua_isfunction(L, index)
                     ? "A function is a default, which runs in the program: default = f."
                     : "Write SQL as db.text 'CURRENT_TIMESTAMP'.");
}

}  // namespace moonbase::bindings
