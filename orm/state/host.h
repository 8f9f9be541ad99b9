// What an instance asks of the session it belongs to. Abstract, so that this layer never sees a
// session: the session implements it, and outlives the instances that point at it (it detaches them
// when it closes).
#pragma once

#include <cstdint>

#include "orm/mapper/relationship.h"

namespace moonbase::state {

struct Instance;

class InstanceHost {
 public:
  virtual ~InstanceHost() = default;

  // Bumped to expire every instance at once: one whose own epoch is older is expired.
  uint32_t epoch = 1;

  // Fills a slot that is not loaded (and may fill others). Throws what loading throws.
  virtual void load_slot(Instance& instance, int slot) = 0;
  // The instance has just become modified.
  virtual void on_modified(Instance& instance) = 0;
  // `member` was put into a relationship of `owner` by the user: the save-update cascade.
  virtual void on_linked(Instance& owner, const mapper::Relationship& relationship,
                         Instance& member) = 0;
  // An instance of the target with this key, if it is in the identity map; never loads.
  virtual Instance* find_referred(const mapper::Relationship& relationship,
                                  const Instance& owner) = 0;
};

}  // namespace moonbase::state
