// Writes without objects: UPDATE and DELETE through a query, and many rows by one prepared INSERT.
#include <algorithm>

#include "orm/base/error.h"
#include "orm/query/query_plan.h"
#include "orm/session/persistence.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Tag;
using base::Value;
using state::Instance;
using state::Lifecycle;

// Keys of the rows a query selects, if any object of its class is loaded that could be among them.
std::vector<std::vector<Value>> Session::matching_keys(const query::Query& q) {
  std::vector<std::vector<Value>> keys;
  const mapper::Mapper& m = *q.entities[0].mapper;
  const state::ClassIdentity* loaded = identity_.find_class(m);
  if (loaded == nullptr || loaded->size() == 0) return keys;
  engine::Cursor cursor = connection(m.table().get()).execute(*query::key_select(q));
  while (cursor.next()) {
    std::vector<Value> key;
    for (size_t k = 0; k < m.primary_key().size(); ++k) {
      key.push_back(cursor.value(static_cast<int>(k)));
      key.back().own();
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

int64_t Session::update_rows(const query::Query& q, const std::vector<std::pair<int, expr::ElementPtr>>& values, Synchronize how) {
  const auto statement = query::update_statement(q, values);
  before_execute(q.autoflush);
  const mapper::Mapper& m = *q.entities[0].mapper;
  std::vector<std::vector<Value>> keys;
  if (how != Synchronize::kNone) keys = matching_keys(q);
  engine::Cursor cursor = connection(m.table().get()).execute(*statement);
  cursor.next();
  const int64_t count = cursor.rowcount();
  for (const auto& key : keys) {
    Instance* i = find_loaded(m, key);
    if (i == nullptr || i->is_expired()) continue;
    const auto untouched = [&](int slot) { return i->history == nullptr || i->history->find(slot) == nullptr; };
    for (const auto& [slot, e] : values)
      if (untouched(slot)) i->slot(slot) = Value::marker(Tag::kNotLoaded);
    // A reference whose foreign key was set leads elsewhere now.
    for (const auto& r : m.relationships()) {
      if (r->direction != mapper::Direction::kManyToOne || !untouched(r->slot)) continue;
      for (const mapper::SyncPair& p : r->pairs)
        if (std::any_of(values.begin(), values.end(), [&](const auto& v) { return v.first == p.destination_slot; }))
          i->drop_relationship(r->slot);
    }
    if (!frames_.empty()) frames_.back().changed.push_back(i);
  }
  return count;
}

int64_t Session::delete_rows(const query::Query& q, Synchronize how) {
  const auto statement = query::delete_statement(q);
  before_execute(q.autoflush);
  const mapper::Mapper& m = *q.entities[0].mapper;
  std::vector<std::vector<Value>> keys;
  if (how != Synchronize::kNone) keys = matching_keys(q);
  engine::Cursor cursor = connection(m.table().get()).execute(*statement);
  cursor.next();
  const int64_t count = cursor.rowcount();
  for (const auto& key : keys) {
    Instance* i = find_loaded(m, key);
    if (i == nullptr) continue;
    identity_.of(m).erase(*i);
    i->clear_history();
    i->lifecycle = Lifecycle::kDeleted;
    if (!frames_.empty()) frames_.back().deleted.push_back(i);
  }
  return count;
}

int64_t Session::bulk_insert(const mapper::Mapper& m, const std::vector<int>& slots,
                             const std::function<bool(std::vector<Value>&)>& next) {
  before_execute(true);
  std::vector<int> written = slots;
  std::vector<int> defaulted;
  for (int slot : m.column_slots())
    if (m.column(slot)->default_value && m.column(slot)->default_value->kind != schema::Default::Kind::kSql &&
        std::find(slots.begin(), slots.end(), slot) == slots.end())
      defaulted.push_back(slot);
  written.insert(written.end(), defaulted.begin(), defaulted.end());
  engine::Connection& c = connection(m.table().get());
  engine::Connection::Batch batch(c, persistence_->insert_statement(c.engine(), m, written));
  std::vector<Value> row(slots.size()), made(defaulted.size());
  int64_t count = 0;
  try {
    while (next(row)) {
      int position = 0;
      for (size_t k = 0; k < slots.size(); ++k) batch.bind(position++, row[k], *m.type(slots[k]));
      for (size_t k = 0; k < defaulted.size(); ++k) {
        expr::ElementPtr sql;
        Persistence::make_default(*m.column(defaulted[k]), *m.type(defaulted[k]), made[k], sql);
        batch.bind(position++, made[k], *m.type(defaulted[k]));
      }
      batch.run();
      batch.done();
      ++count;
    }
    batch.finish();
  } catch (base::Error& e) {
    e.add_context("bulk_insert into " + m.name() + ", row " + std::to_string(count + 1));
    throw;
  }
  return count;
}

}  // namespace moonbase::session
