// Collections that are dicts: each object under a key that is an attribute of it, or that a
// function makes (collection_class.h).
#include <algorithm>

#include "bindings/collection_class.h"
#include "bindings/collection_support.h"
#include "bindings/guard.h"
#include "bindings/lua_collection.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_schema.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/state/link.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using mapper::Relationship;
using state::Collection;
using state::Instance;

namespace {

// The attribute that is the key; null when a function makes it.
const mapper::Attribute* key_attribute(const Relationship& r) {
  return collection_class_of(r)->key_attribute(*r.target);
}

// The value at `index` as a key. Throws what a value of the wrong sort does.
Value check_key(lua_State* L, int index, const Relationship& r) {
  if (is_null(L, index)) return {};
  if (const mapper::Attribute* a = key_attribute(r)) {
    if (a->relationship == nullptr) {
      try {
        return to_typed_value(L, index, *r.target->type(a->slot));
      } catch (Error& e) {
        e.set_message(r.full_name() + ": not a key: " + e.message());
        throw;
      }
    }
    return Value::pointer(Tag::kObject, &check_member(L, index, *a->relationship));
  }
  lua_Integer whole;
  if (lua_type(L, index) == LUA_TNUMBER && !lua_isinteger(L, index) &&
      lua_numbertointeger(lua_tonumber(L, index), &whole) &&
      static_cast<lua_Number>(whole) == lua_tonumber(L, index))
    return Value::integer(whole);
  return to_value(L, index);
}

// The member under the key at `index`; null also for what can be no key.
Instance* find_member(lua_State* L, int index, const DictBox& box) {
  Collection& c = members(box);
  if (lua_isnoneornil(L, index)) return nullptr;
  try {
    return c.keys().find(check_key(L, index, *box.relationship));
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kTypeError && e.kind() != ErrorKind::kValueError) throw;
    return nullptr;
  }
}

void push_member(lua_State* L, Instance* member) {
  if (member != nullptr)
    push_instance(L, *member);
  else
    lua_pushnil(L);
}

void push_key(lua_State* L, const Relationship& r, const Instance& member, const Value* key) {
  const mapper::Attribute* a = key_attribute(r);
  if (key == nullptr || key->is_null()) {
    push_null(L);
  } else if (key->tag() == Tag::kObject) {
    // Only while the member refers to it, it is there for certain.
    Instance* other = member.object(a->slot);
    other == key->as_pointer() ? push_instance(L, *other) : push_null(L);
  } else if (a != nullptr) {
    push_typed_value(L, *key, *r.target->type(a->slot), true);
  } else {
    push_value(L, *key, nullptr, true);
  }
}

[[noreturn]] void refuse_key(lua_State* L, int index, const Relationship& r, const Value& own) {
  luaL_tolstring(L, index, nullptr);
  const std::string given(check_string(L, -1));
  throw Error(ErrorKind::kTypeError, r.full_name() + ": the key " + given +
                                         " is not the one that the object has, " + own.repr(40))
      .with_hint("the key of a member is its own attribute: set that, or use :set(x)");
}

// The object at `member` stands under the key at `key`: the one it has, or, if it has none yet, the
// one it is given.
void put(lua_State* L, const DictBox& box, int key, int member) {
  const Relationship& r = *box.relationship;
  key = lua_absindex(L, key);
  Value wanted = check_key(L, key, r);
  Instance& i = check_new_member(L, member, *box.owner, r);
  const Value own = collection_class_of(r)->key_of(i);
  const mapper::Attribute* a = key_attribute(r);
  if (own.is_absent() && a != nullptr)
    assign_attribute(L, i, a->slot, key);
  else if (!(own == wanted))
    refuse_key(L, key, r, own);
  Instance* before = members(box).keys().find(wanted);
  if (before == &i) return;
  if (before != nullptr) state::remove(*box.owner, r, *before);
  state::append(*box.owner, r, i);
  members(box).put_key(std::move(wanted), i);
}

// c[key], c.key
int dict_index(lua_State* L) {
  const auto& box = check_box<DictBox>(L, 1);
  Instance* member = find_member(L, 2, box);
  if (member == nullptr && lua_type(L, 2) == LUA_TSTRING) {
    static constexpr std::string_view kOfOthers[] = {"append", "extend", "insert", "add",
                                                     "discard"};
    const std::string_view name = check_string(L, 2);
    if (std::find(std::begin(kOfOthers), std::end(kOfOthers), name) != std::end(kOfOthers))
      throw Error(
          ErrorKind::kAttributeError,
          box.relationship->full_name() + " is a dict and has no '" + std::string(name) + "'")
          .with_hint("write c[key] = x, or c:set(x), which takes the key from the object");
  }
  push_member(L, member);
  return 1;
}

