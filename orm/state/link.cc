#include "orm/state/link.h"

#include <algorithm>

namespace moonbase::state {

using base::Tag;
using base::Value;
using mapper::Relationship;

namespace {

Value reference(Instance* target) {
  return target == nullptr ? Value() : Value::pointer(Tag::kObject, target);
}

// The object a to-one slot refers to as far as that is known without loading.
Instance* known_reference(Instance& owner, const Relationship& r) {
  if (Instance* there = owner.object(r.slot)) return there;
  if (owner.slot(r.slot).tag() != Tag::kNotLoaded || owner.host == nullptr) return nullptr;
  return owner.host->find_referred(r, owner);
}

void set_slot(Instance& owner, const Relationship& r, Instance* target) {
  owner.remember(r.slot);
  owner.slot(r.slot) = reference(target);
  owner.set_modified();
}

void cascade(Instance& owner, const Relationship& r, Instance& member) {
  if (owner.host != nullptr && (r.cascade & mapper::kCascadeSaveUpdate) != 0)
    owner.host->on_linked(owner, r, member);
}

void ensure_current(Instance& i) {
  if (i.is_expired()) i.apply_expiry();
}

// `member` joins (leaves) the far side `r` of `owner` because the near side changed.
void reflect_added(Instance& owner, const Relationship& r, Instance& member) {
  ensure_current(owner);
  if (r.uselist) {
    collection_of(owner, r).add(member);
    owner.set_modified();
  } else {
    set_slot(owner, r, &member);
  }
}

void reflect_removed(Instance& owner, const Relationship& r, Instance& member) {
  ensure_current(owner);
  if (r.uselist) {
    if (collection_of(owner, r).remove(member)) owner.set_modified();
  } else if (owner.object(r.slot) == &member || owner.slot(r.slot).tag() == Tag::kNotLoaded) {
    set_slot(owner, r, nullptr);
  }
}

// The near side gained `member`: the far side follows, and lets go of what it referred to before.
void joined(Instance& owner, const Relationship& r, Instance& member) {
  const Relationship* back = r.reverse;
  if (back == nullptr) return;
  ensure_current(member);
  if (back->uselist) {
    reflect_added(member, *back, owner);
    return;
  }
  Instance* before = known_reference(member, *back);
  if (before == &owner) return;
  if (before != nullptr) reflect_removed(*before, r, member);
  set_slot(member, *back, &owner);
}

void parted(Instance& owner, const Relationship& r, Instance& member) {
  if (r.reverse != nullptr) reflect_removed(member, *r.reverse, owner);
}

}  // namespace

Collection& collection_of(Instance& owner, const Relationship& r) {
  if (Collection* there = owner.collection(r.slot)) return *there;
  const bool loaded = !owner.has_identity && r.lazy != mapper::Lazy::kDynamic;
  return owner.make_collection(r.slot, loaded);
}

void set_reference(Instance& owner, const Relationship& r, Instance* target) {
  ensure_current(owner);
  Instance* before = known_reference(owner, r);
  if (before == target && owner.slot(r.slot).tag() != Tag::kNotLoaded &&
      owner.slot(r.slot).tag() != Tag::kNeverSet)
    return;
  set_slot(owner, r, target);
  if (before != nullptr && before != target) parted(owner, r, *before);
  if (target != nullptr && before != target) {
    const Relationship* back = r.reverse;
    if (back != nullptr && !back->uselist) {
      // One to one: the target lets go of its former partner.
      Instance* partner = known_reference(*target, *back);
      if (partner != nullptr && partner != &owner) set_slot(*partner, r, nullptr);
      ensure_current(*target);
      set_slot(*target, *back, &owner);
    } else if (back != nullptr) {
      reflect_added(*target, *back, owner);
    }
  }
  if (target != nullptr) cascade(owner, r, *target);
}

void append(Instance& owner, const Relationship& r, Instance& member, std::optional<size_t> at) {
  ensure_current(owner);
  collection_of(owner, r).add(member, at);
  owner.set_modified();
  joined(owner, r, member);
  cascade(owner, r, member);
}

bool remove(Instance& owner, const Relationship& r, Instance& member) {
  ensure_current(owner);
  Collection& members = collection_of(owner, r);
  if (!members.remove(member)) return false;
  owner.set_modified();
  // A member that stands in the list twice is still linked.
  if (!members.contains(member)) parted(owner, r, member);
  return true;
}

void replace(Instance& owner, const Relationship& r, const std::vector<Instance*>& wanted) {
  ensure_current(owner);
  Collection& members = collection_of(owner, r);
  const std::vector<Instance*> before = members.items();
  for (Instance* i : before)
    if (std::find(wanted.begin(), wanted.end(), i) == wanted.end()) remove(owner, r, *i);
  for (Instance* i : wanted)
    if (std::find(before.begin(), before.end(), i) == before.end()) append(owner, r, *i);
  members.replace(wanted);
  owner.set_modified();
}

}  // namespace moonbase::state
