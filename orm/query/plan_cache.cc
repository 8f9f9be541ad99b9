#include "orm/query/plan_cache.h"

#include <algorithm>

#include "orm/expr/binds.h"

namespace moonbase::query {

namespace {

using expr::ElementPtr;

// A kept plan keeps the values of its first query: no large ones.
constexpr size_t kMaxKeptValue = 4096;

// The class as it is declared, and read from its own table.
bool is_plain_class(const Entity& e) {
  return e.mapper != nullptr && !e.list && e.mapper->hierarchy() == nullptr &&
         e.from->kind == expr::FromKind::kTable && e.from->id == e.mapper->from()->id &&
         e.name == e.mapper->name();
}

bool is_plain(const Query& q) {
  return q.entities.size() == 1 && is_plain_class(q.entities[0]) && !q.from && !q.extras &&
         !q.options && !q.set && !q.for_update && !q.offset && !q.distinct &&
         q.distinct_on.empty() && q.group_by.empty() && q.having.empty();
}

void mix_all(expr::Hash128& shape, const std::vector<ElementPtr>& elements) {
  shape.mix(elements.size());
  for (const ElementPtr& e : elements) shape.mix(e->hash);
}

// The limit is a part of it: there are few, and the SELECT of the plan has it.
expr::Hash128 shape_of(const Query& q) {
  const mapper::Mapper& m = *q.entities[0].mapper;
  expr::Hash128 shape;
  shape.mix(m.uid());
  // A class that gets another attribute has another list; a kept plan keeps its own, so that the
  // address is not given out again.
  shape.mix(reinterpret_cast<uintptr_t>(m.load_list().get()));
  shape.mix(m.relationships().size());
  shape.mix(static_cast<uint64_t>(q.style) << 1 | static_cast<uint64_t>(q.limit.has_value()));
  if (q.limit) shape.mix(static_cast<uint64_t>(*q.limit));
  mix_all(shape, q.where);
  mix_all(shape, q.order_by);
  return shape;
}

// Those of a query whose SELECT has the shape of the plan's.
void collect(const Query& q, const QueryPlan& plan, BindList& out) {
  for (const ElementPtr& e : q.where) expr::collect_binds(e, out);
  for (const ElementPtr& e : q.order_by) expr::collect_binds(e, out);
  if (plan.select->limit) out.push_back(plan.select->limit.get());
}

bool is_large(const expr::Element* bind) {
  return bind->value.is_bytes() && bind->value.as_bytes().size() > kMaxKeptValue;
}

// `binds`: all of the plan's SELECT. What `collect` finds of a later query must be all, too: it is
// not where a condition brings a CTE.
bool may_be_kept(const Query& q, const QueryPlan& plan, const BindList& binds) {
  if (plan.has_loads || plan.origin || std::ranges::any_of(binds, is_large)) return false;
  BindList collected;
  collect(q, plan, collected);
  return collected == binds;
}

}  // namespace

QueryPlanPtr PlanCache::plan(const Query& query, BindList& binds) {
  if (!is_plain(query)) return nullptr;
  const expr::Hash128 shape = shape_of(query);
  if (const QueryPlanPtr* kept = plans_.find(shape)) {
    collect(query, **kept, binds);
    return *kept;
  }
  auto made = std::make_shared<const QueryPlan>(query::plan(query));
  expr::collect_binds(*made->select, binds);
  if (may_be_kept(query, *made, binds)) plans_.put(shape, made);
  return made;
}

}  // namespace moonbase::query
