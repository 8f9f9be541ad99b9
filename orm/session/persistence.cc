#include "orm/session/persistence.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/session/persistence_writer.h"
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

Persistence::Persistence(Session& session) : session_(session) {}
Persistence::~Persistence() = default;

namespace {

// The row: by its key, and by the version it was read with where the class counts versions.
expr::ElementPtr key_condition(const Mapper& m, const TablePart& part) {
  std::vector<expr::ElementPtr> parts;
  const auto add = [&](int slot) {
    parts.push_back(expr::binary(expr::Op::kEq, expr::column(part.from, *part.column(slot)),
                                 expr::bind(Value(), m.type(slot))));
  };
  for (int slot : m.primary_key()) add(slot);
  if (m.version_slot() >= 0 && part.column(m.version_slot()) != nullptr) add(m.version_slot());
  return expr::and_(std::move(parts));
}

compile::CompiledPtr compile_link(engine::Engine& engine, const mapper::Relationship& r,
                                  bool unlink) {
  const expr::FromPtr from = expr::table(r.secondary);
  expr::Insert insert;
  expr::Delete del;
  insert.table = del.table = r.secondary;
  std::vector<expr::ElementPtr> row;
  for (const auto* pairs : {&r.pairs, &r.secondary_pairs})
    for (const mapper::SyncPair& p : *pairs) {
      row.push_back(expr::bind(Value(), p.destination->type));
      insert.columns.push_back(p.destination);
      del.where.push_back(
          expr::binary(expr::Op::kEq, expr::column(from, *p.destination), row.back()));
    }
  insert.rows.push_back(std::move(row));
  if (unlink) return compile::compile(*expr::finish(std::move(del)), engine.traits());
  return compile::compile(*expr::finish(std::move(insert)), engine.traits());
}

// Rows of a class that are in several tables are written table by table, unless those above refer
// to those below.
bool may_write_by_table(const Mapper& m) {
  return m.parts().size() > 1 &&
         std::none_of(m.foreign_keys().begin(), m.foreign_keys().end(),
                      [&m](const mapper::OwnKey& own) {
                        return own.table != m.parts().back().table.get() &&
                               m.part_in(own.key->target_table()) != nullptr;
                      });
}

[[noreturn]] void refuse_cleared_key(const Instance& child, const mapper::Relationship& r,
                                     const mapper::SyncPair& pair) {
  throw Error(ErrorKind::kFlushError, "clearing " + r.full_name() + " would set " +
                                          pair.destination->full_name() + ", which copies " +
                                          pair.source->full_name() + " and is part of the key of " +
                                          state::describe(child) + ", to NULL")
      .with_hint(
          "delete the object instead of taking it out of the relationship, or give the "
          "relationship "
          "cascade = 'all, delete-orphan'; db.session:rollback() goes on");
}

}  // namespace

expr::ElementPtr Persistence::make_default(const schema::Column& column,
                                           const schema::Default& given, const types::Type& type,
                                           const schema::RowValues& row, const char* what,
                                           Value& out) {
  switch (given.kind) {
    case schema::Default::Kind::kConstant:
      out = given.constant;
      return nullptr;
    case schema::Default::Kind::kFunction:
      break;
    case schema::Default::Kind::kSql:
      return expr::literal_column(given.sql.text, column.type);
  }
  try {
    out = type.cast(given.function->make(row));
    out.own();
  } catch (Error& e) {
    e.add_context(std::string(what) + " of " + column.full_name());
    throw;
  }
  return nullptr;
}

