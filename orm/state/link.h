// The one place where both sides of a relationship change. Each function does the whole of a
// change: both slots, both histories, no echo. It never loads the other side: an unloaded
// collection queues the change. User-visible cascades go through InstanceHost::on_linked.
#pragma once

#include <optional>
#include <vector>

#include "orm/state/collection.h"
#include "orm/state/instance.h"

namespace moonbase::state {

// p.author = u (null clears it).
void set_reference(Instance& owner, const mapper::Relationship& relationship, Instance* target);
// u.posts:append(p)
void append(Instance& owner, const mapper::Relationship& relationship, Instance& member,
            std::optional<size_t> at = {});
// u.posts:remove(p); false when p is not a member.
bool remove(Instance& owner, const mapper::Relationship& relationship, Instance& member);
// u.posts = {…}: what is new is linked, what is gone unlinked, what stays untouched.
void replace(Instance& owner, const mapper::Relationship& relationship,
             const std::vector<Instance*>& members);
// The collection of a to-many slot, made when it is not there: loaded and empty for an object
// without a row, unloaded otherwise. Does not load.
Collection& collection_of(Instance& owner, const mapper::Relationship& relationship);

}  // namespace moonbase::state
