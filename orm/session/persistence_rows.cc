// Writing one row: what of an object goes into its INSERT, UPDATE or DELETE, and what the database
// makes of it.
#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/session/persistence.h"
#include "orm/session/refusal.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using engine::Connection;
using mapper::Mapper;
using mapper::TablePart;
using state::Instance;

namespace {

const Value kNullValue;

// What a default's function is shown of an attribute; null for what is no value.
const Value* plain_value(const Instance& i, int slot) {
  if (slot < 0 || slot >= i.slot_count) return nullptr;
  const Value& v = i.slot(slot);
  return v.is_absent() || v.tag() == Tag::kExpression ? nullptr : &v;
}

// The key and the version that name the row at the database. A new object that takes over a row
// has no committed values.
const Value& row_value(const Instance& i, int slot) {
  return i.has_identity ? i.committed(slot) : i.slot(slot);
}

// The slot of the version, where it is in this table; else -1.
int version_in(const TablePart& part, const Mapper& m) {
  return m.version_slot() >= 0 && part.column(m.version_slot()) != nullptr ? m.version_slot() : -1;
}

// A table below, whose key the database changes with that of the one above: its row has the new key
// when its turn comes.
bool follows_key(const Mapper& m, const TablePart& part) {
  if (&part == m.parts().data()) return false;
  return std::ranges::any_of(part.table->foreign_keys(), [&](const auto& key) {
    return base::equal_ignoring_case(key.onupdate, "CASCADE") &&
           m.part_in(key.target_table()) != nullptr &&
           std::ranges::all_of(key.columns, [&](const std::string& name) {
             return part.table->column(name).primary_key;
           });
  });
}

[[noreturn]] void refuse_stale(const Instance& i, const char* verb, int64_t matched) {
  const Mapper& m = *i.mapper;
  const int version = m.version_slot();
  std::string message = std::string(verb) + " of " + state::describe(i) + " on table '" +
                        m.table()->full_name() + "' matched " + std::to_string(matched) +
                        " rows instead of 1";
  if (version >= 0)
    message += ": its " + m.column(version)->name + " is " + row_value(i, version).repr() +
               " no more, somebody else was faster";
  throw Error(ErrorKind::kStaleDataError, std::move(message))
      .with_hint(version >= 0
                     ? "db.session:rollback(), read the object again and repeat the change"
                     : "the row was deleted or its key was changed by somebody else: rollback, "
                       "then query for it again");
}

}  // namespace

// The row says what class it is of: this one, unless the program has said another.
void Persistence::check_class(Instance& i) {
  const Mapper& m = *i.mapper;
  if (m.polymorphic_identity().is_absent()) return;
  Value& said = i.slot(m.discriminator());
  if (said.is_absent()) said = m.polymorphic_identity();
  if (said == m.polymorphic_identity() || said.tag() == Tag::kExpression) return;
  session_.warn("the " + m.attribute_at(m.discriminator()).name + " of " + state::describe(i) +
                " is " + said.repr(40) + ", and rows of " + m.name() + " have " +
                m.polymorphic_identity().repr(40) +
                ": the row will not be read again as what the object is");
}

// ---- new rows ----

// Which slots an INSERT writes, defaults made: into slots_. True when SQL is among the values.
bool Persistence::collect_new_values(Instance& i, const TablePart& part) {
  const Mapper& m = *i.mapper;
  const schema::Column* numbered = part.table->autoincrement_column();
  const bool is_first = &part == &m.parts()[0];
  slots_.clear();
  const bool has_sequences = traits(part).has_sequences;
  bool has_sql = i.history != nullptr && !i.history->expressions.empty();
  const schema::RowLookup row(
      *part.table, [&i, &m](const schema::Column& c) { return plain_value(i, m.slot_of(c)); });
  if (m.version_slot() >= 0 && is_first && !m.has_server_version())
    i.slot(m.version_slot()) = next_version(m, Value());
  if (m.discriminator() >= 0 && is_first) check_class(i);
  for (int slot : part.column_slots) {
    const schema::Column& c = *part.column(slot);
    const Value& v = i.slot(slot);
    if (v.tag() == Tag::kExpression) {
      slots_.push_back(slot);
      continue;
    }
    if (c.computed || (slot == m.version_slot() && m.has_server_version())) continue;
    if (v.is_null() || v.is_absent()) {
      if (c.default_value && (!c.default_value->sequence || has_sequences)) {
        Value made;
        expr::ElementPtr sql =
            make_default(c, *c.default_value, *m.type(slot), row, "default", made);
        if (sql) {
          i.write_expression(slot, std::move(sql));
          has_sql = true;
        } else {
          i.slot(slot) = std::move(made);
        }
      } else if (&c == numbered || c.has_server_value()) {
        continue;
      }
    }
    slots_.push_back(slot);
  }
  return has_sql;
}

