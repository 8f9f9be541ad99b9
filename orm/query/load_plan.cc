#include "orm/query/load_plan.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/query/adapter.h"
#include "orm/query/selectable.h"

namespace moonbase::query {

using expr::ElementPtr;
using expr::FromPtr;
using expr::JoinKind;
using mapper::Lazy;
using mapper::Mapper;
using mapper::Relationship;

// A relationship whose far side is in the owner's rows.
struct LoadPlanner::Join {
  const Relationship* relationship = nullptr;
  std::shared_ptr<EntityPlan> plan;  // of the far side
  FromPtr root;                      // of the entity it hangs on
  FromPtr far, secondary;
  OptionListPtr options;     // of its objects
  ElementPtr first, second;  // owner to secondary or far; secondary to far
  bool is_inner = false, unnested = false;
  bool is_of_query = false;  // contains_eager: the query has the join
  std::vector<std::unique_ptr<Join>> below;
};

namespace {

bool is_loaded_along(Lazy lazy) {
  return lazy == Lazy::kJoined || lazy == Lazy::kSelectin || lazy == Lazy::kSubquery ||
         lazy == Lazy::kImmediate;
}

// A class that was not asked for by name leads back to where it came from.
bool comes_round(const Trail& trail, const Relationship& r) {
  if (r.def && r.def->join_depth > 0) return trail.size() > static_cast<size_t>(r.def->join_depth);
  return std::ranges::count(trail, r.target) > 0;
}

constexpr uint64_t kDerived = uint64_t{1} << 63;

// The identity of the alias of a relationship's far side, the same in every query alike.
uint64_t identity_of(const FromPtr& owner, const Relationship& r, uint64_t salt) {
  uint64_t h = owner->id * 0x9E3779B97F4A7C15ull;
  h ^= (r.owner->uid() << 20) + (static_cast<uint64_t>(r.slot) << 2) + salt;
  h *= 0xBF58476D1CE4E5B9ull;
  return (h ^ (h >> 29)) | kDerived;
}

const expr::Element& unlabelled(const expr::Element& e) {
  return e.kind == expr::Kind::kLabel ? unlabelled(*e.args[0]) : e;
}

// The position of an expression among columns; appended when it is not there.
size_t position_in(std::vector<ElementPtr>& columns, const ElementPtr& e) {
  const expr::Element& wanted = unlabelled(*e);
  const auto is_it = [&](const ElementPtr& column) {
    if (e->kind == expr::Kind::kLabelRef)
      return column->kind == expr::Kind::kLabel && column->name == e->name;
    return unlabelled(*column).hash == wanted.hash;
  };
  const auto at = std::ranges::find_if(columns, is_it);
  const auto position = static_cast<size_t>(at - columns.begin());
  if (at == columns.end()) columns.push_back(labelled(e));
  return position;
}

const ElementPtr& ordered(const ElementPtr& e) {
  return e->kind == expr::Kind::kOrdering ? ordered(e->args[0]) : e;
}

// DESC and the like of `e`, of another expression.
ElementPtr ordered_like(const ElementPtr& e, const ElementPtr& by) {
  return e->kind == expr::Kind::kOrdering ? expr::ordering(e->op, ordered_like(e->args[0], by))
                                          : by;
}

bool is_cut_or_grouped(const expr::Select& s) {
  return s.limit || s.offset || s.distinct || !s.distinct_on.empty() || !s.group_by.empty();
}

}  // namespace

LoadPlanner::LoadPlanner(const Query& query, const Trail& trail, bool with_labels, bool may_join)
    : query_(query), trail_(trail), with_labels_(with_labels), may_join_(may_join) {}
LoadPlanner::~LoadPlanner() = default;

void LoadPlanner::add(const Entity& e, EntityPlan& plan, const OptionListPtr& options) {
  plan.remembered = remembered(options);
  const auto brings = [](const auto& r) { return is_loaded_along(r->lazy); };
  const bool is_part = e.list && e.list != e.mapper->load_list() && !e.list->is_polymorphic;
  if (is_part || (!options && e.mapper->hierarchy() == nullptr &&
                  std::ranges::none_of(e.mapper->relationships(), brings)))
    return;
  Place place{e.from, options, trail_, e.from};
  place.trail.push_back(e.mapper);
  add_relationships(*e.mapper, plan, place);
}

void LoadPlanner::add_relationships(const Mapper& m, EntityPlan& plan, const Place& place) {
  for (const auto& r : m.relationships()) add_relationship(*r, plan, place, false);
  if (m.hierarchy() != nullptr) add_classes_below(m, plan, place);
}

// Objects of classes below come in the same rows: their relationships are loaded after these.
void LoadPlanner::add_classes_below(const Mapper& m, EntityPlan& plan, const Place& place) {
  for (const Mapper* below : m.self_and_descendants()) {
    if (below == &m) continue;
    bool is_named = below->is_read_after_rows();
    if (place.options)
      for (const Option& o : *place.options)
        is_named = is_named || (o.kind == Option::Kind::kSelectinPolymorphic &&
                                o.path.steps.empty() && std::ranges::count(o.below, below) > 0);
    if (is_named) {
      plan.read_after.push_back(below);
      has_loads_ = true;
    }
    for (const auto& r : below->relationships())
      if (r->owner == below) add_relationship(*r, plan, place, true);
  }
}

void LoadPlanner::add_relationship(const Relationship& r, EntityPlan& plan, const Place& place,
                                   bool is_below) {
  const Strategy strategy = strategy_of(place.options, r);
  const Option* option = strategy.option;
  if (!is_loaded_along(strategy.lazy)) return;
  const bool is_named = option != nullptr && option->strategy;
  if (!is_named && comes_round(place.trail, r)) return;
  RelationshipPlan load{&r,
                        strategy.lazy,
                        options_beyond(place.options, r),
                        option != nullptr ? option->condition : nullptr,
                        place.trail,
                        place.from};
  const bool is_of_query = is_named && option->from_query;
  const bool may_join = may_join_ && !is_below;
  if (is_of_query && !may_join) return;
  if ((load.how == Lazy::kJoined && !may_join) ||
      (load.how == Lazy::kSubquery && (!may_join || place.above != nullptr)))
    load.how = Lazy::kSelectin;
  if (load.how == Lazy::kJoined) add_join(load, strategy, place);
  if (load.how == Lazy::kSubquery) needs_origin_ = true;
  plan.loads.push_back(std::move(load));
  has_loads_ = true;
}

void LoadPlanner::add_join(RelationshipPlan& load, const Strategy& strategy, const Place& place) {
  const Relationship& r = *load.relationship;
  const Option* option = strategy.option;
  auto join = std::make_unique<Join>();
  join->relationship = &r;
  join->root = place.root;
  join->options = load.options;
  join->is_of_query = option != nullptr && option->from_query;
  FromPtr given = option != nullptr ? option->path.steps.back().target : nullptr;
  if (join->is_of_query) {
    join->far = given ? given : r.target->from();
    if (query_.extras && query_.extras->adapter) join->far = query_.extras->adapter->of(join->far);
  } else {
    const bool is_alias = given && given->id != r.target->from()->id;
    join->far = is_alias ? given : alias_of(r.target->from(), identity_of(place.from, r, 1));
    for (const FromPtr& side : sides_of(join->far)) aliases_.push_back(side->id);
    set_condition(*join, load, place.from);
    join->is_inner =
        option != nullptr && option->innerjoin ? *option->innerjoin : r.def && r.def->innerjoin;
    join->unnested = option != nullptr && option->unnested;
    multiplies_rows_ = multiplies_rows_ || r.is_collection();
  }
  joins_collection_ = joins_collection_ || r.is_collection();
  join->plan = std::make_shared<EntityPlan>();
  load.far = join->plan;
  EntityPlan& far = *join->plan;
  far.mapper = r.target;
  far.list = load_list(*r.target, load.options);
  far.remembered = remembered(load.options);
  Place beyond{join->far, load.options, place.trail, place.root, join.get()};
  beyond.trail.push_back(r.target);
  add_relationships(*r.target, far, beyond);
  (place.above != nullptr ? place.above->below : joins_).push_back(std::move(join));
}

void LoadPlanner::set_condition(Join& join, const RelationshipPlan& load, const FromPtr& owner) {
  const Relationship& r = *join.relationship;
  if (r.secondary) {
    join.secondary = alias_of(expr::table(r.secondary), identity_of(owner, r, 2));
    aliases_.push_back(join.secondary->id);
    join.first = relationship_condition(r, owner, nullptr, join.secondary);
    join.second = relationship_condition(r, nullptr, join.far, join.secondary);
  } else {
    join.first = relationship_condition(r, owner, join.far);
  }
  std::vector<ElementPtr> all = {r.secondary ? join.second : join.first};
  const FromPtr& table = r.target->from();
  if (ElementPtr criterion = class_criterion(*r.target, join.far))
    all.push_back(std::move(criterion));
  if (load.condition) all.push_back(seen_through(load.condition, table, join.far));
  if (load.options)
    for (const Option& o : *load.options)
      if (o.kind == Option::Kind::kCriteria && o.path.root == r.target)
        all.push_back(seen_through(o.condition, table, join.far));
  (r.secondary ? join.second : join.first) = expr::and_(std::move(all));
}

// "post_1": a name that nothing else in the FROM clause has.
FromPtr LoadPlanner::alias_of(const FromPtr& from, uint64_t identity) {
  if (from->kind == expr::FromKind::kJoin) {  // each table by itself
    const FromPtr left = alias_of(from->left, identity * 31 + 1);
    const FromPtr right = alias_of(from->right, (identity * 31 + 2) | kDerived);
    ElementPtr on = seen_through(from->on, from->left, left);
    on = seen_through(std::move(on), from->right, right);
    return expr::join(left, right, std::move(on), from->join_kind, identity);
  }
  if (names_.empty()) {
    std::vector<FromPtr> trees;
    if (query_.from) trees.push_back(query_.from);
    if (query_.extras)
      trees.insert(trees.end(), query_.extras->froms.begin(), query_.extras->froms.end());
    for (const Entity& e : query_.entities)
      if (e.mapper != nullptr) trees.push_back(e.from);
    for (const FromPtr& tree : trees)
      for (const FromPtr& side : sides_of(tree))
        if (!side->anonymous) names_.push_back(side->name);
    names_.push_back("anon_1");
  }
  std::string name;
  for (int n = 1; name.empty() || std::ranges::count(names_, name) > 0; ++n)
    name = from->table->name() + "_" + std::to_string(n);
  names_.push_back(name);
  return expr::alias(from, name, identity);
}

void LoadPlanner::note(QueryPlan& plan) const {
  plan.has_loads = has_loads_;
  plan.joins_collection = joins_collection_;
  if (needs_origin_) plan.origin = std::make_shared<const Query>(query_);
}

void put_expressions(const Mapper& m, const mapper::LoadList& list, const OptionListPtr& options,
                     const FromPtr& from, size_t first, std::vector<ElementPtr>& columns) {
  if (!options) return;
  for (const Option& o : *options) {
    if (o.kind != Option::Kind::kUndefer || !o.condition || !o.path.steps.empty()) continue;
    const auto at = std::ranges::find(list.slots, o.slots[0]);
    if (at == list.slots.end()) continue;
    ElementPtr e =
        from->id == m.from()->id ? o.condition : seen_through(o.condition, m.from(), from);
    columns[first + static_cast<size_t>(at - list.slots.begin())] =
        expr::label(std::move(e), m.attribute_at(*at).name);
  }
}

namespace {

// ---- the tree of joins ----

template <class Join>
FromPtr inner_join(FromPtr tree, const Join& j) {
  if (!j.secondary) return expr::join(std::move(tree), j.far, j.first, JoinKind::kInner);
  tree = expr::join(std::move(tree), j.secondary, j.first, JoinKind::kInner);
  return expr::join(std::move(tree), j.far, j.second, JoinKind::kInner);
}

// The far side with what is joined to it by inner joins: below an outer join they must not drop
// its owners. `outer` gets the others.
template <class Join>
FromPtr with_inner(FromPtr far, const Join& j, std::vector<const Join*>& outer) {
  for (const auto& next : j.below) {
    if (!next->is_inner || next->unnested || next->is_of_query) {
      outer.push_back(next.get());
      continue;
    }
    far = inner_join(std::move(far), *next);
    far = with_inner(std::move(far), *next, outer);
  }
  return far;
}

template <class Join>
FromPtr attached(FromPtr tree, const Join& j, bool is_below_outer) {
  if (j.is_of_query || (j.is_inner && !is_below_outer)) {
    if (!j.is_of_query) tree = inner_join(std::move(tree), j);
    for (const auto& next : j.below) tree = attached(std::move(tree), *next, is_below_outer);
    return tree;
  }
  FromPtr far = j.far;
  if (j.secondary) far = expr::join(j.secondary, far, j.second, JoinKind::kInner);
  std::vector<const Join*> outer;
  far = with_inner(std::move(far), j, outer);
  tree = expr::join(std::move(tree), std::move(far), j.first, JoinKind::kLeft);
  for (const Join* next : outer) tree = attached(std::move(tree), *next, true);
  return tree;
}

}  // namespace

void LoadPlanner::write(expr::Select& draft) {
  if (joins_.empty()) return;
  for (const auto& join : joins_) place_columns(*join, draft, true);
  if (multiplies_rows_ && is_cut_or_grouped(draft)) wrap(draft);
  for (const auto& join : joins_) place_columns(*join, draft, false);
  for (const auto& join : joins_) add_order(*join, draft);
  for (const auto& join : joins_) {
    const auto contains = [&](const FromPtr& tree) { return from_contains(tree, join->root->id); };
    auto tree = std::ranges::find_if(draft.froms, contains);
    if (tree == draft.froms.end()) tree = draft.froms.insert(tree, join->root);
    *tree = attached(*tree, *join, false);
  }
}

// Columns of what the query joined itself go with the query's own.
void LoadPlanner::place_columns(Join& join, expr::Select& draft, bool those_of_query) {
  if (join.is_of_query == those_of_query) {
    EntityPlan& p = *join.plan;
    p.first_column = static_cast<int>(draft.columns.size());
    Entity far = entity(*join.relationship->target, join.far, "");
    append_columns(far, p.list, with_labels_, draft.columns);
    put_expressions(*p.mapper, *p.list, join.options, join.far, static_cast<size_t>(p.first_column),
                    draft.columns);
  }
  for (const auto& next : join.below) place_columns(*next, draft, those_of_query);
}

void LoadPlanner::add_order(const Join& join, expr::Select& draft) const {
  const Relationship& r = *join.relationship;
  if (!join.is_of_query) {
    for (const ElementPtr& e : r.order_by) {
      ElementPtr order = seen_through(e, r.target->from(), join.far);
      if (r.secondary) order = expr::replace_from(order, *expr::table(r.secondary), join.secondary);
      draft.order_by.push_back(std::move(order));
    }
  }
  for (const auto& next : join.below) add_order(*next, draft);
}

// ---- the query as a subquery ----

// What the joins compare must come out of the subquery.
void LoadPlanner::add_needed_columns(const Join& join, expr::Select& inner) const {
  if (join.first) {
    expr::visit(join.first, [&](const expr::Element& e) {
      if (e.kind != expr::Kind::kColumn || !e.from) return;
      if (std::ranges::count(aliases_, e.from->id) > 0) return;
      position_in(inner.columns, e.column != nullptr ? expr::column(e.from, *e.column)
                                                     : expr::column(e.from, e.name, e.type));
    });
  }
  for (const auto& next : join.below) add_needed_columns(*next, inner);
}

void LoadPlanner::wrap(expr::Select& draft) {
  expr::Select inner = std::move(draft);
  const size_t count = inner.columns.size();
  for (const auto& join : joins_) add_needed_columns(*join, inner);
  std::vector<size_t> order;
  for (const ElementPtr& e : inner.order_by)
    order.push_back(position_in(inner.columns, ordered(e)));
  const std::vector<ElementPtr> former_order = inner.order_by;
  const std::vector<ElementPtr> former = inner.columns;
  const expr::SelectPtr select = expr::finish(std::move(inner));
  const FromPtr sub = expr::subquery(select, "anon_1", select->hash.lo | kDerived);
  const std::vector<std::string> names = expr::column_names(*select);
  const auto column = [&](size_t i) { return expr::column(sub, names[i], former[i]->type); };

  draft = expr::Select();
  draft.froms.push_back(sub);
  for (size_t i = 0; i < count; ++i)
    draft.columns.push_back(with_labels_ ? labelled(column(i)) : column(i));
  for (size_t i = 0; i < order.size(); ++i)
    draft.order_by.push_back(ordered_like(former_order[i], column(order[i])));
  const Adapter outside(sub, {});
  const auto adapt = [&](const auto& self, Join& join) -> void {
    if (join.first) join.first = outside.of(join.first);
    join.root = sub;
    for (const auto& next : join.below) self(self, *next);
  };
  for (const auto& join : joins_) adapt(adapt, *join);
}

}  // namespace moonbase::query
