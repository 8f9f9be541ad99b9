#include "bindings/lua_collection.h"

#include <algorithm>
#include <string_view>

#include "bindings/collection_class.h"
#include "bindings/collection_support.h"
#include "bindings/guard.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_list.h"
#include "bindings/lua_property.h"
#include "bindings/lua_query.h"
#include "bindings/lua_write_only.h"
#include "bindings/ordering_list.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/state/link.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using base::Tag;
using mapper::Relationship;
using mapper::Shape;
using state::Collection;
using state::Instance;

namespace {

// A position counted from 1, or from the end when negative; nothing when it is outside.
std::optional<size_t> position(const Collection& c, int64_t index) {
  const auto n = static_cast<int64_t>(c.size());
  if (index < 0) index += n + 1;
  if (index < 1 || index > n) return {};
  return static_cast<size_t>(index - 1);
}

}  // namespace

Collection& members(const CollectionBox& box) {
  Instance& owner = *box.owner;
  if (owner.is_expired()) owner.apply_expiry();
  Collection* there = owner.collection(box.relationship->slot);
  if (there != nullptr && there->is_loaded()) return *there;
  if (owner.host == nullptr && owner.has_identity)
    owner.read(box.relationship->slot);  // says why it cannot load
  Collection& made = state::collection_of(owner, *box.relationship);
  if (!made.is_loaded()) {
    if (owner.host == nullptr) {
      made.set_loaded({});
    } else {
      owner.host->load_slot(owner, box.relationship->slot);
    }
  }
  return *owner.collection(box.relationship->slot);
}

std::vector<Instance*> visible_members(const CollectionBox& box) {
  Collection& c = members(box);
  if (box.relationship->shape() != Shape::kDict) return c.items();
  const state::KeyIndex& keys = c.keys();
  if (keys.size() == c.size()) return c.items();
  std::vector<Instance*> list;
  for (Instance* i : c.items())
    if (!keys.is_keyed(*i) || keys.key_of(*i) != nullptr) list.push_back(i);
  return list;
}

Instance& check_new_member(lua_State* L, int index, Instance& owner, const Relationship& r) {
  ModelInfo& info = orm_area(L).model(*owner.mapper);
  if (info.validators.empty()) return check_member(L, index, r);
  check_member(L, index, r);
  luaL_checkstack(L, 8, "too many members");
  push_validated(L, info, owner, r.slot, index);
  return check_member(L, -1, r);
}

namespace {

[[noreturn]] void refuse_members(lua_State* L, int index, const Relationship& r) {
  const auto* box = test_box<CollectionBox>(L, index);
  const std::string got = box != nullptr
                              ? "a " + std::string(mapper::shape_name(box->relationship->shape()))
                          : lua_istable(L, index) ? "a table without positions"
                                                  : type_name_of(L, index);
  const std::string target = r.target->name();
  throw Error(ErrorKind::kTypeError, r.full_name() + " is a collection: assign a list of " +
                                         target + " objects, got " + got)
      .with_hint(r.shape() == Shape::kSet ? "it is a set: {a, b}, or {[a] = true, [b] = true}"
                                          : "");
}

// Pushes the keys of the table of object = true at `index` as a list, older objects first: a Lua
// table has no order.
void push_keys_as_list(lua_State* L, int index, const Relationship& r) {
  std::vector<Instance*> list;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    Instance& i = check_member(L, -2, r);
    if (lua_toboolean(L, -1)) list.push_back(&i);
  }
  state::InstanceHeap& heap = orm_area(L).heap();
  std::sort(list.begin(), list.end(),
            [&heap](Instance* a, Instance* b) { return heap.handle(*a) < heap.handle(*b); });
  push_list(L, list);
}

}  // namespace

