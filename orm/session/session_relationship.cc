// Relationships of objects: what their attributes load, and when they refuse to.
#include <algorithm>

#include "orm/base/error.h"
#include "orm/session/session.h"
#include "orm/state/link.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using mapper::Direction;
using mapper::Lazy;
using mapper::Relationship;
using query::Query;
using state::Collection;
using state::Instance;
using state::Lifecycle;

Instance* Session::find_referred(const Relationship& r, const Instance& owner) {
  if (r.direction != Direction::kManyToOne || !r.use_get || owner.is_expired()) return nullptr;
  std::vector<Value> key;
  for (const mapper::SyncPair& p : r.pairs) {
    const Value& v = owner.slot(p.destination_slot);
    if (v.is_null() || v.is_absent() || v.tag() == Tag::kExpression) return nullptr;
    key.push_back(v);
  }
  return of_class(identity_.of(*r.target).find(key), *r.target);
}

void Session::remember_options(Instance& i, const query::OptionListPtr& options) {
  load_options_[&i] = options;
}

query::OptionListPtr Session::remembered_options(const Instance& i) const {
  if (load_options_.empty()) return nullptr;
  const auto found = load_options_.find(&i);
  return found == load_options_.end() ? nullptr : found->second;
}

Query Session::relationship_query(Instance& owner, const Relationship& r) {
  if (owner.has_identity)
    for (int slot : r.near_slots) owner.read(slot);
  Query q;
  q.entities.push_back(query::entity(*r.target));
  q.order_by = r.order_by;
  if (!r.is_plain_join()) {
    const query::ColumnSource values = [&](const schema::Column& c) {
      const int slot = owner.mapper->slot_of(c);
      const Value& stored = owner.committed(slot);
      const bool is_current = r.direction == Direction::kManyToOne || stored.is_absent();
      return expr::bind(is_current ? owner.slot(slot) : stored, owner.mapper->type(slot));
    };
    q.where.push_back(
        query::relationship_criterion(r, values, query::columns_of_side(r.target->from()),
                                      r.secondary ? expr::table(r.secondary) : nullptr));
    return q;
  }
  const auto owner_key = [&](int slot, const schema::Column& c) {
    const Value& v = owner.committed(slot);
    return expr::bind(v.is_absent() ? owner.slot(slot) : v, c.type);
  };
  if (r.direction == Direction::kManyToMany) {
    const expr::FromPtr secondary = expr::table(r.secondary);
    for (const mapper::SyncPair& p : r.pairs)
      q.where.push_back(expr::binary(expr::Op::kEq, owner_key(p.source_slot, *p.source),
                                     expr::column(secondary, *p.destination)));
    for (const mapper::SyncPair& p : r.secondary_pairs)
      q.where.push_back(expr::binary(expr::Op::kEq,
                                     query::table_column(r.target->from(), *p.source),
                                     expr::column(secondary, *p.destination)));
  } else if (r.direction == Direction::kOneToMany) {
    for (const mapper::SyncPair& p : r.pairs)
      q.where.push_back(expr::binary(expr::Op::kEq, r.target->element(p.destination_slot),
                                     owner_key(p.source_slot, *p.source)));
  } else {
    for (const mapper::SyncPair& p : r.pairs)
      q.where.push_back(expr::binary(expr::Op::kEq, r.target->element(p.source_slot),
                                     expr::bind(owner.slot(p.destination_slot), p.source->type)));
  }
  return q;
}

// The options for reading the object itself anew: conditions on its class do not hide its row.
query::OptionListPtr Session::own_options(const Instance& i) const {
  const query::OptionListPtr options = remembered_options(i);
  const auto hides_it = [&i](const query::Option& o) {
    return o.kind == query::Option::Kind::kCriteria && o.path.root == i.mapper;
  };
  if (!options || std::ranges::none_of(*options, hides_it)) return options;
  query::OptionList list = *options;
  std::erase_if(list, hides_it);
  return list.empty() ? nullptr : std::make_shared<const query::OptionList>(std::move(list));
}

void Session::load_slot(Instance& i, int slot) {
  const bool observed = load_observer_ != nullptr && load_observer_->is_on();
  observed && !is_observing_ && !flushing_ ? load_observed(i, slot) : load_attribute(i, slot);
}

void Session::load_observed(Instance& i, int slot) {
  const bool is_column = i.mapper->relationship(slot) == nullptr;
  const bool was_expired =
      is_column
          ? !i.mapper->attribute_at(slot).loading.deferred &&
                (i.is_expired() || state::why_unloaded(i.slot(slot)) == state::Unloaded::kExpired)
          : i.is_expired();
  const uint64_t before = questions_;
  struct Leave {
    bool& target;
    ~Leave() { target = false; }
  } leave{is_observing_ = true};
  load_attribute(i, slot);
  if (questions_ != before)
    load_observer_->loaded(
        {.instance = i, .slot = slot, .was_expired = was_expired, .selects = questions_ - before});
}

