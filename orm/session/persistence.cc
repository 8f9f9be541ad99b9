#include "orm/session/persistence.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using engine::Connection;
using mapper::Mapper;
using state::Instance;

// The statement being repeated: rows of one shape in a row share it.
class Persistence::Writer {
 public:
  Writer(Connection& connection, const Mapper& mapper, Action action, std::vector<int> slots,
         compile::CompiledPtr statement)
      : batch_(connection, std::move(statement)),
        mapper_(mapper),
        action_(action),
        slots_(std::move(slots)) {}

  bool serves(const Mapper& mapper, Action action, const std::vector<int>& slots) const {
    return &mapper == &mapper_ && action == action_ && slots == slots_;
  }
  Connection::Batch& batch() { return batch_; }

 private:
  Connection::Batch batch_;
  const Mapper& mapper_;
  Action action_;
  std::vector<int> slots_;
};

Persistence::Persistence(Session& session) : session_(session) {}
Persistence::~Persistence() = default;

namespace {

const Value kNullValue;

const char* verb(Action action) {
  switch (action) {
    case Action::kInsert:
      return "INSERT";
    case Action::kUpdate:
      return "UPDATE";
    case Action::kDelete:
      return "DELETE";
  }
  return "";
}

// "INSERT of <User (pending)>: username = 'susan', …": for the person who must find the object.
std::string row_context(const Instance& i, Action action) {
  std::string text = std::string(verb(action)) + " of " + state::describe(i);
  if (action == Action::kDelete) return text;
  std::string values;
  int shown = 0;
  for (const mapper::Attribute& a : i.mapper->attributes()) {
    if (a.kind != mapper::Attribute::Kind::kColumn || a.slot >= i.slot_count) continue;
    const Value& v = i.slot(a.slot);
    if (v.is_absent() || v.is_null() || v.tag() == Tag::kExpression) continue;
    if (++shown > 4) {
      values += ", …";
      break;
    }
    values += (values.empty() ? "" : ", ") + a.name + " = " + v.repr(40);
  }
  return values.empty() ? text : text + " (" + values + ")";
}

expr::ElementPtr key_condition(const Mapper& m) {
  std::vector<expr::ElementPtr> parts;
  for (int slot : m.primary_key())
    parts.push_back(
        expr::binary(expr::Op::kEq, m.element(slot), expr::bind(Value(), m.type(slot))));
  return expr::and_(std::move(parts));
}

}  // namespace

bool Persistence::make_default(const schema::Column& column, const types::Type& type, Value& out,
                               expr::ElementPtr& sql) {
  if (!column.default_value) return false;
  const schema::Default& d = *column.default_value;
  switch (d.kind) {
    case schema::Default::Kind::kConstant:
      out = d.constant;
      break;
    case schema::Default::Kind::kFunction:
      try {
        out = type.cast(d.function->make());
        out.own();
      } catch (Error& e) {
        e.add_context("default of " + column.full_name());
        throw;
      }
      break;
    case schema::Default::Kind::kSql:
      sql = expr::literal_column(d.sql.text, column.type);
      break;
  }
  return true;
}

compile::CompiledPtr Persistence::statement(engine::Engine& engine, const Mapper& m, Action action,
                                            const std::vector<int>& slots) {
  std::string key = engine.traits().name + verb(action)[0] + std::to_string(m.uid()) + "." +
                    std::to_string(m.slot_count());
  for (int s : slots) key += ',' + std::to_string(s);
  compile::CompiledPtr& cached = statements_[key];
  if (cached) return cached;
  switch (action) {
    case Action::kInsert: {
      expr::Insert insert;
      insert.table = m.table();
      std::vector<expr::ElementPtr> row;
      for (int s : slots) {
        insert.columns.push_back(m.column(s));
        row.push_back(expr::bind(Value(), m.type(s)));
      }
      if (!row.empty()) insert.rows.push_back(std::move(row));
      cached = compile::compile(*expr::finish(std::move(insert)), engine.traits());
      break;
    }
    case Action::kUpdate: {
      expr::Update update;
      update.table = m.table();
      for (int s : slots) update.set.emplace_back(m.column(s), expr::bind(Value(), m.type(s)));
      update.where.push_back(key_condition(m));
      cached = compile::compile(*expr::finish(std::move(update)), engine.traits());
      break;
    }
    case Action::kDelete: {
      expr::Delete del;
      del.table = m.table();
      del.where.push_back(key_condition(m));
      cached = compile::compile(*expr::finish(std::move(del)), engine.traits());
      break;
    }
  }
  return cached;
}

