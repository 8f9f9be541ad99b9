// A Query made into a SELECT, and where in its rows each entity's columns stand. Pure: no database
// is asked.
#pragma once

#include <vector>

#include "orm/query/query.h"

namespace moonbase::query {

struct RelationshipPlan;

struct EntityPlan {
  const mapper::Mapper* mapper = nullptr;    // null: a plain value at first_column
  mapper::LoadListPtr list;                  // what is read of its rows; null without a mapper
  int first_column = 0;                      // then one column per slot of the list
  std::vector<int> columns = {};             // where they do not stand in a row: of each slot
  std::vector<int> key_columns;              // absolute positions of the primary key
  OptionListPtr remembered = nullptr;        // by its new objects, for what is read of them later
  std::vector<RelationshipPlan> loads = {};  // what is loaded along with its objects
  // Classes below it; what their objects have beside is read after the rows.
  std::vector<const mapper::Mapper*> read_after = {};
};

// A relationship that is loaded along.
struct RelationshipPlan {
  const mapper::Relationship* relationship;
  mapper::Lazy how;                            // kJoined, kSelectin, kSubquery or kImmediate
  OptionListPtr options;                       // that go with the far objects
  expr::ElementPtr condition;                  // only such objects; over the target's table
  Trail trail;                                 // with the owner's class
  expr::FromPtr owner;                         // kSubquery: whose rows the query returns
  std::shared_ptr<const EntityPlan> far = {};  // kJoined: the far side's columns
};

struct QueryPlan {
  expr::SelectPtr select;
  expr::StatementPtr statement;  // from_statement: sent instead of `select`
  std::vector<Entity> wanted;    // what its columns are to be matched with
  std::vector<EntityPlan> entities;
  std::vector<std::string> names;  // of a row's cells
  int stream_rows = 0;             // how many rows at a time shall be in memory; 0: all may be
  bool has_loads = false;          // some entity has
  bool joins_collection = false;   // an object is in several rows, one for each member
  std::shared_ptr<const Query> origin = nullptr;  // what it was made from; for kSubquery alone
};

// `trail`: of the objects for which a relationship is loaded.
QueryPlan plan(const Query& query, const Trail& trail = {});
// The columns of an entity whose rows bring `list`, appended; with labels, a column goes by
// table_column, as rows and subqueries know it.
void append_columns(const Entity& entity, const mapper::LoadListPtr& list, bool with_labels,
                    std::vector<expr::ElementPtr>& out);
expr::ElementPtr labelled(const expr::ElementPtr& e);
// What is sent and printed: the SELECT, or the statement given with from_statement.
expr::StatementPtr build_statement(const Query& query);
// The SELECT alone, as it is sent. Throws kInvalidRequestError for a query from a statement.
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
