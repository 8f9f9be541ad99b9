#include "orm/query/row_loader.h"

#include <cstring>

#include <boost/unordered/unordered_flat_set.hpp>

#include "orm/base/error.h"

namespace moonbase::query {

using base::Error;
using base::Tag;
using base::Value;
using state::Instance;
using state::Lifecycle;

EntityLoader::EntityLoader(Executor& executor, const mapper::Mapper& mapper, int first_column, bool populate_existing)
    : executor_(executor),
      mapper_(mapper),
      identity_(executor.identity().of(mapper)),
      first_column_(first_column),
      populate_existing_(populate_existing) {
  const std::vector<int>& slots = mapper.column_slots();
  for (int key : mapper.primary_key())
    for (size_t i = 0; i < slots.size(); ++i)
      if (slots[i] == key) key_columns_.push_back(first_column + static_cast<int>(i));
  scratch_.resize(slots.size());
  if (identity_.size() == 0) identity_.set_current(executor.host().epoch);
}

namespace {

// A value that a column's type cannot read names the column and the row.
Value load_value(const mapper::Mapper& mapper, int slot, const engine::Cursor& cursor, int column) {
  try {
    return cursor.value(column);
  } catch (Error& e) {
    e.add_context("reading " + mapper.name() + "." + mapper.attributes()[static_cast<size_t>(slot)].name);
    throw;
  }
}

}  // namespace

Instance* EntityLoader::load(const engine::Cursor& cursor) {
  Instance* there = nullptr;
  if (mapper_.has_integer_key()) {
    if (cursor.is_null(key_columns_[0])) return nullptr;
    there = identity_.find(cursor.raw_int(key_columns_[0]));
  } else {
    std::vector<Value> key;
    for (size_t i = 0; i < key_columns_.size(); ++i) {
      key.push_back(cursor.value(key_columns_[i]));
      if (key.back().is_null()) return nullptr;
    }
    there = identity_.find(key);
  }
  if (there == nullptr) return &make(cursor);
  if (there->is_expired()) there->apply_expiry();
  if (populate_existing_ || there->refresh_pending)
    fill(*there, cursor, true);
  else
    fill(*there, cursor, false);
  return there;
}

Instance& EntityLoader::make(const engine::Cursor& cursor) {
  const std::vector<int>& slots = mapper_.column_slots();
  size_t bytes = 0;
  for (size_t i = 0; i < slots.size(); ++i) {
    scratch_[i] = load_value(mapper_, slots[i], cursor, first_column_ + static_cast<int>(i));
    if (scratch_[i].is_bytes()) bytes += scratch_[i].as_bytes().size();
  }
  Instance& made = executor_.heap().create(mapper_, bytes, Tag::kNotLoaded);
  char* tail = state::InstanceHeap::tail(made);
  for (size_t i = 0; i < slots.size(); ++i) {
    Value& v = scratch_[i];
    if (v.is_bytes()) {
      const std::string_view text = v.as_bytes();
      std::memcpy(tail, text.data(), text.size());
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
  const std::vector<int>& slots = mapper_.column_slots();
  for (size_t i = 0; i < slots.size(); ++i) {
    const int slot = slots[i];
    if (!overwrite && instance.slots[slot].tag() != Tag::kNotLoaded) continue;
    // A changed attribute that was never loaded keeps its change.
    if (!overwrite && instance.history != nullptr && instance.history->find(slot) != nullptr) continue;
    instance.load(slot, load_value(mapper_, slot, cursor, first_column_ + static_cast<int>(i)));
  }
  if (overwrite) {
    for (const auto& r : mapper_.relationships())
      if (r->slot < instance.slot_count) instance.drop_relationship(r->slot);
    instance.clear_history();
    instance.refresh_pending = false;
  }
}

RowStream::RowStream(Executor& executor, const Query& query)
    : RowStream(executor, plan(query), query.autoflush, query.populate_existing) {}

RowStream::RowStream(Executor& executor, QueryPlan plan, bool autoflush, bool populate_existing) : plan_(std::move(plan)) {
  executor.before_execute(autoflush);
  const schema::Table* table = nullptr;
  for (const EntityPlan& e : plan_.entities)
    if (e.mapper != nullptr && table == nullptr) table = e.mapper->table().get();
  if (table == nullptr)
    for (const expr::FromPtr& f : expr::effective_froms(*plan_.select))
      if (f->table && table == nullptr) table = f->table.get();
  cursor_ = executor.connection(table).execute(*plan_.select);
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
  // Joins repeat objects; a plain SELECT of one table cannot.
  const bool may_repeat = query.from != nullptr || query.set != nullptr;
  boost::unordered_flat_set<Instance*> seen;
  while (rows.next()) {
    Instance* i = rows.object(0);
    if (i == nullptr || (may_repeat && !seen.insert(i).second)) continue;
    result.push_back(i);
  }
  return result;
}

}  // namespace moonbase::query
