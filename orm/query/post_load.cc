#include "orm/query/post_load.h"

#include <algorithm>
#include <span>
#include <unordered_map>

#include <boost/unordered/unordered_flat_set.hpp>

#include "orm/query/row_loader.h"
#include "orm/state/collection.h"
#include "orm/state/link.h"

namespace moonbase::query {

using base::Tag;
using base::Value;
using expr::ElementPtr;
using expr::FromPtr;
using mapper::Direction;
using mapper::Lazy;
using mapper::Relationship;
using state::Instance;

namespace {

bool is_missing(Instance& owner, const Relationship& r) {
  if (owner.is_expired()) owner.apply_expiry();
  if (!r.uselist) return owner.slot(r.slot).tag() == Tag::kNotLoaded;
  const state::Collection* there = owner.collection(r.slot);
  return there == nullptr || !there->is_loaded();
}

// The slots of the owner whose values lead to the far side.
std::vector<int> key_slots(const Relationship& r) {
  if (!r.is_plain_join()) return r.owner->primary_key();
  std::vector<int> slots;
  for (const mapper::SyncPair& p : r.pairs)
    slots.push_back(r.direction == Direction::kManyToOne ? p.destination_slot : p.source_slot);
  return slots;
}

struct KeyHash {
  size_t operator()(const std::vector<Value>& key) const {
    size_t h = key.size();
    for (const Value& v : key) h = h * 0x9E3779B97F4A7C15ull + std::hash<Value>()(v);
    return h;
  }
};

}  // namespace

void fill_relationship(Instance& owner, const Relationship& r, std::vector<Instance*> found) {
  if (!is_missing(owner, r)) return;
  if (r.uselist)
    state::collection_of(owner, r).set_loaded(std::move(found));
  else
    owner.slot(r.slot) = found.empty() ? Value() : Value::pointer(Tag::kObject, found.front());
}

// Owners by the key that leads to the far side, and what was found for each key.
class PostLoads::Groups {
 public:
  struct Group {
    std::vector<Value> key;
    std::vector<Instance*> owners, found;
  };

  Groups(const Relationship& r, const std::vector<Instance*>& owners) : relationship_(r) {
    const std::vector<int> slots = key_slots(r);
    boost::unordered_flat_set<Instance*> seen;
    for (Instance* owner : owners) {
      if (!seen.insert(owner).second || !is_missing(*owner, r)) continue;
      std::vector<Value> key;
      for (int slot : slots) {
        const Value& read = owner->read(slot);
        key.push_back(r.direction == Direction::kManyToOne ? read : owner->committed(slot));
        if (key.back().is_absent()) key.back() = read;
      }
      // An expression that is not written yet leads nowhere that is known.
      const auto is_open = [](const Value& v) { return v.tag() == Tag::kExpression; };
      if (std::ranges::any_of(key, is_open)) continue;
      const auto is_nothing = [](const Value& v) { return v.is_null() || v.is_absent(); };
      if (std::ranges::any_of(key, is_nothing))
        fill_relationship(*owner, r, {});
      else
        group_of(std::move(key)).owners.push_back(owner);
    }
  }

  std::vector<Group>& list() { return groups_; }

  // Leaves those alone that have owners without an object yet.
  void drop_filled() {
    std::erase_if(groups_, [](const Group& g) { return g.owners.empty(); });
    positions_.clear();
    for (size_t n = 0; n < groups_.size(); ++n) positions_[groups_[n].key] = n;
    last_ = nullptr;
  }

  // The object belongs to the owners of this key.
  void found(std::span<const Value> key, Instance& object) {
    if (last_ == nullptr || !std::ranges::equal(last_->key, key)) {
      lookup_.assign(key.begin(), key.end());
      const auto there = positions_.find(lookup_);
      if (there == positions_.end()) return;
      last_ = &groups_[there->second];
    }
    last_->found.push_back(&object);
  }

