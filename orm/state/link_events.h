// What link.h's functions tell an AttributeListener before they change anything, for both sides of
// the relationship, so that a listener that throws leaves both as they were. Nothing when nobody
// listens.
#pragma once

#include <vector>

#include "orm/mapper/registry.h"
#include "orm/state/attribute_listener.h"
#include "orm/state/instance.h"

namespace moonbase::state {

inline AttributeListener* listener_of(const Instance& owner) {
  return owner.mapper->registry().attribute_listener();
}

// `member` is about to join; returns what shall join in its place.
Instance& tell_append(AttributeListener& listener, Instance& owner,
                      const mapper::Relationship& relationship, Instance& member);
void tell_remove(AttributeListener& listener, Instance& owner,
                 const mapper::Relationship& relationship, Instance& member);
// The reference is about to change from `before` to `target`; returns what it shall be.
Instance* tell_set(AttributeListener& listener, Instance& owner,
                   const mapper::Relationship& relationship, Instance* target, Instance* before);

// The object a to-one slot refers to as far as that is known without loading.
Instance* known_reference(Instance& owner, const mapper::Relationship& relationship);

}  // namespace moonbase::state