std::vector<Instance*> check_new_members(lua_State* L, int index, Instance& owner,
                                         const Relationship& r) {
  index = lua_absindex(L, index);
  if (const auto* other = test_box<CollectionBox>(L, index)) {
    if (other->relationship->shape() == Shape::kDict) refuse_members(L, index, r);
    push_list(L, members(*other).items());
    index = lua_gettop(L);
  } else if (!lua_istable(L, index)) {
    refuse_members(L, index, r);
  } else if (luaL_len(L, index) == 0) {
    lua_pushnil(L);
    if (lua_next(L, index) != 0) {
      lua_pop(L, 2);
      if (r.shape() != Shape::kSet) refuse_members(L, index, r);
      push_keys_as_list(L, index, r);
      index = lua_gettop(L);
    }
  }
  std::vector<Instance*> list;
  lua_newtable(L);
  const int keeper = lua_gettop(L);
  for (lua_Integer k = 1, n = luaL_len(L, index); k <= n; ++k) {
    lua_geti(L, index, k);
    list.push_back(&check_new_member(L, -1, owner, r));
    lua_rawseti(L, keeper, k);
    lua_settop(L, keeper);
  }
  return list;
}

namespace {

// Whether it is ipairs that reads: C code that a for loop calls for its next value. Between may be
// what C calls, such as the __index of a program's own class or of an association proxy.
bool is_read_by_loop(lua_State* L) {
  lua_Debug caller;
  for (int level = 1; lua_getstack(L, level, &caller) != 0; ++level) {
    lua_getinfo(L, "nS", &caller);
    const std::string_view call = caller.namewhat;
    if (*caller.what == 'C' && call == "for iterator") return true;
    if (*caller.what != 'C' && !call.empty()) return false;
  }
  return false;
}

// A loop that reads member after member would skip one where one before it is gone, and never end
// where each step adds one. Members that were read anew meanwhile may have become more.
void check_step(lua_State* L, const CollectionBox& box, const Collection& c, lua_Integer index) {
  CollectionBox::Step& last = box.last;
  const auto n = static_cast<lua_Integer>(c.size());
  if (last.position != 0 && index == last.position + 1) {
    const bool is_shifted =
        last.position > n || c.items()[static_cast<size_t>(last.position) - 1] != last.member;
    const bool is_resized = c.size() != last.count && box.owner->epoch == last.epoch;
    if ((is_shifted || is_resized) && is_read_by_loop(L)) {
      last = {};
      throw Error(ErrorKind::kInvalidRequestError, box.relationship->full_name() + " of " +
                                                       state::describe(*box.owner) +
                                                       " changed while a loop went over it")
          .with_hint("go over a copy: for _, x in ipairs(u." + box.relationship->name +
                     ":all()) do … end");
    }
  }
  last = index > 0 && index <= n
             ? CollectionBox::Step{index, c.items()[static_cast<size_t>(index) - 1], c.size(),
                                   box.owner->epoch}
             : CollectionBox::Step{};
}

}  // namespace

bool push_member_at(lua_State* L, const CollectionBox& box) {
  if (!lua_isinteger(L, 2)) return false;
  const lua_Integer index = lua_tointeger(L, 2);
  if (index == 0)
    throw Error(ErrorKind::kIndexError,
                box.relationship->full_name() + "[0]: positions count from 1");
  const Collection& c = members(box);
  check_step(L, box, c, index);
  const std::optional<size_t> at = position(c, index);
  if (at)
    push_instance(L, *c.items()[*at]);
  else
    lua_pushnil(L);
  return true;
}

void push_list(lua_State* L, const std::vector<Instance*>& list) {
  lua_createtable(L, static_cast<int>(list.size()), 0);
  for (size_t k = 0; k < list.size(); ++k) {
    push_instance(L, *list[k]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(k) + 1);
  }
}

