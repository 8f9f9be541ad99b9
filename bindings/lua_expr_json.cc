// Methods of expressions that lead into a JSON document: Doc.data:path('a', 1):as_string().
#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::Kind;

const ElementBox& self(lua_State* L) { return check_box<ElementBox>(L, 1); }

// SQLite writes a path as one text with the keys in double quotes and knows no escape: such a key
// would lead elsewhere.
ElementPtr check_key(lua_State* L, int index) {
  const std::string_view key = check_string(L, index);
  if (key.find('"') != std::string_view::npos) {
    throw Error(ErrorKind::kArgumentError,
                "path: a key with a double quote cannot be part of a path: " +
                    base::quote_for_message(key, 60))
        .with_hint("load the whole document and index the table in Lua");
  }
  return expr::bind(base::Value::text(key), types::text());
}

// Keys are text; positions count from 1, as they do in the table a document becomes.
int path(lua_State* L) {
  const ElementBox& box = self(L);
  if (box.element->type->base_kind() != types::TypeKind::kJson) {
    throw Error(ErrorKind::kArgumentError,
                "path: " + operand_name(box) + " is no JSON but " + box.element->type->repr());
  }
  std::vector<ElementPtr> steps;
  ElementPtr document = box.element;
  if (document->kind == Kind::kJsonPath) {
    steps.assign(document->args.begin() + 1, document->args.end());
    document = document->args[0];
  }
  int count = lua_gettop(L);
  if (count < 2) throw_argument(L, 2, "a key or a position");
  for (int i = 2; i <= count; ++i) {
    if (lua_type(L, i) == LUA_TSTRING) {
      steps.push_back(check_key(L, i));
      continue;
    }
    int64_t position = lua_type(L, i) == LUA_TNUMBER ? check_integer(L, i) : 0;
    if (position < 1) throw_argument(L, i, "a key or a position from 1 on");
    steps.push_back(expr::bind(base::Value::integer(position - 1), types::integer()));
  }
  return push_result(L, expr::json_path(std::move(document), std::move(steps), false, nullptr));
}

using TypeFactory = types::TypePtr (*)();

// What a path leads to, read in another way.
int push_path_as(lua_State* L, bool as_text, types::TypePtr type) {
  const ElementPtr& x = self(L).element;
  if (x->kind != Kind::kJsonPath) {
    throw Error(ErrorKind::kArgumentError, "only a path into JSON has a value to read")
        .with_hint("write Doc.data:path('a', 1):as_string()");
  }
  std::vector<ElementPtr> steps(x->args.begin() + 1, x->args.end());
  return push_result(L, expr::json_path(x->args[0], std::move(steps), as_text, std::move(type)));
}

template <TypeFactory factory>
int json_as(lua_State* L) {
  return push_path_as(L, true, factory());
}

int json_as_numeric(lua_State* L) {
  auto digits = [L](int index) {
    int64_t value = lua_isnoneornil(L, index) ? types::kUnspecified : check_integer(L, index);
    if (value < types::kUnspecified || value > 1000) throw_argument(L, index, "a number of digits");
    return static_cast<int>(value);
  };
  return push_path_as(L, true, types::numeric(digits(2), digits(3)));
}

int json_as_json(lua_State* L) {
  const ElementPtr& document = self(L).element;
  return push_path_as(L, false,
                      document->kind == Kind::kJsonPath ? document->args[0]->type : nullptr);
}

constexpr MethodDef kMethods[] = {
    {"path", guarded<path>,
     "path(key or position, …)  a part of a JSON document: Doc.data:path('tags', 1)"},
    {"as_string", guarded<json_as<types::text>>, "as_string()  what the path leads to, as text"},
    {"as_integer", guarded<json_as<types::integer>>,
     "as_integer()  what the path leads to, as an integer"},
    {"as_float", guarded<json_as<types::double_>>,
     "as_float()  what the path leads to, as a number"},
    {"as_boolean", guarded<json_as<types::boolean>>,
     "as_boolean()  what the path leads to, as true or false"},
    {"as_numeric", guarded<json_as_numeric>,
     "as_numeric(precision, scale)  what the path leads to, as an exact number"},
    {"as_json", guarded<json_as_json>, "as_json()  what the path leads to, as JSON again"},
};

}  // namespace

std::span<const MethodDef> json_methods() { return kMethods; }

}  // namespace moonbase::bindings
