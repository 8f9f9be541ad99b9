#include "bindings/lua_collection.h"

#include "bindings/guard.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_query.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/state/link.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using base::Tag;
using mapper::Relationship;
using state::Collection;
using state::Instance;

// Names the collection by its owner, which it pins: the collection itself may be made anew by an
// expiry.
struct CollectionBox {
  Instance* owner;
  const Relationship* relationship;
  CollectionBox(Instance* o, const Relationship* r) : owner(o), relationship(r) { ++owner->pins; }
  CollectionBox(CollectionBox&& other) noexcept
      : owner(other.owner), relationship(other.relationship) {
    ++owner->pins;
  }
  ~CollectionBox() { --owner->pins; }
};
template <>
const ClassDef& class_of<CollectionBox>();

namespace {

// The members, loaded now if they are not.
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

// A position counted from 1, or from the end when negative; nothing when it is outside.
std::optional<size_t> position(const Collection& c, int64_t index) {
  const auto n = static_cast<int64_t>(c.size());
  if (index < 0) index += n + 1;
  if (index < 1 || index > n) return {};
  return static_cast<size_t>(index - 1);
}

int collection_append(lua_State* L) {
  auto& box = check_box<CollectionBox>(L, 1);
  Instance& member = check_member(L, 2, *box.relationship);
  // Unloaded stays unloaded: the addition waits.
  state::append(*box.owner, *box.relationship, member);
  return 0;
}

int collection_extend(lua_State* L) {
  auto& box = check_box<CollectionBox>(L, 1);
  check_table(L, 2);
  std::vector<Instance*> list;
  for (lua_Integer k = 1, n = luaL_len(L, 2); k <= n; ++k) {
    lua_geti(L, 2, k);
    list.push_back(&check_member(L, -1, *box.relationship));
    lua_pop(L, 1);
  }
  for (Instance* i : list) state::append(*box.owner, *box.relationship, *i);
  return 0;
}

int collection_remove(lua_State* L) {
  auto& box = check_box<CollectionBox>(L, 1);
  Instance& member = check_member(L, 2, *box.relationship);
  if (!members(box).contains(member) || !state::remove(*box.owner, *box.relationship, member))
    throw Error(ErrorKind::kValueError, "remove: " + state::describe(member) + " is not in " +
                                            box.relationship->full_name() + " of " +
                                            state::describe(*box.owner));
  return 0;
}

int collection_insert(lua_State* L) {
  auto& box = check_box<CollectionBox>(L, 1);
  const int64_t at = check_integer(L, 2);
  Instance& member = check_member(L, 3, *box.relationship);
  Collection& c = members(box);
  if (at < 1 || at > static_cast<int64_t>(c.size()) + 1)
    throw Error(ErrorKind::kIndexError, "insert: position " + std::to_string(at) +
                                            " is outside a list of " + std::to_string(c.size()) +
                                            "; positions count from 1");
  state::append(*box.owner, *box.relationship, member, static_cast<size_t>(at - 1));
  return 0;
}

int collection_pop(lua_State* L) {
  auto& box = check_box<CollectionBox>(L, 1);
  Collection& c = members(box);
  const std::optional<size_t> at = position(c, opt_integer(L, 2, -1));
  if (!at)
    throw Error(ErrorKind::kIndexError,
                c.size() == 0 ? "pop from an empty collection" : "pop: there is no such position");
  Instance& member = *c.items()[*at];
  state::remove(*box.owner, *box.relationship, member);
  push_instance(L, member);
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
  lua_pushinteger(L, static_cast<lua_Integer>(members(check_box<CollectionBox>(L, 1)).size()));
  return 1;
}

// u.posts[i]; nil past the end, so that ipairs ends.
int collection_index(lua_State* L) {
  auto& box = check_box<CollectionBox>(L, 1);
  if (!lua_isinteger(L, 2)) return 0;
  const lua_Integer index = lua_tointeger(L, 2);
  if (index == 0)
    throw Error(ErrorKind::kIndexError,
                box.relationship->full_name() + "[0]: positions count from 1");
  const Collection& c = members(box);
  const std::optional<size_t> at = position(c, index);
  if (at)
    push_instance(L, *c.items()[*at]);
  else
    lua_pushnil(L);
  return 1;
}

// u.posts[#u.posts + 1] = p appends; other positions are refused, because table.remove and
// table.sort shift members one by one, and each would be unlinked on the way.
int collection_new_index(lua_State* L) {
  auto& box = check_box<CollectionBox>(L, 1);
  if (!lua_isinteger(L, 2)) return 0;
  const auto n = static_cast<lua_Integer>(members(box).size());
  if (lua_tointeger(L, 2) != n + 1)
    throw Error(ErrorKind::kIndexError, box.relationship->full_name() +
                                            ": only the position after the last can be assigned")
        .with_hint("use :remove(x), :insert(i, x), :pop(i), or assign a whole list");
  state::append(*box.owner, *box.relationship, check_member(L, 3, *box.relationship));
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

void push_list(lua_State* L, const std::vector<Instance*>& list) {
  lua_createtable(L, static_cast<int>(list.size()), 0);
  for (size_t k = 0; k < list.size(); ++k) {
    push_instance(L, *list[k]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(k) + 1);
  }
}

int collection_pairs(lua_State* L) {
  const std::vector<Instance*> items = members(check_box<CollectionBox>(L, 1)).items();
  lua_pushcfunction(L, guarded<snapshot_next>);
  push_list(L, items);
  lua_pushnil(L);
  return 3;
}

int collection_all(lua_State* L) {
  const std::vector<Instance*> items = members(check_box<CollectionBox>(L, 1)).items();
  push_list(L, items);
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
    {"append", guarded<collection_append>,
     "append(object)  add at the end; the object's own side follows"},
    {"extend", guarded<collection_extend>, "extend(list)  append each object of a list"},
    {"insert", guarded<collection_insert>,
     "insert(position, object)  add at a position, counted from 1"},
    {"remove", guarded<collection_remove>,
     "remove(object)  take out; ValueError when it is not there"},
    {"pop", guarded<collection_pop>,
     "pop([position])  take out and return the last object, or the one at a position"},
    {"clear", guarded<collection_clear>, "clear()  take all out"},
    {"contains", guarded<collection_contains>,
     "contains(object)  true when the object is a member"},
    {"count", guarded<collection_count>, "count()  how many members there are, as #collection"},
    {"all", guarded<collection_all>, "all()  the members as a new list"},
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

const ClassDef kCollectionClass = {
    .name = "Collection",
    .doc =
        "The objects of a to-many relationship, in order: #c, c[i], ipairs(c), c:append(x), "
        "c:remove(x).",
    .methods = kMethods,
    .metamethods = kMetamethods,
    .index = collection_index,
    .new_index = collection_new_index,
    .usage = "u.posts",
    .destroy = kDestroy<CollectionBox>,
};

}  // namespace

template <>
const ClassDef& class_of<CollectionBox>() {
  return kCollectionClass;
}

Instance& check_member(lua_State* L, int index, const Relationship& r) {
  Instance* member = test_instance(L, index);
  if (member == nullptr || member->mapper != r.target)
    throw Error(ErrorKind::kTypeError,
                r.full_name() + " holds " + r.target->name() + " objects, got " +
                    (member != nullptr ? "a " + member->mapper->name() : type_name_of(L, index)));
  return *member;
}

void push_relationship(lua_State* L, Instance& owner, const Relationship& r) {
  if (r.lazy == mapper::Lazy::kDynamic) {
    push_dynamic(L, owner, r);
    return;
  }
  if (r.uselist) {
    push_box(L, CollectionBox(&owner, &r));
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
  std::vector<Instance*> wanted;
  if (const auto* other = test_box<CollectionBox>(L, index)) {
    wanted = members(*other).items();
    for (Instance* i : wanted)
      if (i->mapper != r.target)
        throw Error(ErrorKind::kTypeError, r.full_name() + " holds " + r.target->name() +
                                               " objects, got a " + i->mapper->name());
  } else {
    if (!lua_istable(L, index))
      throw Error(ErrorKind::kTypeError, r.full_name() + " is a collection: assign a list of " +
                                             r.target->name() + " objects, got " +
                                             type_name_of(L, index));
    index = lua_absindex(L, index);
    for (lua_Integer k = 1, n = luaL_len(L, index); k <= n; ++k) {
      lua_geti(L, index, k);
      wanted.push_back(&check_member(L, -1, r));
      lua_pop(L, 1);
    }
  }
  if (r.lazy != mapper::Lazy::kDynamic) {
    members(CollectionBox(&owner, &r));
    state::replace(owner, r, wanted);
    return;
  }
  if (owner.has_identity && owner.host != nullptr)
    throw Error(ErrorKind::kInvalidRequestError,
                r.full_name() + " is dynamic: add and remove members one by one")
        .with_hint("u." + r.name + ":append(x), u." + r.name + ":remove(x)");
  for (Instance* i : wanted) state::append(owner, r, *i);
}

void open_collection(lua_State* L, int) { register_class(L, kCollectionClass); }

}  // namespace moonbase::bindings