// What the database made and nobody has read yet is read at its first access.
void Persistence::note_database_values(Instance& i, const TablePart& part,
                                       const std::vector<int>& returned) {
  for (int slot : part.column_slots) {
    if (std::find(returned.begin(), returned.end(), slot) != returned.end()) continue;
    Value& v = i.slot(slot);
    const bool made_by_database = v.is_null() && part.column(slot)->has_server_value();
    if (v.tag() != Tag::kNeverSet && !made_by_database) continue;
    v = part.column(slot)->has_server_value() ? Value::marker(Tag::kNotLoaded) : Value();
  }
}

void Persistence::insert(Instance& i, const TablePart& part) {
  if (&part == &i.mapper->parts().back()) note_written(i);
  // The tables above give this one its key.
  if (!queued_.empty() && queued_part_ != &part) settle();
  const bool has_sql = collect_new_values(i, part);
  const std::vector<int> returned = slots_to_return(i, part, true);
  if (has_sql) {
    write_alone(i, part, true, returned);
    note_database_values(i, part, returned);
    read_server_version(i, part);
  } else if (!queue_insert(i, part, returned) && !queue_insert_alone(i, part, returned)) {
    insert_now(i, part);
  }
}

// The row of slots_, which holds no SQL.
void Persistence::insert_now(Instance& i, const TablePart& part) {
  const Mapper& m = *i.mapper;
  const schema::Column* numbered = part.table->autoincrement_column();
  const std::vector<int> returned = slots_to_return(i, part, true);
  if (!returned.empty()) {
    write_alone(i, part, true, returned);
    note_database_values(i, part, returned);
    read_server_version(i, part);
    return;
  }
  Connection::Batch& batch = batch_for(m, part, Action::kInsert);
  bind_new_values(batch, i, slots_);
  batch.run();
  if (numbered != nullptr) {
    Value& key = i.slot(m.slot_of(*numbered));
    if (key.is_null() || key.is_absent()) {
      if (batch.changes() == 0) refuse_kept_out(i);
      key = Value::integer(batch.last_insert_id());
    }
  }
  batch.done();
  note_database_values(i, part, {});
  read_server_version(i, part);
}

// A new object takes over the row of one that is deleted: all of it is written.
void Persistence::replace(FlushPlan& plan, Node& node) {
  settle();
  Instance& i = *node.instance;
  Instance& former = *plan.nodes[static_cast<size_t>(node.switches_with)].instance;
  const Mapper& m = *i.mapper;
  const Value former_version = m.version_slot() >= 0 ? read_version(former) : Value();
  for (const TablePart& part : m.parts()) {
    const int64_t matched = replace_part(i, part, former_version);
    if (matched != 1) refuse_stale(former, "UPDATE", matched);
    note_database_values(i, part, {});
    read_server_version(i, part);
  }
  note_written(i);
}

// Returns how many rows there were.
int64_t Persistence::replace_part(Instance& i, const TablePart& part, const Value& former_version) {
  const Mapper& m = *i.mapper;
  const bool has_sql = collect_new_values(i, part);
  const int version = version_in(part, m);
  if (version >= 0 && !m.has_server_version()) i.slot(version) = next_version(m, former_version);
  std::erase_if(slots_, [&](int slot) { return part.column(slot)->primary_key; });
  if (has_sql) return write_alone(i, part, false, {}, version >= 0 ? &former_version : nullptr);
  if (slots_.empty()) return 1;
  Connection::Batch& batch = batch_for(m, part, Action::kUpdate);
  int position = 0;
  for (int slot : slots_) {
    const Value& v = i.slot(slot);
    batch.bind(position++, v.is_absent() ? kNullValue : v, *m.type(slot));
  }
  for (int slot : m.primary_key()) batch.bind(position++, i.slot(slot), *m.type(slot));
  if (version >= 0) batch.bind(position++, former_version, *m.type(version));
  batch.run();
  const int64_t matched = batch.changes();
  batch.done();
  return matched;
}

