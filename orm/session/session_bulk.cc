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

// Runs an UPDATE or DELETE; `keys` are those of the rows it meets, where loaded objects must
// follow.
int64_t Session::run_on_rows(const query::Query& q, const expr::Statement& statement,
                             Synchronize how, std::vector<std::vector<Value>>& keys) {
  before_execute(q.autoflush);
  if (how != Synchronize::kNone) keys = matching_keys(q);
  engine::Cursor cursor = connection(q.entities[0].mapper->table().get()).execute(statement);
  cursor.next();
  return cursor.rowcount();
}

int64_t Session::update_rows(const query::Query& q,
                             const std::vector<std::pair<int, expr::ElementPtr>>& values,
                             Synchronize how) {
  const auto statement = query::update_statement(q, values);
  const mapper::Mapper& m = *q.entities[0].mapper;
  std::vector<std::vector<Value>> keys;
  const int64_t count = run_on_rows(q, *statement, how, keys);
  for (const auto& key : keys) {
    Instance* i = find_loaded(m, key);
    if (i == nullptr || i->is_expired()) continue;
    const auto untouched = [&](int slot) {
      return i->history == nullptr || i->history->find(slot) == nullptr;
    };
    for (const auto& [slot, e] : values)
      if (untouched(slot)) i->slot(slot) = Value::marker(Tag::kNotLoaded);
    // A reference whose foreign key was set leads elsewhere now.
    for (const auto& r : m.relationships()) {
      if (r->direction != mapper::Direction::kManyToOne || !untouched(r->slot)) continue;
      for (const mapper::SyncPair& p : r->pairs)
        if (std::any_of(values.begin(), values.end(),
                        [&](const auto& v) { return v.first == p.destination_slot; }))
          i->drop_relationship(r->slot);
    }
    if (!frames_.empty()) frames_.back().changed.push_back(i);
  }
  return count;
}

int64_t Session::delete_rows(const query::Query& q, Synchronize how) {
  const auto statement = query::delete_statement(q);
  const mapper::Mapper& m = *q.entities[0].mapper;
  std::vector<std::vector<Value>> keys;
  const int64_t count = run_on_rows(q, *statement, how, keys);
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

// Columns that a bulk INSERT fills by their defaults: by values made here, and by SQL.
struct BulkDefaults {
  std::vector<int> made, sql;
};

static BulkDefaults defaults_beside(const mapper::Mapper& m, const std::vector<int>& slots) {
  BulkDefaults found;
  for (int slot : m.column_slots()) {
    const std::optional<schema::Default>& d = m.column(slot)->default_value;
    if (!d || std::find(slots.begin(), slots.end(), slot) != slots.end()) continue;
    (d->kind == schema::Default::Kind::kSql ? found.sql : found.made).push_back(slot);
  }
  return found;
}

// The INSERT of values for `slots`, then of the SQL defaults.
static compile::CompiledPtr insert_with_sql(engine::Engine& engine, const mapper::Mapper& m,
                                            const std::vector<int>& slots,
                                            const std::vector<int>& sql) {
  expr::Insert insert;
  insert.table = m.table();
  std::vector<expr::ElementPtr> row;
  for (int slot : slots) {
    insert.columns.push_back(m.column(slot));
    row.push_back(expr::bind(Value(), m.type(slot)));
  }
  for (int slot : sql) {
    insert.columns.push_back(m.column(slot));
    row.push_back(
        expr::literal_column(m.column(slot)->default_value->sql.text, m.column(slot)->type));
  }
  insert.rows.push_back(std::move(row));
  return compile::compile(*expr::finish(std::move(insert)), engine.traits());
}

int64_t Session::bulk_insert(const mapper::Mapper& m, const std::vector<int>& slots,
                             const std::function<bool(std::vector<Value>&)>& next) {
  before_execute(true);
  std::vector<int> written = slots;
  const auto [defaulted, sql_defaults] = defaults_beside(m, slots);
  written.insert(written.end(), defaulted.begin(), defaulted.end());
  engine::Connection& c = connection(m.table().get());
  engine::Connection::Batch batch(c, sql_defaults.empty()
                                         ? persistence_->insert_statement(c.engine(), m, written)
                                         : insert_with_sql(c.engine(), m, written, sql_defaults));
  std::vector<Value> row(slots.size());
  Value made;
  const auto bind_default = [&](int position, int slot) {
    expr::ElementPtr sql;
    made = Value();
    Persistence::make_default(*m.column(slot), *m.type(slot), made, sql);
    batch.bind(position, made, *m.type(slot));
  };
  int64_t count = 0;
  try {
    while (next(row)) {
      int position = 0;
      for (size_t k = 0; k < slots.size(); ++k, ++position)
        row[k].is_absent() ? bind_default(position, slots[k])
                           : batch.bind(position, row[k], *m.type(slots[k]));
      for (int slot : defaulted) bind_default(position++, slot);
      batch.run();
      batch.done();
      ++count;
    }
    batch.finish();
  } catch (base::Error& e) {
    e.add_context("bulk_insert into " + m.name() + ", row " + std::to_string(count + 1));
    // Half of the rows must not be committed: the session is as after a failed flush.
    if (count > 0 || base::is_database_kind(e.kind())) {
      failure_ = e.message();
      if (e.hint().find("rollback()") == std::string::npos)
        e.set_hint(e.hint() + (e.hint().empty() ? "" : "\n") +
                   "none of its rows were kept; call db.session:rollback() to go on");
      fail_flush();
    }
    throw;
  }
  return count;
}

}  // namespace moonbase::session
