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

Query key_query(const Mapper& m, std::span<const Value> key, mapper::LoadListPtr list = nullptr) {
  Query q;
  q.entities.push_back(query::entity(m));
  if (const mapper::TablePart* part = list ? m.part_with(*list) : nullptr)
    q.entities[0].from = part->from;
  q.entities[0].list = std::move(list);
  for (size_t k = 0; k < m.primary_key().size(); ++k) {
    const int slot = m.primary_key()[k];
    q.where.push_back(expr::binary(expr::Op::kEq,
                                   query::attribute_element(m, q.entities[0].from, slot),
                                   expr::bind(key[k], m.type(slot))));
  }
  return q;
}

// What is read along with one attribute: of a deferred one its group, else all that has expired.
mapper::LoadListPtr columns_to_read(const Instance& i, int slot) {
  const Mapper& m = *i.mapper;
  const mapper::Attribute& a = m.attribute_at(slot);
  const state::Unloaded why = state::why_unloaded(i.slot(slot));
  if (why == state::Unloaded::kRaises || a.loading.raiseload)
    throw Error(ErrorKind::kInvalidRequestError,
                m.name() + "." + a.name + " was left out, and reading it raises (raiseload)")
        .with_hint("ask for it with the query: query:options(db.undefer(" + m.name() + "." +
                   a.name + "))");
  const auto is_missing = [&i](int s) {
    return s < i.slot_count && i.slot(s).tag() == Tag::kNotLoaded;
  };
  std::vector<int> missing;
  if (why == state::Unloaded::kLeftOut || a.loading.deferred) {
    for (const mapper::Attribute& other : m.attributes())
      if (other.slot == slot || (!a.loading.group.empty() && other.is_loaded_from_row() &&
                                 other.loading.group == a.loading.group && is_missing(other.slot)))
        missing.push_back(other.slot);
    return m.load_list_of(missing, false);
  }
  for (int s : m.load_list()->slots)
    if (is_missing(s) && state::why_unloaded(i.slot(s)) == state::Unloaded::kExpired)
      missing.push_back(s);
  const size_t all = m.load_list()->slots.size() - m.primary_key().size();
  return missing.size() >= all ? m.load_list() : m.load_list_of(missing, false);
}

// Whether the attribute is NULL in every row unless a query says what it is (query_expression).
bool is_null_by_itself(const mapper::Attribute& a) {
  const expr::Element* e = a.expression.get();
  while (e != nullptr && e->kind == expr::Kind::kTypeCoerce) e = e->args[0].get();
  return e != nullptr && e->kind == expr::Kind::kNull;
}

}  // namespace

Instance* Session::find_loaded(const Mapper& m, std::span<const Value> key) {
  return of_class(identity_.of(m).find(key), m);
}

Instance* Session::get(const Mapper& m, std::vector<Value> key, bool populate_existing,
                       const query::OptionListPtr& options) {
  require_active();
  if (key.size() != m.primary_key().size()) {
    std::vector<std::string> names;
    for (int slot : m.primary_key()) names.push_back(m.attribute_at(slot).name);
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
    if (Instance* there = identity_.of(m).find(key)) {
      if (!there->mapper->is_a(m)) return nullptr;
      if (there->delete_marked && there->lifecycle == Lifecycle::kDeleted) return nullptr;
      if (!there->is_expired()) return there;
      // An expired one may be gone: ask.
      there->apply_expiry();
      query::RowStream rows(*this, query::plan(key_query(*there->mapper, key)), false, false);
      return rows.next() ? rows.object(0) : nullptr;
    }
  }
  Query q = key_query(m, key);
  q.options = options;
  query::RowStream rows(*this, query::plan(q), true, populate_existing);
  return rows.next() ? rows.object(0) : nullptr;
}

void Session::load_columns(Instance& i, int slot) {
  if (!i.has_identity) {  // nothing was ever written
    i.slot(slot) = Value::marker(Tag::kNeverSet);
    return;
  }
  if (is_null_by_itself(i.mapper->attribute_at(slot))) {
    i.slot(slot) = Value();
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
  mapper::LoadListPtr list = columns_to_read(i, slot);
  if (list == i.mapper->load_list() && !flushing_) {
    // The whole object is read anew, with what its class or its query brings along.
    Query q = key_query(*i.mapper, key, list);
    q.options = own_options(i);
    query::RowStream rows(*this, query::plan(q), false, false);
    if (!rows.next()) throw gone();
    if (i.slot(slot).tag() != Tag::kNotLoaded) return;
  }
  if (list == i.mapper->load_list()) list = i.mapper->load_list_of(list->slots);
  query::RowStream rows(*this, query::plan(key_query(*i.mapper, key, list)), false, false);
  if (!rows.next()) throw gone();
  if (i.slot(slot).tag() == Tag::kNotLoaded) {
    // The row's key is not the one this object stands under: fill it by itself.
    query::EntityLoader loader(*this, *i.mapper, list, 0);
    loader.fill(i, rows.cursor(), false);
  }
  if (i.slot(slot).tag() == Tag::kNotLoaded) i.slot(slot) = Value();
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
    for (Instance* one : loaded_cascade(i, mapper::kCascadeRefreshExpire)) {
      if (one->lifecycle == Lifecycle::kPending) {
        detach(*one);  // there is no row to read
      } else if (one->lifecycle == Lifecycle::kPersistent) {
        expire_one(*one);
        tell_expired(*one, nullptr);
      }
    }
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
  tell_expired(i, &names);
}

void Session::expire_all() {
  expire_loaded();
  tell_noted();
}

void Session::expire_loaded() {
  for (Instance* i : modified_)
    if (i->host == this && i->modified) expire_one(*i);
  modified_.clear();
  ++epoch;
  for (Instance* i : new_)
    if (i->host == this) i->epoch = epoch;
  if (!hears(Event::kExpire)) return;
  std::vector<Instance*> expired = all();
  std::erase_if(expired, [](const Instance* i) { return !i->has_identity; });
  for (Instance* i : expired) note(Event::kExpire, *i);
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
    // The program asks for it: no attribute loads by itself.
    struct Leave {
      bool& target;
      bool former;
      ~Leave() { target = former; }
    } leave{is_observing_, std::exchange(is_observing_, true)};
    for (const std::string& name : names) i.read(i.mapper->attribute(name).slot);
    return;
  }
  i.apply_expiry();
  i.refresh_pending = true;  // it alone is overwritten, not what is loaded along
  Query q = key_query(*i.mapper, state::committed_key(i));
  q.options = own_options(i);
  query::RowStream rows(*this, query::plan(q), false, false);
  if (!rows.next())
    throw Error(ErrorKind::kInvalidRequestError,
                "cannot refresh " + state::describe(i) + ": its row is not there any more");
}

Instance& Session::merge(Instance& given, bool load) {
  require_active();
  if (load) before_execute(true);
  heap_.notice_edits(given.host);
  NoAutoflush guard(*this);
  std::unordered_map<Instance*, Instance*> done;
  Instance& merged = merge_into(given, load, done);
  tell_noted();
  return merged;
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
      tell(Event::kBeforeAttach, mine);
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