compile::CompiledPtr Persistence::insert_statement(engine::Engine& engine, const Mapper& mapper,
                                                   const std::vector<int>& slots) {
  return statement(engine, mapper, Action::kInsert, slots);
}

// Ends the statement being repeated; its listeners hear of it now.
void Persistence::end_writer() {
  if (!writer_) return;
  const std::unique_ptr<Writer> ended = std::move(writer_);
  ended->batch().finish();
}

void Persistence::write(Connection& connection, const Mapper& m, Action action) {
  if (writer_ && writer_->serves(m, action, slots_)) return;
  end_writer();
  writer_ = std::make_unique<Writer>(connection, m, action, slots_,
                                     statement(connection.engine(), m, action, slots_));
}

void Persistence::run(FlushPlan& plan) {
  struct Finally {
    std::unique_ptr<Writer>& writer;
    ~Finally() { writer.reset(); }
  } finally{writer_};
  const auto with_context = [](const Instance& i, Action action, auto&& f) {
    try {
      f();
    } catch (Error& e) {
      e.add_context(row_context(i, action));
      throw;
    }
  };
  for (const LinkRow& row : plan.unlinks) link(row, true);
  for (int n : plan.saves) {
    Node& node = plan.nodes[static_cast<size_t>(n)];
    with_context(*node.instance, node.action, [&] {
      apply_syncs(plan, node, false);
      node.action == Action::kInsert ? insert(plan, node) : update(plan, node);
    });
  }
  for (const LinkRow& row : plan.links) link(row, false);
  for (int n : plan.closings) {
    Node& node = plan.nodes[static_cast<size_t>(n)];
    with_context(*node.instance, Action::kUpdate, [&] {
      node.instance->clear_history();
      apply_syncs(plan, node, true);
      update(plan, node);
    });
  }
  for (const Opening& opening : plan.openings) open(plan, opening);
  for (int n : plan.deletes) {
    Node& node = plan.nodes[static_cast<size_t>(n)];
    with_context(*node.instance, node.action, [&] { remove(node); });
  }
  end_writer();
}

void Persistence::apply_syncs(FlushPlan& plan, const Node& node, bool closing) {
  Instance& child = *node.instance;
  for (int s = node.first_sync; s >= 0; s = plan.syncs[static_cast<size_t>(s)].next) {
    const Sync& sync = plan.syncs[static_cast<size_t>(s)];
    if (closing && !sync.cut) continue;
    for (const mapper::SyncPair& p : sync.relationship->pairs) {
      const Mapper& m = *child.mapper;
      if (sync.parent == nullptr && p.destination->primary_key)
        throw Error(ErrorKind::kFlushError, "clearing " + sync.relationship->full_name() +
                                                " would set the key column " +
                                                p.destination->full_name() + " to NULL")
            .with_hint("delete the object instead of taking it out of the relationship");
      Value v;
      if (sync.parent != nullptr && sync.cut == closing) {
        v = sync.parent->slot(p.source_slot);
        if (v.is_absent()) v = Value();
      }
      if (p.destination_slot < 0) continue;
      Value& slot = child.slot(p.destination_slot);
      if (!slot.is_absent() && slot.tag() != Tag::kExpression &&
          m.type(p.destination_slot)->equal(slot, v))
        continue;
      if (child.has_identity || closing) child.remember(p.destination_slot);
      slot = std::move(v);
      slot.own();
    }
  }
}

