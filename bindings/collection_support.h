// What the classes of collections share: lists (lua_collection.cc), sets and dicts
// (lua_collection_set.cc, lua_collection_dict.cc).
#pragma once

#include <optional>
#include <vector>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "orm/state/collection.h"
#include "orm/state/instance.h"

namespace moonbase::bindings {

// Names the collection by its owner, which it pins: the collection itself may be made anew by an
// expiry.
struct CollectionBox {
  state::Instance* owner;
  const mapper::Relationship* relationship;
  // What was read last by its position, so that a loop can tell that the members moved under it:
  // the position (0: nothing yet), the member, only compared, and how many there were since when.
  struct Step {
    lua_Integer position = 0;
    const state::Instance* member = nullptr;
    size_t count = 0;
    uint32_t epoch = 0;
  };
  mutable Step last;
  CollectionBox(state::Instance* o, const mapper::Relationship* r) : owner(o), relationship(r) {
    ++owner->pins;
  }
  CollectionBox(CollectionBox&& other) noexcept
      : owner(other.owner), relationship(other.relationship) {
    ++owner->pins;
  }
  ~CollectionBox() { --owner->pins; }
};
struct ListBox : CollectionBox {
  using CollectionBox::CollectionBox;
};
struct SetBox : CollectionBox {
  using CollectionBox::CollectionBox;
};
struct DictBox : CollectionBox {
  using CollectionBox::CollectionBox;
};
template <>
const ClassDef& class_of<CollectionBox>();
template <>
const ClassDef& class_of<ListBox>();
template <>
const ClassDef& class_of<SetBox>();
template <>
const ClassDef& class_of<DictBox>();

// The members, loaded now if they are not.
state::Collection& members(const CollectionBox& box);
// What a program sees of them: of a dict, not those whose key another has taken.
std::vector<state::Instance*> visible_members(const CollectionBox& box);
// The object at `index` as the owner's validator lets it in; left on the stack where there is one.
state::Instance& check_new_member(lua_State* L, int index, state::Instance& owner,
                                  const mapper::Relationship& r);
// The objects that the value at `index` holds as new members: a list, another collection, or, for a
// set, a table of object = true. What keeps them alive is left on the stack. Throws TypeError for
// what is no such value.
std::vector<state::Instance*> check_new_members(lua_State* L, int index, state::Instance& owner,
                                                const mapper::Relationship& r);
void push_list(lua_State* L, const std::vector<state::Instance*>& list);
// Pushes the member at the position of the key at 2, from 1 on or from the end when it is negative;
// nil when there is none. False, and nothing pushed, for another key.
bool push_member_at(lua_State* L, const CollectionBox& box);

// The dict at `index`, or a table of key = object, becomes the members.
void replace_dict(lua_State* L, state::Instance& owner, const mapper::Relationship& r, int index);

void open_set_collection(lua_State* L);
void open_dict_collection(lua_State* L);

}  // namespace moonbase::bindings
