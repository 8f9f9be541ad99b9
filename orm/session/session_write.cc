// UPDATE and DELETE of many rows by one statement, and how loaded objects follow.
#include <algorithm>

#include "orm/base/error.h"
#include "orm/query/query_plan.h"
#include "orm/session/evaluator.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using expr::StatementKind;
using mapper::Mapper;
using state::Instance;
using state::Lifecycle;

namespace {

using Key = std::vector<Value>;

void unload(Instance& i, int slot) {
  if (!i.slot(slot).is_absent()) i.slot(slot) = Value::marker(Tag::kNotLoaded);
}

// A change that waits for a flush is lost to what the statement wrote.
bool forget_change(Instance& i, int slot) {
  if (i.history == nullptr || i.history->find(slot) == nullptr) return false;
  std::erase_if(i.history->changes, [slot](const auto& c) { return c.slot == slot; });
  std::erase_if(i.history->expressions, [slot](const auto& e) { return e.first == slot; });
  i.slot(slot) = Value::marker(Tag::kNotLoaded);
  return true;
}

bool is_key(const Mapper& m, int slot) {
  return std::ranges::find(m.primary_key(), slot) != m.primary_key().end();
}

}  // namespace

void Session::set_written(Instance& i, std::vector<std::pair<int, std::optional<Value>>> values) {
  if (i.is_expired()) return;
  const Mapper& m = *i.mapper;
  bool has_new_key = false;
  for (const auto& [slot, v] : values) has_new_key = has_new_key || is_key(m, slot);
  if (has_new_key) {
    frames_.back().rekeyed.emplace_back(&i, state::committed_key(i));
    identity_.of(m).erase(i);
  }
  const auto is_written = [&](int slot) {
    return std::ranges::any_of(values, [slot](const auto& v) { return v.first == slot; });
  };
  for (const auto& r : m.relationships()) {
    const bool is_untouched = i.history == nullptr || i.history->find(r->slot) == nullptr;
    if (r->direction != mapper::Direction::kManyToOne || !is_untouched) continue;
    // A reference whose foreign key was set leads elsewhere now.
    if (std::ranges::any_of(r->pairs,
                            [&](const auto& p) { return is_written(p.destination_slot); }))
      i.drop_relationship(r->slot);
  }
  for (auto& [slot, v] : values) {
    if (forget_change(i, slot) && !is_key(m, slot)) continue;
    if (v && (is_key(m, slot) || !i.slot(slot).is_absent())) {
      i.load(slot, std::move(*v));
    } else if (!is_key(m, slot)) {
      unload(i, slot);
    }
  }
  for (int slot : m.column_slots())
    if (m.column(slot)->server_onupdate || m.column(slot)->computed) unload(i, slot);
  for (int slot : m.expression_slots())
    if (slot < i.slot_count) unload(i, slot);
  if (has_new_key) identity_.of(m).insert(i);
  frames_.back().changed.push_back(&i);
}

// Objects that are read again before a savepoint is rolled back hold what it wrote.
void Session::note_expired(const Mapper& m) {
  if (const state::ClassIdentity* loaded = identity_.find_class(m))
    loaded->each([&](Instance& i) {
      if (!i.mapper->is_a(m)) return;
      const bool is_unread = i.is_expired() || std::ranges::any_of(m.column_slots(), [&](int slot) {
                               return slot < i.slot_count && i.slot(slot).tag() == Tag::kNotLoaded;
                             });
      if (is_unread) frames_.back().changed.push_back(&i);
    });
}

void Session::set_deleted(Instance& i) {
  std::erase(deleted_, &i);
  finish_delete(i);
}

// One run of write_rows.
class Session::RowWriter {
 public:
  RowWriter(Session& session, const Write& write)
      : session_(session), write_(write), mapper_(*write.mapper), how_(write.synchronize) {
    switch (write.statement->kind) {
      case StatementKind::kUpdate:
        update_ = static_cast<const expr::Update*>(write.statement.get());
        where_ = &update_->where;
        from_ = &update_->from;
        break;
      case StatementKind::kDelete:
        delete_ = static_cast<const expr::Delete*>(write.statement.get());
        where_ = &delete_->where;
        from_ = &delete_->using_;
        break;
      default:
        break;
    }
    for (const query::EntityPlan& e : write.returning.entities)
      returns_objects_ = returns_objects_ || e.mapper == &mapper_;
  }

