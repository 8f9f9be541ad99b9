// Composites: a program's own value object over several columns.
#include "bindings/descriptor.h"
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/query/query.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::FromPtr;
using mapper::Mapper;
using state::Instance;

namespace {

int make_composite(lua_State* L) {
  Kwargs kw(L, 1, "composite");
  auto spec = std::make_shared<CompositeSpec>();
  const auto refuse = [] {
    return Error(ErrorKind::kTypeError,
                 "composite takes a function or class that makes the object, and then the names of "
                 "the attributes it is made of")
        .with_hint("start = db.composite{Point, 'x1', 'y1'}");
  };
  if (kw.count() < 2) throw refuse();
  for (int i = 2; i <= kw.count(); ++i) {
    kw.push(i);
    if (lua_type(L, -1) != LUA_TSTRING) throw refuse();
    spec->names.emplace_back(check_string(L, -1));
    lua_pop(L, 1);
  }
  kw.push(1);
  if (!is_callable(L, -1)) throw refuse();
  kw.finish();
  push_box(L, CompositeBox{std::move(spec)}, 1);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
  return 1;
}

// The slot of a part; it must be a column.
int slot_of(const Mapper& m, const std::string& name) {
  const mapper::Attribute& a = m.attribute(name);
  if (a.kind != mapper::Attribute::Kind::kColumn)
    throw Error(ErrorKind::kArgumentError,
                "a composite is made of columns, and " + m.name() + "." + a.name + " is none");
  return a.slot;
}

// Pushes the composite values of the object at `value`, one for each part: what its
// __composite_values() returns, else its items, else its fields of the parts' names.
void push_values(lua_State* L, const CompositeSpec& spec, int value) {
  const auto count = static_cast<int>(spec.names.size());
  luaL_checkstack(L, count + 6, "too many parts");
  const int top = lua_gettop(L);
  const auto field = [&](auto&& read) {
    const bool found = read() != LUA_TNIL;
    if (!found) lua_settop(L, top);
    return found;
  };
  if (!lua_istable(L, value) && !lua_isuserdata(L, value))
    throw Error(ErrorKind::kTypeError, "a composite of " + base::join(spec.names, ", ") +
                                           " takes an object or nil, got " +
                                           type_name_of(L, value));
  // A class may raise for names it does not have, so only a table's own chain is asked.
  if (field([&] { return lua_getfield(L, value, "__composite_values"); })) {
    lua_pushvalue(L, value);
    lua_call(L, 1, count);
    if (lua_istable(L, top + 1)) {  // a list of them
      for (int k = 1; k <= count; ++k) lua_geti(L, top + 1, k);
      lua_rotate(L, top + 1, count);
      lua_settop(L, top + count);
    }
    return;
  }
  const bool is_list = field([&] { return lua_geti(L, value, 1); });
  lua_settop(L, top);
  for (int k = 0; k < count; ++k) {
    if (is_list)
      lua_geti(L, value, k + 1);
    else
      lua_getfield(L, value, spec.names[static_cast<size_t>(k)].c_str());
  }
  for (int k = top + 1; k <= top + count; ++k)
    if (!lua_isnil(L, k)) return;
  throw Error(ErrorKind::kTypeError, "the object has none of the fields " +
                                         base::join(spec.names, ", ") +
                                         " that the composite is made of")
      .with_hint("give its class a method __composite_values() that returns the values in order");
}

ElementPtr compare(lua_State* L, bool is_equal) {
  const auto& box = check_box<CompositeAttributeBox>(L, 1);
  lua_settop(L, 2);
  ElementPtr equal = composite_equals(L, box, 2);
  return is_equal ? equal : expr::not_(std::move(equal));
}

int composite_eq(lua_State* L) {
  push_element(L, compare(L, true));
  return 1;
}

int composite_ne(lua_State* L) {
  push_element(L, compare(L, false));
  return 1;
}

int composite_tostring(lua_State* L) {
  const auto& box = check_box<CompositeAttributeBox>(L, 1);
  push_string(L, box.mapper->name() + "." + box.name);
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"eq", guarded<composite_eq>, "eq(object)  a condition: all its columns equal the object's"},
    {"ne", guarded<composite_ne>, "ne(object)  a condition: some of its columns differ"},
    {"is_", guarded<composite_eq>, "is_(nil)  a condition: all its columns are NULL"},
    {"is_not", guarded<composite_ne>, "is_not(nil)  a condition: some of its columns are not NULL"},
};
constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<composite_tostring>, "tostring(Vertex.start)"},
};

const ClassDef kCompositeClass = {
    .name = "Composite",
    .doc = "A value object over several columns of a class.",
    .usage = "db.composite{Point, 'x', 'y'}",
    .destroy = kDestroy<CompositeBox>,
};
const ClassDef kCompositeAttributeClass = {
    .name = "CompositeAttribute",
    .doc = "A composite of a class in a query: Vertex.start:eq(Point(1, 2)).",
    .methods = kMethods,
    .metamethods = kMetamethods,
    .usage = "Vertex.start",
    .destroy = kDestroy<CompositeAttributeBox>,
};

}  // namespace