// c[key] = object, c[key] = nil
int dict_new_index(lua_State* L) {
  const auto& box = check_box<DictBox>(L, 1);
  if (!lua_isnil(L, 3)) {
    put(L, box, 2, 3);
    return 1;
  }
  if (Instance* member = find_member(L, 2, box))
    state::remove(*box.owner, *box.relationship, *member);
  return 1;
}

int dict_get(lua_State* L) {
  const auto& box = check_box<DictBox>(L, 1);
  Instance* member = find_member(L, 2, box);
  if (member == nullptr && lua_gettop(L) >= 3) {
    lua_settop(L, 3);
    return 1;
  }
  push_member(L, member);
  return 1;
}

int dict_contains(lua_State* L) {
  const auto& box = check_box<DictBox>(L, 1);
  lua_pushboolean(L, find_member(L, 2, box) != nullptr);
  return 1;
}

// c:set(object): under its own key.
int dict_set(lua_State* L) {
  const auto& box = check_box<DictBox>(L, 1);
  const Relationship& r = *box.relationship;
  Instance& i = check_new_member(L, 2, *box.owner, r);
  const Value key = collection_class_of(r)->key_of(i);
  if (key.is_absent())
    throw Error(ErrorKind::kInvalidRequestError, r.full_name() + ": " + state::describe(i) +
                                                     " has no key yet: its '" +
                                                     key_attribute(r)->name + "' was not set")
        .with_hint("set the attribute first, or write c[key] = x");
  Instance* before = members(box).keys().find(key);
  if (before == &i) return 0;
  if (before != nullptr) state::remove(*box.owner, r, *before);
  state::append(*box.owner, r, i);
  members(box).put_key(key, i);
  return 0;
}

int dict_pop(lua_State* L) {
  const auto& box = check_box<DictBox>(L, 1);
  Instance* member = find_member(L, 2, box);
  if (member != nullptr) {
    state::remove(*box.owner, *box.relationship, *member);
    push_instance(L, *member);
    return 1;
  }
  if (lua_gettop(L) >= 3) {
    lua_settop(L, 3);
    return 1;
  }
  luaL_tolstring(L, 2, nullptr);
  throw Error(ErrorKind::kKeyError,
              box.relationship->full_name() + " has no key " + std::string(check_string(L, -1)));
}

// Pushes the keys of a table in one order: numbers, then text, then the others as they stand there.
void push_sorted_keys(lua_State* L, int table) {
  std::vector<lua_Number> numbers;
  std::vector<std::string> names;
  lua_newtable(L);
  const int list = lua_gettop(L), others = list + 1;
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TNUMBER) {
      numbers.push_back(lua_tonumber(L, -2));
    } else if (lua_type(L, -2) == LUA_TSTRING) {
      names.emplace_back(check_string(L, -2));
    } else {
      lua_pushvalue(L, -2);
      lua_rawseti(L, others, static_cast<lua_Integer>(lua_rawlen(L, others)) + 1);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  std::sort(names.begin(), names.end());
  lua_Integer n = 0;
  for (lua_Number number : numbers) {
    lua_Integer whole;
    lua_numbertointeger(number, &whole) ? lua_pushinteger(L, whole) : lua_pushnumber(L, number);
    lua_rawseti(L, list, ++n);
  }
  for (const std::string& name : names) {
    push_string(L, name);
    lua_rawseti(L, list, ++n);
  }
  for (lua_Integer k = 1, count = static_cast<lua_Integer>(lua_rawlen(L, others)); k <= count;
       ++k) {
    lua_rawgeti(L, others, k);
    lua_rawseti(L, list, ++n);
  }
  lua_settop(L, list);
}

// Pushes a list of key, member, key, member, … of what a program sees.
void push_items(lua_State* L, const DictBox& box) {
  const std::vector<Instance*> list = visible_members(box);
  lua_createtable(L, static_cast<int>(list.size() * 2), 0);
  lua_Integer n = 0;
  for (Instance* i : list) {
    push_key(L, *box.relationship, *i, members(box).keys().key_of(*i));
    lua_rawseti(L, -2, ++n);
    push_instance(L, *i);
    lua_rawseti(L, -2, ++n);
  }
}

int dict_update(lua_State* L) {
  const auto& box = check_box<DictBox>(L, 1);
  if (const auto* other = test_box<DictBox>(L, 2)) {
    push_items(L, *other);
    const int items = lua_gettop(L);
    for (lua_Integer k = 1, n = luaL_len(L, items); k <= n; k += 2) {
      lua_rawgeti(L, items, k);
      lua_rawgeti(L, items, k + 1);
      put(L, box, items + 1, items + 2);
      lua_settop(L, items);
    }
    return 0;
  }
  check_table(L, 2);
  push_sorted_keys(L, 2);
  const int keys = lua_gettop(L);
  for (lua_Integer k = 1, n = luaL_len(L, keys); k <= n; ++k) {
    lua_rawgeti(L, keys, k);
    lua_pushvalue(L, -1);
    lua_gettable(L, 2);
    put(L, box, keys + 1, keys + 2);
    lua_settop(L, keys);
  }
  return 0;
}

