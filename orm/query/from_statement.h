// Objects from a statement that the user wrote: which columns of its result are which attributes.
// What the statement says of its columns decides; else their names do, when the rows are there.
#pragma once

#include <string>
#include <vector>

#include "orm/query/query_plan.h"

namespace moonbase::query {

// The plan of a query with from_statement: where its columns stand is not known yet.
QueryPlan plan_of_statement(const Query& query);
// Fills in where the columns stand. `names` are those of the result. Attributes without a column
// are left out, to be read at their first access. Throws kNoSuchColumnError for a primary key and
// for a plain item without one.
void match_columns(QueryPlan& plan, const std::vector<std::string>& names);

}  // namespace moonbase::query
