// Collections with collection_class = 'set': each object once, in the order in which they came.
#include "bindings/collection_support.h"
#include "bindings/guard.h"
#include "bindings/lua_collection.h"
#include "bindings/lua_instance.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/state/link.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using state::Instance;

namespace {

// Unloaded stays unloaded, and what is added waits; but a row between two objects is not written
// twice, so that a many-to-many set must know its members.
void prepare(const SetBox& box) {
  if (box.relationship->direction == mapper::Direction::kManyToMany) members(box);
}

int set_add(lua_State* L) {
  auto& box = check_box<SetBox>(L, 1);
  Instance& member = check_new_member(L, 2, *box.owner, *box.relationship);
  prepare(box);
  state::append(*box.owner, *box.relationship, member);
  return 0;
}

int set_discard(lua_State* L) {
  auto& box = check_box<SetBox>(L, 1);
  Instance& member = check_member(L, 2, *box.relationship);
  if (members(box).contains(member)) state::remove(*box.owner, *box.relationship, member);
  return 0;
}

int set_update(lua_State* L) {
  auto& box = check_box<SetBox>(L, 1);
  prepare(box);
  for (int k = 2, n = lua_gettop(L); k <= n; ++k)
    for (Instance* i : check_new_members(L, k, *box.owner, *box.relationship))
      state::append(*box.owner, *box.relationship, *i);
  return 0;
}

int set_difference_update(lua_State* L) {
  auto& box = check_box<SetBox>(L, 1);
  members(box);
  for (Instance* i : check_new_members(L, 2, *box.owner, *box.relationship))
    state::remove(*box.owner, *box.relationship, *i);
  return 0;
}

int set_intersection_update(lua_State* L) {
  auto& box = check_box<SetBox>(L, 1);
  const std::vector<Instance*> there = members(box).items();
  const std::vector<Instance*> stay = check_new_members(L, 2, *box.owner, *box.relationship);
  const std::unordered_set<const Instance*> wanted(stay.begin(), stay.end());
  for (Instance* i : there)
    if (!wanted.contains(i)) state::remove(*box.owner, *box.relationship, *i);
  return 0;
}

int set_pop(lua_State* L) {
  auto& box = check_box<SetBox>(L, 1);
  const state::Collection& c = members(box);
  if (c.size() == 0) throw Error(ErrorKind::kKeyError, "pop from an empty set");
  Instance& member = *c.items().back();
  state::remove(*box.owner, *box.relationship, member);
  push_instance(L, member);
  return 1;
}

int set_new_index(lua_State* L) {
  const auto& box = check_box<SetBox>(L, 1);
  if (!lua_isinteger(L, 2)) return 0;
  throw Error(ErrorKind::kTypeError,
              box.relationship->full_name() + " is a set: it has no positions to assign")
      .with_hint("use :add(x), :discard(x), or assign a whole list");
}

constexpr MethodDef kMethods[] = {
    {"add", guarded<set_add>, "add(object)  a member from now on; nothing when it is one already"},
    {"discard", guarded<set_discard>, "discard(object)  take out, if it is there"},
    {"pop", guarded<set_pop>, "pop()  take out and return one member"},
    {"update", guarded<set_update>, "update(list, …)  add each object of lists or collections"},
    {"difference_update", guarded<set_difference_update>,
     "difference_update(list)  take out each object of a list or collection"},
    {"intersection_update", guarded<set_intersection_update>,
     "intersection_update(list)  take out what is not in a list or collection"},
};

const ClassDef kSetClass = {
    .name = "SetCollection",
    .doc =
        "The objects of a to-many relationship, each once: c:add(x), c:discard(x), "
        "c:contains(x), #c, ipairs(c).",
    .parent = &class_of<CollectionBox>(),
    .methods = kMethods,
    .new_index = set_new_index,
    .usage = "u.posts",
    .destroy = kDestroy<SetBox>,
};

}  // namespace

template <>
const ClassDef& class_of<SetBox>() {
  return kSetClass;
}

void open_set_collection(lua_State* L) { register_class(L, kSetClass); }

}  // namespace moonbase::bindings