// ---- rows that are there ----

// What the columns that nobody set get by `onupdate`; they join slots_.
void Persistence::make_onupdate_values(Instance& i, const TablePart& part) {
  const Mapper& m = *i.mapper;
  const auto is_set = [this](int slot) {
    return std::find(slots_.begin(), slots_.end(), slot) != slots_.end();
  };
  const schema::RowLookup row(*part.table, [&](const schema::Column& c) {
    const int slot = m.slot_of(c);
    return is_set(slot) ? plain_value(i, slot) : nullptr;
  });
  for (int slot : part.column_slots) {
    const schema::Column& c = *part.column(slot);
    if (!c.onupdate || is_set(slot)) continue;
    Value made;
    expr::ElementPtr sql = make_default(c, *c.onupdate, *m.type(slot), row, "onupdate", made);
    if (sql) {
      i.write_expression(slot, std::move(sql));
    } else {
      i.remember(slot);
      i.slot(slot) = std::move(made);
    }
    slots_.push_back(slot);
  }
}

const Value& Persistence::read_version(Instance& i) {
  const int slot = i.mapper->version_slot();
  if (i.committed(slot).tag() == Tag::kNotLoaded && i.slot(slot).tag() == Tag::kNotLoaded)
    session_.load_slot(i, slot);
  const Value& version = i.committed(slot);
  const bool is_counted = !i.mapper->version_generator() && !i.mapper->has_server_version();
  if (is_counted ? version.tag() != Tag::kInt : version.is_null() || version.is_absent())
    throw Error(ErrorKind::kFlushError,
                "the version column " + i.mapper->column(slot)->full_name() + " of " +
                    state::describe(i) + " holds no " + (is_counted ? "number" : "version"))
        .with_hint("rows that were there before need one: UPDATE … SET " +
                   i.mapper->column(slot)->name + (is_counted ? " = 1" : " = …"));
  return version;
}

// Of a row that has `version`; NULL: of a new one.
Value Persistence::next_version(const Mapper& m, const Value& version) {
  const mapper::VersionGenerator* generator = m.version_generator();
  if (generator == nullptr) return Value::integer(version.is_null() ? 1 : version.as_int() + 1);
  try {
    Value next = m.type(m.version_slot())->cast(generator->next(version));
    next.own();
    if (next.is_null())
      throw Error(ErrorKind::kFlushError, "the version_id_generator of " + m.name() + " gave nil")
          .with_hint("it takes a version, nil for a new row, and returns the next one");
    return next;
  } catch (Error& e) {
    e.add_context("version_id_generator of " + m.name());
    throw;
  }
}

// What the database has made of the version of a row that was just written.
void Persistence::read_server_version(Instance& i, const TablePart& part) {
  const Mapper& m = *i.mapper;
  const int version_slot = version_in(part, m);
  if (version_slot < 0 || !m.has_server_version()) return;
  end_writer();
  expr::Select select;
  const auto column = [&part](int slot) { return expr::column(part.from, *part.column(slot)); };
  select.columns.push_back(column(version_slot));
  select.froms.push_back(part.from);
  for (int slot : m.primary_key())
    select.where.push_back(
        expr::binary(expr::Op::kEq, column(slot), expr::bind(i.slot(slot), m.type(slot))));
  engine::Cursor cursor =
      session_.connection(part.table.get()).execute(*expr::finish(std::move(select)));
  if (!cursor.next()) return;
  Value& version = i.slot(version_slot);
  version = cursor.value(0);
  version.own();
}

// The next version, unless the program has set one or the database makes it.
void Persistence::count_version(Instance& i) {
  const int slot = i.mapper->version_slot();
  const Value version = read_version(i);
  if (i.mapper->has_server_version()) return;
  if (std::find(slots_.begin(), slots_.end(), slot) != slots_.end()) return;
  Value next = next_version(*i.mapper, version);
  i.remember(slot);
  i.slot(slot) = std::move(next);
  slots_.push_back(slot);
}

