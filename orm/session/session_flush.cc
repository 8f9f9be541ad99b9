// Flushing: the plan, shown or carried out, and what follows for the objects.
#include <algorithm>
#include <map>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/session/persistence.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using state::Collection;
using state::Instance;
using state::Lifecycle;

namespace {

// How to go on after a flush that failed, unless the error tells already. `is_kept`: what was
// written before the error.
void add_flush_hint(Error& e, bool in_savepoint, bool is_kept) {
  const bool of_database = base::is_database_kind(e.kind()) || e.kind() == ErrorKind::kInterrupted;
  if (!of_database || e.hint().find("rollback()") != std::string::npos) return;
  const std::string how = in_savepoint
                              ? "the end of the begin_nested block, or db.session:rollback(), "
                                "undoes what came since the savepoint"
                              : "call db.session:rollback() to go on";
  e.set_hint(e.hint() + (e.hint().empty() ? "" : "\n") +
             (is_kept ? "rows written before the error stay, as the connection is in AUTOCOMMIT; "
                      : "nothing of this flush was kept; ") +
             how);
}

}  // namespace

void Session::before_execute(bool writes_pending) {
  require_active();
  ++questions_;
  if (load_observer_ != nullptr && load_observer_->is_on() && !is_observing_)
    load_observer_->asked();
  // A default that asks the database sees the rows before its own.
  if (flushing_) persistence_->settle();
  if (writes_pending) autoflush();
}

void Session::autoflush() {
  require_active();
  if (!options_.autoflush || no_autoflush_ > 0 || flushing_) return;
  heap_.notice_edits(this);
  if (new_.empty() && modified_.empty() && deleted_.empty()) return;
  try {
    flush_now();
  } catch (Error& e) {
    e.add_context("autoflush before a query; session:no_autoflush(function) holds it back");
    throw;
  }
}

void Session::flush() {
  require_active();
  if (flushing_)
    throw Error(ErrorKind::kInvalidRequestError,
                "the session is flushing already: a hook must not call flush()");
  heap_.notice_edits(this);
  if (new_.empty() && modified_.empty() && deleted_.empty()) return;
  flush_now();
}

namespace {

// Reads what the row holds in a column that was overwritten unread. False when the row is gone.
bool load_former(Session& session, Instance& i, int slot) {
  const mapper::Mapper& m = *i.mapper;
  const std::vector<Value> key = state::committed_key(i);
  query::Query q;
  query::Entity whole = query::entity(m);
  const auto column = [&](int s) { return query::attribute_element(m, whole.from, s); };
  for (size_t k = 0; k < key.size(); ++k) {
    const int part = m.primary_key()[k];
    q.where.push_back(expr::binary(expr::Op::kEq, column(part), expr::bind(key[k], m.type(part))));
  }
  q.entities.push_back(query::entity(column(slot)));
  query::RowStream rows(session, query::plan(q), false, false);
  if (!rows.next()) return false;
  for (state::Change& c : i.history->changes)
    if (c.slot == slot) {
      c.old = rows.cells()[0];
      c.old.own();
    }
  return true;
}

}  // namespace

FlushPlan Session::make_plan(bool may_load) {
  registry_.configure_what_can_be();
  PlanReads reads;
  reads.slot = [&](Instance& i, int slot) {
    if (!may_load) return false;
    if (i.slot(slot).tag() != Tag::kNotLoaded && i.committed(slot).tag() == Tag::kNotLoaded &&
        i.mapper->relationship(slot) == nullptr)
      return load_former(*this, i, slot);
    load_slot(i, slot);
    return true;
  };
  using Asked = std::pair<Instance*, const mapper::Relationship*>;
  std::map<Asked, std::vector<Instance*>> known;
  reads.stored = [&](Instance& i,
                     const mapper::Relationship& r) -> std::optional<std::vector<Instance*>> {
    if (!may_load) return {};
    const auto [there, is_new] = known.try_emplace({&i, &r});
    if (is_new) there->second = query::load_all(*this, relationship_query(i, r));
    return there->second;
  };
  const Orphaned not_in_session = [&](const Instance& owner, const mapper::Relationship& r,
                                      const Instance& other) {
    if (may_load)
      warn(state::describe(other) + " is linked by " + r.full_name() + " of " +
           state::describe(owner) + " but was never added to the session: it is not written");
  };
  const FlushInput input{new_, modified_, deleted_, this, &identity_};
  return plan_flush(registry_, input, reads, not_in_session);
}

