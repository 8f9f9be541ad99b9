// A changed key reaches the rows that refer to it: the database has changed their foreign keys by
// ON UPDATE CASCADE, and loaded objects follow, with their own keys where the foreign key is part
// of them.
#include <algorithm>

#include "orm/session/persistence.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Tag;
using base::Value;
using mapper::Mapper;
using mapper::Relationship;
using state::Instance;
using state::Lifecycle;

namespace {

bool has_column(const schema::ForeignKeyConstraint& key, const schema::Column& column) {
  return std::find(key.columns.begin(), key.columns.end(), column.name) != key.columns.end();
}

// Whether a row's own key copies some of what it refers to.
bool is_in_key(const Mapper& holder, const schema::ForeignKeyConstraint& key) {
  return std::any_of(key.columns.begin(), key.columns.end(), [&](const std::string& name) {
    return holder.table()->column(name).primary_key;
  });
}

// A relationship over this key says passive_updates = false: its members are written by the flush.
bool is_written_by_flush(const Mapper& holder, const schema::ForeignKeyConstraint& key,
                         const mapper::Registry& registry) {
  for (const mapper::MapperPtr& m : registry.mappers())
    for (const auto& r : m->relationships()) {
      if (r->passive_updates || r->direction != mapper::Direction::kOneToMany ||
          !holder.is_a(*r->target))
        continue;
      if (std::any_of(r->pairs.begin(), r->pairs.end(),
                      [&](const auto& p) { return has_column(key, *p.destination); }))
        return true;
    }
  return false;
}

// The key as the class has it; null for a key of another class.
const mapper::OwnKey* own_key(const Mapper& m, const schema::ForeignKeyConstraint& key) {
  for (const mapper::OwnKey& own : m.foreign_keys())
    if (own.key == &key) return &own;
  return nullptr;
}

// The columns of `target`'s table that a foreign key refers to, as slots; empty when one is not
// mapped.
std::vector<int> referred_slots(const Mapper& target, const schema::ForeignKeyConstraint& key) {
  std::vector<int> slots;
  for (size_t k = 0; k < key.columns.size(); ++k) {
    const mapper::TablePart* part = target.part_in(key.target_table());
    const schema::Column* column =
        part != nullptr ? part->table->find_column(key.target_column(k)) : nullptr;
    const int slot = column != nullptr ? target.slot_of(*column) : -1;
    if (slot < 0) return {};
    slots.push_back(slot);
  }
  return slots;
}

}  // namespace

// What the row has now: what this flush wrote, or else what was there before.
const Value& Persistence::in_database(const Instance& i, int slot) const {
  return written_.contains(&i) ? i.slot(slot) : i.committed(slot);
}

// The values of a foreign key, as the row has them; nothing where they are not known or NULL.
std::optional<Persistence::KeyText> Persistence::reference_text(
    const Instance& i, const schema::ForeignKeyConstraint& key) const {
  const mapper::OwnKey* own = own_key(*i.mapper, key);
  if (own == nullptr) return {};
  KeyText values;
  for (int slot : own->slots) {
    // Of an object that has expired only the key counts.
    const bool is_known = slot >= 0 && (!i.is_expired() || i.mapper->column(slot)->primary_key);
    if (!is_known) return {};
    const Value& v = in_database(i, slot);
    if (v.is_absent() || v.is_null()) return {};
    values.push_back(v.repr());
  }
  return values;
}

// Objects by the values of their foreign key: those loaded when the first key of this flush
// changed, and those read and written since. Who has got another value meanwhile stands there
// still.
Persistence::Referrers& Persistence::referrers(const Mapper& m,
                                               const schema::ForeignKeyConstraint& key) {
  const auto [there, is_new] = referrers_.try_emplace(&key);
  ReferrerIndex& index = there->second;
  const auto add = [&](Instance& i) {
    if (const std::optional<KeyText> values = reference_text(i, key))
      index.by_key[*values].push_back(&i);
  };
  if (const state::ClassIdentity* loaded = session_.identity_.find_class(m); is_new && loaded)
    loaded->each(add);
  for (; index.seen < touched_.size(); ++index.seen) add(*touched_[index.seen].instance);
  return index.by_key;
}

