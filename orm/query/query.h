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

namespace moonbase::query {

// One item of a row: an object of a class (seen through `from`), or a value.
struct Entity {
  const mapper::Mapper* mapper = nullptr;
  expr::FromPtr from;        // the mapper's table or an alias of it
  expr::ElementPtr element;  // when mapper is null
  std::string name;          // how a row's cell is addressed: class name, label, column key
};

Entity entity(const mapper::Mapper& mapper);
Entity entity(const mapper::Mapper& mapper, expr::FromPtr alias, std::string name);
Entity entity(expr::ElementPtr element);

// One step of join(): what to join and how.
struct JoinStep {
  const mapper::Relationship* relationship = nullptr;  // User.posts
  expr::FromPtr relationship_from;  // whose attribute it was (an alias), null: the owner's table
  Entity target;                    // or a class
  expr::FromPtr table;              // or a table
  expr::ElementPtr on;              // explicit condition
  bool outer = false, full = false;
};

enum class Style : uint8_t { kLegacy, kSelect };  // legacy: single entities are made unique

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
  expr::SelectPtr set;  // union and the like: entities are read from it
  std::optional<expr::ForUpdate> for_update;

  // Throws kInvalidRequestError when limit or offset were given already ("call filter before
  // limit").
  void add_where(expr::ElementPtr condition);
  void add_join(const JoinStep& step);
  // The entity that filter_by and bare names speak of; throws when the query has none.
  const Entity& primary_entity() const;
  // A column attribute of the primary entity as an expression; throws kInvalidRequestError naming
  // the nearest one.
  expr::ElementPtr attribute(std::string_view name) const;

  bool is_single_entity() const { return entities.size() == 1 && entities[0].mapper != nullptr; }
};

// An attribute of a class seen through a FROM (its table or an alias).
expr::ElementPtr attribute_element(const mapper::Mapper& mapper, const expr::FromPtr& from,
                                   int slot);
// The condition that joins the two sides of a relationship, each seen through a FROM. Many-to-many
// is in two steps: owner to secondary, secondary to target; `secondary` is the association table or
// its alias.
expr::ElementPtr relationship_condition(const mapper::Relationship& r, const expr::FromPtr& owner,
                                        const expr::FromPtr& target,
                                        const expr::FromPtr& secondary = nullptr);
// EXISTS over the far side: User.posts:any(…), Post.author:has(…).
expr::ElementPtr relationship_exists(const mapper::Relationship& r, const expr::FromPtr& owner,
                                     const std::vector<expr::ElementPtr>& criteria);
// `Post.author == u`: the foreign key columns against an object's key (null: IS NULL).
expr::ElementPtr relationship_equals(const mapper::Relationship& r, const expr::FromPtr& owner,
                                     const std::vector<base::Value>& target_key);

}  // namespace moonbase::query