namespace {

int collection_append(lua_State* L) {
  auto& box = check_box<ListBox>(L, 1);
  Instance& member = check_new_member(L, 2, *box.owner, *box.relationship);
  // Unloaded stays unloaded: the addition waits, unless it must get a position.
  const size_t before = count_ordered(box);
  state::append(*box.owner, *box.relationship, member);
  number_appended(L, box, before);
  return 0;
}

int collection_extend(lua_State* L) {
  auto& box = check_box<ListBox>(L, 1);
  const size_t before = count_ordered(box);
  for (Instance* i : check_new_members(L, 2, *box.owner, *box.relationship))
    state::append(*box.owner, *box.relationship, *i);
  number_appended(L, box, before);
  return 0;
}

int collection_remove(lua_State* L) {
  auto& box = check_box<CollectionBox>(L, 1);
  Instance& member = check_member(L, 2, *box.relationship);
  if (!members(box).contains(member) || !state::remove(*box.owner, *box.relationship, member))
    throw Error(ErrorKind::kValueError, "remove: " + state::describe(member) + " is not in " +
                                            box.relationship->full_name() + " of " +
                                            state::describe(*box.owner));
  number_all(L, box);
  return 0;
}

int collection_insert(lua_State* L) {
  auto& box = check_box<ListBox>(L, 1);
  const int64_t at = check_integer(L, 2);
  Instance& member = check_new_member(L, 3, *box.owner, *box.relationship);
  Collection& c = members(box);
  if (at < 1 || at > static_cast<int64_t>(c.size()) + 1)
    throw Error(ErrorKind::kIndexError, "insert: position " + std::to_string(at) +
                                            " is outside a list of " + std::to_string(c.size()) +
                                            "; positions count from 1");
  state::append(*box.owner, *box.relationship, member, static_cast<size_t>(at - 1));
  number_all(L, box);
  return 0;
}

int collection_pop(lua_State* L) {
  auto& box = check_box<ListBox>(L, 1);
  Collection& c = members(box);
  const std::optional<size_t> at = position(c, opt_integer(L, 2, -1));
  if (!at)
    throw Error(ErrorKind::kIndexError,
                c.size() == 0 ? "pop from an empty collection" : "pop: there is no such position");
  Instance& member = *c.items()[*at];
  state::remove(*box.owner, *box.relationship, member);
  push_instance(L, member);
  number_all(L, box);
  return 1;
}

int collection_clear(lua_State* L) {
  auto& box = check_box<CollectionBox>(L, 1);
  members(box);
  state::replace(*box.owner, *box.relationship, {});
  return 0;
}

int collection_contains(lua_State* L) {
  auto& box = check_box<CollectionBox>(L, 1);
  const Instance* member = test_instance(L, 2);
  lua_pushboolean(L, member != nullptr && members(box).contains(*member));
  return 1;
}

int collection_count(lua_State* L) {
  const auto& box = check_box<CollectionBox>(L, 1);
  const size_t count =
      box.relationship->shape() == Shape::kDict ? visible_members(box).size() : members(box).size();
  lua_pushinteger(L, static_cast<lua_Integer>(count));
  return 1;
}

// u.posts[i]; nil past the end, so that ipairs ends.
int collection_index(lua_State* L) {
  return push_member_at(L, check_box<CollectionBox>(L, 1)) ? 1 : 0;
}

// u.posts[#u.posts + 1] = p appends; other positions are refused, because table.remove and
// table.sort shift members one by one, and each would be unlinked on the way.
int collection_new_index(lua_State* L) {
  auto& box = check_box<ListBox>(L, 1);
  if (!lua_isinteger(L, 2)) return 0;
  const auto n = static_cast<lua_Integer>(members(box).size());
  if (lua_tointeger(L, 2) != n + 1)
    throw Error(ErrorKind::kIndexError, box.relationship->full_name() +
                                            ": only the position after the last can be assigned")
        .with_hint("use :remove(x), :insert(i, x), :pop(i), or assign a whole list");
  state::append(*box.owner, *box.relationship,
                check_new_member(L, 3, *box.owner, *box.relationship));
  number_appended(L, box, static_cast<size_t>(n));
  return 1;
}

// pairs(u.posts): over the members as they are now; changing the collection meanwhile is fine.
int snapshot_next(lua_State* L) {
  const lua_Integer at = lua_isnil(L, 2) ? 1 : check_integer(L, 2) + 1;
  if (lua_geti(L, 1, at) == LUA_TNIL) return 1;
  lua_pushinteger(L, at);
  lua_insert(L, -2);
  return 2;
}

int collection_pairs(lua_State* L) {
  const std::vector<Instance*> items = members(check_box<CollectionBox>(L, 1)).items();
  lua_pushcfunction(L, guarded<snapshot_next>);
  push_list(L, items);
  lua_pushnil(L);
  return 3;
}

int collection_all(lua_State* L) {
  push_list(L, visible_members(check_box<CollectionBox>(L, 1)));
  mark_list(L);
  return 1;
}

// for p in u.posts do: the iterator is the collection itself.
int collection_call(lua_State* L) {
  const CollectionBox& box = check_box<CollectionBox>(L, 1);
  throw Error(ErrorKind::kTypeError,
              box.relationship->full_name() + " is a collection and cannot be called")
      .with_hint("go over it with: for _, x in ipairs(" + std::string("u.") +
                 box.relationship->name + ") do … end");
}

int collection_tostring(lua_State* L) {
  const CollectionBox& box = check_box<CollectionBox>(L, 1);
  const Collection* there = box.owner->collection(box.relationship->slot);
  std::string text = "<" + box.relationship->full_name() + ": ";
  if (there == nullptr || !there->is_loaded() || box.owner->is_expired())
    text += "‹not loaded›";
  else
    text += std::to_string(there->size()) + (there->size() == 1 ? " object" : " objects");
  push_string(L, text + ">");
  return 1;
}

int collection_eq(lua_State* L) {
  const auto* a = test_box<CollectionBox>(L, 1);
  const auto* b = test_box<CollectionBox>(L, 2);
  lua_pushboolean(L, a != nullptr && b != nullptr && a->owner == b->owner &&
                         a->relationship == b->relationship);
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"remove", guarded<collection_remove>,
     "remove(object)  take out; ValueError when it is not there"},
    {"clear", guarded<collection_clear>, "clear()  take all out"},
    {"contains", guarded<collection_contains>,
     "contains(object)  true when the object is a member"},
    {"count", guarded<collection_count>, "count()  how many members there are, as #collection"},
    {"all", guarded<collection_all>, "all()  the members as a new list"},
};
constexpr MethodDef kListMethods[] = {
    {"append", guarded<collection_append>,
     "append(object)  add at the end; the object's own side follows"},
    {"extend", guarded<collection_extend>,
     "extend(list)  append each object of a list or of another collection"},
    {"insert", guarded<collection_insert>,
     "insert(position, object)  add at a position, counted from 1"},
    {"pop", guarded<collection_pop>,
     "pop([position])  take out and return the last object, or the one at a position"},
};

