// The members of a to-many relationship of one instance, in order, with what changed since the last
// flush. It may be unloaded: then additions and removals queue up and are merged when it is loaded
// (a dynamic collection never is). A set or a dict holds a member once; a dict knows the key each
// member stands under (keyed.h). Owned by the instance's slot. Changed only through link.h, which
// keeps both sides in step.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include "orm/mapper/relationship.h"
#include "orm/state/keyed.h"

namespace moonbase::state {

struct Instance;

class Collection {
 public:
  Collection(Instance& owner, const mapper::Relationship& relationship, bool loaded)
      : owner_(&owner), relationship_(&relationship), loaded_(loaded) {}

  Instance& owner() const { return *owner_; }
  const mapper::Relationship& relationship() const { return *relationship_; }
  bool is_loaded() const { return loaded_; }
  const std::vector<Instance*>& items() const { return items_; }
  size_t size() const { return items_.size(); }
  bool contains(const Instance& member) const;
  // A set or a dict.
  bool holds_once() const { return relationship_->shape() != mapper::Shape::kList; }
  // Counts changes, so that an iteration can tell.
  uint32_t version() const { return version_; }

  // The members as loaded, then the queued changes over them.
  void set_loaded(std::vector<Instance*> items);
  // `at`: position from 0; nothing = the end. False when it was there already, in a collection that
  // holds a member once.
  bool add(Instance& member, std::optional<size_t> at = {});
  // The first occurrence; false when it is not there (or, unloaded, nothing is known: it is queued
  // and true returned).
  bool remove(Instance& member);
  void replace(std::vector<Instance*> items);

  // A dict's keys, brought up to date: members that came without one are asked for it, which may
  // load. Throws what a key function raises.
  const KeyIndex& keys();
  // A dict's member stands under this key, whatever its attribute says.
  void put_key(base::Value key, Instance& member);

  // Against the state of the last flush. The order of members is no change: no row keeps it.
  bool is_changed() const;
  std::vector<Instance*> added() const;  // each once
  std::vector<Instance*> removed() const;
  std::vector<Instance*> unchanged() const;
  // What a flush works from: members as far as they are known (queued additions of an unloaded one
  // too).
  const std::vector<Instance*>& queued_additions() const { return queued_add_; }
  void clear_history();
  // A member that is gone for good (expunged, deleted by the flush).
  void forget(Instance& member);

  template <class F>
  void each_reference(F&& f) const {
    for (Instance* i : items_) f(i);
    for (Instance* i : queued_add_) f(i);
    for (Instance* i : queued_remove_) f(i);
    if (original_)
      for (Instance* i : *original_) f(i);
  }

 private:
  void remember();
  void left(Instance& member);

  Instance* owner_;
  const mapper::Relationship* relationship_;
  bool loaded_;
  uint32_t version_ = 0;
  std::vector<Instance*> items_;
  std::vector<Instance*> queued_add_, queued_remove_;
  std::unique_ptr<std::vector<Instance*>> original_;  // made on the first change while loaded
  // The same as items_, made when a large collection is first asked for a member.
  mutable std::unique_ptr<std::unordered_set<const Instance*>> lookup_;
  std::unique_ptr<KeyIndex> keys_;  // of a dict
};

}  // namespace moonbase::state
