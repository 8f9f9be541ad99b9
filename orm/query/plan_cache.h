// Plans of the queries that programs repeat: of one class, with conditions, an order and a limit,
// and nothing else. Queries of one shape differ in their values alone: the plan that was made for
// the first serves all, and the values of a later one take the places of its own. Owned by whoever
// runs queries, used by its thread.
#pragma once

#include <memory>
#include <vector>

#include "orm/base/lru_cache.h"
#include "orm/query/query_plan.h"

namespace moonbase::query {

using QueryPlanPtr = std::shared_ptr<const QueryPlan>;
// Binds of a statement, in the order of expr::collect_binds.
using BindList = std::vector<const expr::Element*>;

class PlanCache {
 public:
  // The plan of a query of that sort, kept or made; null for any other query. `binds` gets what its
  // SELECT is to be sent with; they live as long as the query and the plan. Throws as query::plan
  // does.
  QueryPlanPtr plan(const Query& query, BindList& binds);

 private:
  struct ShapeHash {
    size_t operator()(const expr::Hash128& shape) const {
      return static_cast<size_t>(shape.lo ^ shape.hi);
    }
  };
  base::LruCache<expr::Hash128, QueryPlanPtr, ShapeHash> plans_{64};
};

}  // namespace moonbase::query
