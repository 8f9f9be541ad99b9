// Reading: identity lookups, expired columns, lazy relationships, refresh and merge.
#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/session/session.h"
#include "orm/state/link.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using mapper::Direction;
using mapper::Mapper;
using mapper::Relationship;
using query::Query;
using state::Collection;
using state::Instance;
using state::Lifecycle;

namespace {

Query key_query(const Mapper& m, std::span<const Value> key) {
  Query q;
  q.entities.push_back(query::entity(m));
  for (size_t k = 0; k < m.primary_key().size(); ++k) {
    const int slot = m.primary_key()[k];
    q.where.push_back(
        expr::binary(expr::Op::kEq, m.element(slot), expr::bind(key[k], m.type(slot))));
  }
  return q;
}

}  // namespace

Instance* Session::find_loaded(const Mapper& m, std::span<const Value> key) {
  return identity_.of(m).find(key);
}

Instance* Session::get(const Mapper& m, std::vector<Value> key, bool populate_existing) {
  require_active();
  if (key.size() != m.primary_key().size()) {
    std::vector<std::string> names;
    for (int slot : m.primary_key())
      names.push_back(m.attributes()[static_cast<size_t>(slot)].name);
    throw Error(ErrorKind::kInvalidRequestError,
                m.name() + " has a key of " + std::to_string(names.size()) +
                    (names.size() == 1 ? " column (" : " columns (") + base::join(names, ", ") +
                    "), and get() was given " + std::to_string(key.size()) + " values")
        .with_hint(names.size() > 1 ? "get{" + base::join(names, ", ") + "}"
                                    : "get(" + names[0] + ")");
  }
  for (size_t k = 0; k < key.size(); ++k) {
    if (key[k].is_null()) return nullptr;
    try {
      key[k] = m.type(m.primary_key()[k])->cast(std::move(key[k]));
    } catch (Error& e) {
      e.add_context("looking for " + m.name() + " by its primary key");
      throw;
    }
  }
  if (!populate_existing) {
    if (Instance* there = find_loaded(m, key)) {
      if (there->delete_marked && there->lifecycle == Lifecycle::kDeleted) return nullptr;
      if (!there->is_expired()) return there;
      // An expired one may be gone: ask.
      there->apply_expiry();
      query::RowStream rows(*this, query::plan(key_query(m, key)), false, false);
      return rows.next() ? rows.object(0) : nullptr;
    }
  }
  query::RowStream rows(*this, query::plan(key_query(m, key)), true, populate_existing);
  return rows.next() ? rows.object(0) : nullptr;
}

void Session::load_slot(Instance& i, int slot) {
  if (const Relationship* r = i.mapper->relationship(slot)) {
    load_relationship(i, *r);
    return;
  }
  load_columns(i, slot);
}

void Session::load_columns(Instance& i, int slot) {
  if (!i.has_identity) {  // nothing was ever written
    i.slot(slot) = Value::marker(Tag::kNeverSet);
    return;
  }
  const auto gone = [&]() -> Error {
    return Error(ErrorKind::kObjectDeletedError,
                 "the row of " + state::describe(i) + " is not there any more")
        .with_hint("it was deleted by somebody else, or in this transaction");
  };
  if (i.lifecycle == Lifecycle::kDeleted) throw gone();
  require_active();
  const std::vector<Value> key = state::committed_key(i);
  query::RowStream rows(*this, query::plan(key_query(*i.mapper, key)), false, false);
  if (!rows.next()) throw gone();
  if (i.slot(slot).tag() == Tag::kNotLoaded) {
    // The row's key is not the one this object stands under: fill it by itself.
    query::EntityLoader loader(*this, *i.mapper, 0);
    loader.fill(i, rows.cursor(), false);
  }
  if (i.slot(slot).tag() == Tag::kNotLoaded) i.slot(slot) = Value();
}

Instance* Session::find_referred(const Relationship& r, const Instance& owner) {
  if (r.direction != Direction::kManyToOne || !r.use_get || owner.is_expired()) return nullptr;
  std::vector<Value> key;
  for (const mapper::SyncPair& p : r.pairs) {
    const Value& v = owner.slot(p.destination_slot);
    if (v.is_null() || v.is_absent() || v.tag() == Tag::kExpression) return nullptr;
    key.push_back(v);
  }
  return identity_.of(*r.target).find(key);
}