compile::CompiledPtr Persistence::statement(engine::Engine& engine, const Mapper& m,
                                            const TablePart& part, Action action,
                                            const std::vector<int>& slots) {
  std::string key = engine.traits().name + "IUD"[static_cast<int>(action)] +
                    std::to_string(m.uid()) + "." + std::to_string(m.slot_count()) + "." +
                    std::to_string(&part - m.parts().data());
  for (int s : slots) key += ',' + std::to_string(s);
  compile::CompiledPtr& cached = statements_[key];
  if (cached) return cached;
  switch (action) {
    case Action::kInsert: {
      expr::Insert insert;
      insert.table = part.table;
      std::vector<expr::ElementPtr> row;
      for (int s : slots) {
        insert.columns.push_back(part.column(s));
        row.push_back(expr::bind(Value(), m.type(s)));
      }
      if (!row.empty()) insert.rows.push_back(std::move(row));
      cached = compile::compile(*expr::finish(std::move(insert)), engine.traits());
      break;
    }
    case Action::kUpdate: {
      expr::Update update;
      update.table = part.table;
      for (int s : slots) update.set.emplace_back(part.column(s), expr::bind(Value(), m.type(s)));
      update.where.push_back(key_condition(m, part));
      cached = compile::compile(*expr::finish(std::move(update)), engine.traits());
      break;
    }
    case Action::kDelete: {
      expr::Delete del;
      del.table = part.table;
      del.where.push_back(key_condition(m, part));
      cached = compile::compile(*expr::finish(std::move(del)), engine.traits());
      break;
    }
  }
  return cached;
}

compile::CompiledPtr Persistence::insert_statement(engine::Engine& engine, const Mapper& mapper,
                                                   const std::vector<int>& slots) {
  return statement(engine, mapper, mapper.parts()[0], Action::kInsert, slots);
}

// Ends the statement being repeated; its listeners hear of it now.
void Persistence::end_writer() {
  if (!writer_) return;
  settle();
  // A row that waited alone was written by itself, perhaps without a writer.
  const std::unique_ptr<Writer> ended = std::move(writer_);
  if (ended) ended->batch().finish();
}

Connection& Persistence::connection(const TablePart& part) {
  if (asked_ != &part) {
    connection_ = &session_.connection(part.table.get());
    asked_ = &part;
  }
  return *connection_;
}

Connection::Batch& Persistence::batch_for(const Mapper& m, const TablePart& part, Action action) {
  if (!writer_ || !writer_->serves(&part, action, slots_)) {
    end_writer();
    writer_ =
        std::make_unique<Writer>(connection(part), &part, action, slots_,
                                 statement(connection(part).engine(), m, part, action, slots_));
  }
  return writer_->batch();
}

void Persistence::save(FlushPlan& plan, int n) {
  Node& node = plan.nodes[static_cast<size_t>(n)];
  const bool is_replacement = node.switches_with >= 0;
  const Action action = is_replacement ? Action::kUpdate : node.action;
  try {
    node_ = n;
    if (!queued_.empty() && waits_for_key(plan, node)) settle();
    apply_syncs(plan, node, false);
    if (is_replacement)
      replace(plan, node);
    else if (node.action == Action::kInsert)
      for (const TablePart& part : node.instance->mapper->parts()) insert(*node.instance, part);
    else
      update(*node.instance);
  } catch (Error& e) {
    explain(n, action, e);
    throw;
  }
}

// Whether the row needs a key that the batch it would belong to is to make.
bool Persistence::waits_for_key(const FlushPlan& plan, const Node& node) {
  for (int s = node.first_sync; s >= 0; s = plan.syncs[static_cast<size_t>(s)].next) {
    const Sync& sync = plan.syncs[static_cast<size_t>(s)];
    if (sync.parent == nullptr || sync.parent->has_identity) continue;
    for (const mapper::SyncPair& p : sync.relationship->pairs) {
      const base::Value& key = sync.parent->slot(p.source_slot);
      if (key.is_absent() || key.is_null()) return true;
    }
  }
  return false;
}