void Session::flush_now() {
  const state::InstanceHeap::NoSweep hold(heap_);
  flushing_ = true;
  struct Done {
    bool& flag;
    ~Done() { flag = false; }
  } done{flushing_};
  tell_before_flush();
  FlushPlan plan;
  const auto unnumber = [&] {
    for (auto* list : {&new_, &modified_, &deleted_})
      for (Instance* i : *list) i->flush_index = 0;
    release(plan);
  };
  try {
    plan = make_plan(true);
    for (Instance* i : plan.expelled) detach(*i);
    if (!plan.empty()) {
      ensure_transaction();
      // Whatever comes of it, a savepoint's rollback reads these again.
      for (int n : plan.saves)
        if (Instance* i = plan.nodes[static_cast<size_t>(n)].instance; i->has_identity)
          frames_.back().changed.push_back(i);
      persistence_->run(plan);
      tell_after_flush(plan);
    }
  } catch (Error& e) {
    unnumber();
    failure_ = e.message();
    add_flush_hint(e, nested_depth() > 0, is_autocommit());
    fail_flush();
    throw;
  } catch (const std::exception& e) {
    unnumber();
    failure_ = e.what();
    fail_flush();
    throw;
  }
  release(plan);
  finish_flush(plan);
  if (listener_ != nullptr) tell_flushed();
}

void Session::finish_delete(Instance& i) {
  identity_.of(*i.mapper).erase(i);
  // A new key that was not written is forgotten: a rollback brings the row back under the old one.
  const std::vector<Value> key = state::committed_key(i);
  i.clear_history();
  for (size_t k = 0; k < key.size(); ++k) i.load(i.mapper->primary_key()[k], key[k]);
  i.lifecycle = Lifecycle::kDeleted;
  i.delete_marked = false;
  frames_.back().deleted.push_back(&i);
  note(Event::kPersistentToDeleted, i);
}

// The identity map makes room for the new rows at once, instead of growing step by step.
void Session::expect_inserts(const FlushPlan& plan) {
  const auto mapper_of = [&plan](size_t k) {
    const Node& node = plan.nodes[static_cast<size_t>(plan.saves[k])];
    return node.action == Action::kInsert ? node.instance->mapper : nullptr;
  };
  for (size_t k = 0, run = 0; k < plan.saves.size(); k = run) {
    const mapper::Mapper* m = mapper_of(k);
    for (run = k + 1; run < plan.saves.size() && mapper_of(run) == m;) ++run;
    constexpr size_t kWorthIt = 64;
    if (m == nullptr || run - k < kWorthIt) continue;
    state::ClassIdentity& map = identity_.of(*m);
    map.reserve(map.size() + run - k);
  }
}

void Session::finish_flush(const FlushPlan& plan) {
  if (!plan.empty()) ensure_transaction();
  expect_inserts(plan);
  for (const auto* nodes : {&plan.early_deletes, &plan.deletes, &plan.switched})
    for (int n : *nodes) finish_delete(*plan.nodes[static_cast<size_t>(n)].instance);
  for (int n : plan.saves) {
    const Node& node = plan.nodes[static_cast<size_t>(n)];
    Instance& i = *node.instance;
    // What the database computes from the row may be another value now.
    for (int slot : i.mapper->expression_slots())
      if (slot < i.slot_count) i.slot(slot) = Value::marker(Tag::kNotLoaded);
    for (const auto& r : i.mapper->relationships())
      if (const Instance* o = r->slot < i.slot_count ? i.object(r->slot) : nullptr;
          o != nullptr && o->lifecycle == Lifecycle::kDeleted)
        i.drop_relationship(r->slot);
    if (node.action == Action::kInsert) {
      for (const auto& r : i.mapper->relationships())
        if (r->slot < i.slot_count && i.slot(r->slot).tag() == Tag::kNeverSet)
          i.slot(r->slot) = Value::marker(Tag::kNotLoaded);
      i.clear_history();
      i.has_identity = true;
      i.lifecycle = Lifecycle::kPersistent;
      i.epoch = epoch;
      if (Instance* other = identity_.of(*i.mapper).insert(i)) {
        // The database let it in, so the other's row is gone.
        detach(*other);
        identity_.of(*i.mapper).insert(i);
      }
      frames_.back().added.push_back(&i);
      note(Event::kPendingToPersistent, i);
      continue;
    }
    // A foreign key that was set as a plain column moves the object: what it referred to is read
    // again.
    for (const auto& r : i.mapper->relationships()) {
      if (r->direction != mapper::Direction::kManyToOne || i.history == nullptr ||
          i.history->find(r->slot) != nullptr)
        continue;
      for (const mapper::SyncPair& p : r->pairs)
        if (i.history->find(p.destination_slot) != nullptr) i.drop_relationship(r->slot);
    }
    bool key_changed = false;
    for (int slot : i.mapper->primary_key())
      key_changed = key_changed || (i.history != nullptr && i.history->find(slot) != nullptr);
    if (key_changed) {
      frames_.back().rekeyed.emplace_back(&i, state::committed_key(i));
      identity_.of(*i.mapper).erase(i);
      i.clear_history();
      identity_.of(*i.mapper).insert(i);
    } else {
      i.clear_history();
    }
  }
  // What a hook added or deleted meanwhile waits for the next flush.
  std::erase_if(new_, [this](const Instance* i) {
    return i->host != this || i->lifecycle != Lifecycle::kPending;
  });
  std::erase_if(deleted_,
                [this](const Instance* i) { return i->host != this || !i->delete_marked; });
  std::erase_if(modified_, [this](const Instance* i) {
    return i->host != this || !i->modified || i->is_expired();
  });
}