Query Session::relationship_query(const Instance& owner, const Relationship& r) {
  Query q;
  q.entities.push_back(query::entity(*r.target));
  q.order_by = r.order_by;
  const auto owner_key = [&](int slot, const schema::Column& c) {
    const Value& v = owner.committed(slot);
    return expr::bind(v.is_absent() ? owner.slot(slot) : v, c.type);
  };
  if (r.direction == Direction::kManyToMany) {
    const expr::FromPtr secondary = expr::table(r.secondary);
    for (const mapper::SyncPair& p : r.pairs)
      q.where.push_back(expr::binary(expr::Op::kEq, owner_key(p.source_slot, *p.source),
                                     expr::column(secondary, *p.destination)));
    for (const mapper::SyncPair& p : r.secondary_pairs)
      q.where.push_back(expr::binary(expr::Op::kEq, expr::column(r.target->from(), *p.source),
                                     expr::column(secondary, *p.destination)));
  } else if (r.direction == Direction::kOneToMany) {
    for (const mapper::SyncPair& p : r.pairs)
      q.where.push_back(expr::binary(expr::Op::kEq, r.target->element(p.destination_slot),
                                     owner_key(p.source_slot, *p.source)));
  } else {
    for (const mapper::SyncPair& p : r.pairs)
      q.where.push_back(expr::binary(expr::Op::kEq, r.target->element(p.source_slot),
                                     expr::bind(owner.slot(p.destination_slot), p.source->type)));
  }
  return q;
}

void Session::load_relationship(Instance& i, const Relationship& r) {
  if (i.is_expired()) i.apply_expiry();
  if (r.uselist) {
    Collection& members = state::collection_of(i, r);
    if (members.is_loaded()) return;
    if (!i.has_identity) {
      members.set_loaded({});
      return;
    }
    Query q = relationship_query(i, r);
    std::vector<Instance*> items = query::load_all(*this, q);
    // Loading may have flushed, and flushing may have made the collection anew.
    Collection& now = state::collection_of(i, r);
    if (!now.is_loaded()) now.set_loaded(std::move(items));
    return;
  }
  if (i.slot(r.slot).tag() != Tag::kNotLoaded) return;
  if (r.direction == Direction::kManyToOne) {
    if (Instance* there = find_referred(r, i);
        there != nullptr && there->lifecycle != Lifecycle::kDeleted) {
      i.slot(r.slot) = Value::pointer(Tag::kObject, there);
      return;
    }
    for (const mapper::SyncPair& p : r.pairs) {
      const Value& v = i.read(p.destination_slot);
      if (v.is_null() || v.is_absent()) {
        i.slot(r.slot) = Value();
        return;
      }
    }
    if (Instance* there = find_referred(r, i);
        there != nullptr && there->lifecycle != Lifecycle::kDeleted) {
      i.slot(r.slot) = Value::pointer(Tag::kObject, there);
      return;
    }
  }
  Query q = relationship_query(i, r);
  q.autoflush = i.lifecycle != Lifecycle::kPending;
  const std::vector<Instance*> found = query::load_all(*this, q);
  if (found.size() > 1)
    warn("several rows for " + r.full_name() + " of " + state::describe(i) +
         ", which is to one object");
  i.slot(r.slot) = found.empty() ? Value() : Value::pointer(Tag::kObject, found[0]);
}

void Session::expire_one(Instance& i) {
  i.epoch = 0;
  identity_.of(*i.mapper).set_current(0);
}

void Session::expire(Instance& i, const std::vector<std::string>& names) {
  if (i.host != this || i.lifecycle != Lifecycle::kPersistent)
    throw Error(ErrorKind::kInvalidRequestError,
                state::describe(i) +
                    " is not persistent in this session, so there is nothing to read again");
  if (names.empty()) {
    expire_one(i);
    return;
  }
  if (i.is_expired()) i.apply_expiry();
  for (const std::string& name : names) {
    const int slot = i.mapper->attribute(name).slot;
    const std::vector<int>& key = i.mapper->primary_key();
    if (std::find(key.begin(), key.end(), slot) != key.end())
      continue;  // it says which row to read
    if (i.history != nullptr) {
      std::erase_if(i.history->changes, [slot](const state::Change& c) { return c.slot == slot; });
      std::erase_if(i.history->expressions, [slot](const auto& e) { return e.first == slot; });
    }
    if (i.mapper->relationship(slot) != nullptr)
      i.drop_relationship(slot);
    else
      i.slot(slot) = Value::marker(Tag::kNotLoaded);
  }
}

