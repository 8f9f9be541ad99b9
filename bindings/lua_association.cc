#include "bindings/lua_association.h"

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/prelude.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using mapper::Relationship;

// User.keywords. The user value is the script's table for it.
struct AssociationBox {};
template <>
const ClassDef& class_of<AssociationBox>();

namespace {

const char kFactoryKey = 0;

// relation_of(object, name) or relation_of(User.posts): the class behind it, 'scalar' or what sort
// of collection it is, and its full name.
int relation_of(lua_State* L) {
  const Relationship* r = nullptr;
  if (const auto* box = test_box<RelationshipBox>(L, 1)) {
    r = box->relationship;
  } else if (const state::Instance* i = test_instance(L, 1)) {
    r = i->mapper->attribute(check_string(L, 2)).relationship;
  }
  if (r == nullptr)
    throw Error(
        ErrorKind::kArgumentError,
        "association_proxy takes a relationship and an attribute of the class behind it, got " +
            type_name_of(L, lua_gettop(L)));
  push_model(L, *r->target);
  push_string(L, r->uselist ? mapper::shape_name(r->shape()) : "scalar");
  push_string(L, r->full_name());
  return 3;
}

int make_attribute(lua_State* L) {
  check_table(L, 1);
  push_box(L, AssociationBox{}, 1);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  return 1;
}

// Calls the script's function for the method with the arguments on the stack.
template <const char* kName>
int forward(lua_State* L) {
  check_box<AssociationBox>(L, 1);
  const int count = lua_gettop(L);
  lua_getiuservalue(L, 1, 1);
  lua_getfield(L, -1, kName);
  lua_insert(L, 2);
  lua_insert(L, 3);
  lua_call(L, count, 1);
  return 1;
}

int association_tostring(lua_State* L) {
  check_box<AssociationBox>(L, 1);
  lua_getiuservalue(L, 1, 1);
  lua_getfield(L, -1, "name");
  lua_pushliteral(L, ".");
  lua_getfield(L, -3, "attr");
  lua_concat(L, 3);
  return 1;
}

constexpr char kAny[] = "any", kHas[] = "has", kContains[] = "contains", kEq[] = "eq", kNe[] = "ne",
               kIs[] = "is_", kIsNot[] = "is_not", kLt[] = "lt", kLe[] = "le", kGt[] = "gt",
               kGe[] = "ge", kLike[] = "like", kIlike[] = "ilike", kNotLike[] = "not_like",
               kIn[] = "in_", kNotIn[] = "not_in", kBetween[] = "between",
               kStartswith[] = "startswith", kEndswith[] = "endswith";

constexpr MethodDef kMethods[] = {
    {kAny, guarded<forward<kAny>>,
     "any([condition…])  a condition: there is something behind the proxy (that fits)"},
    {kHas, guarded<forward<kHas>>, "has([condition…])  the same as any"},
    {kContains, guarded<forward<kContains>>,
     "contains(x)  a condition: the value or object is behind the proxy"},
    {kEq, guarded<forward<kEq>>,
     "eq(x)  a condition: the value or object is behind the proxy; nil: nothing is"},
    {kNe, guarded<forward<kNe>>, "ne(x)  a condition: something else is behind the proxy"},
    {kIs, guarded<forward<kIs>>, "is_(nil)  a condition: nothing is behind the proxy"},
    {kIsNot, guarded<forward<kIsNot>>, "is_not(nil)  a condition: a value is behind the proxy"},
    {kLt, guarded<forward<kLt>>, "lt(x)  a condition: a lesser value is behind the proxy"},
    {kLe, guarded<forward<kLe>>, "le(x)  a condition: a lesser or equal value is there"},
    {kGt, guarded<forward<kGt>>, "gt(x)  a condition: a greater value is behind the proxy"},
    {kGe, guarded<forward<kGe>>, "ge(x)  a condition: a greater or equal value is there"},
    {kLike, guarded<forward<kLike>>, "like(pattern)  a condition: a value that is like this"},
    {kIlike, guarded<forward<kIlike>>, "ilike(pattern)  the same without regard to case"},
    {kNotLike, guarded<forward<kNotLike>>, "not_like(pattern)  a value that is not like this"},
    {kIn, guarded<forward<kIn>>, "in_(list)  a condition: one of these values is there"},
    {kNotIn, guarded<forward<kNotIn>>, "not_in(list)  a condition: a value beside these is there"},
    {kBetween, guarded<forward<kBetween>>, "between(low, high)  a value between these is there"},
    {kStartswith, guarded<forward<kStartswith>>, "startswith(text)  a value that begins so"},
    {kEndswith, guarded<forward<kEndswith>>, "endswith(text)  a value that ends so"},
};
constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<association_tostring>, "tostring(User.keywords)"}};

const ClassDef kAssociationClass = {
    .name = "AssociationProxyAttribute",
    .doc = "An association proxy of a class in a query: User.keywords:contains(x).",
    .methods = kMethods,
    .metamethods = kMetamethods,
    .usage = "User.keywords",
    .destroy = kDestroy<AssociationBox>,
};

int association_proxy(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kFactoryKey) != LUA_TFUNCTION) {
    lua_pop(L, 1);
    push_prelude_global(L, "require");
    lua_pushliteral(L, "moonbase.association");
    lua_call(L, 1, 1);
    lua_pushcfunction(L, guarded<relation_of>);
    lua_pushcfunction(L, guarded<make_attribute>);
    lua_call(L, 2, 1);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kFactoryKey);
  }
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

}  // namespace

template <>
const ClassDef& class_of<AssociationBox>() {
  return kAssociationClass;
}

bool is_association_attribute(lua_State* L, int index) {
  return test_box<AssociationBox>(L, index) != nullptr;
}

void push_association_condition(lua_State* L, int index, const char* method, int value) {
  index = lua_absindex(L, index);
  value = lua_absindex(L, value);
  lua_getfield(L, index, method);
  lua_pushvalue(L, index);
  lua_pushvalue(L, value);
  lua_call(L, 2, 1);
}

void open_association(lua_State* L, int module) {
  register_class(L, kAssociationClass);
  static constexpr MethodDef kFunctions[] = {
      {"association_proxy", guarded<association_proxy>,
       "association_proxy('user_keywords', 'keyword')  an attribute of a class body: the keyword "
       "of each object of user_keywords, as a collection; creator = function(value) … end makes "
       "such an object"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