// Which slots were changed, with the version: into slots_. False when there are none.
bool Persistence::collect_changes(Instance& i) {
  const Mapper& m = *i.mapper;
  slots_.clear();
  if (i.history == nullptr) return false;
  for (const state::Change& change : i.history->changes) {
    if (m.column(change.slot) == nullptr || m.column(change.slot)->computed) continue;
    const Value& now = i.slot(change.slot);
    if (now.is_absent()) continue;
    if (now.tag() != Tag::kExpression && !change.old.is_absent() &&
        m.type(change.slot)->equal(change.old, now))
      continue;
    if (now.is_null() && m.column(change.slot)->primary_key)
      throw Error(ErrorKind::kFlushError, "the key column " + m.column(change.slot)->full_name() +
                                              " of " + state::describe(i) + " cannot become NULL")
          .with_hint(
              "delete the object with db.session:delete(x), or give it another key; "
              "db.session:rollback() goes on");
    slots_.push_back(change.slot);
  }
  if (slots_.empty()) return false;
  if (m.discriminator() >= 0 &&
      std::find(slots_.begin(), slots_.end(), m.discriminator()) != slots_.end())
    check_class(i);
  if (m.version_slot() >= 0) count_version(i);
  return true;
}

void Persistence::check_updated(const Instance& i, int64_t matched) {
  if (matched != 1) refuse_stale(i, "UPDATE", matched);
}

void Persistence::update(Instance& i) {
  const Mapper& m = *i.mapper;
  if (!collect_changes(i)) return;
  std::vector<KeyChange> key_changes;
  for (int slot : slots_)
    if (m.column(slot)->primary_key || m.column(slot)->unique)
      key_changes.push_back({slot, i.committed(slot), Value()});
  if (!key_changes.empty()) settle();
  if (m.parts().size() == 1) {
    update_part(i, m.parts()[0], key_changes.empty());
  } else {
    const std::vector<int> changed = slots_;
    for (const TablePart& part : m.parts()) {
      slots_ = changed;
      const bool has_key_already = follows_key(m, part);
      std::erase_if(slots_, [&](int slot) {
        const schema::Column* column = part.column(slot);
        return column == nullptr || (has_key_already && column->primary_key);
      });
      if (!slots_.empty()) update_part(i, part, key_changes.empty());
    }
  }
  note_written(i);
  for (KeyChange& c : key_changes) c.now = i.slot(c.slot);
  if (!key_changes.empty()) hand_on_key(i, key_changes);
}

// slots_: what of the table was changed. `may_wait`: nothing that follows needs the row to be
// written.
void Persistence::update_part(Instance& i, const TablePart& part, bool may_wait) {
  const Mapper& m = *i.mapper;
  make_onupdate_values(i, part);
  std::sort(slots_.begin(), slots_.end(),
            [&](int a, int b) { return part.column(a)->position < part.column(b)->position; });
  const std::vector<int> returned = slots_to_return(i, part, false);
  const bool has_sql =
      !i.history->expressions.empty() && std::any_of(slots_.begin(), slots_.end(), [&](int slot) {
        return i.slot(slot).tag() == Tag::kExpression;
      });
  int64_t matched = 1;
  if (has_sql || !returned.empty()) {
    matched = write_alone(i, part, false, returned);
  } else {
    Connection::Batch& batch = batch_for(m, part, Action::kUpdate);
    int position = 0;
    for (int slot : slots_) batch.bind(position++, i.slot(slot), *m.type(slot));
    const bool has_key_already = follows_key(m, part);
    for (int slot : m.primary_key())
      batch.bind(position++, has_key_already ? i.slot(slot) : i.committed(slot), *m.type(slot));
    if (const int version = version_in(part, m); version >= 0)
      batch.bind(position++, i.committed(version), *m.type(version));
    if (may_wait && !m.has_server_version() && queue_run(batch, i)) {
      queued_part_ = &part;
    } else {
      batch.run();
      matched = batch.changes();
      batch.done();
    }
  }
  check_updated(i, matched);
  for (int slot : part.column_slots) {
    const schema::Column& c = *part.column(slot);
    const bool is_known = std::find(returned.begin(), returned.end(), slot) != returned.end();
    if ((c.server_onupdate || c.computed) && !is_known)
      i.slot(slot) = Value::marker(Tag::kNotLoaded);
  }
  read_server_version(i, part);
}

