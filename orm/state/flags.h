// What a program says of an object's attributes beside assigning them: that one is to be written,
// that it stands in step with its row, that the object is to be looked at by a flush. Pure changes
// of the instance; the thread of its objects.
#pragma once

#include <vector>

#include "orm/state/instance.h"

namespace moonbase::state {

// The next flush writes the attribute's value, whether it was changed or not; a relationship's
// object is looked at only. Throws kInvalidRequestError for an attribute that is not loaded.
void flag_modified(Instance& instance, int slot);

// The object is among those that were changed, though nothing of it is.
void flag_dirty(Instance& instance);

// The value is what the attribute's row has: no change, and nothing to be written. `value` is cast
// to the column's type; of a relationship an object (kObject) or NULL.
void set_committed_value(Instance& instance, int slot, base::Value value);
// The same of a collection's members.
void set_committed_members(Instance& instance, int slot, std::vector<Instance*> members);

}  // namespace moonbase::state
