// The conditions that relationships stand for in a query: joins, EXISTS, comparisons with objects.
#include "orm/query/query.h"
#include "orm/query/selectable.h"

namespace moonbase::query {

using expr::ElementPtr;
using expr::FromPtr;
using mapper::Direction;
using mapper::Relationship;

namespace {

// The columns of `pairs` compared.
void compare_pairs(std::vector<ElementPtr>& out, const std::vector<mapper::SyncPair>& pairs,
                   const ColumnSource& source, const ColumnSource& destination) {
  for (const mapper::SyncPair& p : pairs)
    out.push_back(expr::binary(expr::Op::kEq, source(*p.source), destination(*p.destination)));
}

// One half of a written condition: `near` and `far` as the statement has them.
ElementPtr written(const Relationship& r, const ElementPtr& condition, const ColumnSource& owner,
                   const ColumnSource& target, const FromPtr& secondary) {
  ElementPtr made = condition;
  const auto put = [&](const FromPtr& placeholder, const ColumnSource& columns) {
    if (columns)
      made = expr::replace_columns(made, *placeholder,
                                   [&](const expr::Element& e) { return columns(*e.column); });
  };
  put(r.near, owner);
  put(r.far, target);
  if (!r.secondary || !secondary) return made;
  return expr::replace_from(made, *expr::table(r.secondary), secondary);
}

ElementPtr written_criterion(const Relationship& r, const ColumnSource& owner,
                             const ColumnSource& target, const FromPtr& secondary) {
  if (!r.secondary) return written(r, r.primaryjoin, owner, target, nullptr);
  std::vector<ElementPtr> parts;
  if (owner) parts.push_back(written(r, r.primaryjoin, owner, target, secondary));
  if (target) parts.push_back(written(r, r.secondaryjoin, owner, target, secondary));
  return expr::and_(std::move(parts));
}

}  // namespace

ColumnSource columns_of_side(const FromPtr& from) {
  if (!from) return nullptr;
  return [from](const schema::Column& c) { return table_column(from, c); };
}

ElementPtr relationship_criterion(const Relationship& r, const ColumnSource& owner,
                                  const ColumnSource& target, const FromPtr& secondary) {
  if (!r.is_plain_join()) return written_criterion(r, owner, target, secondary);
  std::vector<ElementPtr> parts;
  switch (r.direction) {
    case Direction::kOneToMany:
      compare_pairs(parts, r.pairs, owner, target);
      break;
    case Direction::kManyToOne:
      compare_pairs(parts, r.pairs, target, owner);
      break;
    case Direction::kManyToMany: {
      const ColumnSource between = columns_of_side(secondary);
      if (owner) compare_pairs(parts, r.pairs, owner, between);
      if (target) compare_pairs(parts, r.secondary_pairs, target, between);
      break;
    }
  }
  return expr::and_(std::move(parts));
}

ElementPtr relationship_condition(const Relationship& r, const FromPtr& owner,
                                  const FromPtr& target, const FromPtr& secondary) {
  return relationship_criterion(r, columns_of_side(owner), columns_of_side(target), secondary);
}

ElementPtr relationship_exists(const Relationship& r, const FromPtr& owner,
                               const std::vector<ElementPtr>& criteria, const FromPtr& far) {
  FromPtr target = far ? far : r.target->from();
  std::vector<ElementPtr> conditions = criteria;
  if (overlap(target, owner)) {
    const FromPtr other = alias_of(target, "", target->id * 31 + 7);
    for (ElementPtr& c : conditions) c = seen_through(c, target, other);
    target = other;
  }
  expr::Select s;
  s.columns.push_back(expr::literal_column("1", types::integer()));
  s.froms.push_back(target);
  FromPtr secondary;
  if (r.secondary) {
    secondary = expr::table(r.secondary);
    s.froms.push_back(secondary);
  }
  s.where.push_back(relationship_condition(r, owner, target, secondary));
  for (ElementPtr& c : conditions) s.where.push_back(std::move(c));
  if (ElementPtr criterion = class_criterion(*r.target, target))
    s.where.push_back(std::move(criterion));
  // Whatever else the criteria name is the enclosing statement's.
  s.correlate = s.froms;
  s.correlate_except = true;
  return expr::exists(expr::finish(std::move(s)));
}

ElementPtr relationship_equals(const Relationship& r, const FromPtr& owner,
                               const std::vector<base::Value>& target_key) {
  std::vector<ElementPtr> parts;
  for (size_t i = 0; i < r.pairs.size(); ++i) {
    const ElementPtr column = table_column(owner, *r.pairs[i].destination);
    if (target_key.empty())
      parts.push_back(expr::binary(expr::Op::kIs, column, expr::null()));
    else
      parts.push_back(expr::binary(expr::Op::kEq, column, expr::bind(target_key[i], column->type)));
  }
  return expr::and_(std::move(parts));
}

}  // namespace moonbase::query