  int64_t run(const EachRow& each) {
    session_.before_execute(write_.autoflush);
    choose();
    engine::Connection& connection = session_.connection(mapper_.table().get());
    expr::StatementPtr statement = write_.statement;
    if (how_ == Synchronize::kFetch && !returns_objects_) {
      if (connection.engine().traits().has_returning && !sets_key()) {
        statement = with_returned_keys();
      } else {
        select_keys(connection);
      }
    }
    compile_values();
    engine::Cursor cursor = connection.execute(*statement, write_.parameters);
    // At once: what reads the rows may load and change objects.
    if (how_ == Synchronize::kEvaluate) follow_evaluated();
    if (update_ != nullptr && session_.nested_depth() > 0) session_.note_expired(mapper_);
    const int64_t count = read_rows(std::move(cursor), each);
    follow_keys();
    session_.tell_noted();
    if (update_ != nullptr || delete_ != nullptr)
      session_.tell_write(mapper_, delete_ != nullptr, count);
    return count;
  }

 private:
  // Settles how loaded objects follow.
  void choose() {
    if (update_ == nullptr && delete_ == nullptr) how_ = Synchronize::kNone;
    if (how_ == Synchronize::kAuto || how_ == Synchronize::kEvaluate) compile_conditions();
    if (returns_objects_ && how_ != Synchronize::kNone) {
      // They are brought up to date by the rows themselves.
      how_ = delete_ != nullptr ? Synchronize::kFetch : Synchronize::kNone;
    } else if (const auto* loaded = session_.identity_.find_class(mapper_);
               loaded == nullptr || loaded->size() == 0) {
      how_ = Synchronize::kNone;
    }
  }

  void compile_conditions() {
    try {
      if (!from_->empty())
        throw Error(ErrorKind::kInvalidRequestError,
                    "Could not evaluate current criteria in memory: they speak of other tables")
            .with_hint("give synchronize_session = 'fetch' or false");
      for (const expr::ElementPtr& condition : *where_)
        conditions_.emplace_back(mapper_, condition, write_.parameters);
    } catch (const Error&) {
      if (how_ == Synchronize::kEvaluate) throw;
      how_ = Synchronize::kFetch;
      return;
    }
    if (how_ == Synchronize::kEvaluate) return;
    how_ = Synchronize::kEvaluate;
    // An object of which too little is loaded may be among the deleted: the database knows.
    if (delete_ != nullptr && !conditions_.empty() && has_undecided()) how_ = Synchronize::kFetch;
  }

  template <class F>
  void each_loaded(F&& f) {
    if (const state::ClassIdentity* loaded = session_.identity_.find_class(mapper_))
      loaded->each([&](Instance& i) {
        if (i.mapper->is_a(mapper_)) f(i);
      });
  }

  bool has_undecided() {
    bool found = false;
    each_loaded([&](Instance& i) { found = found || !meets(conditions_, i); });
    return found;
  }

  bool sets_key() const {
    return update_ != nullptr && std::ranges::any_of(update_->set, [](const auto& assignment) {
             return assignment.first->primary_key;
           });
  }

  template <class Statement>
  expr::StatementPtr with_keys(Statement draft) {
    key_column_ = static_cast<int>(draft.returning.size());
    const mapper::TablePart* part = mapper_.part_in(draft.table->full_name());
    for (int slot : mapper_.primary_key())
      draft.returning.push_back(expr::column(part->from, *part->column(slot)));
    return expr::finish(std::move(draft));
  }
  expr::StatementPtr with_returned_keys() {
    return update_ != nullptr ? with_keys(*update_) : with_keys(*delete_);
  }

  Key key_at(const engine::Cursor& cursor, int first) const {
    Key key;
    for (size_t k = 0; k < mapper_.primary_key().size(); ++k) {
      key.push_back(cursor.value(first + static_cast<int>(k)));
      key.back().own();
    }
    return key;
  }

  void select_keys(engine::Connection& connection) {
    expr::Select s;
    for (int slot : mapper_.primary_key()) s.columns.push_back(mapper_.element(slot));
    s.froms.push_back(mapper_.from());
    s.froms.insert(s.froms.end(), from_->begin(), from_->end());
    s.where = *where_;
    engine::Cursor cursor = connection.execute(*expr::finish(std::move(s)), write_.parameters);
    while (cursor.next()) keys_.push_back(key_at(cursor, 0));
  }

