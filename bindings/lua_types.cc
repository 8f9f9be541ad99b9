// The types: one field of the module for each row of types::type_rows(), usable bare (db.Integer)
// or called (db.String(64), db.DateTime{timezone = true}).
#include "bindings/guard.h"
#include "bindings/schema_parts.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

extern const ClassDef kTypeClass;
extern const ClassDef kTypeFactoryClass;
template <>
const ClassDef& class_of<TypeBox>() {
  return kTypeClass;
}

namespace {

using base::Error;
using base::ErrorKind;
using types::TypePtr;

class RowFactory final : public TypeFactory {
 public:
  explicit RowFactory(const types::TypeRow& row) : row_(row) {}
  std::string name() const override { return std::string(row_.name); }
  TypePtr make(const types::TypeArguments& arguments) const override {
    return types::build(row_, arguments);
  }

 private:
  const types::TypeRow& row_;
};

// The type, made now if it is one that was not called. Throws what making it throws (ARRAY needs an
// argument).
const TypePtr& type_of(TypeBox& box) {
  if (!box.type) box.type = box.factory->make({});
  return box.type;
}

// --- calling ---

int type_call(lua_State* L) {
  std::shared_ptr<const TypeFactory> factory = check_box<TypeBox>(L, 1).factory;
  Kwargs kw(L, 2, factory->name());
  types::TypeArguments arguments;
  for (int i = 1; i <= kw.count(); ++i) {
    kw.push(i);
    if (TypePtr item = test_type(L, -1)) {
      if (arguments.item) throw Error(ErrorKind::kTypeError, factory->name() + " takes one type");
      arguments.item = std::move(item);
    } else {
      arguments.positional.push_back(to_value(L, -1));
    }
    lua_pop(L, 1);
  }
  if (kw.braced()) {
    for (const std::string& key : string_keys(L, kw.table())) {
      kw.take(key);
      arguments.named.emplace_back(key, to_value(L, -1));
      lua_pop(L, 1);
    }
  }
  push_type(L, factory->make(arguments));
  return 1;
}

// --- methods ---

int type_with_variant(lua_State* L) {
  TypePtr type = type_of(check_box<TypeBox>(L, 1));
  TypePtr variant = check_type(L, 2);
  int last = lua_gettop(L);
  check_string(L, 3);
  for (int i = 3; i <= last; ++i) {
    type = type->with_variant(variant,
                              check_dialect_name(std::string(check_string(L, i))).traits().name);
  }
  push_type(L, std::move(type));
  return 1;
}

int type_compile(lua_State* L) {
  const TypePtr& type = type_of(check_box<TypeBox>(L, 1));
  push_string(L, check_dialect_option(L, "compile").traits().type_name(*type));
  return 1;
}

int type_tostring(lua_State* L) {
  TypeBox& box = check_box<TypeBox>(L, 1);
  push_string(L, box.type ? box.type->repr() : box.factory->name());
  return 1;
}

int type_name(lua_State* L) {
  const TypeBox& box = check_box<TypeBox>(L, 1);
  push_string(L, box.type ? box.type->name() : box.factory->name());
  return 1;
}

template <int (types::Type::*member)() const>
int type_number(lua_State* L) {
  int number = ((*type_of(check_box<TypeBox>(L, 1))).*member)();
  if (number == types::kUnspecified) {
    lua_pushnil(L);
  } else {
    lua_pushinteger(L, number);
  }
  return 1;
}

int type_timezone(lua_State* L) {
  lua_pushboolean(L, type_of(check_box<TypeBox>(L, 1))->timezone());
  return 1;
}

int type_enums(lua_State* L) {
  push_strings(L, type_of(check_box<TypeBox>(L, 1))->enum_values());
  return 1;
}

int push_type_or_nil(lua_State* L, const TypePtr& type) {
  if (type) {
    push_type(L, type);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

int type_item(lua_State* L) {
  return push_type_or_nil(L, type_of(check_box<TypeBox>(L, 1))->item());
}
int type_impl(lua_State* L) {
  return push_type_or_nil(L, type_of(check_box<TypeBox>(L, 1))->spec().impl);
}

constexpr MethodDef kMethods[] = {
    {"with_variant", guarded<type_with_variant>,
     "with_variant(type, dialect, …)  the same type, but another one on the dialects named"},
    {"compile", guarded<type_compile>,
     "compile{dialect = 'sqlite'}  the type's name in that dialect's DDL"},
};

constexpr MethodDef kGetters[] = {
    {"name", guarded<type_name>, "name  what it is declared with: 'String'"},
    {"length", guarded<type_number<&types::Type::length>>,
     "length  in characters or bytes, or nil"},
    {"precision", guarded<type_number<&types::Type::precision>>,
     "precision  digits in all, or nil"},
    {"scale", guarded<type_number<&types::Type::scale>>, "scale  digits after the point, or nil"},
    {"timezone", guarded<type_timezone>, "timezone  whether values carry a UTC offset"},
    {"enums", guarded<type_enums>, "enums  an Enum's values"},
    {"item_type", guarded<type_item>, "item_type  of an ARRAY's elements, or nil"},
    {"impl", guarded<type_impl>, "impl  what a TypeDecorator is made over, or nil"},
};

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<type_tostring>, "tostring(type)  as it is declared: String(64)"},
};

constexpr MethodDef kFactoryMetamethods[] = {
    {"__call", guarded<type_call>,
     "String(64), DateTime{timezone = true}  the type with arguments"},
    {"__tostring", guarded<type_tostring>, "tostring(type)  as it is declared: String"},
};

constexpr MethodDef kFunctions[] = {
    {"TypeDecorator", guarded<type_decorator_new>,
     "TypeDecorator{impl = String, process_bind_param = f, process_result_value = g, name = "
     "'Lower'}  a type of your "
     "own: f(value, dialect) makes what the database keeps, g what a program sees"},
};

std::string row_doc(const types::TypeRow& row) {
  std::string doc(row.name);
  if (!row.parameters.empty()) {
    doc += "(";
    for (char c : row.parameters) doc += c == ' ' ? std::string(", ") : std::string(1, c);
    doc += ")";
  }
  return doc + "  " + std::string(row.doc);
}

}  // namespace