void Persistence::hand_on_key(Instance& i, const std::vector<KeyChange>& changes) {
  for (; written_seen_ < touched_.size(); ++written_seen_)
    if (touched_[written_seen_].is_written) written_.insert(touched_[written_seen_].instance);
  const auto find = [&](int slot) {
    return std::find_if(changes.begin(), changes.end(),
                        [slot](const KeyChange& c) { return c.slot == slot; });
  };
  for (const mapper::MapperPtr& m : session_.registry_.mappers())
    for (const mapper::OwnKey& own : m->foreign_keys()) {
      const schema::ForeignKeyConstraint& key = *own.key;
      // The class above has spoken of its keys, and of its objects of this class.
      if (m->base() != nullptr && own_key(*m->base(), key) != nullptr) continue;
      if (i.mapper->part_in(key.target_table()) == nullptr) continue;
      const std::vector<int> slots = referred_slots(*i.mapper, key);
      const bool concerns = std::any_of(slots.begin(), slots.end(),
                                        [&](int slot) { return find(slot) != changes.end(); });
      if (concerns && session_.nested_depth() > 0) session_.note_expired(*m);
      if (!concerns || is_written_by_flush(*m, key, session_.registry_)) continue;
      KeyText former_text, text;
      std::vector<Value> values;
      for (int slot : slots) {
        const auto change = find(slot);
        const bool is_same = change == changes.end();
        former_text.push_back((is_same ? in_database(i, slot) : change->former).repr());
        values.push_back(is_same ? in_database(i, slot) : change->now);
        values.back().own();
        text.push_back(values.back().repr());
      }
      Referrers& all = referrers(*m, key);
      const auto found = all.find(former_text);
      if (found == all.end()) continue;
      const std::vector<Instance*> children = std::move(found->second);
      all.erase(found);
      for (Instance* child : children) {
        const bool has_row = child->lifecycle == Lifecycle::kPersistent || written_.contains(child);
        if (has_row && (child != &i || !is_in_key(*m, key)) &&
            reference_text(*child, key) == former_text)
          follow_key(*child, key, values);
      }
      // The key may change once more in this flush.
      std::vector<Instance*>& now = all[text];
      now.insert(now.end(), children.begin(), children.end());
    }
}

// The database has given the foreign key of `child` these values.
void Persistence::follow_key(Instance& child, const schema::ForeignKeyConstraint& key,
                             const std::vector<Value>& values) {
  const Mapper& m = *child.mapper;
  const bool is_written = written_.contains(&child);
  const std::vector<Value> former_key = state::committed_key(child);
  std::vector<KeyChange> changes;
  bool has_new_key = false;
  for (size_t k = 0; k < key.columns.size(); ++k) {
    const int slot = own_key(m, key)->slots[k];
    const bool is_key = m.column(slot)->primary_key;
    if (child.is_expired() && !is_key) continue;
    has_new_key = has_new_key || is_key;
    changes.push_back({slot, in_database(child, slot), values[k]});
    if (is_written && is_key && child.has_identity) child.remember(slot);
    state::Change* change = nullptr;
    if (child.history != nullptr)
      for (state::Change& c : child.history->changes)
        if (c.slot == slot) change = &c;
    if (change != nullptr && !is_written)
      change->old = values[k];
    else if (key.onupdate == "SET NULL" || key.onupdate == "SET DEFAULT")
      child.slot(slot) = Value::marker(Tag::kNotLoaded);
    else
      child.slot(slot) = values[k];
  }
  if (!is_written) session_.frames_.back().changed.push_back(&child);
  if (!has_new_key) return;
  if (!is_written) {  // else the end of the flush registers the key
    state::ClassIdentity& identity = session_.identity_.of(m);
    session_.frames_.back().rekeyed.emplace_back(&child, former_key);
    identity.erase(former_key, child);
    identity.insert(child);
  }
  hand_on_key(child, changes);
}

}  // namespace moonbase::session
