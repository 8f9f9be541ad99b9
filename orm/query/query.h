// A query over mapped classes and column expressions, before it becomes SQL. A value: each step of
// a chain copies it and changes the copy; the trees inside are shared. Knows no session: whoever
// runs it brings an Executor. Serves both styles: `User.query:filter(…)` and
// `db.select(User):where(…)`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orm/expr/statement.h"
#include "orm/mapper/mapper.h"
#include "orm/query/adapter.h"
#include "orm/query/options.h"

namespace moonbase::query {

// One item of a row: an object of a class (seen through `from`), or a value.
struct Entity {
  const mapper::Mapper* mapper = nullptr;
  expr::FromPtr from;        // the mapper's table or an alias of it
  expr::ElementPtr element;  // when mapper is null
  std::string name;          // how a row's cell is addressed: class name, label, column key
  mapper::LoadListPtr list = nullptr;  // what is read of a class's rows; null: as the options say
  const mapper::Mapper* owner = nullptr;  // whose attribute `element` is, where that is known
  expr::FromPtr owner_from = nullptr;     // what that class is read from, if not its own tables
};

Entity entity(const mapper::Mapper& mapper);
Entity entity(const mapper::Mapper& mapper, expr::FromPtr alias, std::string name);
Entity entity(expr::ElementPtr element);

// One step of join(): what to join and how.
struct JoinStep {
  expr::FromPtr left;  // join_from: what it is joined to; null: the query finds it
  const mapper::Relationship* relationship = nullptr;  // User.posts
  expr::FromPtr relationship_from;  // whose attribute it was (an alias), null: the owner's table
  Entity target;                    // or a class
  expr::FromPtr table;              // or a table
  expr::ElementPtr on;              // explicit condition
  bool outer = false, full = false;
};

enum class Style : uint8_t { kLegacy, kSelect };  // legacy: single entities are made unique

enum class Correlation : uint8_t { kAutomatic, kOnly, kNone, kAllExcept };

// What few queries have. Shared between queries; `Query::change_extras` copies it.
struct Extras {
  AdapterPtr adapter;                // criteria speak of this subquery
  std::vector<expr::FromPtr> froms;  // select_from: further ones, beside Query::from
  bool from_is_kept = false;         // Query::from is that of former items: select_from replaces it
  Correlation correlation = Correlation::kAutomatic;
  std::vector<expr::FromPtr> correlate;  // of kOnly and kAllExcept
  std::vector<expr::FromPtr> ctes;       // add_cte: those that nothing selects from
  std::vector<expr::FromPtr> nest_here;  // add_cte{…, nest_here = true}
  std::vector<std::string> prefixes, suffixes;
  expr::StatementPtr statement;  // from_statement: what is sent instead of a SELECT of this query
};

struct Query {
  Style style = Style::kLegacy;
  std::vector<Entity> entities;
  expr::FromPtr from;  // explicit FROM: the join tree so far
  Entity join_point;   // what filter_by speaks of
  std::vector<expr::ElementPtr> where, group_by, having, order_by;
  std::vector<expr::ElementPtr> distinct_on;
  std::optional<int64_t> limit, offset;
  bool distinct = false;
  bool autoflush = true;
  bool populate_existing = false;
  expr::SelectPtr set;  // db.union and the like: order and limit are of the whole
  std::optional<expr::ForUpdate> for_update;
  OptionListPtr options;                 // null: none
  bool names_classes = false;            // class_criterion of its items is among the conditions
  std::shared_ptr<const Extras> extras;  // null: none