constexpr MethodDef kMetamethods[] = {
    {"__len", guarded<collection_count>, "#collection  how many members there are"},
    {"__pairs", guarded<collection_pairs>,
     "pairs(collection)  positions and members, as they were at the start"},
    {"__call", guarded<collection_call>, "calling a collection raises"},
    {"__tostring", guarded<collection_tostring>, "tostring(collection)  never loads"},
    {"__eq", guarded<collection_eq>,
     "two collections are equal when they are the same attribute of one object"},
};

const ClassDef kAnyClass = {
    .name = "AnyCollection",
    .doc = "The objects of a to-many relationship, in the order in which they came.",
    .methods = kMethods,
    .metamethods = kMetamethods,
    .index = collection_index,
    .usage = "u.posts",
    .destroy = kDestroy<CollectionBox>,
};
const ClassDef kListClass = {
    .name = "Collection",
    .doc =
        "The objects of a to-many relationship, in order: #c, c[i], ipairs(c), c:append(x), "
        "c:remove(x). c[i] past the end is nil, as in any Lua list; a loop that takes members out "
        "goes over c:all().",
    .parent = &kAnyClass,
    .methods = kListMethods,
    .new_index = collection_new_index,
    .usage = "u.posts",
    .destroy = kDestroy<ListBox>,
};

}  // namespace

template <>
const ClassDef& class_of<CollectionBox>() {
  return kAnyClass;
}
template <>
const ClassDef& class_of<ListBox>() {
  return kListClass;
}

