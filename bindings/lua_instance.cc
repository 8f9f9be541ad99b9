#include "bindings/lua_instance.h"

#include "bindings/descriptor.h"
#include "bindings/event_hub.h"
#include "bindings/guard.h"
#include "bindings/json_tables.h"
#include "bindings/lua_collection.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_model.h"
#include "bindings/lua_property.h"
#include "bindings/lua_query.h"
#include "bindings/lua_schema.h"
#include "bindings/origins.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/state/link.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using mapper::Mapper;
using mapper::Relationship;
using state::Instance;

// The payload of a proxy: a pin.
struct InstanceBox {
  Instance* instance;
  explicit InstanceBox(Instance* i) : instance(i) { ++i->pins; }
  ~InstanceBox() { --instance->pins; }
};

namespace {

extern const ClassDef kInstanceClass;

Instance& proxied(lua_State* L, int index) {
  Box* box = to_box(L, index);
  if (box == nullptr || box->cls != &kInstanceClass)
    throw Error(ErrorKind::kTypeError, "expected a mapped object, got " + type_name_of(L, index));
  if (box->dead != 0)
    throw Error(ErrorKind::kInvalidRequestError, "this object was collected already");
  return *static_cast<InstanceBox*>(box->payload())->instance;
}

// Pushes a loaded value that needs nothing but itself; false for any other.
bool push_plain(lua_State* L, const Value& v) {
  switch (v.tag()) {
    case Tag::kInt:
      lua_pushinteger(L, v.as_int());
      return true;
    case Tag::kText:
      push_string(L, v.as_bytes());
      return true;
    case Tag::kNull:
      lua_pushnil(L);
      return true;
    default:
      return false;
  }
}

// Pushes the value of a slot; what has no value yet is nil.
void push_slot(lua_State* L, Instance& i, int slot, SlotAccess access) {
  if (access == SlotAccess::kRelationship) {
    push_relationship(L, i, *i.mapper->relationship(slot));
    return;
  }
  const Value& v = i.read(slot);
  if (access == SlotAccess::kPlain && push_plain(L, v)) return;
  if (v.tag() == Tag::kExpression) {
    push_element(L, *i.expression(slot));
    return;
  }
  const Value& shown = v.is_absent() ? Value() : v;
  try {
    if (v.tag() == Tag::kJson && JsonTables::watches(*i.mapper, slot))
      Context::of(L).area<JsonTables>().push(L, i, slot);
    else
      push_typed_value(L, shown, *i.mapper->type(slot), false);
  } catch (Error& error) {
    error.add_context("reading " + i.mapper->name() + "." + i.mapper->attribute_at(slot).name);
    throw;
  }
}

[[noreturn]] void no_attribute(lua_State* L, const Mapper& m, ModelInfo& info) {
  if (lua_type(L, 2) != LUA_TSTRING)
    throw Error(ErrorKind::kTypeError,
                m.name() + " objects cannot be indexed with a " + type_name_of(L, 2));
  info.members.push(L);
  throw_no_attribute(m.name(), check_string(L, 2), string_keys(L, -1));
}

// What __index does when the members table has no such name.
int missing_member(lua_State* L, Instance& i) {
  auto& info = *static_cast<ModelInfo*>(lua_touserdata(L, lua_upvalueindex(2)));
  if (lua_type(L, 2) == LUA_TSTRING && !info.mapper->is_replaced()) {
    info.registry->configure(*info.mapper);  // a backref may bring the attribute
    lua_pushvalue(L, 2);
    const SlotMember member = slot_member(L, lua_rawget(L, lua_upvalueindex(1)));
    if (member.slot >= 0) {
      push_slot(L, i, member.slot, member.access);
      return 1;
    }
    // What a class has, its objects have: __table__, metadata, …
    info.class_object.push(L);
    const std::string_view name = check_string(L, 2);
    if (name.starts_with("__") || name == "metadata" || name == "query") {
      lua_pushvalue(L, 2);
      lua_gettable(L, -2);
      return 1;
    }
  }
  no_attribute(L, *i.mapper, info);
}

// __index of a class's proxies, but for what instance_member has answered. Upvalue 1: the members
// table; 2: the ModelInfo.
int instance_index(lua_State* L) {
  Instance& i = proxied(L, 1);
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  const int type = lua_rawget(L, lua_upvalueindex(1));
  const SlotMember member = slot_member(L, type);
  if (member.slot >= 0) {
    push_slot(L, i, member.slot, member.access);
    return 1;
  }
  if (type == LUA_TNIL) return missing_member(L, i);
  if (is_descriptor(L, -1)) push_on_object(L, -1, i, 1);
  return 1;
}

// The hottest function of all: a column that is loaded and plain, or a method, is found without the
// guard, because nothing here throws. The metatable is hidden, so what it is called with is a box.
int instance_member(lua_State* L) {
  auto* box = static_cast<Box*>(lua_touserdata(L, 1));
  if (box != nullptr && box->cls == &kInstanceClass && box->dead == 0) {
    const Instance& i = *static_cast<InstanceBox*>(box->payload())->instance;
    lua_pushvalue(L, 2);
    const int type = lua_rawget(L, lua_upvalueindex(1));
    const SlotMember member = slot_member(L, type);
    if (member.slot >= 0) {
      if (member.access == SlotAccess::kPlain && !i.is_expired() &&
          push_plain(L, i.slot(member.slot)))
        return 1;
    } else if (type != LUA_TNIL && type != LUA_TUSERDATA) {
      return 1;
    }
  }
  return guarded<instance_index>(L);
}

void set_relationship(lua_State* L, Instance& i, const Relationship& r, int index) {
  if (r.uselist) {
    replace_collection(L, i, r, index);
    return;
  }
  if (is_nil_or_null(L, index)) {
    state::set_reference(i, r, nullptr);
    return;
  }
  Instance* target = test_instance(L, index);
  if (target == nullptr || !target->mapper->is_a(*r.target))
    throw Error(ErrorKind::kTypeError,
                r.full_name() + " takes a " + r.target->name() + " or nil, got " +
                    (target != nullptr ? target->mapper->name() : type_name_of(L, index)));
  state::set_reference(i, r, target);
}

// __newindex of a class's proxies; upvalues as above.
int instance_new_index(lua_State* L) {
  Instance& i = proxied(L, 1);
  auto& info = *static_cast<ModelInfo*>(lua_touserdata(L, lua_upvalueindex(2)));
  lua_pushvalue(L, 2);
  int type = lua_rawget(L, lua_upvalueindex(1));
  if (type == LUA_TNIL && lua_type(L, 2) == LUA_TSTRING && !info.mapper->is_replaced()) {
    info.registry->configure(*info.mapper);
    lua_pushvalue(L, 2);
    type = lua_rawget(L, lua_upvalueindex(1));
  }
  const int slot = slot_member(L, type).slot;
  if (slot < 0) {
    if (is_descriptor(L, -1)) {
      set_on_object(L, -1, i, 1, std::string(check_string(L, 2)), 3);
      return 0;
    }
    if (type == LUA_TNIL) no_attribute(L, *i.mapper, info);
    throw Error(ErrorKind::kAttributeError,
                i.mapper->name() + "." + std::string(check_string(L, 2)) +
                    " belongs to the class and cannot be set on one object");
  }
  assign_attribute(L, i, slot, 3);
  return 0;
}

int instance_tostring(lua_State* L) {
  Instance& i = proxied(L, 1);
  ModelInfo& info = orm_area(L).model(*i.mapper);
  info.members.push(L);
  lua_getfield(L, -1, "__repr__");
  if (lua_isfunction(L, -1)) {
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      throw Error(ErrorKind::kTypeError,
                  i.mapper->name() + ".__repr__ must return a string, got " + type_name_of(L, -1));
    return 1;
  }
  push_string(L, state::describe(i));
  return 1;
}

// Not read with its row: a question for all attributes does not load it.
bool is_left_out(const Instance& i, const mapper::Attribute& a) {
  const Value& v = i.slot(a.slot);
  if (v.tag() != Tag::kNotLoaded && !i.is_expired()) return false;
  return a.loading.deferred ||
         (!i.is_expired() && state::why_unloaded(v) != state::Unloaded::kExpired);
}

// pairs(u): columns in declared order, what is loaded or can be; relationships are left out,
// because asking would load.
int instance_next(lua_State* L) {
  Instance& i = proxied(L, 1);
  const std::vector<mapper::Attribute>& attributes = i.mapper->attributes();
  size_t at = 0;
  if (!lua_isnil(L, 2)) {
    const mapper::Attribute* a = i.mapper->find(check_string(L, 2));
    at = a == nullptr ? attributes.size() : static_cast<size_t>(a - attributes.data()) + 1;
  }
  ModelInfo& info = orm_area(L).model(*i.mapper);
  for (; at < attributes.size(); ++at) {
    if (!attributes[at].is_loaded_from_row() || is_left_out(i, attributes[at])) continue;
    push_string(L, attributes[at].name);
    push_slot(L, i, attributes[at].slot, info.access[static_cast<size_t>(attributes[at].slot)]);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      push_null(L);
    }
    return 2;
  }
  lua_pushnil(L);
  return 1;
}

