#include "orm/session/departures.h"

#include "orm/base/error.h"

namespace moonbase::session {

using base::Tag;
using mapper::Direction;
using mapper::Relationship;
using state::Collection;
using state::Instance;
using state::Lifecycle;

namespace {

constexpr uint8_t kOwning =
    mapper::kCascadeExpunge | mapper::kCascadeDelete | mapper::kCascadeDeleteOrphan;

bool is_installed(const Instance& i, const Relationship& r) {
  return !r.viewonly && r.slot < i.slot_count && i.mapper->relationship(r.slot) == &r;
}

// Whether orphans may come about when the owner's slot, or the member's own, changes.
bool concerns_orphans(const Relationship& r) {
  return r.deletes_orphans() || (r.reverse != nullptr && r.reverse->deletes_orphans());
}

bool is_changed(const Instance& i, int slot) {
  return i.history != nullptr && i.history->find(slot) != nullptr;
}

[[noreturn]] void refuse_second_owner(const Instance& member, const Relationship& r,
                                      const Instance& owner) {
  throw base::Error(base::ErrorKind::kInvalidRequestError,
                    state::describe(member) + " belongs to " + state::describe(owner) +
                        " and to another " + r.owner->name() + " by " + r.full_name() +
                        ", which allows one owner only (single_parent = true)")
      .with_hint("take it out of one of the two; db.session:rollback() goes on");
}

template <class F>
void each_member(const Instance& i, const Relationship& r, F&& f) {
  if (const Collection* members = i.collection(r.slot)) {
    // A copy: what is done to a member may load the list anew.
    const std::vector<Instance*> list =
        members->is_loaded() ? members->items() : members->queued_additions();
    for (Instance* m : list) f(*m);
  } else if (Instance* m = i.object(r.slot)) {
    f(*m);
  }
}

// The member's side was changed, and says now that this owner has it no more.
bool is_denied(const Instance& member, const Relationship& r, const Instance& owner) {
  const Relationship* back = r.reverse;
  if (back == nullptr || !is_changed(member, back->slot)) return false;
  return member.collection(back->slot) == nullptr && member.object(back->slot) != &owner;
}

// The foreign key as the database has it is loaded, or can be.
bool knows_reference(Instance& i, const Relationship& r, const PlanReads& reads) {
  for (const mapper::SyncPair& p : r.pairs) {
    const int slot = p.destination_slot;
    if (slot >= 0 && i.committed(slot).tag() == Tag::kNotLoaded && !reads.slot(i, slot))
      return false;
  }
  return true;
}

}  // namespace

bool has_moved_on(const Instance& member, const Relationship& r, const Instance& owner) {
  if (r.direction != Direction::kOneToMany || r.reverse == nullptr) return false;
  if (member.is_expired() || !is_changed(member, r.reverse->slot)) return false;
  const Instance* now = member.object(r.reverse->slot);
  return now != nullptr && now != &owner;
}

std::vector<Instance*> partners_before(Instance& owner, const Relationship& r,
                                       const PlanReads& reads, std::vector<std::string>& notes) {
  if (r.uselist) {
    const Collection* members = owner.collection(r.slot);
    return members != nullptr ? members->removed() : std::vector<Instance*>();
  }
  const state::Change* change = owner.history != nullptr ? owner.history->find(r.slot) : nullptr;
  if (change == nullptr) return {};
  const auto without_current = [&](std::vector<Instance*> list) {
    std::erase(list, owner.object(r.slot));
    return list;
  };
  if (change->old.tag() == Tag::kObject)
    return without_current({static_cast<Instance*>(change->old.as_pointer())});
  // Where nobody has looked, the database knows.
  if (change->old.tag() != Tag::kNotLoaded || !owner.has_identity) return {};
  if (r.direction != Direction::kManyToOne || knows_reference(owner, r, reads))
    if (std::optional<std::vector<Instance*>> stored = reads.stored(owner, r))
      return without_current(std::move(*stored));
  notes.push_back("‹would load " + r.full_name() + "›");
  return {};
}

Departures::Departures(mapper::Registry& registry, const FlushInput& input, const PlanReads& reads,
                       std::vector<std::string>& notes)
    : registry_(registry), input_(input), reads_(reads), notes_(notes) {}

bool Departures::is_ours(const Instance& i) const {
  return i.host == input_.host && i.lifecycle != Lifecycle::kDeleted;
}

void Departures::find() {
  for (Instance* i : input_.deleted)
    if (i->host == input_.host && i->delete_marked && i->lifecycle == Lifecycle::kPersistent &&
        left_.insert(i).second)
      going_.push_back(i);
  const size_t marked = going_.size();
  for (Instance* i : input_.added)
    if (is_ours(*i) && i->lifecycle == Lifecycle::kPending) collect(*i);
  for (Instance* i : input_.modified)
    if (is_ours(*i) && i->modified && !i->is_expired() && !i->delete_marked) collect(*i);
  for (size_t n = 0; n < marked; ++n) collect(*going_[n]);
  check_single_parents();
  for (const auto& [member, r] : candidates_) judge(*member, *r);
  for (Instance* i : input_.added)
    if (i->taken_out && is_ours(*i) && i->lifecycle == Lifecycle::kPending && is_unowned(*i))
      leave(*i);
}

// What an object's relationships tell of orphans: whom it has let go, and whom it has gained.
void Departures::collect(Instance& owner) {
  if (owner.has_identity && owner.is_expired()) return;
  for (const auto& each : owner.mapper->relationships()) {
    const Relationship& r = *each;
    const bool deletes = (r.cascade & mapper::kCascadeDelete) != 0;
    const bool takes_along = deletes && left_.contains(&owner);
    // Members without a side of their own: who takes one over keeps it from a delete cascade.
    const bool may_keep = deletes && r.reverse == nullptr;
    if (!concerns_orphans(r) && !takes_along && !may_keep && !r.single_parent) continue;
    if (!is_installed(owner, r)) continue;
    if (r.reverse == nullptr || r.single_parent) {
      if (const Collection* members = owner.collection(r.slot)) {
        for (const Instance* m : added_of(owner, *members)) claim(owner, r, *m);
      } else if (const Instance* m = owner.object(r.slot);
                 m != nullptr && (!owner.has_identity || is_changed(owner, r.slot))) {
        claim(owner, r, *m);
      }
    }
    if (r.deletes_orphans() || takes_along) release(owner, r);
    if (!r.uselist && r.reverse != nullptr && r.reverse->deletes_orphans() && was_linked(owner, r))
      candidates_.emplace_back(&owner, r.reverse);
  }
}

void Departures::claim(const Instance& owner, const Relationship& r, const Instance& member) {
  const auto [there, is_new] = claims_.try_emplace({&member, &r}, &owner);
  if (!is_new && there->second != &owner && r.single_parent) refuse_second_owner(member, r, owner);
}

// Owners that are loaded and unchanged hold on to what they have.
void Departures::check_single_parents() const {
  std::unordered_set<const Relationship*> checked;
  for (const auto& [claimed, owner] : claims_) {
    const Relationship& r = *claimed.second;
    if (!r.single_parent || !checked.insert(&r).second) continue;
    const state::ClassIdentity* loaded = input_.identity->find_class(*r.owner);
    if (loaded == nullptr) continue;
    loaded->each([&](Instance& i) {
      const bool has_it = r.slot < i.slot_count && i.mapper->is_a(*r.owner);
      if (!has_it || i.is_expired() || left_.contains(&i)) return;
      each_member(i, r, [&](const Instance& m) {
        const auto there = claims_.find({&m, &r});
        const bool is_second = there != claims_.end() && there->second != &i;
        if (is_second && !is_denied(m, r, i)) refuse_second_owner(m, r, i);
      });
    });
  }
}

void Departures::release(Instance& owner, const Relationship& r) {
  for (Instance* m : partners_before(owner, r, reads_, notes_)) candidates_.emplace_back(m, &r);
}

// The member's own side says nil now, and its row still names an owner, or the owner's row it.
bool Departures::was_linked(Instance& member, const Relationship& r) const {
  if (!member.has_identity || !member.slot(r.slot).is_null() || !is_changed(member, r.slot))
    return false;
  if (r.direction != Direction::kManyToOne)
    return !partners_before(member, r, reads_, notes_).empty();
  if (!knows_reference(member, r, reads_)) {
    notes_.push_back("‹would load " + r.full_name() + "›");
    return false;
  }
  for (const mapper::SyncPair& p : r.pairs)
    if (p.destination_slot >= 0 && member.committed(p.destination_slot).is_null()) return false;
  return true;
}

bool Departures::has_owner(const Instance& member, const Relationship& r) const {
  if (r.reverse == nullptr) return claims_.contains({&member, &r});
  if (member.has_identity && member.is_expired()) return false;
  if (const Collection* owners = member.collection(r.reverse->slot))
    return !(owners->is_loaded() ? owners->items() : owners->queued_additions()).empty();
  const Instance* owner = member.object(r.reverse->slot);
  // One to one: the owner may have got another partner while the member did not listen.
  const bool is_replaced = owner != nullptr && !r.uselist && !owner->is_expired() &&
                           is_changed(*owner, r.slot) && owner->object(r.slot) != &member;
  return owner != nullptr && !is_replaced;
}

// A new object is not wanted when one of the relationships that would delete it as an orphan has
// let it go.
bool Departures::is_unowned(const Instance& pending) {
  for (const Relationship* r : orphan_rules(*pending.mapper))
    if (!has_owner(pending, *r)) return true;
  return false;
}

const std::vector<const Relationship*>& Departures::orphan_rules(const mapper::Mapper& m) {
  const auto [there, is_new] = rules_.try_emplace(&m);
  if (is_new)
    for (const mapper::MapperPtr& owner : registry_.mappers())
      for (const auto& r : owner->relationships())
        if (r->owner == owner.get() && m.is_a(*r->target) && r->deletes_orphans())
          there->second.push_back(r.get());
  return there->second;
}

void Departures::judge(Instance& member, const Relationship& r) {
  if (!is_ours(member) || left_.contains(&member) || has_owner(member, r)) return;
  leave(member);
}

void Departures::leave(Instance& first) {
  std::vector<Instance*> work{&first};
  const auto reach = [&](Instance& m) {
    if (is_ours(m) && !m.delete_marked && !left_.contains(&m)) work.push_back(&m);
  };
  while (!work.empty()) {
    Instance& i = *work.back();
    work.pop_back();
    if (!left_.insert(&i).second) continue;
    const bool has_row = i.has_identity;
    (has_row ? going_ : expelled_).push_back(&i);
    if (has_row && i.is_expired()) i.apply_expiry();
    for (const auto& each : i.mapper->relationships()) {
      const Relationship& r = *each;
      if ((r.cascade & kOwning) == 0 || !is_installed(i, r)) continue;
      if (has_row && (r.cascade & mapper::kCascadeDelete) == 0) continue;
      if (has_row) {
        for (Instance* m : partners_before(i, r, reads_, notes_))
          if (is_ours(*m) && !has_owner(*m, r)) reach(*m);
        const Collection* members = i.collection(r.slot);
        const bool is_known =
            members != nullptr ? members->is_loaded() : i.slot(r.slot).tag() != Tag::kNotLoaded;
        if (!is_known && !r.passive_deletes && !reads_.slot(i, r.slot))
          notes_.push_back("‹would load " + r.full_name() + "›");
      }
      // A new object takes only new ones along; rows keep their owner.
      each_member(i, r, [&](Instance& m) {
        if ((has_row || !m.has_identity) && !has_moved_on(m, r, i)) reach(m);
      });
    }
  }
}

}  // namespace moonbase::session
