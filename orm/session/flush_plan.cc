#include "orm/session/flush_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "orm/base/error.h"
#include "orm/session/departures.h"
#include "orm/session/row_order.h"
#include "orm/session/value_reuse.h"
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
    plan_.nodes.reserve(input_.added.size() + input_.modified.size());
    plan_.syncs.reserve(input_.added.size());
    Departures departures(registry_, input_, reads_, plan_.notes);
    departures.find();
    for (Instance* i : departures.going()) node(*i, Action::kDelete);
    plan_.expelled = departures.expelled();
    expelled_.insert(plan_.expelled.begin(), plan_.expelled.end());
    for (Instance* i : input_.added)
      if (i->lifecycle == Lifecycle::kPending && belongs(*i)) node(*i, Action::kInsert);
    for (Instance* i : input_.modified)
      if (i->host == input_.host && i->modified && i->lifecycle == Lifecycle::kPersistent &&
          !i->is_expired() && !i->delete_marked)
        node(*i, Action::kUpdate);
    // Following a relationship may bring more rows in; they stand behind and are visited in turn.
    size_t n = 0;
    do {
      for (; n < plan_.nodes.size(); ++n) follow(n);
      clear_unclaimed();
      hand_on_keys();
    } while (n < plan_.nodes.size());
    switch_rows();
    order_rows(registry_, plan_);
    reuse_values(plan_, reads_);
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

  // Only the database knows who is there.
  static bool is_unknown(const Instance& i, const Relationship& r) {
    const Collection* members = i.collection(r.slot);
    return members != nullptr ? !members->is_loaded() : i.slot(r.slot).tag() == Tag::kNotLoaded;
  }

  // A member that an earlier flush deleted stays in loaded lists until they expire.
  bool belongs(const Instance& i) const {
    return i.host == input_.host && i.lifecycle != Lifecycle::kDeleted &&
           (expelled_.empty() || !expelled_.contains(&i));
  }

  void sync(Instance& child, const Relationship& r, Instance* parent) {
    Node& n = node(child, Action::kUpdate);
    if (n.action == Action::kDelete) return;
    const bool by_itself = parent != nullptr && has_post_update(r);
    plan_.syncs.push_back({&r, parent, -1, by_itself});
    const int index = static_cast<int>(plan_.syncs.size()) - 1;
    if (n.last_sync < 0)
      n.first_sync = index;
    else
      plan_.syncs[static_cast<size_t>(n.last_sync)].next = index;
    n.last_sync = index;
  }

  // A member without a side of its own was taken out of one list; it may stand in another now.
  void clear(Instance& child, const Relationship& r) {
    if (r.deletes_orphans()) return;  // it goes, or another list has it
    if (r.reverse == nullptr)
      unclaimed_.emplace_back(&child, &r);
    else
      sync(child, r, nullptr);
  }
  void clear_unclaimed() {
    for (const auto& [child, r] : std::exchange(unclaimed_, {}))
      if (!claimed_.contains({child, r})) sync(*child, *r, nullptr);
  }
  void claim(Instance& child, const Relationship& r, Instance& parent) {
    if (r.reverse == nullptr) claimed_.emplace(&child, &r);
    sync(child, r, &parent);
  }

  // Where a key changes and the children are not left to the database, each gets the new one.
  void hand_on_keys() {
    for (size_t n = 0; n < plan_.nodes.size(); ++n) {
      if (plan_.nodes[n].action != Action::kUpdate) continue;
      Instance& i = *plan_.nodes[n].instance;
      for (const auto& r : i.mapper->relationships())
        if (!r->passive_updates && !r->viewonly && r->direction == Direction::kOneToMany &&
            r->slot < i.slot_count && gets_new_key(plan_.nodes[n], *r) &&
            handed_on_.emplace(&i, r.get()).second)
          hand_on_key(i, *r);
    }
  }

  bool gets_new_key(const Node& n, const Relationship& r) const {
    const Instance& i = *n.instance;
    const auto is_new = [&](int slot, const base::Value& v) {
      return !i.mapper->type(slot)->equal(i.committed(slot), v);
    };
    return std::any_of(r.pairs.begin(), r.pairs.end(), [&](const auto& p) {
      for (int s = n.first_sync; s >= 0; s = plan_.syncs[static_cast<size_t>(s)].next) {
        const Sync& sync = plan_.syncs[static_cast<size_t>(s)];
        for (const mapper::SyncPair& copied : sync.relationship->pairs)
          if (copied.destination_slot == p.source_slot && sync.parent != nullptr &&
              is_new(p.source_slot, sync.parent->slot(copied.source_slot)))
            return true;
      }
      return i.history != nullptr && i.history->find(p.source_slot) != nullptr &&
             is_new(p.source_slot, i.slot(p.source_slot));
    });
  }

  void hand_on_key(Instance& i, const Relationship& r) {
    if (is_unknown(i, r) && !reads_.slot(i, r.slot)) {
      plan_.notes.push_back("‹would load " + r.full_name() + "›");
      return;
    }
    const auto hand_on = [&](Instance& child) {
      if (!belongs(child) || !child.has_identity) return;
      if (!told_by_child(child, r)) sync(child, r, &i);
      open_for_new_key(child, r);
    };
    if (const Collection* members = i.collection(r.slot)) {
      for (Instance* child : members->unchanged()) hand_on(*child);
      for (Instance* child : members->removed()) open_for_new_key(*child, r);
    } else if (Instance* child = i.object(r.slot)) {
      hand_on(*child);
    }
  }

  // Where the database checks at once, the child refers to nothing while the key changes.
  void open_for_new_key(Instance& child, const Relationship& r) {
    if (child.flush_index == 0 || is_going(child)) return;
    for (const mapper::OwnKey& own : child.mapper->foreign_keys()) {
      const schema::ForeignKeyConstraint& key = *own.key;
      const bool is_this = std::any_of(r.pairs.begin(), r.pairs.end(), [&](const auto& p) {
        return std::find(own.slots.begin(), own.slots.end(), p.destination_slot) != own.slots.end();
      });
      if (is_this && key.initially != "DEFERRED" && key.onupdate.empty() && may_be_null(child, key))
        plan_.early_openings.push_back({static_cast<int>(child.flush_index) - 1, &key});
    }
  }

  // The key that a new row will have, as far as it is known before the flush.
  bool key_to_come(const Node& n, std::vector<base::Value>& key) const {
    const Instance& i = *n.instance;
    key.clear();
    for (int slot : i.mapper->primary_key()) {
      base::Value v = i.slot(slot);
      for (int s = n.first_sync; s >= 0; s = plan_.syncs[static_cast<size_t>(s)].next) {
        const Sync& sync = plan_.syncs[static_cast<size_t>(s)];
        if (sync.parent == nullptr) continue;
        for (const mapper::SyncPair& p : sync.relationship->pairs)
          if (p.destination_slot == slot) v = sync.parent->slot(p.source_slot);
      }
      if (v.is_absent() || v.is_null() || v.tag() == Tag::kExpression) return false;
      key.push_back(std::move(v));
    }
    return true;
  }

  // A new object with the key of one that goes takes over its row.
  void switch_rows() {
    const bool any_goes = std::any_of(plan_.nodes.begin(), plan_.nodes.end(),
                                      [](const Node& n) { return n.action == Action::kDelete; });
    if (!any_goes) return;
    std::vector<base::Value> key;
    for (size_t n = 0; n < plan_.nodes.size(); ++n) {
      if (plan_.nodes[n].action != Action::kInsert || !key_to_come(plan_.nodes[n], key)) continue;
      const state::ClassIdentity* loaded =
          input_.identity->find_class(*plan_.nodes[n].instance->mapper);
      const Instance* former = loaded != nullptr ? loaded->find(key) : nullptr;
      if (former == nullptr || !is_going(*former) ||
          former->mapper != plan_.nodes[n].instance->mapper)
        continue;
      Node& leaving = plan_.nodes[former->flush_index - 1];
      if (leaving.switches_with >= 0) continue;
      leaving.switches_with = static_cast<int>(n);
      plan_.nodes[n].switches_with = static_cast<int>(former->flush_index) - 1;
      plan_.switched.push_back(plan_.nodes[n].switches_with);
    }
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
    for (const mapper::OwnKey& own : i.mapper->foreign_keys())
      for (int slot : own.slots)
        if (slot >= 0 && i.committed(slot).tag() == Tag::kNotLoaded) reads_.slot(i, slot);
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
      if (child != nullptr && belongs(*child) && !told_by_child(*child, r)) claim(*child, r, i);
      for (Instance* before : partners_before(i, r, reads_, plan_.notes))
        if (belongs(*before) && before->has_identity && !told_by_child(*before, r))
          clear(*before, r);
      return;
    }
    const Collection* members = i.collection(r.slot);
    if (members == nullptr) return;
    for (Instance* child : added_of(i, *members)) {
      if (!belongs(*child)) {
        not_in_session_(i, r, *child);
        continue;
      }
      if (!told_by_child(*child, r)) claim(*child, r, i);
    }
    for (Instance* child : members->removed())
      if (belongs(*child) && child->has_identity && !told_by_child(*child, r)) clear(*child, r);
  }

  // The parent goes: children that stay lose their reference.
  void release_children(Instance& i, const Relationship& r) {
    if (r.passive_deletes_all) return;
    if (is_unknown(i, r)) {
      if (r.passive_deletes) return;
      if (!reads_.slot(i, r.slot)) {
        plan_.notes.push_back("‹would load " + r.full_name() + "›");
        return;
      }
    }
    const auto release_child = [&](Instance* child) {
      if (child == nullptr || !belongs(*child) || is_going(*child) || !child->has_identity) return;
      if (told_by_child(*child, r) && child->object(r.reverse->slot) != &i) return;
      clear(*child, r);
    };
    if (Collection* members = i.collection(r.slot)) {
      for (Instance* child : members->unchanged()) release_child(child);
      for (Instance* child : members->removed()) release_child(child);
    } else {
      release_child(i.object(r.slot));
      for (Instance* child : partners_before(i, r, reads_, plan_.notes)) release_child(child);
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
  bool mirrored(const Instance& other, const Relationship& r, const Instance& i, bool added) {
    if (r.reverse == nullptr) return false;
    const Collection* back = other.collection(r.reverse->slot);
    if (back == nullptr) return false;
    const auto [members, is_new] = mirrors_.try_emplace({back, added});
    if (is_new) {
      const std::vector<Instance*> list = added ? added_of(other, *back) : back->removed();
      members->second.insert(list.begin(), list.end());
    }
    return members->second.contains(&i);
  }

  void unlink_all(Instance& i, const Relationship& r) {
    if (is_unknown(i, r)) {
      if (r.passive_deletes) return;
      if (!reads_.slot(i, r.slot)) {
        plan_.notes.push_back("‹would load " + r.full_name() + "›");
        return;
      }
    }
    Collection* members = i.collection(r.slot);
    if (members == nullptr) return;
    std::vector<Instance*> linked = members->unchanged();
    for (Instance* other : members->removed())
      if (writes_links(r) || !mirrored(*other, r, i, false)) linked.push_back(other);
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
  std::unordered_set<const Instance*> expelled_;
  using Member = std::pair<Instance*, const Relationship*>;
  std::vector<Member> unclaimed_;
  std::set<Member> claimed_, handed_on_;
  // What a list gained (true) or lost, to be asked for many members.
  std::map<std::pair<const Collection*, bool>, std::unordered_set<const Instance*>> mirrors_;
};

}  // namespace

FlushPlan plan_flush(mapper::Registry& registry, const FlushInput& input, const PlanReads& reads,
                     const Orphaned& not_in_session) {
  return Planner(registry, input, reads, not_in_session).run();
}

std::vector<Instance*> added_of(const Instance& owner, const Collection& members) {
  return !owner.has_identity && members.is_loaded() ? members.items() : members.added();
}

void release(const FlushPlan& plan) {
  for (const Node& n : plan.nodes) n.instance->flush_index = 0;
}

}  // namespace moonbase::session