  // What objects get of an UPDATE: null where only the database knows.
  void compile_values() {
    if (update_ == nullptr || how_ == Synchronize::kNone) return;
    for (const auto& [column, value] : update_->set) {
      const int slot = mapper_.slot_of(*column);
      if (slot < 0) continue;
      std::optional<Evaluator> evaluator;
      try {
        evaluator.emplace(mapper_, value, write_.parameters);
      } catch (const Error&) {
        // Read again when it is needed.
      }
      values_.emplace_back(slot, std::move(evaluator));
    }
  }

  std::optional<Value> value_for(const Instance& i, int slot, const Evaluator& evaluator) const {
    std::optional<Value> v = evaluator(i);
    if (!v) return v;
    try {
      return mapper_.type(slot)->cast(std::move(*v));
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  void update(Instance& i, bool is_known = true) {
    std::vector<std::pair<int, std::optional<Value>>> values;
    for (const auto& [slot, evaluator] : values_)
      values.emplace_back(
          slot, is_known && evaluator ? value_for(i, slot, *evaluator) : std::optional<Value>());
    session_.set_written(i, std::move(values));
  }

  void follow_evaluated() {
    std::vector<std::pair<Instance*, bool>> met;
    each_loaded([&](Instance& i) {
      const std::optional<bool> is_met = meets(conditions_, i);
      // An expired object is read again as it is.
      if (i.is_expired() && (update_ != nullptr || !is_met)) return;
      if (!is_met || *is_met) met.emplace_back(&i, is_met.has_value());
    });
    for (const auto& [i, is_known] : met) {
      if (update_ != nullptr) {
        update(*i, is_known);
      } else if (is_known) {
        session_.set_deleted(*i);
      } else {
        session_.expire_one(*i);
      }
    }
  }

  int64_t read_rows(engine::Cursor cursor, const EachRow& each) {
    query::RowStream rows(session_, std::move(cursor), write_.returning, write_.populate_existing);
    while (rows.next()) {
      if (key_column_ >= 0) keys_.push_back(key_at(rows.cursor(), key_column_));
      for (size_t cell = 0; cell < rows.cells().size(); ++cell) {
        Instance* i = rows.object(cell);
        if (i == nullptr) continue;
        session_.frames_.back().changed.push_back(i);
        if (how_ == Synchronize::kFetch) keys_.push_back(state::current_key(*i));
      }
      if (each) each(rows);
    }
    return rows.cursor().rowcount();
  }

  void follow_keys() {
    for (const Key& key : keys_) {
      Instance* i = session_.find_loaded(mapper_, key);
      if (i == nullptr) continue;
      update_ != nullptr ? update(*i) : session_.set_deleted(*i);
    }
  }

  Session& session_;
  const Write& write_;
  const Mapper& mapper_;
  Synchronize how_;
  const expr::Update* update_ = nullptr;
  const expr::Delete* delete_ = nullptr;
  const std::vector<expr::ElementPtr>* where_ = nullptr;
  const std::vector<expr::FromPtr>* from_ = nullptr;
  bool returns_objects_ = false;
  int key_column_ = -1;  // in the rows of RETURNING
  std::vector<Evaluator> conditions_;
  std::vector<std::pair<int, std::optional<Evaluator>>> values_;
  std::vector<Key> keys_;
};

int64_t Session::write_rows(const Write& write, const EachRow& each) {
  return RowWriter(*this, write).run(each);
}

int64_t Session::update_rows(const query::Query& q,
                             const std::vector<std::pair<int, expr::ElementPtr>>& values,
                             Synchronize how) {
  expr::StatementPtr statement = query::update_statement(q, values);
  return write_rows({q.entities[0].mapper, std::move(statement), how, q.autoflush, true, {}, {}});
}

int64_t Session::delete_rows(const query::Query& q, Synchronize how) {
  expr::StatementPtr statement = query::delete_statement(q);
  return write_rows({q.entities[0].mapper, std::move(statement), how, q.autoflush, true, {}, {}});
}

}  // namespace moonbase::session