template <>
const ClassDef& class_of<CompositeBox>() {
  return kCompositeClass;
}
template <>
const ClassDef& class_of<CompositeAttributeBox>() {
  return kCompositeAttributeClass;
}

void push_composite(lua_State* L, int index, Instance& i) {
  const std::shared_ptr<const CompositeSpec> spec = check_box<CompositeBox>(L, index).spec;
  luaL_checkstack(L, static_cast<int>(spec->names.size()) + 6, "too many parts");
  lua_getiuservalue(L, index, 1);
  bool has_value = false;
  for (const std::string& name : spec->names) {
    push_column(L, i, slot_of(*i.mapper, name));
    has_value = has_value || !lua_isnil(L, -1);
  }
  if (has_value) {
    lua_call(L, static_cast<int>(spec->names.size()), 1);
    return;
  }
  lua_pop(L, static_cast<int>(spec->names.size()) + 1);
  lua_pushnil(L);
}

void set_composite(lua_State* L, int index, Instance& i, const std::string& name, int value) {
  const std::shared_ptr<const CompositeSpec> spec = check_box<CompositeBox>(L, index).spec;
  const int top = lua_gettop(L);
  try {
    if (is_nil_or_null(L, value)) {
      lua_settop(L, top + static_cast<int>(spec->names.size()));
    } else {
      push_values(L, *spec, value);
    }
    for (size_t k = 0; k < spec->names.size(); ++k)
      assign_attribute(L, i, slot_of(*i.mapper, spec->names[k]), top + 1 + static_cast<int>(k));
  } catch (Error& e) {
    e.add_context("setting " + i.mapper->name() + "." + name);
    throw;
  }
  lua_settop(L, top);
}

void push_composite_parts(lua_State* L, const CompositeSpec& spec, int value) {
  const int top = lua_gettop(L);
  const auto count = static_cast<int>(spec.names.size());
  luaL_checkstack(L, count + 6, "too many parts");
  if (is_nil_or_null(L, value))
    lua_settop(L, top + count);
  else
    push_values(L, spec, lua_absindex(L, value));
  lua_createtable(L, count, 0);
  for (int k = 1; k <= count; ++k) {
    lua_createtable(L, 2, 0);
    push_string(L, spec.names[static_cast<size_t>(k - 1)]);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, top + k);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, k);
  }
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
}

ElementPtr composite_equals(lua_State* L, const CompositeSpec& spec, const Mapper& m,
                            const FromPtr& from, int value) {
  const int top = lua_gettop(L);
  if (is_nil_or_null(L, value))
    lua_settop(L, top + static_cast<int>(spec.names.size()));
  else
    push_values(L, spec, value);
  std::vector<ElementPtr> parts;
  for (size_t k = 0; k < spec.names.size(); ++k) {
    const int at = top + 1 + static_cast<int>(k);
    const ElementPtr column = query::attribute_element(m, from, slot_of(m, spec.names[k]));
    parts.push_back(is_nil_or_null(L, at)
                        ? expr::binary(expr::Op::kIs, column, expr::null())
                        : expr::binary(expr::Op::kEq, column, check_element(L, at, column)));
  }
  lua_settop(L, top);
  return expr::and_(std::move(parts));
}

ElementPtr composite_equals(lua_State* L, const CompositeAttributeBox& box, int value) {
  return composite_equals(L, *box.spec, *box.mapper, box.from, value);
}

std::vector<ElementPtr> composite_columns(const CompositeAttributeBox& box) {
  std::vector<ElementPtr> out;
  for (const std::string& name : box.spec->names)
    out.push_back(query::attribute_element(*box.mapper, box.from, slot_of(*box.mapper, name)));
  return out;
}

std::vector<ElementPtr> composite_columns(lua_State* L, const Mapper& m, const FromPtr& from,
                                          const std::string& name) {
  orm_area(L).model(m).members.push(L);
  lua_getfield(L, -1, name.c_str());
  const auto* composite =
      lua_type(L, -1) == LUA_TUSERDATA ? test_box<CompositeBox>(L, -1) : nullptr;
  const std::shared_ptr<const CompositeSpec> spec =
      composite != nullptr ? composite->spec : nullptr;
  lua_pop(L, 2);
  if (!spec) return {};
  return composite_columns(CompositeAttributeBox{spec, &m, from, name});
}

LuaRef composite_maker(lua_State* L, const CompositeAttributeBox& box) {
  orm_area(L).model(*box.mapper).members.push(L);
  lua_getfield(L, -1, box.name.c_str());
  check_box<CompositeBox>(L, -1);
  lua_getiuservalue(L, -1, 1);
  LuaRef maker(L, -1);
  lua_pop(L, 3);
  return maker;
}

void open_composite(lua_State* L, int module) {
  register_class(L, kCompositeClass);
  register_class(L, kCompositeAttributeClass);
  static constexpr MethodDef kFunctions[] = {
      {"composite", guarded<make_composite>,
       "composite{Point, 'x', 'y'}  an attribute that is an object made of several columns: "
       "Point(x, y). Assign a new object to change it; changes inside one are not seen"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
