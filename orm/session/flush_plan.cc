#include "orm/session/flush_plan.h"

#include <algorithm>
#include <utility>

#include "orm/base/error.h"
#include "orm/session/row_order.h"
#include "orm/state/identity.h"

namespace moonbase::session {

using base::Tag;
using mapper::Direction;
using mapper::Relationship;
using state::Collection;
using state::Instance;
using state::Lifecycle;

namespace {

class Planner {
 public:
  Planner(mapper::Registry& registry, const FlushInput& input, const PlanReads& reads,
          const Orphaned& not_in_session)
      : registry_(registry), input_(input), reads_(reads), not_in_session_(not_in_session) {}
  // A plan that was not finished numbers nothing.
  ~Planner() { release(plan_); }

  FlushPlan run() {
    registry_.flush_order();
    for (Instance* i : input_.deleted)
      if (i->host == input_.host && i->delete_marked && i->lifecycle == Lifecycle::kPersistent)
        node(*i, Action::kDelete);
    for (Instance* i : input_.added)
      if (i->host == input_.host && i->lifecycle == Lifecycle::kPending) node(*i, Action::kInsert);
    for (Instance* i : input_.modified)
      if (i->host == input_.host && i->modified && i->lifecycle == Lifecycle::kPersistent &&
          !i->is_expired() && !i->delete_marked)
        node(*i, Action::kUpdate);
    // Following a relationship may bring more rows in; they stand behind and are visited in turn.
    for (size_t n = 0; n < plan_.nodes.size(); ++n) follow(n);
    order_rows(registry_, plan_);
    return std::exchange(plan_, {});
  }

 private:
  Node& node(Instance& i, Action action) {
    if (i.flush_index == 0) {
      if (i.has_identity && i.is_expired()) i.apply_expiry();
      plan_.nodes.push_back({&i, action, registry_.flush_position(*i.mapper)});
      i.flush_index = static_cast<uint32_t>(plan_.nodes.size());
    }
    return plan_.nodes[i.flush_index - 1];
  }

  bool is_going(const Instance& i) const {
    return i.flush_index != 0 && plan_.nodes[i.flush_index - 1].action == Action::kDelete;
  }

  // A member that an earlier flush deleted stays in loaded lists until they expire.
  bool belongs(const Instance& i) const {
    return i.host == input_.host && i.lifecycle != Lifecycle::kDeleted;
  }

  void sync(Instance& child, const Relationship& r, Instance* parent) {
    Node& n = node(child, Action::kUpdate);
    if (n.action == Action::kDelete) return;
    plan_.syncs.push_back({&r, parent, -1, false});
    const int index = static_cast<int>(plan_.syncs.size()) - 1;
    if (n.last_sync < 0)
      n.first_sync = index;
    else
      plan_.syncs[static_cast<size_t>(n.last_sync)].next = index;
    n.last_sync = index;
  }

  void follow(size_t n) {
    Instance& i = *plan_.nodes[n].instance;
    const bool going = plan_.nodes[n].action == Action::kDelete;
    if (going)
      know_references(i, registry_.flush_order()[static_cast<size_t>(plan_.nodes[n].component)]);
    for (const auto& owned : i.mapper->relationships()) {
      const Relationship& r = *owned;
      if (r.viewonly || r.slot >= i.slot_count || i.mapper->relationship(r.slot) != &r) continue;
      switch (r.direction) {
        case Direction::kManyToOne:
          if (!going) follow_reference(i, r);
          break;
        case Direction::kOneToMany:
          going ? release_children(i, r) : follow_children(i, r);
          break;
        case Direction::kManyToMany:
          going ? unlink_all(i, r) : follow_links(i, r);
          break;
      }
    }
  }

  // Rows of a component that depends on itself are deleted in the order of their foreign keys.
  void know_references(Instance& i, const mapper::Component& component) {
    if (!component.is_cyclic) return;
    for (const schema::ForeignKeyConstraint& key : i.mapper->table()->foreign_keys())
      for (const std::string& name : key.columns) {
        const int slot = i.mapper->slot_of(i.mapper->table()->column(name));
        if (slot >= 0 && i.committed(slot).tag() == Tag::kNotLoaded &&
            i.slot(slot).tag() == Tag::kNotLoaded)
          reads_.slot(i, slot);
      }
  }

  // The child's side: its own slot says which parent it has now.
  void follow_reference(Instance& i, const Relationship& r) {
    const bool is_new = !i.has_identity;
    const bool changed = i.history != nullptr && i.history->find(r.slot) != nullptr;
    if (!is_new && !changed) return;
    Instance* parent = i.object(r.slot);
    if (parent == nullptr) {
      // A new object whose reference was never set, or set to nil and back, leaves its columns
      // alone.
      if (changed && i.slot(r.slot).is_null() && !is_new) sync(i, r, nullptr);
      return;
    }
    if (!belongs(*parent)) {
      if (!parent->has_identity || parent->lifecycle == Lifecycle::kTransient) {
        not_in_session_(i, r, *parent);
        return;
      }
    }
    if (!is_going(*parent))
      sync(i, r, parent);
    else if (!is_new)
      sync(i, r, nullptr);
  }

  // True when the child's own reference says it all, so that the parent's list need not.
  bool told_by_child(const Instance& child, const Relationship& r) const {
    if (r.reverse == nullptr || child.history == nullptr || child.is_expired()) return false;
    return child.history->find(r.reverse->slot) != nullptr && !r.reverse->viewonly;
  }