namespace {

// "username was 'susan', email was NULL"
std::string former_values(const Instance& i) {
  std::vector<std::string> parts;
  for (int slot : i.mapper->column_slots()) {
    const state::Change* change = i.history == nullptr ? nullptr : i.history->find(slot);
    if (change == nullptr) continue;
    const std::string old = change->old.is_absent() ? "not loaded" : change->old.repr(40);
    parts.push_back(i.mapper->attribute_at(slot).name + " was " + old);
  }
  return base::join(parts, ", ");
}

// Of a row that is deleted before rows that take its place are written; else nothing.
std::string reason_of_early_delete(const FlushPlan& plan, const Node& node) {
  for (const Takeover& t : plan.takeovers)
    if (&plan.nodes[static_cast<size_t>(t.holder)] == &node)
      return "deleted first, because " +
             state::describe(*plan.nodes[static_cast<size_t>(t.taker)].instance) +
             " takes over its " + t.columns;
  return {};
}

}  // namespace

std::string Session::explain_step(const FlushPlan& plan, const Node& node) {
  if (node.action == Action::kDelete) {
    const std::string early = reason_of_early_delete(plan, node);
    return !early.empty() ? early : "deleted: rows that refer to others go before those";
  }
  std::vector<std::string> reasons;
  const bool is_new = node.action == Action::kInsert;
  if (std::string first = is_new ? "new" : former_values(*node.instance); !first.empty())
    reasons.push_back(std::move(first));
  if (node.switches_with >= 0)
    reasons.push_back("it takes over the row of a deleted object: an UPDATE");
  for (int s = node.first_sync; s >= 0; s = plan.syncs[static_cast<size_t>(s)].next) {
    const Sync& sync = plan.syncs[static_cast<size_t>(s)];
    const std::string name = sync.relationship->full_name();
    if (sync.parent == nullptr) {
      const bool is_reference = sync.relationship->direction == mapper::Direction::kManyToOne;
      reasons.push_back(is_reference ? name + " was cleared" : "taken out of " + name);
    } else if (sync.cut) {
      reasons.push_back("the key of " + state::describe(*sync.parent) +
                        " follows by an UPDATE: they refer to each other");
    } else if (!sync.parent->has_identity && sync.parent != node.instance) {
      reasons.push_back("after " + state::describe(*sync.parent) + ", whose key it takes (" + name +
                        ")");
    } else {
      reasons.push_back("it belongs to " + state::describe(*sync.parent) + " (" + name + ")");
    }
  }
  return base::join(reasons, "; ");
}

