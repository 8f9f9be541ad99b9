// Who is told that a relationship of an object is about to change (link.h), on both sides of it.
// One for each registry of classes, null mostly. Not owned; the thread of the objects. What it
// throws keeps the change from being made.
#pragma once

#include <vector>

#include "orm/mapper/relationship.h"

namespace moonbase::state {

struct Instance;

// Where a change began: the attribute that the program changed.
struct Initiator {
  const Instance& owner;
  const mapper::Relationship& relationship;
};

class AttributeListener {
 public:
  virtual ~AttributeListener() = default;
  // Each returns what is to be used in place of `value`; on the far side of a change that is of no
  // effect. Null stands for no object.
  virtual Instance* setting(Instance& owner, const mapper::Relationship& relationship,
                            Instance* value, Instance* old, const Initiator& initiator) = 0;
  virtual Instance& appending(Instance& owner, const mapper::Relationship& relationship,
                              Instance& value, const Initiator& initiator) = 0;
  virtual void removing(Instance& owner, const mapper::Relationship& relationship, Instance& value,
                        const Initiator& initiator) = 0;
  // A whole collection is about to get these members.
  virtual std::vector<Instance*> replacing(Instance& owner,
                                           const mapper::Relationship& relationship,
                                           std::vector<Instance*> values) = 0;
};

}  // namespace moonbase::state