void Persistence::insert(FlushPlan&, Node& node) {
  Instance& i = *node.instance;
  const Mapper& m = *i.mapper;
  const schema::Column* numbered = m.table()->autoincrement_column();
  slots_.clear();
  bool has_sql = i.history != nullptr && !i.history->expressions.empty();
  for (int slot : m.column_slots()) {
    const schema::Column& c = *m.column(slot);
    Value& v = i.slot(slot);
    if (v.tag() == Tag::kExpression) {
      slots_.push_back(slot);
      continue;
    }
    if (c.computed) continue;
    if (v.is_null() || v.is_absent()) {
      if (c.default_value) {
        Value made;
        expr::ElementPtr sql;
        make_default(c, *m.type(slot), made, sql);
        if (sql) {
          i.write_expression(slot, std::move(sql));
          has_sql = true;
        } else {
          v = std::move(made);
        }
      } else if (&c == numbered || c.has_server_value()) {
        continue;
      }
    }
    slots_.push_back(slot);
  }
  Connection& connection = session_.connection(m.table().get());
  if (has_sql) {
    write_expressions(i, true, slots_);
  } else {
    write(connection, m, Action::kInsert);
    Connection::Batch& batch = writer_->batch();
    int position = 0;
    for (int slot : slots_) {
      const Value& v = i.slot(slot);
      batch.bind(position++, v.is_absent() ? kNullValue : v, *m.type(slot));
    }
    batch.run();
    if (numbered != nullptr) {
      Value& key = i.slot(m.slot_of(*numbered));
      if (key.is_null() || key.is_absent()) key = Value::integer(batch.last_insert_id());
    }
    batch.done();
  }
  for (int slot : m.column_slots()) {
    Value& v = i.slot(slot);
    const bool made_by_database = v.is_null() && m.column(slot)->has_server_value();
    if (v.tag() != Tag::kNeverSet && !made_by_database) continue;
    v = m.column(slot)->has_server_value() ? Value::marker(Tag::kNotLoaded) : Value();
  }
}

void Persistence::update(FlushPlan&, Node& node) {
  Instance& i = *node.instance;
  const Mapper& m = *i.mapper;
  if (i.history == nullptr) return;
  slots_.clear();
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
  if (slots_.empty()) return;
  bool has_sql = !i.history->expressions.empty();
  for (int slot : m.column_slots()) {
    const schema::Column& c = *m.column(slot);
    if (!c.onupdate || std::find(slots_.begin(), slots_.end(), slot) != slots_.end()) continue;
    schema::Column source;
    source.name = c.name;
    source.table = c.table;
    source.default_value = c.onupdate;
    source.type = c.type;
    Value made;
    expr::ElementPtr sql;
    make_default(source, *m.type(slot), made, sql);
    if (sql) {
      i.write_expression(slot, std::move(sql));
      has_sql = true;
    } else {
      i.remember(slot);
      i.slot(slot) = std::move(made);
    }
    slots_.push_back(slot);
  }
  std::sort(slots_.begin(), slots_.end(),
            [&](int a, int b) { return m.column(a)->position < m.column(b)->position; });
  Connection& connection = session_.connection(m.table().get());
  int64_t changed = 1;
  if (has_sql) {
    write_expressions(i, false, slots_);
  } else {
    write(connection, m, Action::kUpdate);
    Connection::Batch& batch = writer_->batch();
    int position = 0;
    for (int slot : slots_) batch.bind(position++, i.slot(slot), *m.type(slot));
    for (int slot : m.primary_key()) batch.bind(position++, i.committed(slot), *m.type(slot));
    batch.run();
    changed = batch.changes();
    batch.done();
  }
  if (changed != 1)
    throw Error(ErrorKind::kStaleDataError, "UPDATE of " + state::describe(i) + " on table '" +
                                                m.table()->full_name() + "' matched " +
                                                std::to_string(changed) + " rows instead of 1")
        .with_hint(
            "the row was deleted or its key was changed by somebody else: rollback, then query for "
            "it again");
  for (int slot : m.column_slots()) {
    const schema::Column& c = *m.column(slot);
    if (c.server_onupdate || c.computed) i.slot(slot) = Value::marker(Tag::kNotLoaded);
  }
}

void Persistence::remove(Node& node) {
  Instance& i = *node.instance;
  const Mapper& m = *i.mapper;
  slots_.clear();
  Connection& connection = session_.connection(m.table().get());
  write(connection, m, Action::kDelete);
  Connection::Batch& batch = writer_->batch();
  int position = 0;
  for (int slot : m.primary_key()) batch.bind(position++, i.committed(slot), *m.type(slot));
  batch.run();
  const int64_t changed = batch.changes();
  batch.done();
  if (changed != 1)
    session_.warn("DELETE of " + state::describe(i) + " on table '" + m.table()->full_name() +
                  "' matched " + std::to_string(changed) +
                  " rows instead of 1: somebody else deleted it");
}