  // Throws kInvalidRequestError for what a method cannot change any more: `method` of a legacy
  // query with limit or offset, of a union, of a query from a statement.
  void check_open(const char* method) const;
  // Throws as check_open does.
  void add_where(expr::ElementPtr condition, const char* method = "filter");
  // Throws as check_open does, and kInvalidRequestError, kNoForeignKeysError or
  // kAmbiguousForeignKeysError when it is not clear what to join to what.
  void add_join(const JoinStep& step);
  // A FROM clause that the query starts from, beside those it has.
  void add_from(const Entity& item);
  // What a program writes about the classes of the query as the query's FROM clauses have it.
  expr::ElementPtr adapted(expr::ElementPtr e) const {
    return extras && extras->adapter ? extras->adapter->of(e) : e;
  }
  Entity adapted(Entity e) const;
  Extras& change_extras();
  // The entity that filter_by and bare names speak of; throws when the query has none.
  const Entity& primary_entity() const;
  // A column attribute of the primary entity as an expression; throws kInvalidRequestError naming
  // the nearest one.
  expr::ElementPtr attribute(std::string_view name) const;

  bool is_single_entity() const { return entities.size() == 1 && entities[0].mapper != nullptr; }
};

// A FROM clause as an item: what filter_by speaks of when a table or a subquery was joined.
Entity from_entity(expr::FromPtr from);
// The classes and columns of a compound SELECT as items: plain values.
std::vector<Entity> set_entities(const expr::Select& set);

// The condition by which `right` is joined to `left` where foreign keys alone say it; subqueries
// have the keys of the columns they select. Throws kNoForeignKeysError, kAmbiguousForeignKeysError.
expr::ElementPtr foreign_key_condition(const expr::FromPtr& left, const expr::FromPtr& right);

// The parts as one compound SELECT. Throws kArgumentError for parts of different numbers of
// columns.
expr::SelectPtr compound(expr::SetOp op, std::vector<expr::SelectPtr> parts);
// q1:union(q2): a query of the items of `first`, read from the compound as a subquery.
Query union_query(const Query& first, expr::SelectPtr set);

// An attribute of a class seen through a FROM: its table, an alias, or a subquery that selects it.
// `find_` gives null for a subquery without it, the other throws kInvalidRequestError.
expr::ElementPtr find_attribute_element(const mapper::Mapper& mapper, const expr::FromPtr& from,
                                        int slot);
expr::ElementPtr attribute_element(const mapper::Mapper& mapper, const expr::FromPtr& from,
                                   int slot);
// That a row is of the class, where it shares its table with others; null where nothing must be
// said.
expr::ElementPtr class_criterion(const mapper::Mapper& mapper, const expr::FromPtr& from);
// A table's column seen through a FROM as above. Throws kInvalidRequestError.
expr::ElementPtr table_column(const expr::FromPtr& from, const schema::Column& column);
// How one side of a relationship writes its columns: as those of a FROM, or as an object's values.
using ColumnSource = std::function<expr::ElementPtr(const schema::Column&)>;
ColumnSource columns_of_side(const expr::FromPtr& from);
// The condition that joins the two sides of a relationship, whatever their columns are: the one
// place that says it. Many-to-many is in two steps: owner to secondary, secondary to target;
// `secondary` is the association table or its alias. A null owner or target leaves its step out.
expr::ElementPtr relationship_criterion(const mapper::Relationship& r, const ColumnSource& owner,
                                        const ColumnSource& target,
                                        const expr::FromPtr& secondary = nullptr);
// The condition that joins the two sides of a relationship, each seen through a FROM, as above.
expr::ElementPtr relationship_condition(const mapper::Relationship& r, const expr::FromPtr& owner,
                                        const expr::FromPtr& target,
                                        const expr::FromPtr& secondary = nullptr);
// EXISTS over the far side: User.posts:any(…), Post.author:has(…). `far` is the alias that the
// criteria speak of; null: the target's table.
expr::ElementPtr relationship_exists(const mapper::Relationship& r, const expr::FromPtr& owner,
                                     const std::vector<expr::ElementPtr>& criteria,
                                     const expr::FromPtr& far = nullptr);
// `Post.author == u`: the foreign key columns against an object's key (null: IS NULL).
expr::ElementPtr relationship_equals(const mapper::Relationship& r, const expr::FromPtr& owner,
                                     const std::vector<base::Value>& target_key);

}  // namespace moonbase::query
