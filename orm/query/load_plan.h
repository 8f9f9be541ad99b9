// Which relationships a query loads along with its objects, and the outer joins by which it does:
// lazy = 'joined' and db.joinedload, selectinload and the like. Pure: no database is asked.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "orm/query/query_plan.h"

namespace moonbase::query {

class LoadPlanner {
 public:
  // `with_labels`: columns go by table_column. Without `may_join` what would be joined is loaded
  // after the rows.
  LoadPlanner(const Query& query, const Trail& trail, bool with_labels, bool may_join);
  ~LoadPlanner();

  // What is loaded along with the objects of one entity of the query. Takes no time for a class
  // that brings nothing along, in a query without options. Throws kInvalidRequestError for options
  // that cannot be followed.
  void add(const Entity& entity, EntityPlan& plan, const OptionListPtr& options);
  // Writes the joins, and the columns they bring, into a statement whose columns are those of the
  // entities so far. One that is cut or grouped becomes a subquery first, where a join would
  // multiply its rows.
  void write(expr::Select& draft);
  // Says in the plan what was added.
  void note(QueryPlan& plan) const;

 private:
  struct Join;
  // Where the relationships of a class are looked at.
  struct Place {
    expr::FromPtr from;
    OptionListPtr options;
    Trail trail;            // with the class
    expr::FromPtr root;     // the entity's FROM clause
    Join* above = nullptr;  // null: the entity itself
  };

  void add_relationships(const mapper::Mapper& m, EntityPlan& plan, const Place& place);
  void add_relationship(const mapper::Relationship& r, EntityPlan& plan, const Place& place,
                        bool is_below);
  void add_classes_below(const mapper::Mapper& m, EntityPlan& plan, const Place& place);
  void add_join(RelationshipPlan& load, const Strategy& strategy, const Place& place);
  void set_condition(Join& join, const RelationshipPlan& load, const expr::FromPtr& owner);
  expr::FromPtr alias_of(const expr::FromPtr& from, uint64_t identity);
  void place_columns(Join& join, expr::Select& draft, bool those_of_query);
  void add_order(const Join& join, expr::Select& draft) const;
  void wrap(expr::Select& draft);
  void add_needed_columns(const Join& join, expr::Select& inner) const;

  const Query& query_;
  const Trail& trail_;
  bool with_labels_, may_join_;
  std::vector<std::unique_ptr<Join>> joins_;  // of the entities, in order
  std::vector<std::string> names_;            // taken by aliases
  std::vector<uint64_t> aliases_;             // those it made, by identity
  bool has_loads_ = false, joins_collection_ = false, needs_origin_ = false;
  bool multiplies_rows_ = false;  // a collection is joined by the planner
};

// Puts what db.with_expression says into the places of its attributes: among the columns from
// `first` on, which are those of `list`, of a class seen through `from`.
void put_expressions(const mapper::Mapper& m, const mapper::LoadList& list,
                     const OptionListPtr& options, const expr::FromPtr& from, size_t first,
                     std::vector<expr::ElementPtr>& columns);

}  // namespace moonbase::query
