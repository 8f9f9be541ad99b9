#include "orm/state/link_events.h"

namespace moonbase::state {

using mapper::Relationship;

namespace {

// `member` gets `owner` on its side.
void tell_far_gain(AttributeListener& listener, Instance& owner, const Relationship& r,
                   Instance& member, const Initiator& initiator) {
  const Relationship* back = r.reverse;
  if (back == nullptr) return;
  if (back->uselist) {
    listener.appending(member, *back, owner, initiator);
    return;
  }
  Instance* before = known_reference(member, *back);
  if (before == &owner) return;
  if (before != nullptr) {
    if (r.uselist)
      listener.removing(*before, r, member, initiator);
    else
      listener.setting(*before, r, nullptr, &member, initiator);
  }
  listener.setting(member, *back, &owner, before, initiator);
}

// `member` loses `owner` on its side.
void tell_far_loss(AttributeListener& listener, Instance& owner, const Relationship& r,
                   Instance& member, const Initiator& initiator) {
  const Relationship* back = r.reverse;
  if (back == nullptr) return;
  if (back->uselist)
    listener.removing(member, *back, owner, initiator);
  else
    listener.setting(member, *back, nullptr, &owner, initiator);
}

}  // namespace

Instance* known_reference(Instance& owner, const Relationship& r) {
  if (Instance* there = owner.object(r.slot)) return there;
  if (owner.slot(r.slot).tag() != base::Tag::kNotLoaded || owner.host == nullptr) return nullptr;
  return owner.host->find_referred(r, owner);
}

Instance& tell_append(AttributeListener& listener, Instance& owner, const Relationship& r,
                      Instance& member) {
  const Initiator initiator{owner, r};
  Instance& joining = listener.appending(owner, r, member, initiator);
  tell_far_gain(listener, owner, r, joining, initiator);
  return joining;
}

void tell_remove(AttributeListener& listener, Instance& owner, const Relationship& r,
                 Instance& member) {
  const Initiator initiator{owner, r};
  listener.removing(owner, r, member, initiator);
  tell_far_loss(listener, owner, r, member, initiator);
}

Instance* tell_set(AttributeListener& listener, Instance& owner, const Relationship& r,
                   Instance* target, Instance* before) {
  const Initiator initiator{owner, r};
  target = listener.setting(owner, r, target, before, initiator);
  if (target == before) return target;
  if (before != nullptr) tell_far_loss(listener, owner, r, *before, initiator);
  if (target != nullptr) tell_far_gain(listener, owner, r, *target, initiator);
  return target;
}

}  // namespace moonbase::state