// Writes the foreign keys that were left out of the row so that a circle could be written. The row
// stands under its present key and version, and this counts as one more version.
void Persistence::close(const FlushPlan& plan, const Node& node) {
  Instance& i = *node.instance;
  const Mapper& m = *i.mapper;
  slots_.clear();
  for (int s = node.first_sync; s >= 0; s = plan.syncs[static_cast<size_t>(s)].next) {
    const Sync& sync = plan.syncs[static_cast<size_t>(s)];
    if (!sync.cut) continue;
    for (const mapper::SyncPair& p : sync.relationship->pairs)
      if (p.destination_slot >= 0 &&
          std::find(slots_.begin(), slots_.end(), p.destination_slot) == slots_.end())
        slots_.push_back(p.destination_slot);
  }
  const std::vector<int> cut = slots_;
  for (const TablePart& part : m.parts()) {
    slots_ = cut;
    std::erase_if(slots_, [&part](int slot) { return part.column(slot) == nullptr; });
    if (!slots_.empty()) close_part(i, part);
  }
}

// slots_: the keys of the table that are to be written.
void Persistence::close_part(Instance& i, const TablePart& part) {
  const Mapper& m = *i.mapper;
  std::sort(slots_.begin(), slots_.end(),
            [&](int a, int b) { return part.column(a)->position < part.column(b)->position; });
  const int version = version_in(part, m);
  Value former_version;
  if (version >= 0) {
    if (i.slot(version).tag() == Tag::kNotLoaded) read_version(i);
    former_version = i.slot(version);
    former_version.own();
    if (!m.has_server_version()) {
      Value next = next_version(m, former_version);
      if (i.has_identity) i.remember(version);
      i.slot(version) = std::move(next);
      slots_.push_back(version);
    }
  }
  Connection::Batch& batch = batch_for(m, part, Action::kUpdate);
  int position = 0;
  for (int slot : slots_) batch.bind(position++, i.slot(slot), *m.type(slot));
  for (int slot : m.primary_key()) batch.bind(position++, i.slot(slot), *m.type(slot));
  if (version >= 0) batch.bind(position++, former_version, *m.type(version));
  batch.run();
  const int64_t matched = batch.changes();
  batch.done();
  if (matched != 1) refuse_stale(i, "UPDATE", matched);
  read_server_version(i, part);
}

void Persistence::remove(Instance& i, const TablePart& part) {
  const Mapper& m = *i.mapper;
  const int version = version_in(part, m);
  if (m.version_slot() >= 0) read_version(i);
  slots_.clear();
  Connection::Batch& batch = batch_for(m, part, Action::kDelete);
  int position = 0;
  for (int slot : m.primary_key()) batch.bind(position++, i.committed(slot), *m.type(slot));
  if (version >= 0) batch.bind(position++, i.committed(version), *m.type(version));
  if (queue_run(batch, i)) {
    queued_part_ = &part;
    return;
  }
  batch.run();
  const int64_t matched = batch.changes();
  batch.done();
  check_deleted(i, part, matched);
}

void Persistence::check_deleted(Instance& i, const TablePart& part, int64_t matched) {
  const Mapper& m = *i.mapper;
  if (matched == 1) return;
  if (version_in(part, m) >= 0) refuse_stale(i, "DELETE", matched);
  if (m.confirms_deleted_rows())
    session_.warn("DELETE of " + state::describe(i) + " on table '" + part.table->full_name() +
                  "' matched " + std::to_string(matched) +
                  " rows instead of 1: somebody else deleted it");
}

// ---- statements of their own ----