int instance_pairs(lua_State* L) {
  proxied(L, 1);
  lua_pushcfunction(L, guarded<instance_next>);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

int instance_len(lua_State* L) {
  Instance& i = proxied(L, 1);
  throw Error(ErrorKind::kTypeError, "#: " + state::describe(i) + " is one object, not a list");
}

int instance_call(lua_State* L) {
  Instance& i = proxied(L, 1);
  throw Error(ErrorKind::kTypeError, state::describe(i) + " is an object and cannot be called");
}

constexpr MethodDef kInstanceMetamethods[] = {
    {"__tostring", guarded<instance_tostring>, "tostring(object)  its __repr__"},
    {"__pairs", guarded<instance_pairs>,
     "pairs(object)  its columns in declared order; NULL is moonbase.null"},
    {"__len", guarded<instance_len>, "#object raises: it is no list"},
    {"__call", guarded<instance_call>, "calling an object raises"},
};

const ClassDef kInstanceClass = {
    .name = "object",
    .doc = "A mapped object: attributes are columns and relationships, methods those of its class.",
    .metamethods = kInstanceMetamethods,
    .usage = "u",
    .destroy = kDestroy<InstanceBox>,
};

void make_metatable(lua_State* L, ModelInfo& info) {
  push_derived_metatable(L, kInstanceClass, info.mapper->name().c_str());
  info.members.push(L);
  lua_pushlightuserdata(L, &info);
  lua_pushcclosure(L, instance_member, 2);
  lua_setfield(L, -2, "__index");
  info.members.push(L);
  lua_pushlightuserdata(L, &info);
  lua_pushcclosure(L, guarded<instance_new_index>, 2);
  lua_setfield(L, -2, "__newindex");
  info.metatable = LuaRef(L, -1);
}

}  // namespace