void Session::expire_all() {
  for (Instance* i : modified_)
    if (i->host == this && i->modified) expire_one(*i);
  modified_.clear();
  ++epoch;
  for (Instance* i : new_)
    if (i->host == this) i->epoch = epoch;
}

void Session::refresh(Instance& i, const std::vector<std::string>& names) {
  require_active();
  if (i.host != this || i.lifecycle != Lifecycle::kPersistent)
    throw Error(
        ErrorKind::kInvalidRequestError,
        state::describe(i) + " is not persistent in this session, so it has no row to read");
  before_execute(true);
  expire(i, names);
  if (!names.empty()) {
    for (const std::string& name : names) i.read(i.mapper->attribute(name).slot);
    return;
  }
  i.apply_expiry();
  query::RowStream rows(*this, query::plan(key_query(*i.mapper, state::committed_key(i))), false,
                        true);
  if (!rows.next())
    throw Error(ErrorKind::kInvalidRequestError,
                "cannot refresh " + state::describe(i) + ": its row is not there any more");
}

Instance& Session::merge(Instance& given, bool load) {
  require_active();
  if (load) before_execute(true);
  NoAutoflush guard(*this);
  std::unordered_map<Instance*, Instance*> done;
  return merge_into(given, load, done);
}

Instance& Session::merge_into(Instance& given, bool load,
                              std::unordered_map<Instance*, Instance*>& done) {
  if (given.host == this) return given;
  if (auto it = done.find(&given); it != done.end()) return *it->second;
  const Mapper& m = *given.mapper;
  std::vector<Value> key;
  bool has_key = true;
  for (int slot : m.primary_key()) {
    const Value& v = given.slot(slot);
    has_key = has_key && !v.is_null() && !v.is_absent();
    key.push_back(v);
  }
  Instance* mine = nullptr;
  if (has_key) mine = load ? get(m, key) : find_loaded(m, key);
  if (mine == nullptr) {
    if (!load && has_key) {
      mine = &heap_.create(m, 0, Tag::kNotLoaded);
      for (int slot : m.primary_key()) mine->load(slot, given.slot(slot));
      mine->has_identity = true;
      mine->lifecycle = Lifecycle::kPersistent;
      mine->host = this;
      mine->epoch = epoch;
      identity_.of(m).insert(*mine);
    } else {
      mine = &heap_.create(m);
      attach_pending(*mine);
    }
  }
  done[&given] = mine;
  for (int slot : m.column_slots()) {
    const Value& v = given.slot(slot);
    if (v.is_absent() || v.tag() == Tag::kExpression) continue;
    const Value& now = load ? mine->read(slot) : mine->slot(slot);
    if (!now.is_absent() && m.type(slot)->equal(now, v)) continue;
    if (load)
      mine->write(slot, v);
    else
      mine->load(slot, v);
  }
  for (const auto& r : m.relationships()) {
    if ((r->cascade & mapper::kCascadeMerge) == 0 || r->viewonly || r->slot >= given.slot_count)
      continue;
    if (const Collection* members = given.collection(r->slot);
        members != nullptr && members->is_loaded()) {
      std::vector<Instance*> merged;
      for (Instance* member : members->items()) merged.push_back(&merge_into(*member, load, done));
      load_relationship(*mine, *r);
      if (mine->collection(r->slot)->items() != merged) state::replace(*mine, *r, merged);
    } else if (Instance* other = given.object(r->slot)) {
      Instance& merged = merge_into(*other, load, done);
      if (mine->object(r->slot) != &merged) state::set_reference(*mine, *r, &merged);
    } else if (given.slot(r->slot).is_null() && mine->has_identity) {
      state::set_reference(*mine, *r, nullptr);
    }
  }
  return *mine;
}

}  // namespace moonbase::session