Instance& check_member(lua_State* L, int index, const Relationship& r) {
  Instance* member = test_instance(L, index);
  if (member == nullptr || !member->mapper->is_a(*r.target))
    throw Error(ErrorKind::kTypeError,
                r.full_name() + " holds " + r.target->name() + " objects, got " +
                    (member != nullptr ? "a " + member->mapper->name() : type_name_of(L, index)));
  return *member;
}

namespace {

// Pushes the collection that Lua was handed last if it is this one, and true. One that is read by
// position already belongs to a loop, which must see for itself what the loop's body does.
bool push_last_collection(lua_State* L, const Instance& owner, const Relationship& r) {
  if (lua_rawgeti(L, -1, 1) == LUA_TUSERDATA) {
    auto* box = static_cast<Box*>(lua_touserdata(L, -1));
    const auto& last = *static_cast<const CollectionBox*>(box->payload());
    if (box->dead == 0 && last.owner == &owner && last.relationship == &r &&
        last.last.position == 0)
      return true;
  }
  lua_pop(L, 1);
  return false;
}

void push_new_collection(lua_State* L, Instance& owner, const Relationship& r) {
  switch (r.shape()) {
    case Shape::kList:
      push_box(L, ListBox(&owner, &r));
      break;
    case Shape::kSet:
      push_box(L, SetBox(&owner, &r));
      break;
    case Shape::kDict:
      push_box(L, DictBox(&owner, &r));
      break;
  }
  if (const LuaCollectionClass* cls = collection_class_of(r)) give_own_methods(L, *cls);
}

// u.posts:append(p) again and again makes one box, not one for each.
void push_collection(lua_State* L, Instance& owner, const Relationship& r) {
  orm_area(L).push_last_collection(L);
  if (!push_last_collection(L, owner, r)) {
    push_new_collection(L, owner, r);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, 1);
  }
  lua_replace(L, -2);
}

}  // namespace

void push_relationship(lua_State* L, Instance& owner, const Relationship& r) {
  if (r.lazy == mapper::Lazy::kDynamic) {
    push_dynamic(L, owner, r);
    return;
  }
  if (r.lazy == mapper::Lazy::kWriteOnly) {
    push_write_only(L, owner, r);
    return;
  }
  if (r.uselist) {
    push_collection(L, owner, r);
    return;
  }
  // An object without a row has nothing to load.
  const Tag tag = owner.slot(r.slot).tag();
  if (!owner.has_identity && (tag == Tag::kNeverSet || tag == Tag::kNotLoaded)) {
    lua_pushnil(L);
    return;
  }
  owner.read(r.slot);
  if (Instance* there = owner.object(r.slot))
    push_instance(L, *there);
  else
    lua_pushnil(L);
}

void replace_collection(lua_State* L, Instance& owner, const Relationship& r, int index) {
  const int top = lua_gettop(L);
  if (r.shape() == Shape::kDict && !r.is_never_loaded()) {
    replace_dict(L, owner, r, index);
    lua_settop(L, top);
    return;
  }
  const std::vector<Instance*> wanted = check_new_members(L, index, owner, r);
  if (!r.is_never_loaded()) {
    const CollectionBox box(&owner, &r);
    members(box);
    state::replace(owner, r, wanted);
    number_all(L, box);
    lua_settop(L, top);
    return;
  }
  if (owner.has_identity && owner.host != nullptr)
    throw Error(ErrorKind::kInvalidRequestError, r.full_name() + " is " +
                                                     std::string(mapper::lazy_name(r.lazy)) +
                                                     ": add and remove members one by one")
        .with_hint("u." + r.name +
                   (r.lazy == mapper::Lazy::kDynamic ? ":append(x), u." : ":add(x), u.") + r.name +
                   ":remove(x)");
  for (Instance* i : wanted) state::append(owner, r, *i);
  lua_settop(L, top);
}

void open_collection(lua_State* L, int module) {
  register_class(L, kAnyClass);
  register_class(L, kListClass);
  open_set_collection(L);
  open_dict_collection(L);
  open_collection_class(L, module);
  open_write_only(L);
}

}  // namespace moonbase::bindings