void Session::load_attribute(Instance& i, int slot) {
  const Relationship* r = i.mapper->relationship(slot);
  if (r == nullptr) {
    load_columns(i, slot);
    return;
  }
  if (i.is_expired()) i.apply_expiry();
  const query::OptionListPtr options = remembered_options(i);
  const query::Strategy strategy = query::strategy_of(options, *r);
  if (i.has_identity && !flushing_ && !read_without_load(i, *r, strategy.lazy)) return;
  load_now(i, *r, query::options_beyond(options, *r),
           strategy.option != nullptr ? strategy.option->condition : nullptr, {r->owner});
}

// False when the strategy leaves nothing to be loaded: the slot is filled. Throws where it forbids
// loading.
bool Session::read_without_load(Instance& i, const Relationship& r, Lazy lazy) {
  if (lazy == Lazy::kNoload) {
    if (r.uselist)
      state::collection_of(i, r).set_loaded({});
    else
      i.slot(r.slot) = Value();
    return false;
  }
  if (lazy == Lazy::kRaiseOnSql && answers_without_sql(i, r)) return true;
  if (lazy != Lazy::kRaise && lazy != Lazy::kRaiseOnSql) return true;
  throw Error(ErrorKind::kInvalidRequestError, "'" + r.full_name() +
                                                   "' is not available due to lazy='" +
                                                   std::string(mapper::lazy_name(lazy)) + "'")
      .with_hint("load it with the query: query:options(db." +
                 std::string(r.uselist ? "selectinload(" : "joinedload(") + r.full_name() + "))");
}

// Many-to-one: the row refers to nothing, or to an object that is loaded.
bool Session::answers_without_sql(Instance& i, const Relationship& r) {
  if (r.direction != Direction::kManyToOne || !r.is_plain_join()) return false;
  for (const mapper::SyncPair& p : r.pairs) {
    const Value& v = i.read(p.destination_slot);
    if (v.is_null() || v.is_absent()) return true;
  }
  const Instance* there = find_referred(r, i);
  return there != nullptr && there->lifecycle != Lifecycle::kDeleted;
}

void Session::load_relationship(Instance& i, const Relationship& r) {
  const query::OptionListPtr options = remembered_options(i);
  const query::Strategy strategy = query::strategy_of(options, r);
  load_now(i, r, query::options_beyond(options, r),
           strategy.option != nullptr ? strategy.option->condition : nullptr, {r.owner});
}

void Session::load_now(Instance& i, const Relationship& r, const query::OptionListPtr& options,
                       const expr::ElementPtr& condition, const query::Trail& trail) {
  if (i.is_expired()) i.apply_expiry();
  const auto load = [&] {
    // What is written first may change the key that is asked with.
    if (i.lifecycle != Lifecycle::kPending) autoflush();
    Query q = relationship_query(i, r);
    q.options = options;
    if (condition) q.where.push_back(condition);
    q.autoflush = false;
    return query::load_all(*this, q, trail);
  };
  if (r.uselist) {
    Collection& members = state::collection_of(i, r);
    if (members.is_loaded()) return;
    if (!i.has_identity) {
      members.set_loaded({});
      return;
    }
    std::vector<Instance*> items = load();
    // Loading may have flushed, and flushing may have made the collection anew.
    Collection& now = state::collection_of(i, r);
    if (!now.is_loaded()) now.set_loaded(std::move(items));
    return;
  }
  if (i.slot(r.slot).tag() != Tag::kNotLoaded) return;
  if (r.direction == Direction::kManyToOne) {
    for (const mapper::SyncPair& p : r.pairs) {
      const Value& v = i.read(p.destination_slot);
      if (i.slot(r.slot).tag() != Tag::kNotLoaded) return;  // it came along
      if (r.is_plain_join() && (v.is_null() || v.is_absent())) {
        i.slot(r.slot) = Value();
        return;
      }
    }
    Instance* there = condition ? nullptr : find_referred(r, i);
    if (there != nullptr && there->lifecycle != Lifecycle::kDeleted) {
      i.slot(r.slot) = Value::pointer(Tag::kObject, there);
      return;
    }
  }
  const std::vector<Instance*> found = load();
  if (found.size() > 1)
    warn("several rows for " + r.full_name() + " of " + state::describe(i) +
         ", which is to one object");
  i.slot(r.slot) = found.empty() ? Value() : Value::pointer(Tag::kObject, found[0]);
}

}  // namespace moonbase::session