// What is read back with the statement: keys that only the database knows, and under eager_defaults
// all that it makes.
std::vector<int> Persistence::slots_to_return(const Instance& i, const TablePart& part,
                                              bool is_insert) {
  const Mapper& m = *i.mapper;
  std::vector<int> returned;
  const schema::Column* numbered = part.table->autoincrement_column();
  const bool is_number_made =
      numbered != nullptr && (!is_insert || i.slot(m.slot_of(*numbered)).tag() != Tag::kExpression);
  if (!m.has_eager_defaults() && is_number_made) return returned;
  if (!traits(part).has_returning) return returned;
  const auto is_written = [this](int slot) {
    return std::find(slots_.begin(), slots_.end(), slot) != slots_.end();
  };
  for (int slot : part.column_slots) {
    const schema::Column& c = *part.column(slot);
    const bool is_made =
        is_insert ? c.has_server_value() && !is_written(slot) : c.server_onupdate || c.computed;
    const bool is_sql = i.slot(slot).tag() == Tag::kExpression;
    const bool is_key = is_insert && c.primary_key;
    if ((is_made || is_sql) && (m.has_eager_defaults() || is_key)) returned.push_back(slot);
  }
  return returned;
}

void Persistence::read_returned(Instance& i, const engine::Cursor& cursor,
                                const std::vector<int>& returned) {
  for (size_t k = 0; k < returned.size(); ++k) {
    Value& v = i.slot(returned[k]);
    v = cursor.value(static_cast<int>(k));
    v.own();
  }
}

// A row with SQL expressions among its values, or with values to be returned. Expressions that are
// not returned are read at their next access. `version`: what the row has, where the object does
// not say it. Returns how many rows there were.
int64_t Persistence::write_alone(Instance& i, const TablePart& part, bool is_insert,
                                 const std::vector<int>& returned, const Value* version) {
  const Mapper& m = *i.mapper;
  const schema::Column* numbered = part.table->autoincrement_column();
  end_writer();
  const auto value = [&](int slot) {
    if (const expr::ElementPtr* e = i.expression(slot)) return *e;
    const Value& v = i.slot(slot);
    return expr::bind(v.is_absent() ? Value() : v, m.type(slot));
  };
  std::vector<int> read = returned;
  if (!read.empty() && is_insert && numbered != nullptr &&
      (i.slot(m.slot_of(*numbered)).is_null() || i.slot(m.slot_of(*numbered)).is_absent()))
    read.push_back(m.slot_of(*numbered));
  std::vector<expr::ElementPtr> returning;
  for (int slot : read) returning.push_back(expr::column(part.from, *part.column(slot)));
  expr::StatementPtr statement;
  if (is_insert) {
    expr::Insert insert;
    insert.table = part.table;
    std::vector<expr::ElementPtr> row;
    for (int slot : slots_) {
      insert.columns.push_back(part.column(slot));
      row.push_back(value(slot));
    }
    if (!row.empty()) insert.rows.push_back(std::move(row));
    insert.returning = std::move(returning);
    statement = expr::finish(std::move(insert));
  } else {
    expr::Update update;
    update.table = part.table;
    for (int slot : slots_) update.set.emplace_back(part.column(slot), value(slot));
    const bool has_key_already = follows_key(m, part);
    std::vector<int> where = m.primary_key();
    if (const int counted = version_in(part, m); counted >= 0) where.push_back(counted);
    for (int slot : where) {
      const bool is_given = version != nullptr && slot == m.version_slot();
      update.where.push_back(expr::binary(expr::Op::kEq,
                                          expr::column(part.from, *part.column(slot)),
                                          expr::bind(is_given          ? *version
                                                     : has_key_already ? i.slot(slot)
                                                                       : row_value(i, slot),
                                                     m.type(slot))));
    }
    update.returning = std::move(returning);
    statement = expr::finish(std::move(update));
  }
  engine::Cursor cursor = session_.connection(part.table.get()).execute(*statement);
  const bool has_row = cursor.next();
  if (has_row && !read.empty()) read_returned(i, cursor, read);
  if (is_insert && numbered != nullptr) {
    Value& key = i.slot(m.slot_of(*numbered));
    const bool is_to_come = key.is_null() || key.is_absent();
    if (is_to_come && !has_row && cursor.rowcount() == 0) refuse_kept_out(i);
    if (is_to_come && read.empty()) key = Value::integer(cursor.last_insert_id());
  }
  const int64_t matched = read.empty() ? cursor.rowcount() : (has_row ? 1 : 0);
  if (i.history != nullptr)
    for (const auto& [slot, e] : i.history->expressions)
      if (part.column(slot) != nullptr && i.slot(slot).tag() == Tag::kExpression)
        i.slot(slot) = Value::marker(Tag::kNotLoaded);
  return matched;
}

}  // namespace moonbase::session
