#include "orm/state/link.h"

#include <unordered_set>

#include "orm/base/error.h"
#include "orm/state/link_events.h"

namespace moonbase::state {

using base::Tag;
using base::Value;
using mapper::Relationship;

namespace {

Value reference(Instance* target) {
  return target == nullptr ? Value() : Value::pointer(Tag::kObject, target);
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

// A link that would bring the member along into the owner's session is refused before it is made.
void check_session(const Instance& owner, const Relationship& r, const Instance& member) {
  if (owner.host == nullptr || member.host == nullptr || owner.host == member.host) return;
  if ((r.cascade & mapper::kCascadeSaveUpdate) == 0 || member.lifecycle == Lifecycle::kDeleted)
    return;
  throw base::Error(base::ErrorKind::kInvalidRequestError,
                    describe(member) + " belongs to another session than " + describe(owner) +
                        ": they cannot be linked by " + r.full_name())
      .with_hint("link it to what is in its own session, or take a copy: session:merge(x)");
}

// `owner` lets go of `member`: one of the two may be an orphan now, which the flush decides.
void mark_taken_out(Instance& owner, const Relationship& r, Instance& member) {
  if (r.deletes_orphans()) member.taken_out = true;
  if (r.reverse != nullptr && r.reverse->deletes_orphans()) owner.taken_out = true;
}

// A member of a single_parent relationship has no other owner, as far as its own side tells.
void check_single_parent(const Instance& owner, const Relationship& r, const Instance& member) {
  if (!r.single_parent || r.reverse == nullptr) return;
  const int back = r.reverse->slot;
  const Instance* other = member.object(back);
  if (const Collection* owners = member.collection(back)) {
    const std::vector<Instance*>& list =
        owners->is_loaded() ? owners->items() : owners->queued_additions();
    if (!list.empty()) other = list.back();
  }
  if (other == nullptr || other == &owner) return;
  throw base::Error(base::ErrorKind::kInvalidRequestError,
                    describe(member) + " belongs to " + describe(*other) + " already, and " +
                        r.full_name() + " gives it one owner only (single_parent = true)")
      .with_hint("take it out there first");
}

void ensure_current(Instance& i) {
  if (i.is_expired()) i.apply_expiry();
}

// `member` joins (leaves) the far side `r` of `owner` because the near side changed.
void reflect_added(Instance& owner, const Relationship& r, Instance& member) {
  ensure_current(owner);
  if (r.uselist) {
    Collection& members = collection_of(owner, r);
    // A list that was loaded while the near side had not been written yet has it already.
    if (members.is_loaded() && members.contains(member)) return;
    if (members.add(member)) owner.set_modified();
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
  if (before != nullptr) {
    mark_taken_out(*before, r, member);
    reflect_removed(*before, r, member);
  }
  set_slot(member, *back, &owner);
}

void parted(Instance& owner, const Relationship& r, Instance& member) {
  if (r.reverse != nullptr) reflect_removed(member, *r.reverse, owner);
}

// One to one: the target was given another partner, or none, while the owner could not hear of it.
bool knows_another(const Instance& owner, const Relationship& r, const Instance* target) {
  const Relationship* back = r.reverse;
  if (target == nullptr || back == nullptr || back->uselist || target->is_expired()) return false;
  const Value& now = target->slot(back->slot);
  return (now.is_null() || now.tag() == Tag::kObject) && target->object(back->slot) != &owner;
}

}  // namespace

Collection& collection_of(Instance& owner, const Relationship& r) {
  if (Collection* there = owner.collection(r.slot)) return *there;
  const bool loaded = !owner.has_identity && !r.is_never_loaded();
  return owner.make_collection(r.slot, loaded);
}

void set_reference(Instance& owner, const Relationship& r, Instance* target) {
  ensure_current(owner);
  if (r.active_history && owner.host != nullptr && owner.has_identity) owner.read(r.slot);
  if (AttributeListener* listener = listener_of(owner)) {
    target = tell_set(*listener, owner, r, target, known_reference(owner, r));
    ensure_current(owner);
  }
  Instance* before = known_reference(owner, r);
  const bool is_new = before != target || knows_another(owner, r, target);
  if (!is_new && owner.slot(r.slot).tag() != Tag::kNotLoaded &&
      owner.slot(r.slot).tag() != Tag::kNeverSet)
    return;
  if (target != nullptr && before != target) {
    check_session(owner, r, *target);
    check_single_parent(owner, r, *target);
  }
  set_slot(owner, r, target);
  if (before != nullptr && before != target) {
    mark_taken_out(owner, r, *before);
    parted(owner, r, *before);
  }
  if (target != nullptr && is_new) {
    const Relationship* back = r.reverse;
    if (back != nullptr && !back->uselist) {
      // One to one: the target lets go of its former partner.
      Instance* partner = known_reference(*target, *back);
      if (partner != nullptr && partner != &owner) {
        mark_taken_out(*partner, r, *target);
        reflect_removed(*partner, r, *target);
      }
      ensure_current(*target);
      set_slot(*target, *back, &owner);
    } else if (back != nullptr) {
      reflect_added(*target, *back, owner);
    }
  }
  if (target != nullptr) cascade(owner, r, *target);
}

void append(Instance& owner, const Relationship& r, Instance& given, std::optional<size_t> at) {
  ensure_current(owner);
  AttributeListener* listener = listener_of(owner);
  Instance& member = listener == nullptr ? given : tell_append(*listener, owner, r, given);
  check_session(owner, r, member);
  check_single_parent(owner, r, member);
  if (!collection_of(owner, r).add(member, at)) return;
  owner.set_modified();
  joined(owner, r, member);
  cascade(owner, r, member);
}

bool remove(Instance& owner, const Relationship& r, Instance& member) {
  ensure_current(owner);
  Collection* there = &collection_of(owner, r);
  AttributeListener* listener = listener_of(owner);
  if (listener != nullptr && (!there->is_loaded() || there->contains(member))) {
    tell_remove(*listener, owner, r, member);
    ensure_current(owner);
    there = &collection_of(owner, r);
  }
  Collection& members = *there;
  if (!members.remove(member)) return false;
  owner.set_modified();
  // A member that stands in the list twice is still linked.
  if (!members.contains(member)) {
    mark_taken_out(owner, r, member);
    parted(owner, r, member);
  }
  return true;
}

void replace(Instance& owner, const Relationship& r, const std::vector<Instance*>& given) {
  AttributeListener* listener = listener_of(owner);
  const std::vector<Instance*> wanted =
      listener == nullptr ? given : listener->replacing(owner, r, given);
  ensure_current(owner);
  Collection& members = collection_of(owner, r);
  const std::vector<Instance*> before = members.items();
  const std::unordered_set<const Instance*> stay(wanted.begin(), wanted.end());
  for (const Instance* i : wanted) check_session(owner, r, *i);
  for (Instance* i : before)
    if (!stay.contains(i)) remove(owner, r, *i);
  const std::unordered_set<const Instance*> there(before.begin(), before.end());
  for (Instance* i : wanted)
    if (!there.contains(i)) append(owner, r, *i);
  members.replace(wanted);
  owner.set_modified();
}

}  // namespace moonbase::state