int dict_keys(lua_State* L) {
  const auto& box = check_box<DictBox>(L, 1);
  lua_newtable(L);
  lua_Integer n = 0;
  for (Instance* i : visible_members(box)) {
    push_key(L, *box.relationship, *i, members(box).keys().key_of(*i));
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

int dict_values(lua_State* L) {
  push_list(L, visible_members(check_box<DictBox>(L, 1)));
  return 1;
}

// The iterator of pairs: upvalue 1 is the list of push_items, 2 the position in it.
int dict_next(lua_State* L) {
  const lua_Integer at = lua_tointeger(L, lua_upvalueindex(2));
  lua_pushinteger(L, at + 2);
  lua_replace(L, lua_upvalueindex(2));
  lua_rawgeti(L, lua_upvalueindex(1), at + 1);
  lua_rawgeti(L, lua_upvalueindex(1), at + 2);
  return 2;
}

int dict_pairs(lua_State* L) {
  push_items(L, check_box<DictBox>(L, 1));
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, dict_next, 2);
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"get", guarded<dict_get>, "get(key[, default])  the member under a key, or the default"},
    {"set", guarded<dict_set>, "set(object)  add under the object's own key"},
    {"contains", guarded<dict_contains>,
     "contains(key)  true when there is a member under the key"},
    {"pop", guarded<dict_pop>,
     "pop(key[, default])  take out and return the member under a key; KeyError without one"},
    {"update", guarded<dict_update>, "update(table)  set each key = object of a table or a dict"},
    {"keys", guarded<dict_keys>, "keys()  the keys as a list, in the order of the members"},
    {"values", guarded<dict_values>, "values()  the members as a list"},
};
constexpr MethodDef kMetamethods[] = {
    {"__pairs", guarded<dict_pairs>, "pairs(dict)  keys and members, as they were at the start"},
};

const ClassDef kDictClass = {
    .name = "DictCollection",
    .doc =
        "The objects of a to-many relationship, each under a key of its own: c[key], "
        "c[key] = x, c[key] = nil, pairs(c). A key that is the name of a method: c:get(key).",
    .parent = &class_of<CollectionBox>(),
    .methods = kMethods,
    .metamethods = kMetamethods,
    .index = dict_index,
    .new_index = dict_new_index,
    .usage = "item.notes",
    .destroy = kDestroy<DictBox>,
};

}  // namespace

template <>
const ClassDef& class_of<DictBox>() {
  return kDictClass;
}

void replace_dict(lua_State* L, Instance& owner, const Relationship& r, int index) {
  index = lua_absindex(L, index);
  std::vector<std::pair<Value, Instance*>> wanted;
  const auto take = [&](int key, int member) {
    Value given = check_key(L, key, r);
    Instance& i = check_new_member(L, member, owner, r);
    const Value own = collection_class_of(r)->key_of(i);
    if (own.is_absent() && key_attribute(r) != nullptr)
      assign_attribute(L, i, key_attribute(r)->slot, key);
    else if (!(own == given))
      refuse_key(L, key, r, own);
    wanted.emplace_back(std::move(given), &i);
  };
  if (const auto* other = test_box<DictBox>(L, index)) {
    push_items(L, *other);
    const int items = lua_gettop(L);
    for (lua_Integer k = 1, n = luaL_len(L, items); k <= n; k += 2) {
      lua_rawgeti(L, items, k);
      lua_rawgeti(L, items, k + 1);
      take(items + 1, items + 2);
      lua_settop(L, items);
    }
  } else if (lua_istable(L, index)) {
    push_sorted_keys(L, index);
    const int keys = lua_gettop(L);
    for (lua_Integer k = 1, n = luaL_len(L, keys); k <= n; ++k) {
      lua_rawgeti(L, keys, k);
      lua_pushvalue(L, -1);
      lua_gettable(L, index);
      take(keys + 1, keys + 2);
      lua_settop(L, keys);
    }
  } else {
    throw Error(ErrorKind::kTypeError,
                r.full_name() + " is a dict: assign a table of key = " + r.target->name() +
                    " object, got " + type_name_of(L, index));
  }
  const DictBox box(&owner, &r);
  members(box);
  std::vector<Instance*> list;
  for (const auto& [key, i] : wanted) list.push_back(i);
  state::replace(owner, r, list);
  for (auto& [key, i] : wanted) members(box).put_key(std::move(key), *i);
}

void open_dict_collection(lua_State* L) { register_class(L, kDictClass); }

}  // namespace moonbase::bindings
