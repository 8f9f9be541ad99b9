// A Query made into a SELECT, and where in its rows each entity's columns stand. Pure: no database
// is asked.
#pragma once

#include <vector>

#include "orm/query/query.h"

namespace moonbase::query {

struct EntityPlan {
  const mapper::Mapper* mapper = nullptr;  // null: a plain value at first_column
  int first_column = 0;                    // then one column per slot of mapper->column_slots()
  std::vector<int> key_columns;            // absolute positions of the primary key
};

struct QueryPlan {
  expr::SelectPtr select;
  std::vector<EntityPlan> entities;
  std::vector<std::string> names;  // of a row's cells
};

QueryPlan plan(const Query& query);
// The SELECT alone, as it is sent and printed.
expr::SelectPtr build_select(const Query& query);
// The SELECT inside another statement: its columns go by their own names.
expr::SelectPtr inner_select(const Query& query);
// SELECT count(*): without a subquery where that gives the same number.
expr::SelectPtr count_select(const Query& query);
expr::ElementPtr exists_element(const Query& query);
// UPDATE and DELETE of the rows a query of one class selects. Throw kInvalidRequestError for what
// cannot be part of one (limit, order_by, join, …), naming it.
std::shared_ptr<const expr::Update> update_statement(
    const Query& query, const std::vector<std::pair<int, expr::ElementPtr>>& slot_values);
std::shared_ptr<const expr::Delete> delete_statement(const Query& query);
// SELECT of the primary keys of those rows, to bring loaded objects in step.
expr::SelectPtr key_select(const Query& query);

}  // namespace moonbase::query