void Persistence::save_all(FlushPlan& plan, const std::vector<int>& nodes) {
  for (size_t at = 0; at < nodes.size();) {
    const auto node_at = [&](size_t k) -> const Node& {
      return plan.nodes[static_cast<size_t>(nodes[k])];
    };
    const Mapper& m = *node_at(at).instance->mapper;
    const auto is_new = [&](const Node& n) {
      return n.action == Action::kInsert && n.switches_with < 0 && n.instance->mapper == &m;
    };
    std::vector<int> batch;
    while (may_write_by_table(m) && at < nodes.size() && is_new(node_at(at)) &&
           (batch.empty() || !waits_for_key(plan, node_at(at))))
      batch.push_back(nodes[at++]);
    if (batch.empty())
      save(plan, nodes[at++]);
    else
      save_in_parts(plan, batch);
  }
}

void Persistence::save_in_parts(FlushPlan& plan, const std::vector<int>& nodes) {
  const Mapper& m = *plan.nodes[static_cast<size_t>(nodes[0])].instance->mapper;
  for (const TablePart& part : m.parts())
    for (int n : nodes) {
      const Node& node = plan.nodes[static_cast<size_t>(n)];
      try {
        node_ = n;
        if (!queued_.empty() && waits_for_key(plan, node)) settle();
        if (&part == &m.parts()[0]) apply_syncs(plan, node, false);
        insert(*node.instance, part);
      } catch (Error& e) {
        explain(n, Action::kInsert, e);
        throw;
      }
    }
}

void Persistence::remove_rows(FlushPlan& plan, const std::vector<int>& nodes) {
  const auto instance_at = [&](size_t k) -> Instance& {
    return *plan.nodes[static_cast<size_t>(nodes[k])].instance;
  };
  for (size_t at = 0; at < nodes.size();) {
    const Mapper& m = *instance_at(at).mapper;
    size_t end = at + 1;
    while (end < nodes.size() && instance_at(end).mapper == &m && may_write_by_table(m)) ++end;
    // The rows of the tables below go first.
    for (auto part = m.parts().rbegin(); part != m.parts().rend(); ++part)
      for (size_t k = at; k < end; ++k) {
        try {
          node_ = nodes[k];
          remove(instance_at(k), *part);
        } catch (Error& e) {
          explain(nodes[k], Action::kDelete, e);
          throw;
        }
      }
    at = end;
  }
}

void Persistence::run(FlushPlan& plan) {
  struct Finally {
    Persistence& self;
    ~Finally() {
      self.queued_.clear();
      self.writer_.reset();
      self.plan_ = nullptr;
      self.asked_ = nullptr;
      self.referrers_.clear();
      self.touched_.clear();
      self.written_.clear();
      self.written_seen_ = 0;
    }
  } finally{*this};
  touched_.clear();
  plan_ = &plan;
  is_explained_ = false;
  is_heard_ = session_.hears_rows();
  for (const LinkRow& row : plan.unlinks) link(row, true);
  for (const Opening& opening : plan.early_openings) open(plan, opening);
  is_heard_ ? remove_telling(plan, plan.early_deletes) : remove_rows(plan, plan.early_deletes);
  if (is_heard_) {
    save_telling(plan);
  } else {
    save_all(plan, plan.saves);
  }
  for (const LinkRow& row : plan.links) link(row, false);
  for (int n : plan.closings) {
    Node& node = plan.nodes[static_cast<size_t>(n)];
    try {
      settle();
      apply_syncs(plan, node, true);
      close(plan, node);
    } catch (Error& e) {
      explain(n, Action::kUpdate, e);
      throw;
    }
  }
  for (const Opening& opening : plan.openings) open(plan, opening);
  is_heard_ ? remove_telling(plan, plan.deletes) : remove_rows(plan, plan.deletes);
  end_writer();
}

// Copies keys along a node's syncs: those that are cut when its row is closed, the others, and NULL
// for a cut one of a new row, before it is written. A row that refers to itself copies its own key
// when the others have given it one.
void Persistence::apply_syncs(FlushPlan& plan, const Node& node, bool closing) {
  const Instance& child = *node.instance;
  bool refers_to_itself = false;
  for (int s = node.first_sync; s >= 0; s = plan.syncs[static_cast<size_t>(s)].next) {
    const Sync& sync = plan.syncs[static_cast<size_t>(s)];
    refers_to_itself = refers_to_itself || sync.parent == &child;
    if (sync.parent != &child) apply_sync(sync, *node.instance, closing);
  }
  if (!refers_to_itself) return;
  for (int s = node.first_sync; s >= 0; s = plan.syncs[static_cast<size_t>(s)].next) {
    const Sync& sync = plan.syncs[static_cast<size_t>(s)];
    if (sync.parent == &child) apply_sync(sync, *node.instance, closing);
  }
}