// SQL expressions as values are written inside the statement; the slot is read back at the next
// access.
void Persistence::write_expressions(Instance& i, bool is_insert, const std::vector<int>& slots) {
  const Mapper& m = *i.mapper;
  end_writer();
  const auto value = [&](int slot) {
    if (const expr::ElementPtr* e = i.expression(slot)) return *e;
    const Value& v = i.slot(slot);
    return expr::bind(v.is_absent() ? Value() : v, m.type(slot));
  };
  Connection& connection = session_.connection(m.table().get());
  if (is_insert) {
    expr::Insert insert;
    insert.table = m.table();
    std::vector<expr::ElementPtr> row;
    for (int slot : slots) {
      insert.columns.push_back(m.column(slot));
      row.push_back(value(slot));
    }
    insert.rows.push_back(std::move(row));
    engine::Cursor cursor = connection.execute(*expr::finish(std::move(insert)));
    cursor.next();
    if (const schema::Column* numbered = m.table()->autoincrement_column()) {
      Value& key = i.slot(m.slot_of(*numbered));
      if (key.is_null() || key.is_absent()) key = Value::integer(cursor.last_insert_id());
    }
  } else {
    expr::Update update;
    update.table = m.table();
    for (int slot : slots) update.set.emplace_back(m.column(slot), value(slot));
    for (int slot : m.primary_key())
      update.where.push_back(expr::binary(expr::Op::kEq, m.element(slot),
                                          expr::bind(i.committed(slot), m.type(slot))));
    engine::Cursor cursor = connection.execute(*expr::finish(std::move(update)));
    cursor.next();
    if (cursor.rowcount() != 1)
      throw Error(ErrorKind::kStaleDataError, "UPDATE of " + state::describe(i) + " matched " +
                                                  std::to_string(cursor.rowcount()) +
                                                  " rows instead of 1");
  }
  for (const auto& [slot, e] : i.history->expressions)
    i.slot(slot) = Value::marker(Tag::kNotLoaded);
}

void Persistence::open(const FlushPlan& plan, const Opening& opening) {
  end_writer();
  const Instance& i = *plan.nodes[static_cast<size_t>(opening.node)].instance;
  const Mapper& m = *i.mapper;
  expr::Update update;
  update.table = m.table();
  for (const std::string& name : opening.key->columns)
    update.set.emplace_back(&m.table()->column(name), expr::null());
  for (int slot : m.primary_key())
    update.where.push_back(
        expr::binary(expr::Op::kEq, m.element(slot), expr::bind(i.committed(slot), m.type(slot))));
  engine::Cursor cursor =
      session_.connection(m.table().get()).execute(*expr::finish(std::move(update)));
  cursor.next();
}

void Persistence::link(const LinkRow& row, bool unlink) {
  end_writer();
  const mapper::Relationship& r = *row.relationship;
  const schema::TablePtr& table = r.secondary;
  std::vector<std::pair<const schema::Column*, Value>> values;
  const auto side = [&](const Instance& i, const std::vector<mapper::SyncPair>& pairs) {
    for (const mapper::SyncPair& p : pairs)
      values.emplace_back(p.destination,
                          unlink ? i.committed(p.source_slot) : i.slot(p.source_slot));
  };
  side(*row.owner, r.pairs);
  side(*row.target, r.secondary_pairs);
  Connection& connection = session_.connection(table.get());
  if (unlink) {
    expr::Delete del;
    del.table = table;
    const expr::FromPtr from = expr::table(table);
    for (const auto& [column, v] : values)
      del.where.push_back(
          expr::binary(expr::Op::kEq, expr::column(from, *column), expr::bind(v, column->type)));
    engine::Cursor cursor = connection.execute(*expr::finish(std::move(del)));
    cursor.next();
  } else {
    expr::Insert insert;
    insert.table = table;
    std::vector<expr::ElementPtr> binds;
    for (const auto& [column, v] : values) {
      insert.columns.push_back(column);
      binds.push_back(expr::bind(v, column->type));
    }
    insert.rows.push_back(std::move(binds));
    engine::Cursor cursor = connection.execute(*expr::finish(std::move(insert)));
    cursor.next();
  }
}

}  // namespace moonbase::session
