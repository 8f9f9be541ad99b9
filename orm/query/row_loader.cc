#include "orm/query/row_loader.h"

#include <algorithm>
#include <cstring>

#include <boost/unordered/unordered_flat_set.hpp>

#include "orm/base/error.h"

namespace moonbase::query {

using base::Error;
using base::Tag;
using base::Value;
using state::Instance;
using state::Lifecycle;

EntityLoader::EntityLoader(Executor& executor, const mapper::Mapper& mapper, int first_column,
                           bool populate_existing)
    : executor_(executor),
      mapper_(mapper),
      identity_(executor.identity().of(mapper)),
      first_column_(first_column),
      populate_existing_(populate_existing) {
  const std::vector<int>& slots = mapper.column_slots();
  for (int key : mapper.primary_key())
    key_positions_.push_back(
        static_cast<size_t>(std::find(slots.begin(), slots.end(), key) - slots.begin()));
  for (int slot : slots) types_.push_back(mapper.type(slot).get());
  scratch_.resize(slots.size());
  if (identity_.size() == 0) identity_.set_current(executor.host().epoch);
}

// A value that a column's type cannot read names the column.
Value EntityLoader::load_value(const driver::DriverStatement& row, size_t i) const {
  try {
    return types_[i]->load(row.column(first_column_ + static_cast<int>(i)));
  } catch (Error& e) {
    e.add_context("reading " + mapper_.name() + "." +
                  mapper_.attributes()[static_cast<size_t>(mapper_.column_slots()[i])].name);
    throw;
  }
}

Instance* EntityLoader::load(const engine::Cursor& cursor) {
  const driver::DriverStatement& row = cursor.statement();
  Instance* there = nullptr;
  if (mapper_.has_integer_key()) {
    const size_t key = key_positions_[0];
    const Value v = load_value(row, key);
    if (v.is_null()) return nullptr;
    there = identity_.find(v.as_int());
  } else {
    std::vector<Value> key;
    for (size_t position : key_positions_) {
      key.push_back(load_value(row, position));
      if (key.back().is_null()) return nullptr;
    }
    there = identity_.find(key);
  }
  if (there == nullptr) return &make(row);
  if (there->is_expired()) there->apply_expiry();
  if (populate_existing_ || there->refresh_pending)
    fill(*there, cursor, true);
  else
    fill(*there, cursor, false);
  return there;
}

Instance& EntityLoader::make(const driver::DriverStatement& row) {
  const std::vector<int>& slots = mapper_.column_slots();
  size_t bytes = 0;
  for (size_t i = 0; i < slots.size(); ++i) {
    scratch_[i] = load_value(row, i);
    if (scratch_[i].is_bytes()) bytes += scratch_[i].as_bytes().size();
  }
  Instance& made = executor_.heap().create(mapper_, bytes, Tag::kNotLoaded);
  char* tail = state::InstanceHeap::tail(made);
  for (size_t i = 0; i < slots.size(); ++i) {
    Value& v = scratch_[i];
    if (v.is_bytes()) {
      const std::string_view text = v.as_bytes();
      if (!text.empty()) std::memcpy(tail, text.data(), text.size());
      made.slots[slots[i]] = Value::borrowed(v.tag(), {tail, text.size()});
      tail += text.size();
    } else {
      made.slots[slots[i]] = std::move(v);
    }
  }
  made.has_identity = true;
  made.lifecycle = Lifecycle::kPersistent;
  made.host = &executor_.host();
  executor_.heap().handle(made);  // before the identity map takes a copy of it
  made.epoch = made.host->epoch;
  if (mapper_.has_integer_key())
    identity_.insert_integer(made.slots[mapper_.primary_key()[0]].as_int(), made);
  else
    identity_.insert(made);
  executor_.on_loaded(made);
  return made;
}

void EntityLoader::fill(Instance& instance, const engine::Cursor& cursor, bool overwrite) {
  const driver::DriverStatement& row = cursor.statement();
  const std::vector<int>& slots = mapper_.column_slots();
  for (size_t i = 0; i < slots.size(); ++i) {
    const int slot = slots[i];
    if (!overwrite && instance.slots[slot].tag() != Tag::kNotLoaded) continue;
    // A changed attribute that was never loaded keeps its change.
    if (!overwrite && instance.history != nullptr && instance.history->find(slot) != nullptr)
      continue;
    instance.load(slot, load_value(row, i));
  }
  if (overwrite) {
    for (const auto& r : mapper_.relationships())
      if (r->slot < instance.slot_count) instance.drop_relationship(r->slot);
    instance.clear_history();
    instance.refresh_pending = false;
  }
}

RowStream::RowStream(Executor& executor, const Query& query, const NamedValues& parameters)
    : RowStream(executor, plan(query), query.autoflush, query.populate_existing, parameters) {}

RowStream::RowStream(Executor& executor, QueryPlan plan, bool autoflush, bool populate_existing,
                     const NamedValues& parameters)
    : plan_(std::move(plan)) {
  executor.before_execute(autoflush);
  const schema::Table* table = nullptr;
  for (const EntityPlan& e : plan_.entities)
    if (e.mapper != nullptr && table == nullptr) table = e.mapper->table().get();
  if (table == nullptr)
    for (const expr::FromPtr& f : expr::effective_froms(*plan_.select))
      if (f->table && table == nullptr) table = f->table.get();
  cursor_ = executor.connection(table).execute(*plan_.select, parameters);
  start(executor, populate_existing);
}

RowStream::RowStream(Executor& executor, engine::Cursor cursor) : cursor_(std::move(cursor)) {
  for (size_t i = 0; i < cursor_.columns().size(); ++i) {
    EntityPlan p;
    p.first_column = static_cast<int>(i);
    plan_.entities.push_back(std::move(p));
    plan_.names.push_back(cursor_.columns()[i].name);
  }
  start(executor, false);
}

void RowStream::start(Executor& executor, bool populate_existing) {
  cells_.resize(plan_.entities.size());
  types_.assign(plan_.entities.size(), nullptr);
  for (size_t i = 0; i < plan_.entities.size(); ++i) {
    const EntityPlan& e = plan_.entities[i];
    if (e.mapper != nullptr) {
      loaders_.emplace_back(executor, *e.mapper, e.first_column, populate_existing);
      continue;
    }
    const compile::ResultColumn& column = cursor_.columns()[static_cast<size_t>(e.first_column)];
    types_[i] = column.type.get();
    if (plan_.names[i].empty()) plan_.names[i] = column.name;
  }
}

bool RowStream::may_repeat() const {
  const std::vector<expr::FromPtr>& froms = expr::effective_froms(*plan_.select);
  return froms.size() != 1 || froms[0]->table == nullptr;
}

bool RowStream::next() {
  if (!cursor_.next()) return false;
  size_t loader = 0;
  for (size_t i = 0; i < plan_.entities.size(); ++i) {
    const EntityPlan& e = plan_.entities[i];
    if (e.mapper == nullptr) {
      cells_[i] = cursor_.value(e.first_column);
      continue;
    }
    Instance* object = loaders_[loader++].load(cursor_);
    cells_[i] = object == nullptr ? Value() : Value::pointer(Tag::kObject, object);
  }
  return true;
}

std::vector<Instance*> load_all(Executor& executor, const Query& query) {
  RowStream rows(executor, query);
  std::vector<Instance*> result;
  const bool may_repeat = rows.may_repeat();
  boost::unordered_flat_set<Instance*> seen;
  while (rows.next()) {
    Instance* i = rows.object(0);
    if (i == nullptr || (may_repeat && !seen.insert(i).second)) continue;
    result.push_back(i);
  }
  return result;
}

}  // namespace moonbase::query