void assign_slot(lua_State* L, Instance& i, int slot, int index) {
  const Mapper& m = *i.mapper;
  if (const Relationship* r = m.relationship(slot)) {
    set_relationship(L, i, *r, index);
    return;
  }
  if (m.column(slot) == nullptr)
    throw Error(ErrorKind::kAttributeError,
                m.name() + "." + m.attribute_at(slot).name +
                    " is a column_property: the database computes it, and it cannot be set");
  if (m.registry().attribute_listener() != nullptr && event_hub(L).hears(kSetEvent)) {
    index = lua_absindex(L, index);
    event_hub(L).push_set_value(L, i, slot, index);
    lua_replace(L, index);
  }
  if (expr::ElementPtr e = test_element(L, index)) {
    i.write_expression(slot, std::move(e));
    return;
  }
  i.write(slot, check_column_value(L, index, m, slot));
  if (lua_istable(L, index) && JsonTables::watches(m, slot))
    Context::of(L).area<JsonTables>().keep(L, i, slot, index);
}

void assign_attribute(lua_State* L, Instance& i, int slot, int index) {
  OrmArea& area = orm_area(L);
  if (area.origins != nullptr) area.origins->note_set(i, slot);
  ModelInfo& info = area.model(*i.mapper);
  const Relationship* r = i.mapper->relationship(slot);
  // A collection's members are checked one by one.
  if (info.validators.empty() || (r != nullptr && r->uselist)) {
    assign_slot(L, i, slot, index);
    return;
  }
  push_validated(L, info, i, slot, index);
  assign_slot(L, i, slot, -1);
  lua_pop(L, 1);
}

void push_column(lua_State* L, Instance& i, int slot) {
  push_slot(L, i, slot, orm_area(L).model(*i.mapper).access[static_cast<size_t>(slot)]);
}

void push_instance(lua_State* L, Instance& instance) {
  OrmArea& area = orm_area(L);
  area.push_proxies(L);
  const lua_Integer handle = area.heap().handle(instance);
  if (lua_rawgeti(L, -1, handle) != LUA_TNIL) {
    lua_remove(L, -2);
    return;
  }
  ModelInfo& info = area.model(*instance.mapper);
  if (info.metatable.empty()) {
    make_metatable(L, info);
  } else {
    info.metatable.push(L);
  }
  Box* box = new_box(L, kInstanceClass, sizeof(InstanceBox), 0, lua_gettop(L));
  new (box->payload()) InstanceBox(&instance);
  box->dead = 0;
  lua_pushvalue(L, -1);
  lua_rawseti(L, -5, handle);
  lua_replace(L, -4);
  lua_pop(L, 2);
}

bool push_proxy(lua_State* L, uint32_t handle) {
  const bool found = push_proxy_over(L, orm_area(L), handle);
  if (found)
    lua_replace(L, -2);
  else
    lua_pop(L, 2);
  return found;
}

Instance* test_instance(lua_State* L, int index) {
  Box* box = to_box(L, index);
  if (box == nullptr || box->cls != &kInstanceClass || box->dead != 0) return nullptr;
  return static_cast<InstanceBox*>(box->payload())->instance;
}

Instance& check_instance(lua_State* L, int index) {
  if (Instance* i = test_instance(L, index)) return *i;
  if (const Mapper* m = test_model(L, index))
    throw Error(ErrorKind::kTypeError, "expected an object, got the class " + m->name())
        .with_hint("make one: " + m->name() + "{…}");
  throw Error(ErrorKind::kUnmappedInstanceError,
              "expected a mapped object, got " + type_name_of(L, index))
      .with_hint(lua_istable(L, index)
                     ? "several objects are added with add_all; one is made by its class: User{…}"
                     : "objects are made by their class: User{…}");
}

void open_instance(lua_State* L, int) { register_class(L, kInstanceClass); }

}  // namespace moonbase::bindings