  // Fills the owners of groups from `first` on.
  void fill(Executor& executor, std::span<Group> groups, bool may_repeat) {
    for (Group& group : groups) {
      if (may_repeat) make_unique(group.found);
      if (!relationship_.uselist && group.found.size() > 1)
        executor.warn("several rows for " + relationship_.full_name() + " of " +
                      state::describe(*group.owners[0]) + ", which is to one object");
      for (size_t i = 1; i < group.owners.size(); ++i)
        fill_relationship(*group.owners[i], relationship_, group.found);
      fill_relationship(*group.owners[0], relationship_, std::move(group.found));
    }
  }

 private:
  Group& group_of(std::vector<Value> key) {
    const auto [there, is_new] = positions_.try_emplace(key, groups_.size());
    if (is_new) groups_.push_back({std::move(key), {}, {}});
    return groups_[there->second];
  }

  static void make_unique(std::vector<Instance*>& list) {
    boost::unordered_flat_set<Instance*> seen;
    std::erase_if(list, [&seen](Instance* i) { return !seen.insert(i).second; });
  }

  const Relationship& relationship_;
  std::vector<Group> groups_;  // in the order of the owners
  std::unordered_map<std::vector<Value>, size_t, KeyHash> positions_;
  std::vector<Value> lookup_;
  Group* last_ = nullptr;
};

void PostLoads::add(const RelationshipPlan& load, const std::vector<Instance*>& owners,
                    std::shared_ptr<const Query> origin) {
  tasks_.push_back({load, owners, std::move(origin)});
}

void PostLoads::add_class(const mapper::Mapper& m, const std::vector<Instance*>& objects) {
  class_tasks_.push_back({m, objects});
}

// SELECT … WHERE key IN (…), of what the class has and the objects have not; of the one table that
// has it, where there is one.
void PostLoads::read_class(const ClassTask& task) {
  const mapper::Mapper& m = task.mapper;
  std::vector<int> slots;
  for (int slot : m.load_list()->slots)
    if (m.has_slot(slot) && !m.base()->has_slot(slot)) slots.push_back(slot);
  std::vector<Instance*> wanted;
  boost::unordered_flat_set<Instance*> seen;
  const auto lacks = [](Instance& i, int slot) { return i.slot(slot).tag() == Tag::kNotLoaded; };
  for (Instance* i : task.objects)
    if (seen.insert(i).second &&
        std::ranges::any_of(slots, [&](int slot) { return lacks(*i, slot); }))
      wanted.push_back(i);
  const mapper::LoadListPtr list = m.load_list_of(slots, false);
  Entity e = entity(m);
  e.list = list;
  if (const mapper::TablePart* part = m.part_with(*list)) e.from = part->from;
  std::vector<ElementPtr> keys;
  for (int slot : m.primary_key()) keys.push_back(attribute_element(m, e.from, slot));
  for (size_t first = 0; first < wanted.size(); first += kChunk) {
    std::vector<ElementPtr> items;
    for (size_t k = first; k < std::min(first + kChunk, wanted.size()); ++k) {
      std::vector<ElementPtr> row;
      for (size_t c = 0; c < keys.size(); ++c)
        row.push_back(expr::bind(wanted[k]->committed(m.primary_key()[c]), keys[c]->type));
      items.push_back(row.size() == 1 ? std::move(row[0]) : expr::tuple(std::move(row)));
    }
    Query q;
    q.entities.push_back(e);
    q.where.push_back(
        expr::in(keys.size() == 1 ? keys[0] : expr::tuple(keys), std::move(items), false));
    RowStream rows(executor_, query::plan(q), populate_existing_, parameters_, *this);
    while (rows.next()) {
    }
  }
}

void PostLoads::run() {
  while (!tasks_.empty() || !class_tasks_.empty()) {
    if (!class_tasks_.empty()) {
      const ClassTask task = std::move(class_tasks_.front());
      class_tasks_.pop_front();
      read_class(task);
      continue;
    }
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    run(task);
  }
}

void PostLoads::run(const Task& task) {
  const Relationship& r = *task.load.relationship;
  if (task.load.how == Lazy::kImmediate) {
    for (Instance* owner : task.owners)
      if (is_missing(*owner, r))
        executor_.load_now(*owner, r, task.load.options, task.load.condition, task.load.trail);
    return;
  }
  Groups groups(r, task.owners);
  if (task.load.how == Lazy::kSubquery && !groups.list().empty()) {
    load_by_query(task, groups);
    return;
  }
  load_referred(task, groups);
  load_by_keys(task, groups);
}

namespace {

bool brings_others(const mapper::Mapper& m) {
  return std::ranges::any_of(m.relationships(), [](const auto& r) {
    return r->lazy == Lazy::kJoined || r->lazy == Lazy::kSelectin || r->lazy == Lazy::kSubquery ||
           r->lazy == Lazy::kImmediate;
  });
}

}  // namespace

// Many-to-one: what the identity map has needs no statement, unless more is to be loaded with it.
void PostLoads::load_referred(const Task& task, Groups& groups) {
  const Relationship& r = *task.load.relationship;
  if (!r.use_get || task.load.options || task.load.condition || populate_existing_ ||
      brings_others(*r.target))
    return;
  for (Groups::Group& group : groups.list()) {
    Instance* there = executor_.identity().of(*r.target).find(group.key);
    if (there == nullptr || !there->mapper->is_a(*r.target) || there->is_expired() ||
        there->lifecycle != state::Lifecycle::kPersistent)
      continue;
    for (Instance* owner : group.owners) fill_relationship(*owner, r, {there});
    group.owners.clear();
  }
  groups.drop_filled();
}

namespace {

// Where the far side is looked for, and the columns that say whose it is.
struct Source {
  FromPtr from;  // null: the target's table alone
  std::vector<ElementPtr> keys;
};

FromPtr joined_to_far(const Relationship& r, FromPtr owner) {
  const FromPtr& target = r.target->from();
  if (!r.secondary)
    return expr::join(owner, target, relationship_condition(r, owner, target),
                      expr::JoinKind::kInner);
  const FromPtr secondary = expr::table(r.secondary);
  FromPtr tree = expr::join(owner, secondary, relationship_condition(r, owner, nullptr, secondary),
                            expr::JoinKind::kInner);
  return expr::join(std::move(tree), target, relationship_condition(r, nullptr, target, secondary),
                    expr::JoinKind::kInner);
}

constexpr uint64_t kOwnerAlias = uint64_t{3} << 62;

Source source_of(const Relationship& r) {
  Source s;
  const FromPtr& target = r.target->from();
  if (!r.is_plain_join()) {
    const FromPtr owner = expr::alias(r.owner->from(), "", kOwnerAlias | r.owner->uid());
    s.from = joined_to_far(r, owner);
    for (int slot : r.owner->primary_key())
      s.keys.push_back(attribute_element(*r.owner, owner, slot));
    return s;
  }
  if (r.secondary) {
    const FromPtr secondary = expr::table(r.secondary);
    s.from = expr::join(secondary, target, relationship_condition(r, nullptr, target, secondary),
                        expr::JoinKind::kInner);
    for (const mapper::SyncPair& p : r.pairs)
      s.keys.push_back(expr::column(secondary, *p.destination));
    return s;
  }
  for (const mapper::SyncPair& p : r.pairs)
    s.keys.push_back(r.target->element(r.direction == Direction::kManyToOne ? p.source_slot
                                                                            : p.destination_slot));
  return s;
}

// key IN (…), of the groups' keys.
template <class Groups>
ElementPtr key_is_in(const std::vector<ElementPtr>& keys, const Groups& groups) {
  std::vector<ElementPtr> items;
  items.reserve(groups.size());
  for (const auto& group : groups) {
    std::vector<ElementPtr> row;
    for (size_t k = 0; k < keys.size(); ++k) row.push_back(expr::bind(group.key[k], keys[k]->type));
    items.push_back(row.size() == 1 ? std::move(row[0]) : expr::tuple(std::move(row)));
  }
  return expr::in(keys.size() == 1 ? keys[0] : expr::tuple(keys), std::move(items), false);
}

Query far_query(const RelationshipPlan& load) {
  const Relationship& r = *load.relationship;
  Query q;
  q.entities.push_back(entity(*r.target));
  q.order_by = r.order_by;
  q.options = load.options;
  if (load.condition) q.where.push_back(load.condition);
  return q;
}

}  // namespace

void PostLoads::load_by_keys(const Task& task, Groups& groups) {
  if (groups.list().empty()) return;
  const Source source = source_of(*task.load.relationship);
  const Relationship& r = *task.load.relationship;
  bool may_repeat = r.secondary != nullptr || !r.is_plain_join() || task.load.options;
  const std::span<Groups::Group> all(groups.list());
  for (size_t first = 0; first < all.size(); first += kChunk) {
    const auto chunk = all.subspan(first, std::min(kChunk, all.size() - first));
    Query q = far_query(task.load);
    q.from = source.from;
    q.where.insert(q.where.begin(), key_is_in(source.keys, chunk));
    may_repeat = read(task, std::move(q), source.keys, groups) || may_repeat;
  }
  groups.fill(executor_, all, may_repeat);
}

// SELECT … FROM (the owners' query, of their keys) JOIN far.
void PostLoads::load_by_query(const Task& task, Groups& groups) {
  const Relationship& r = *task.load.relationship;
  Query owners = *task.origin;
  const std::vector<Entity> entities = std::move(owners.entities);
  owners.entities.clear();
  owners.style = Style::kLegacy;
  owners.options = nullptr;
  std::vector<int> slots = key_slots(r);
  bool is_key = slots == r.owner->primary_key();
  if (!r.is_plain_join())
    for (int slot : r.near_slots)
      if (std::ranges::count(slots, slot) == 0) slots.push_back(slot);
  for (int slot : slots)
    owners.entities.push_back(entity(labelled(attribute_element(*r.owner, task.load.owner, slot))));
  if (!owners.from)
    for (const Entity& e : entities)
      if (e.mapper != nullptr) owners.add_from(e);
  if (!owners.limit && !owners.offset) {
    owners.order_by.clear();
    owners.distinct = owners.distinct || !is_key;
  }
  const expr::SelectPtr select = inner_select(owners);
  const FromPtr sub = expr::subquery(select, "anon_1", select->hash.lo | 1);
  const std::vector<std::string> names = expr::column_names(*select);
  std::vector<ElementPtr> keys;
  for (size_t k = 0; k < key_slots(r).size(); ++k)
    keys.push_back(expr::column(sub, names[k], select->columns[k]->type));
  Query q = far_query(task.load);
  q.from = joined_to_far(r, sub);
  read(task, std::move(q), keys, groups);
  groups.fill(executor_, groups.list(), true);
}

// Runs the query and gives every object to the groups. Keys that are among the columns of the
// objects are not selected twice. True: an object may have come more than once, with a collection
// that its class joins.
bool PostLoads::read(const Task& task, Query q, const std::vector<ElementPtr>& keys,
                     Groups& groups) {
  const mapper::Mapper& target = *task.load.relationship->target;
  const mapper::LoadListPtr list = load_list(q, q.entities[0]);
  const std::vector<int>& slots = list->slots;
  std::vector<int> columns;
  for (const ElementPtr& key : keys) {
    const auto is_it = [&](int slot) { return target.element(slot)->hash == key->hash; };
    const auto at = std::ranges::find_if(slots, is_it);
    if (at != slots.end()) {
      columns.push_back(static_cast<int>(at - slots.begin()));
      continue;
    }
    columns.push_back(-1);
    q.entities.push_back(entity(key));
  }
  q.populate_existing = populate_existing_;
  QueryPlan plan = query::plan(q, task.load.trail);
  std::vector<size_t> cells;
  size_t next = 1;
  for (int column : columns) {
    if (column < 0) {
      cells.push_back(next++);
      continue;
    }
    EntityPlan value;
    value.first_column = plan.entities[0].first_column + column;
    cells.push_back(plan.entities.size());
    plan.entities.push_back(std::move(value));
    plan.names.emplace_back();
  }
  const bool may_repeat = plan.joins_collection;
  RowStream rows(executor_, std::move(plan), populate_existing_, parameters_, *this);
  std::vector<Value> key(cells.size());
  while (rows.next()) {
    Instance* object = rows.object(0);
    if (object == nullptr) continue;
    for (size_t k = 0; k < cells.size(); ++k) key[k] = rows.cells()[cells[k]];
    groups.found(key, *object);
  }
  return may_repeat;
}

}  // namespace moonbase::query