  void follow_children(Instance& i, const Relationship& r) {
    if (!r.uselist) {
      Instance* child = i.object(r.slot);
      if (i.history == nullptr) return;
      const state::Change* change = i.history->find(r.slot);
      if (change == nullptr) return;
      if (child != nullptr && belongs(*child) && !told_by_child(*child, r)) sync(*child, r, &i);
      for (Instance* before : partners_before(i, r, change->old))
        if (before != child && belongs(*before) && before->has_identity &&
            !told_by_child(*before, r))
          sync(*before, r, nullptr);
      return;
    }
    const Collection* members = i.collection(r.slot);
    if (members == nullptr) return;
    for (Instance* child : added_of(i, *members)) {
      if (!belongs(*child)) {
        not_in_session_(i, r, *child);
        continue;
      }
      if (!told_by_child(*child, r)) sync(*child, r, &i);
    }
    for (Instance* child : members->removed())
      if (belongs(*child) && child->has_identity && !told_by_child(*child, r))
        sync(*child, r, nullptr);
  }

  // To an object without a row all of its members are new, also when an earlier flush of it was
  // rolled back.
  static std::vector<Instance*> added_of(const Instance& owner, const Collection& members) {
    return !owner.has_identity && members.is_loaded() ? members.items() : members.added();
  }

  // Who stood in a to-one slot at the last flush; where nobody has looked, the database knows.
  std::vector<Instance*> partners_before(Instance& i, const Relationship& r,
                                         const base::Value& old) {
    if (old.tag() == Tag::kObject) return {static_cast<Instance*>(old.as_pointer())};
    if (old.tag() != Tag::kNotLoaded || !i.has_identity) return {};
    if (std::optional<std::vector<Instance*>> stored = reads_.stored(i, r)) return *stored;
    plan_.notes.push_back("‹would load " + r.full_name() + "›");
    return {};
  }

  // The parent goes: children that stay lose their reference.
  void release_children(Instance& i, const Relationship& r) {
    if (i.slot(r.slot).tag() == Tag::kNotLoaded ||
        (i.collection(r.slot) != nullptr && !i.collection(r.slot)->is_loaded())) {
      if (r.passive_deletes) return;
      if (!reads_.slot(i, r.slot)) {
        plan_.notes.push_back("‹would load " + r.full_name() + "›");
        return;
      }
    }
    const auto release_child = [&](Instance* child) {
      if (child == nullptr || !belongs(*child) || child->delete_marked || !child->has_identity)
        return;
      if (told_by_child(*child, r) && child->object(r.reverse->slot) != &i) return;
      sync(*child, r, nullptr);
    };
    if (Collection* members = i.collection(r.slot)) {
      for (Instance* child : members->unchanged()) release_child(child);
      for (Instance* child : members->removed()) release_child(child);
    } else {
      release_child(i.object(r.slot));
    }
  }

  // One of the two sides of a pair writes the association rows: the one that is visited first,
  // which marks the pair.
  bool writes_links(const Relationship& r) const {
    return r.reverse == nullptr || r.owner->uid() < r.reverse->owner->uid() ||
           (r.owner == r.reverse->owner && r.slot < r.reverse->slot);
  }

  void follow_links(Instance& i, const Relationship& r) {
    const Collection* members = i.collection(r.slot);
    if (members == nullptr) return;
    for (Instance* other : added_of(i, *members)) {
      if (!belongs(*other)) {
        not_in_session_(i, r, *other);
        continue;
      }
      if (is_going(*other)) continue;
      if (writes_links(r) || !mirrored(*other, r, i, true)) plan_.links.push_back({&r, &i, other});
    }
    for (Instance* other : members->removed())
      if (writes_links(r) || !mirrored(*other, r, i, false))
        plan_.unlinks.push_back({&r, &i, other});
  }

  // The other side's own collection records the same change, and it is the side that writes.
  bool mirrored(const Instance& other, const Relationship& r, Instance& i, bool added) const {
    if (r.reverse == nullptr) return false;
    const Collection* back = other.collection(r.reverse->slot);
    if (back == nullptr) return false;
    const std::vector<Instance*> list = added ? added_of(other, *back) : back->removed();
    return std::find(list.begin(), list.end(), &i) != list.end();
  }

  void unlink_all(Instance& i, const Relationship& r) {
    if (i.slot(r.slot).tag() == Tag::kNotLoaded ||
        (i.collection(r.slot) != nullptr && !i.collection(r.slot)->is_loaded())) {
      if (r.passive_deletes) return;
      if (!reads_.slot(i, r.slot)) {
        plan_.notes.push_back("‹would load " + r.full_name() + "›");
        return;
      }
    }
    Collection* members = i.collection(r.slot);
    if (members == nullptr) return;
    std::vector<Instance*> linked = members->unchanged();
    const std::vector<Instance*> removed = members->removed();
    linked.insert(linked.end(), removed.begin(), removed.end());
    for (Instance* other : linked) {
      // Both ends going: one of them takes the row along.
      if (is_going(*other) && r.reverse != nullptr && !writes_links(r) &&
          other->collection(r.reverse->slot) != nullptr)
        continue;
      plan_.unlinks.push_back({&r, &i, other});
    }
  }

  mapper::Registry& registry_;
  const FlushInput& input_;
  const PlanReads& reads_;
  const Orphaned& not_in_session_;
  FlushPlan plan_;
};

}  // namespace

FlushPlan plan_flush(mapper::Registry& registry, const FlushInput& input, const PlanReads& reads,
                     const Orphaned& not_in_session) {
  return Planner(registry, input, reads, not_in_session).run();
}

void release(const FlushPlan& plan) {
  for (const Node& n : plan.nodes) n.instance->flush_index = 0;
}

}  // namespace moonbase::session
