// moonbase.TypeDecorator: a user's own type over a built-in one, with Lua functions between the
// program and the column. A column holds what the implementation type keeps: process_bind_param
// runs on the way in (Type::cast), process_result_value whenever the value is shown to a program
// (push_typed_value).
#include <atomic>

#include "bindings/call.h"
#include "bindings/schema_parts.h"
#include "orm/base/error.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using base::Value;
using types::Type;
using types::TypePtr;

// Restores the height of a stack that is borrowed for a call.
class Borrowed {
 public:
  explicit Borrowed(lua_State* L) : L_(L), top_(lua_gettop(L)) {
    luaL_checkstack(L, 10, "too many nested calls");
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() { lua_settop(L_, top_); }

 private:
  lua_State* L_;
  int top_;
};

struct Hooks {
  std::shared_ptr<lua_State*> state;
  std::string name;
  LuaRef bind, result;
  LuaRef dialect;  // what the hooks get as their second argument
  uint64_t number = 0;

  // The coroutine that runs now. Throws when the state is gone.
  lua_State* running() const {
    if (*state == nullptr) {
      throw Error(ErrorKind::kInvalidRequestError,
                  "The program that declared the type " + name + " has ended");
    }
    return Context::of(*state).running();
  }
  // Replaces the value on the top by what the hook returns for it.
  void call(lua_State* L, const LuaRef& hook) const {
    hook.push(L);
    lua_insert(L, -2);
    dialect.push(L);
    call_lua(L, 2, 1);
  }
};

class DecoratorType final : public Type {
 public:
  DecoratorType(types::TypeSpec spec, std::shared_ptr<const Hooks> hooks)
      : Type(std::move(spec), 0, 0), hooks_(std::move(hooks)) {}

  bool equal(const Value& a, const Value& b) const override { return inner().equal(a, b); }
  std::string literal(const Value& v) const override { return inner().literal(v); }

  // What becomes of the Lua value at `index`.
  Value bind(lua_State* L, int index) const {
    if (hooks_->bind.empty()) return to_typed_value(L, index, inner());
    Borrowed stack(L);
    lua_pushvalue(L, index);
    if (is_null(L, -1)) {
      lua_pop(L, 1);
      lua_pushnil(L);
    }
    hooks_->call(L, hooks_->bind);
    return to_typed_value(L, lua_gettop(L), inner());
  }

  void push_result(lua_State* L, const Value& value, bool null_as_sentinel) const {
    if (hooks_->result.empty()) return push_typed_value(L, value, inner(), null_as_sentinel);
    push_typed_value(L, value, inner());
    hooks_->call(L, hooks_->result);
    if (null_as_sentinel && lua_isnil(L, -1)) {
      lua_pop(L, 1);
      push_null(L);
    }
  }

 protected:
  Value do_cast(Value v) const override {
    if (hooks_->bind.empty()) return inner().cast(std::move(v));
    lua_State* L = hooks_->running();
    Borrowed stack(L);
    push_value(L, v, &impl());
    return bind(L, lua_gettop(L));
  }
  Value do_load(Value v) const override { return inner().load(std::move(v)); }
  TypePtr rebuild(types::TypeSpec spec) const override {
    return std::make_shared<DecoratorType>(std::move(spec), hooks_);
  }

 private:
  const Type& inner() const { return *spec().impl; }

  std::shared_ptr<const Hooks> hooks_;
};

const DecoratorType* as_decorator(const Type& type) {
  return type.kind() == types::TypeKind::kDecorator ? dynamic_cast<const DecoratorType*>(&type)
                                                    : nullptr;
}

class DecoratorFactory final : public TypeFactory {
 public:
  DecoratorFactory(TypePtr impl, std::shared_ptr<const TypeFactory> impl_factory,
                   std::shared_ptr<const Hooks> hooks)
      : impl_(std::move(impl)), impl_factory_(std::move(impl_factory)), hooks_(std::move(hooks)) {}

  std::string name() const override { return hooks_->name; }

  // The arguments are those of the implementation, when that was given without any.
  TypePtr make(const types::TypeArguments& arguments) const override {
    bool has_arguments =
        !arguments.positional.empty() || !arguments.named.empty() || arguments.item;
    if (has_arguments && !impl_factory_) {
      throw Error(ErrorKind::kTypeError,
                  name() + " takes no arguments: its impl is " + impl_->repr());
    }
    TypePtr impl = impl_factory_ ? impl_factory_->make(arguments) : impl_;
    types::TypeSpec spec;
    spec.kind = types::TypeKind::kDecorator;
    spec.base_kind = impl->base_kind();
    spec.name = name();
    spec.length = impl->length();
    spec.precision = impl->precision();
    spec.scale = impl->scale();
    spec.timezone = impl->timezone();
    spec.as_decimal = impl->as_decimal();
    spec.item = impl->item();
    spec.impl = std::move(impl);
    spec.token = std::to_string(hooks_->number);
    return std::make_shared<DecoratorType>(std::move(spec), hooks_);
  }

 private:
  TypePtr impl_;
  std::shared_ptr<const TypeFactory> impl_factory_;
  std::shared_ptr<const Hooks> hooks_;
};

LuaRef take_hook(lua_State* L, Kwargs& kw, const char* keyword) {
  if (!kw.take(keyword)) return {};
  if (!is_callable(L, -1)) kw.throw_keyword(keyword, "a function", -1);
  LuaRef hook(L, -1);
  lua_pop(L, 1);
  return hook;
}

LuaRef generic_dialect(lua_State* L) {
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "default");
  lua_setfield(L, -2, "name");
  LuaRef ref(L, -1);
  lua_pop(L, 1);
  return ref;
}

}  // namespace

int type_decorator_new(lua_State* L) {
  static std::atomic<uint64_t> last_number = 0;
  Kwargs kw(L, 1, "TypeDecorator");
  kw.expect_positional(0, 0);
  auto hooks = std::make_shared<Hooks>();
  hooks->state = Context::of(L).state_handle();
  hooks->name = kw.take_string("name").value_or("TypeDecorator");
  hooks->bind = take_hook(L, kw, "process_bind_param");
  hooks->result = take_hook(L, kw, "process_result_value");
  hooks->dialect = generic_dialect(L);
  hooks->number = ++last_number;
  kw.take_boolean("cache_ok");  // every type is part of a statement's key here
  if (!kw.take("impl")) {
    throw Error(ErrorKind::kArgumentError,
                "TypeDecorator needs impl, the type that the database keeps")
        .with_hint(
            "Write TypeDecorator{impl = db.String, process_bind_param = function(value) … end}.");
  }
  auto impl_factory = test_type_factory(L, -1);
  TypePtr impl = impl_factory ? nullptr : check_type(L, -1);
  lua_pop(L, 1);
  kw.finish();
  push_type_factory(L, std::make_shared<DecoratorFactory>(std::move(impl), std::move(impl_factory),
                                                          std::move(hooks)));
  return 1;
}

Value to_typed_value(lua_State* L, int index, const Type& type) {
  if (const DecoratorType* decorator = as_decorator(type)) return decorator->bind(L, index);
  return type.cast(to_value(L, index, &type));
}

void push_typed_value(lua_State* L, const Value& value, const Type& type, bool null_as_sentinel) {
  if (const DecoratorType* decorator = as_decorator(type)) {
    decorator->push_result(L, value, null_as_sentinel);
  } else {
    push_value(L, value, &type, null_as_sentinel);
  }
}

}  // namespace moonbase::bindings
