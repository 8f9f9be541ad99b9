// Hybrids: one function that is a value on an object and SQL on its class.
#include "bindings/call.h"
#include "bindings/descriptor.h"
#include "bindings/guard.h"
#include "bindings/lua_association.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_model.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/query/query.h"
#include "orm/query/selectable.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::FromPtr;
using mapper::Mapper;
using state::Instance;

namespace {

constexpr const char* kPropertyUsage =
    "full_name = db.hybrid_property(function(self) return self.first .. self.last end), or "
    "db.hybrid_property{get, set = function(self, value) … end, expr = function(cls) … end, "
    "update_expr = function(cls, value) … end}";
constexpr const char* kMethodUsage =
    "is_older = db.hybrid_method(function(self, age) return self.age > age end), or "
    "db.hybrid_method{fn, expr = function(cls, age) … end}";

// Adds the function that the keyword gives to the table at `functions`.
void take_function(lua_State* L, Kwargs& kw, const char* keyword, int functions) {
  if (!kw.take(keyword)) return;
  if (!lua_isfunction(L, -1)) kw.throw_keyword(keyword, "a function", -1);
  lua_setfield(L, functions, keyword);
}

int make_hybrid(lua_State* L, bool is_method) {
  const char* name = is_method ? "hybrid_method" : "hybrid_property";
  Kwargs kw(L, 1, name);
  lua_newtable(L);
  const int functions = lua_gettop(L);
  if (kw.count() == 1) {
    kw.push(1);
    if (lua_isfunction(L, -1))
      lua_setfield(L, functions, "get");
    else
      lua_pop(L, 1);
  }
  if (!is_method) {
    take_function(L, kw, "set", functions);
    take_function(L, kw, "update_expr", functions);
  }
  take_function(L, kw, "expr", functions);
  if (lua_getfield(L, functions, "get") == LUA_TNIL || kw.count() != 1)
    throw Error(ErrorKind::kTypeError, std::string(name) + " takes a function first")
        .with_hint(is_method ? kMethodUsage : kPropertyUsage);
  lua_pop(L, 1);
  kw.finish();
  push_box(L, HybridBox{is_method}, 1);
  lua_pushvalue(L, functions);
  lua_setiuservalue(L, -2, 1);
  return 1;
}

int make_hybrid_property(lua_State* L) { return make_hybrid(L, false); }
int make_hybrid_method(lua_State* L) { return make_hybrid(L, true); }

// Pushes the hybrid's function of this role; nothing, and false, when it has none.
bool push_function(lua_State* L, int index, const char* role) {
  lua_getiuservalue(L, index, 1);
  const bool found = lua_getfield(L, -1, role) != LUA_TNIL;
  lua_remove(L, -2);
  if (!found) lua_pop(L, 1);
  return found;
}

// The function for the class: `expr`, else the one for objects.
void push_class_function(lua_State* L, int index) {
  if (!push_function(L, index, "expr")) push_function(L, index, "get");
}

// Pushes the member of the class, and returns true when it is a descriptor; else pushes nothing.
bool push_descriptor(lua_State* L, const Mapper& mapper, const std::string& name) {
  orm_area(L).model(mapper).members.push(L);
  lua_getfield(L, -1, name.c_str());
  lua_remove(L, -2);
  if (is_descriptor(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

// {attribute, value} at the end of the list below the top, of the two values on the top.
void append_pair(lua_State* L, int list) {
  lua_createtable(L, 2, 0);
  lua_insert(L, -3);
  lua_rawseti(L, -3, 2);
  lua_rawseti(L, -2, 1);
  lua_rawseti(L, list, static_cast<lua_Integer>(lua_rawlen(L, list)) + 1);
}

// What update_expr gave, on the top, as a list of pairs: {width = 2}, or { {cls.width, 2} }.
void normalize_assigned(lua_State* L, const std::string& full) {
  const int given = lua_gettop(L);
  if (!lua_istable(L, given))
    throw Error(ErrorKind::kArgumentError,
                "update_expr of " + full + " gives no table, but " + type_name_of(L, given))
        .with_hint("update_expr = function(cls, value) return {width = value} end");
  lua_newtable(L);
  const int list = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, given) != 0;) {
    if (lua_isinteger(L, -2) != 0 && lua_istable(L, -1)) {
      lua_rawgeti(L, -1, 1);
      lua_rawgeti(L, -2, 2);
      lua_remove(L, -3);
    } else {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
    }
    append_pair(L, list);
  }
  lua_replace(L, given);
  lua_settop(L, given);
}

// A hybrid without update_expr is set by the column that it is on its class.
void push_plain_assigned(lua_State* L, const Mapper& m, const std::string& name, int value) {
  ElementPtr e = hybrid_element(L, m, m.from(), name);
  while (e && e->kind == expr::Kind::kLabel) e = e->args[0];
  const int slot = e && e->column != nullptr ? m.slot_of(*e->column) : -1;
  if (slot < 0)
    throw Error(ErrorKind::kInvalidRequestError,
                m.name() + "." + name + " is a hybrid_property that stands for no single column, " +
                    "so an UPDATE does not know what to set")
        .with_hint(
            "give it update_expr = function(cls, value) return {width = value} end, the columns "
            "and their values");
  lua_newtable(L);
  push_string(L, m.attribute_at(slot).name);
  lua_pushvalue(L, value);
  append_pair(L, lua_gettop(L) - 2);
}

const ClassDef kHybridClass = {
    .name = "Hybrid",
    .doc = "A member that is a value on an object and SQL on its class.",
    .usage = "db.hybrid_property(function(self) … end)",
    .destroy = kDestroy<HybridBox>,
};

}  // namespace

template <>
const ClassDef& class_of<HybridBox>() {
  return kHybridClass;
}

bool is_descriptor(lua_State* L, int index) {
  return lua_type(L, index) == LUA_TUSERDATA &&
         (test_box<HybridBox>(L, index) != nullptr || test_box<CompositeBox>(L, index) != nullptr);
}

void push_on_object(lua_State* L, int index, Instance& i, int object) {
  index = lua_absindex(L, index);
  object = lua_absindex(L, object);
  const auto* hybrid = test_box<HybridBox>(L, index);
  if (hybrid == nullptr) {
    push_composite(L, index, i);
    return;
  }
  push_function(L, index, "get");
  if (hybrid->is_method) return;
  lua_pushvalue(L, object);
  lua_call(L, 1, 1);
}

void set_on_object(lua_State* L, int index, Instance& i, int object, const std::string& name,
                   int value) {
  index = lua_absindex(L, index);
  object = lua_absindex(L, object);
  value = lua_absindex(L, value);
  const auto* hybrid = test_box<HybridBox>(L, index);
  if (hybrid == nullptr) {
    set_composite(L, index, i, name, value);
    return;
  }
  const std::string full = i.mapper->name() + "." + name;
  if (hybrid->is_method)
    throw Error(ErrorKind::kAttributeError, full + " is a hybrid_method and cannot be set");
  if (!push_function(L, index, "set"))
    throw Error(ErrorKind::kAttributeError, full + " is a hybrid_property that cannot be set")
        .with_hint("give it a setter: db.hybrid_property{get, set = function(self, value) … end}");
  lua_pushvalue(L, object);
  if (is_null(L, value))
    lua_pushnil(L);
  else
    lua_pushvalue(L, value);
  lua_call(L, 2, 0);
}

void push_on_class(lua_State* L, int index, const Mapper& m, const FromPtr& from, int cls,
                   const std::string& name) {
  index = lua_absindex(L, index);
  cls = lua_absindex(L, cls);
  const auto* hybrid = test_box<HybridBox>(L, index);
  if (hybrid == nullptr) {
    push_box(L, CompositeAttributeBox{test_box<CompositeBox>(L, index)->spec, &m, from, name});
    return;
  }
  push_class_function(L, index);
  if (hybrid->is_method) return;
  lua_pushvalue(L, cls);
  lua_call(L, 1, 1);
  // A relationship, or what else the function may return, is what it is.
  if (ElementPtr made = test_element(L, -1)) {
    push_element(L, expr::label(std::move(made), name));
    lua_remove(L, -2);
  }
}

ElementPtr hybrid_element(lua_State* L, const Mapper& m, const FromPtr& from,
                          const std::string& name) {
  const int top = lua_gettop(L);
  if (!push_descriptor(L, m, name)) return nullptr;
  if (const auto* hybrid = test_box<HybridBox>(L, -1); hybrid == nullptr || hybrid->is_method) {
    lua_settop(L, top);
    return nullptr;
  }
  push_model(L, m);
  push_on_class(L, -2, m, m.from(), -1, name);
  ElementPtr made = test_element(L, -1);
  if (!made)
    throw Error(ErrorKind::kArgumentError, m.name() + "." + name +
                                               " is a hybrid_property that gives no SQL "
                                               "expression for its class, but " +
                                               type_name_of(L, -1))
        .with_hint("give it one: db.hybrid_property{get, expr = function(cls) … end}");
  lua_settop(L, top);
  return query::seen_through(std::move(made), m.from(), from);
}

ElementPtr computed_equals(lua_State* L, const Mapper& m, const FromPtr& from,
                           const std::string& name, int value) {
  value = lua_absindex(L, value);
  if (!push_descriptor(L, m, name)) return nullptr;
  if (const auto* composite = test_box<CompositeBox>(L, -1)) {
    const std::shared_ptr<const CompositeSpec> spec = composite->spec;
    lua_pop(L, 1);
    return composite_equals(L, *spec, m, from, value);
  }
  const int top = lua_gettop(L) - 1;
  push_model(L, m);
  push_on_class(L, -2, m, from, -1, name);
  if (is_association_attribute(L, -1)) {
    push_association_condition(L, -1, "eq", value);
    ElementPtr made = test_element(L, -1);
    lua_settop(L, top);
    return query::seen_through(std::move(made), m.from(), from);
  }
  lua_settop(L, top);
  ElementPtr left = hybrid_element(L, m, from, name);
  if (!left) return nullptr;
  if (is_nil_or_null(L, value)) return expr::binary(expr::Op::kIs, std::move(left), expr::null());
  ElementPtr right = check_element(L, value, left);
  return expr::binary(expr::Op::kEq, std::move(left), std::move(right));
}

std::string computed_key(lua_State* L, int index, const Mapper& m) {
  if (lua_type(L, index) == LUA_TSTRING) return std::string(check_string(L, index));
  if (lua_type(L, index) != LUA_TUSERDATA) return "";
  if (const auto* composite = test_box<CompositeAttributeBox>(L, index))
    return composite->mapper == &m ? composite->name : "";
  // What a hybrid gives on its class is labelled with its name.
  const auto* box = test_box<ElementBox>(L, index);
  return box != nullptr && box->element->kind == expr::Kind::kLabel ? box->element->name : "";
}

bool push_assigned(lua_State* L, const Mapper& m, const std::string& name, int value) {
  if (name.empty()) return false;
  value = lua_absindex(L, value);
  if (!push_descriptor(L, m, name)) return false;
  const int member = lua_gettop(L);
  if (const auto* composite = test_box<CompositeBox>(L, member)) {
    push_composite_parts(L, *composite->spec, value);
  } else if (test_box<HybridBox>(L, member)->is_method) {
    lua_settop(L, member - 1);
    return false;
  } else if (push_function(L, member, "update_expr")) {
    push_model(L, m);
    if (lua_isnil(L, value))
      push_null(L);
    else
      lua_pushvalue(L, value);
    lua_call(L, 2, 1);
    normalize_assigned(L, m.name() + "." + name);
  } else {
    push_plain_assigned(L, m, name, value);
  }
  lua_replace(L, member);
  lua_settop(L, member);
  return true;
}

void open_descriptors(lua_State* L, int module) {
  register_class(L, kHybridClass);
  open_composite(L, module);
  static constexpr MethodDef kFunctions[] = {
      {"hybrid_property", guarded<make_hybrid_property>,
       "hybrid_property{function(self) … end, set = function(self, value) … end, expr = "
       "function(cls) … end, update_expr = function(cls, value) … end}  a member that is computed: "
       "a value on an object, SQL on its class; update_expr gives the columns that update{} and "
       "values{} set"},
      {"hybrid_method", guarded<make_hybrid_method>,
       "hybrid_method{function(self, …) … end, expr = function(cls, …) … end}  a method that gives "
       "a "
       "value on an object and SQL on its class"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