void Persistence::apply_sync(const Sync& sync, Instance& child, bool closing) {
  if (closing ? !sync.cut : sync.cut && child.has_identity) return;
  const Mapper& m = *child.mapper;
  for (const mapper::SyncPair& p : sync.relationship->pairs) {
    if (sync.parent == nullptr && p.destination->primary_key)
      refuse_cleared_key(child, *sync.relationship, p);
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
    if (child.has_identity && !closing) child.remember(p.destination_slot);
    slot = std::move(v);
    slot.own();
  }
}

// The row refers to nothing from here on: what is written later is compared with that.
void Persistence::open(const FlushPlan& plan, const Opening& opening) {
  end_writer();
  const Node& node = plan.nodes[static_cast<size_t>(opening.node)];
  Instance& i = *node.instance;
  const Mapper& m = *i.mapper;
  const auto is_it = [&](const mapper::OwnKey& own) { return own.key == opening.key; };
  const auto own = std::find_if(m.foreign_keys().begin(), m.foreign_keys().end(), is_it);
  const TablePart& part = *m.part_in(own->table->full_name());
  expr::Update update;
  update.table = part.table;
  for (const std::string& name : opening.key->columns)
    update.set.emplace_back(&part.table->column(name), expr::null());
  for (int slot : m.primary_key())
    update.where.push_back(expr::binary(expr::Op::kEq, expr::column(part.from, *part.column(slot)),
                                        expr::bind(i.committed(slot), m.type(slot))));
  engine::Cursor cursor =
      session_.connection(part.table.get()).execute(*expr::finish(std::move(update)));
  cursor.next();
  if (node.action == Action::kDelete) return;
  for (int slot : own->slots) {
    if (slot < 0) continue;
    i.remember(slot);
    for (state::Change& change : i.history->changes) {
      if (change.slot != slot) continue;
      // The former key must not come back before the new one is there.
      if (!i.slot(slot).is_absent() && i.slot(slot).tag() != Tag::kExpression &&
          !change.old.is_absent() && m.type(slot)->equal(change.old, i.slot(slot)))
        i.slot(slot) = Value();
      change.old = Value();
    }
  }
}

void Persistence::link(const LinkRow& row, bool unlink) {
  const mapper::Relationship& r = *row.relationship;
  const Action action = unlink ? Action::kDelete : Action::kInsert;
  slots_.clear();
  Connection& connection = session_.link_connection(r);
  if (!writer_ || !writer_->serves(&r, action, slots_)) {
    end_writer();
    writer_ = std::make_unique<Writer>(connection, &r, action, slots_,
                                       compile_link(connection.engine(), r, unlink));
  }
  Connection::Batch& batch = writer_->batch();
  int position = 0;
  const auto side = [&](const Instance& i, const std::vector<mapper::SyncPair>& pairs) {
    for (const mapper::SyncPair& p : pairs)
      batch.bind(position++, unlink ? i.committed(p.source_slot) : i.slot(p.source_slot),
                 *p.destination->type);
  };
  side(*row.owner, r.pairs);
  side(*row.target, r.secondary_pairs);
  try {
    batch.run();
  } catch (Error& e) {
    e.add_context((unlink ? "unlinking " : "linking ") + state::describe(*row.owner) + " and " +
                  state::describe(*row.target) + " (" + r.full_name() + ")");
    if (!unlink && e.kind() == ErrorKind::kIntegrityError)
      e.set_hint("they may be linked already: contains(x) of the list tells");
    throw;
  }
  batch.done();
}

}  // namespace moonbase::session
