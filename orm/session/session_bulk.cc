// Writes without objects: many rows by one prepared INSERT or UPDATE.
#include <algorithm>

#include "orm/base/error.h"
#include "orm/session/persistence.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Value;
using state::Instance;

// Columns that a bulk INSERT fills by their defaults: by values made here, and by SQL.
struct BulkDefaults {
  std::vector<int> made, sql;
};

// The slot that says a row's class, when the caller does not fill it; -1 when nothing does.
static int class_to_say(const mapper::Mapper& m, const std::vector<int>& slots) {
  if (m.discriminator() < 0 || m.polymorphic_identity().is_absent()) return -1;
  return std::find(slots.begin(), slots.end(), m.discriminator()) == slots.end() ? m.discriminator()
                                                                                 : -1;
}

static void refuse_several_tables(const mapper::Mapper& m, const char* method) {
  throw base::Error(base::ErrorKind::kNotSupportedError,
                    std::string(method) + " of " + m.name() + ": its rows are in " +
                        std::to_string(m.parts().size()) + " tables")
      .with_hint("add objects to the session, or write the tables one by one with db.insert");
}

static BulkDefaults defaults_beside(const mapper::Mapper& m, const std::vector<int>& slots,
                                    bool has_sequences) {
  BulkDefaults found;
  for (int slot : m.column_slots()) {
    const std::optional<schema::Default>& d = m.column(slot)->default_value;
    if (!d || (d->sequence && !has_sequences) || slot == class_to_say(m, slots) ||
        std::find(slots.begin(), slots.end(), slot) != slots.end())
      continue;
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

// Half of the rows must not be committed: the session is as after a failed flush.
void Session::fail_bulk(base::Error& e, int64_t done) {
  if (done > 0 || base::is_database_kind(e.kind())) {
    failure_ = e.message();
    if (e.hint().find("rollback()") == std::string::npos)
      e.set_hint(e.hint() + (e.hint().empty() ? "" : "\n") +
                 (is_autocommit()
                      ? "rows written before it stay, as the connection is in AUTOCOMMIT"
                      : "none of its rows were kept") +
                 "; call db.session:rollback() to go on");
    fail_flush();
  }
  throw;
}

// Hands the rows on, completed by the defaults that are made here, to a Batch or a Copy of the
// columns `written`: those that the rows hold, then the others. `count` is kept up to date.
template <class Writer>
static void put_rows(const mapper::Mapper& m, const std::vector<int>& slots,
                     const std::vector<int>& written, const Session::NextRow& next, Writer& writer,
                     int64_t& count) {
  std::vector<Value> row(slots.size());
  std::vector<Value> made(written.size());  // by defaults, kept until the run is done
  const auto value_at = [&](size_t position) {
    const bool is_given = position < row.size() && !row[position].is_absent();
    return is_given ? &row[position] : &made[position];
  };
  const schema::RowLookup seen(*m.table(), [&](const schema::Column& c) -> const Value* {
    const auto there = std::find(written.begin(), written.end(), m.slot_of(c));
    return there == written.end() ? nullptr
                                  : value_at(static_cast<size_t>(there - written.begin()));
  });
  const auto make_default = [&](size_t position) {
    const schema::Column& column = *m.column(written[position]);
    if (written[position] == m.discriminator() && !m.polymorphic_identity().is_absent()) {
      made[position] = m.polymorphic_identity();
      return;
    }
    if (!column.default_value) return;
    Persistence::make_default(column, *column.default_value, *m.type(written[position]), seen,
                              "default", made[position]);
  };
  while (next(row)) {
    std::fill(made.begin(), made.end(), Value());
    for (size_t k = 0; k < written.size(); ++k) {
      if (k >= slots.size() || row[k].is_absent()) make_default(k);
      writer.bind(static_cast<int>(k), *value_at(k), *m.type(written[k]));
    }
    writer.run();
    writer.done();
    ++count;
  }
  writer.finish();
}

int64_t Session::bulk_insert(const mapper::Mapper& m, const std::vector<int>& slots,
                             const NextRow& next) {
  before_execute(true);
  if (m.parts().size() > 1) refuse_several_tables(m, "bulk_insert");
  std::vector<int> written = slots;
  const int says_class = class_to_say(m, slots);
  if (says_class >= 0) written.push_back(says_class);
  engine::Connection& c = connection(m.table().get());
  const auto [defaulted, sql_defaults] =
      defaults_beside(m, slots, c.engine().traits().has_sequences);
  written.insert(written.end(), defaulted.begin(), defaulted.end());
  const bool is_copy = sql_defaults.empty() && c.has_copy();
  int64_t count = 0;
  try {
    const Persistence::RowsGiven given(*persistence_);
    if (is_copy) {
      std::vector<std::string> columns;
      for (int slot : written) columns.push_back(m.column(slot)->name);
      engine::Connection::Copy copy(c, *m.table(), columns);
      put_rows(m, slots, written, next, copy, count);
    } else {
      engine::Connection::Batch batch(
          c, sql_defaults.empty() ? persistence_->insert_statement(c.engine(), m, written)
                                  : insert_with_sql(c.engine(), m, written, sql_defaults));
      put_rows(m, slots, written, next, batch, count);
    }
  } catch (base::Error& e) {
    // Of rows that were sent together, the database says itself which it was.
    const bool is_of_many = is_copy && !e.statement().empty();
    e.add_context("bulk_insert into " + m.name() +
                  (is_of_many ? "" : ", row " + std::to_string(count + 1)));
    fail_bulk(e, count);
  }
  return count;
}

namespace {

// The columns of an UPDATE by primary key, in the order of its placeholders.
struct UpdateShape {
  const mapper::Mapper& mapper;
  std::vector<int> set;   // given, then made by onupdate
  size_t given = 0;       // how many of them are given
  std::vector<int> keys;  // the primary key
  std::vector<int> sql;   // by SQL of onupdate
};

UpdateShape update_shape(const mapper::Mapper& m, const std::vector<int>& slots) {
  UpdateShape shape{m, {}, 0, m.primary_key(), {}};
  const auto has = [](const std::vector<int>& list, int slot) {
    return std::find(list.begin(), list.end(), slot) != list.end();
  };
  for (int slot : slots)
    if (!has(shape.keys, slot)) shape.set.push_back(slot);
  shape.given = shape.set.size();
  for (int slot : m.column_slots()) {
    const std::optional<schema::Default>& onupdate = m.column(slot)->onupdate;
    if (!onupdate || has(slots, slot)) continue;
    (onupdate->kind == schema::Default::Kind::kSql ? shape.sql : shape.set).push_back(slot);
  }
  return shape;
}

compile::CompiledPtr update_by_key(engine::Engine& engine, const UpdateShape& shape) {
  const mapper::Mapper& m = shape.mapper;
  expr::Update update;
  update.table = m.table();
  for (int slot : shape.set)
    update.set.emplace_back(m.column(slot), expr::bind(Value(), m.type(slot)));
  for (int slot : shape.sql)
    update.set.emplace_back(m.column(slot), expr::literal_column(m.column(slot)->onupdate->sql.text,
                                                                 m.column(slot)->type));
  for (int slot : shape.keys)
    update.where.push_back(
        expr::binary(expr::Op::kEq, m.element(slot), expr::bind(Value(), m.type(slot))));
  return compile::compile(*expr::finish(std::move(update)), engine.traits());
}

// Puts what a row gives where its placeholders look for it.
void arrange(const UpdateShape& shape, const std::vector<int>& slots, std::vector<Value>& row,
             std::vector<Value>& values) {
  const auto take = [&](int slot) {
    const auto at = std::find(slots.begin(), slots.end(), slot) - slots.begin();
    return std::move(row[static_cast<size_t>(at)]);
  };
  std::fill(values.begin(), values.end(), Value());
  for (size_t k = 0; k < shape.given; ++k) values[k] = take(shape.set[k]);
  for (size_t k = 0; k < shape.keys.size(); ++k) values[shape.set.size() + k] = take(shape.keys[k]);
}

void make_onupdate_values(const UpdateShape& shape, std::vector<Value>& values) {
  const mapper::Mapper& m = shape.mapper;
  size_t known = shape.given;
  const schema::RowLookup seen(*m.table(), [&](const schema::Column& c) -> const Value* {
    const auto end = shape.set.begin() + static_cast<std::ptrdiff_t>(known);
    const auto there = std::find(shape.set.begin(), end, m.slot_of(c));
    return there == end ? nullptr : &values[static_cast<size_t>(there - shape.set.begin())];
  });
  for (; known < shape.set.size(); ++known) {
    const schema::Column& column = *m.column(shape.set[known]);
    Persistence::make_default(column, *column.onupdate, *m.type(shape.set[known]), seen, "onupdate",
                              values[known]);
  }
}

}  // namespace

int64_t Session::bulk_update(const mapper::Mapper& m, const std::vector<int>& slots,
                             const NextRow& next, bool synchronize) {
  if (m.parts().size() > 1) refuse_several_tables(m, "bulk_update");
  before_execute(true);
  const UpdateShape shape = update_shape(m, slots);
  engine::Connection& c = connection(m.table().get());
  engine::Connection::Batch batch(c, update_by_key(c.engine(), shape));
  std::vector<Value> row(slots.size());
  std::vector<Value> values(shape.set.size() + shape.keys.size());
  int64_t count = 0;
  try {
    const Persistence::RowsGiven given(*persistence_);
    while (next(row)) {
      arrange(shape, slots, row, values);
      make_onupdate_values(shape, values);
      for (size_t k = 0; k < values.size(); ++k) {
        const int slot = k < shape.set.size() ? shape.set[k] : shape.keys[k - shape.set.size()];
        batch.bind(static_cast<int>(k), values[k], *m.type(slot));
      }
      batch.run();
      const int64_t changed = batch.changes();
      batch.done();
      if (changed != 1)
        throw base::Error(base::ErrorKind::kStaleDataError,
                          "UPDATE of " + m.name() + " by primary key matched " +
                              std::to_string(changed) + " rows instead of 1");
      ++count;
      if (!synchronize) continue;
      const std::span<const Value> key(values.data() + shape.set.size(), shape.keys.size());
      Instance* i = find_loaded(m, key);
      if (i == nullptr) continue;
      std::vector<std::pair<int, std::optional<Value>>> written;
      for (size_t k = 0; k < shape.set.size(); ++k) written.emplace_back(shape.set[k], values[k]);
      for (int slot : shape.sql) written.emplace_back(slot, std::nullopt);
      set_written(*i, std::move(written));
    }
    batch.finish();
  } catch (base::Error& e) {
    fail_bulk(e, count);
  }
  return count;
}

}  // namespace moonbase::session