PlannedStep Session::describe_step(const FlushPlan& plan, const Node& node) {
  const Instance& i = *node.instance;
  const mapper::Mapper& m = *i.mapper;
  PlannedStep step;
  step.table = m.table()->full_name();
  step.instance = &i;
  step.why = explain_step(plan, node);
  std::vector<std::pair<int, std::string>> copied;
  for (int s = node.first_sync; s >= 0; s = plan.syncs[static_cast<size_t>(s)].next) {
    const Sync& sync = plan.syncs[static_cast<size_t>(s)];
    for (const mapper::SyncPair& p : sync.relationship->pairs) {
      std::string text = "NULL";
      if (sync.parent != nullptr) {
        const Value& v = sync.parent->slot(p.source_slot);
        text = v.is_absent() || v.is_null() ? "‹key of " + state::describe(*sync.parent) + "›"
                                            : v.repr(40);
      }
      copied.emplace_back(p.destination_slot, std::move(text));
    }
  }
  const auto copy_of = [&](int slot) -> const std::string* {
    for (const auto& [s, text] : copied)
      if (s == slot) return &text;
    return nullptr;
  };
  for (int slot : m.column_slots()) {
    const schema::Column& c = *m.column(slot);
    const Value& v = i.slot(slot);
    if (node.action == Action::kInsert) {
      if (c.computed) continue;
      std::string text;
      if (const std::string* copied_text = copy_of(slot))
        text = *copied_text;
      else if (v.tag() == Tag::kExpression)
        text = "‹SQL expression›";
      else if (!v.is_absent() && !v.is_null())
        text = v.repr(40);
      else if (c.default_value)
        text = "‹default›";
      else if (&c == m.parts()[0].table->autoincrement_column() || c.has_server_value())
        continue;
      else
        text = "NULL";
      step.values.emplace_back(c.name, std::move(text));
    } else if (node.action == Action::kUpdate) {
      const bool changed = i.history != nullptr && i.history->find(slot) != nullptr &&
                           (v.tag() == Tag::kExpression || i.committed(slot).is_absent() ||
                            !m.type(slot)->equal(i.committed(slot), v));
      if (const std::string* copied_text = copy_of(slot)) {
        const std::string old = i.committed(slot).is_absent() ? "" : i.committed(slot).repr(40);
        if (old != *copied_text) step.values.emplace_back(c.name, *copied_text);
      } else if (changed) {
        step.values.emplace_back(c.name,
                                 v.tag() == Tag::kExpression ? "‹SQL expression›" : v.repr(40));
      }
    }
  }
  if (node.action == Action::kUpdate && step.values.empty())
    return step;  // nothing to write: action stays empty
  if (node.action == Action::kUpdate)
    for (int slot : m.column_slots())
      if (m.column(slot)->onupdate &&
          std::none_of(step.values.begin(), step.values.end(),
                       [&](const auto& v) { return v.first == m.column(slot)->name; }))
        step.values.emplace_back(m.column(slot)->name, "‹onupdate›");
  static constexpr const char* kVerbs[] = {"INSERT", "UPDATE", "DELETE"};
  step.action = kVerbs[static_cast<int>(node.action)];
  std::vector<std::string> parts;
  for (const auto& [name, text] : step.values) parts.push_back(name + " = " + text);
  step.text = step.action + " " + step.table + " " + state::describe(i) +
              (parts.empty() ? "" : ": " + base::join(parts, ", "));
  return step;
}

std::vector<PlannedStep> Session::plan() {
  std::vector<PlannedStep> steps;
  FlushPlan plan;
  struct Unnumber {
    Session& session;
    FlushPlan& plan;
    ~Unnumber() {
      for (auto* list : {&session.new_, &session.modified_, &session.deleted_})
        for (Instance* i : *list) i->flush_index = 0;
      release(plan);
    }
  } unnumber{*this, plan};
  heap_.notice_edits(this);
  plan = make_plan(false);
  const auto link_step = [&](const LinkRow& row, const char* action) {
    PlannedStep step;
    step.action = action;
    step.table = row.relationship->secondary->full_name();
    step.text = step.action + " " + step.table + " " + state::describe(*row.owner) + " and " +
                state::describe(*row.target);
    step.why = row.relationship->full_name() + " was changed";
    steps.push_back(std::move(step));
  };
  for (const LinkRow& row : plan.unlinks) link_step(row, "UNLINK");
  for (int n : plan.early_deletes)
    steps.push_back(describe_step(plan, plan.nodes[static_cast<size_t>(n)]));
  for (int n : plan.saves) {
    PlannedStep step = describe_step(plan, plan.nodes[static_cast<size_t>(n)]);
    if (!step.action.empty()) steps.push_back(std::move(step));
  }
  for (const LinkRow& row : plan.links) link_step(row, "LINK");
  for (int n : plan.deletes)
    steps.push_back(describe_step(plan, plan.nodes[static_cast<size_t>(n)]));
  for (const std::string& note : plan.notes) {
    PlannedStep step;
    step.action = "NOTE";
    step.text = note;
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace moonbase::session