const ClassDef kTypeClass{
    .name = "Type",
    .doc = "The type of a column's values: db.Integer, db.String(64)",
    .methods = kMethods,
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "db.String(64)",
    .destroy = kDestroy<TypeBox>,
};

const ClassDef kTypeFactoryClass{
    .name = "Type",
    .doc = "A type that may be called with arguments: db.String, db.String(64)",
    .parent = &kTypeClass,
    .metamethods = kFactoryMetamethods,
    .usage = "db.String",
    .destroy = kDestroy<TypeBox>,
};

void push_type(lua_State* L, TypePtr type) { push_box(L, TypeBox{std::move(type), nullptr}); }

void push_type_factory(lua_State* L, std::shared_ptr<const TypeFactory> factory) {
  Box* box = new_box(L, kTypeFactoryClass, sizeof(TypeBox));
  new (box->payload()) TypeBox{nullptr, std::move(factory)};
  box->dead = 0;
}

TypePtr test_type(lua_State* L, int index) {
  TypeBox* box = test_box<TypeBox>(L, index);
  return box != nullptr ? type_of(*box) : nullptr;
}

TypePtr check_type(lua_State* L, int index) {
  if (TypePtr type = test_type(L, index)) return type;
  throw Error(ErrorKind::kTypeError,
              "expected a type such as db.Integer or db.String(64), got " + type_name_of(L, index));
}

std::shared_ptr<const TypeFactory> test_type_factory(lua_State* L, int index) {
  const TypeBox* box = test_box<TypeBox>(L, index);
  return box != nullptr ? box->factory : nullptr;
}

void open_types(lua_State* L, int module) {
  register_class(L, kTypeClass);
  register_class(L, kTypeFactoryClass);
  for (const types::TypeRow& row : types::type_rows()) {
    push_type_factory(L, std::make_shared<RowFactory>(row));
    set_doc(L, -1, row_doc(row));
    push_string(L, row.name);
    lua_insert(L, -2);
    lua_rawset(L, module);
  }
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
