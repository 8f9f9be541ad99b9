#include "orm/query/query.h"

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::query {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::FromPtr;
using mapper::Direction;
using mapper::Mapper;
using mapper::Relationship;

Entity entity(const Mapper& mapper) { return {&mapper, mapper.from(), nullptr, mapper.name()}; }

Entity entity(const Mapper& mapper, FromPtr alias, std::string name) {
  return {&mapper, std::move(alias), nullptr, std::move(name)};
}

Entity entity(ElementPtr element) {
  std::string name;
  if (element->kind == expr::Kind::kLabel)
    name = element->name;
  else if (element->kind == expr::Kind::kColumn)
    name = element->column != nullptr ? element->column->key : element->name;
  else if (element->kind == expr::Kind::kFunction)
    name = element->name;
  return {nullptr, nullptr, std::move(element), std::move(name)};
}

ElementPtr attribute_element(const Mapper& mapper, const FromPtr& from, int slot) {
  if (from->id == mapper.from()->id) return mapper.element(slot);
  return expr::column(from, *mapper.column(slot));
}

void Query::add_where(ElementPtr condition) {
  if (limit || offset)
    throw Error(ErrorKind::kInvalidRequestError,
                "filter() after limit() or offset() would filter before the cut")
        .with_hint("call filter before limit, or filter the rows of a subquery: query:from_self()");
  where.push_back(std::move(condition));
}

const Entity& Query::primary_entity() const {
  if (join_point.mapper != nullptr) return join_point;
  for (const Entity& e : entities)
    if (e.mapper != nullptr) return e;
  throw Error(ErrorKind::kInvalidRequestError,
              "this query has no class that a bare name could belong to")
      .with_hint("use filter with a full name: filter(User.name:eq(x))");
}

ElementPtr Query::attribute(std::string_view name) const {
  // A query of columns speaks of the class that its first column belongs to.
  const Entity* e = nullptr;
  if (join_point.mapper != nullptr) e = &join_point;
  for (const Entity& each : entities)
    if (e == nullptr && each.mapper != nullptr) e = &each;
  if (e == nullptr) {
    for (const Entity& each : entities) {
      if (each.element->kind != expr::Kind::kColumn || !each.element->from->table) continue;
      if (const schema::Column* c = each.element->from->table->find_column(name))
        return expr::column(each.element->from, *c);
    }
    primary_entity();
  }
  const mapper::Attribute& a = e->mapper->attribute(name);
  if (a.kind != mapper::Attribute::Kind::kColumn)
    throw Error(ErrorKind::kInvalidRequestError,
                e->mapper->name() + "." + a.name + " is a relationship, not a column");
  return attribute_element(*e->mapper, e->from, a.slot);
}

namespace {

// columns of `pairs` compared: source seen through one FROM, destination through another.
void compare_pairs(std::vector<ElementPtr>& out, const std::vector<mapper::SyncPair>& pairs,
                   const FromPtr& source, const FromPtr& destination) {
  for (const mapper::SyncPair& p : pairs)
    out.push_back(expr::binary(expr::Op::kEq, expr::column(source, *p.source),
                               expr::column(destination, *p.destination)));
}

// The FROM of a class in a join tree (or the FROM itself), so that a relationship knows its left
// side.
bool from_contains(const FromPtr& tree, uint64_t id) {
  if (!tree) return false;
  if (tree->kind == expr::FromKind::kJoin)
    return from_contains(tree->left, id) || from_contains(tree->right, id);
  return tree->id == id;
}

// A condition by foreign keys between what is there already and a new table.
ElementPtr foreign_key_condition(const FromPtr& left, const FromPtr& right) {
  std::vector<FromPtr> sides;
  std::vector<FromPtr> work = {left};
  while (!work.empty()) {
    FromPtr f = work.back();
    work.pop_back();
    if (f->kind == expr::FromKind::kJoin) {
      work.push_back(f->right);
      work.push_back(f->left);
    } else if (f->table) {
      sides.push_back(f);
    }
  }
  std::vector<std::pair<ElementPtr, std::string>> found;
  const auto search = [&](const FromPtr& holder, const FromPtr& referred) {
    for (const schema::ForeignKeyConstraint& key : holder->table->foreign_keys()) {
      if (key.target_table() != referred->table->full_name()) continue;
      std::vector<ElementPtr> parts;
      for (size_t i = 0; i < key.columns.size(); ++i)
        parts.push_back(expr::binary(
            expr::Op::kEq, expr::column(referred, referred->table->column(key.target_column(i))),
            expr::column(holder, holder->table->column(key.columns[i]))));
      found.emplace_back(expr::and_(std::move(parts)),
                         holder->table->name() + "." + base::join(key.columns, ", "));
    }
  };
  for (const FromPtr& side : sides) {
    search(right, side);
    if (side->table->full_name() != right->table->full_name()) search(side, right);
  }
  if (found.empty())
    throw Error(ErrorKind::kNoForeignKeysError,
                "cannot join to '" + right->table->name() +
                    "': no foreign key leads there from what the query has so far")
        .with_hint("give the condition: query:join(Post, Post.user_id:eq(User.id))");
  if (found.size() > 1) {
    std::vector<std::string> names;
    for (const auto& f : found) names.push_back(f.second);
    throw Error(
        ErrorKind::kAmbiguousForeignKeysError,
        "several foreign keys lead to '" + right->table->name() + "': " + base::join(names, "; "))
        .with_hint("give the relationship or the condition: query:join(User.posts)");
  }
  return found[0].first;
}

}  // namespace

ElementPtr relationship_condition(const Relationship& r, const FromPtr& owner,
                                  const FromPtr& target, const FromPtr& secondary) {
  std::vector<ElementPtr> parts;
  switch (r.direction) {
    case Direction::kOneToMany:
      compare_pairs(parts, r.pairs, owner, target);
      break;
    case Direction::kManyToOne:
      compare_pairs(parts, r.pairs, target, owner);
      break;
    case Direction::kManyToMany:
      compare_pairs(parts, r.pairs, owner, secondary);
      compare_pairs(parts, r.secondary_pairs, target, secondary);
      break;
  }
  return expr::and_(std::move(parts));
}

ElementPtr relationship_exists(const Relationship& r, const FromPtr& owner,
                               const std::vector<ElementPtr>& criteria) {
  FromPtr target = r.target->from();
  std::vector<ElementPtr> conditions = criteria;
  if (target->id == owner->id) {
    const FromPtr other = expr::alias(target, "", target->id * 31 + 7);
    for (ElementPtr& c : conditions) c = expr::replace_from(c, *target, other);
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
  s.correlate.push_back(owner);
  return expr::exists(expr::finish(std::move(s)));
}

ElementPtr relationship_equals(const Relationship& r, const FromPtr& owner,
                               const std::vector<base::Value>& target_key) {
  std::vector<ElementPtr> parts;
  for (size_t i = 0; i < r.pairs.size(); ++i) {
    const ElementPtr column = expr::column(owner, *r.pairs[i].destination);
    if (target_key.empty())
      parts.push_back(expr::binary(expr::Op::kIs, column, expr::null()));
    else
      parts.push_back(expr::binary(expr::Op::kEq, column, expr::bind(target_key[i], column->type)));
  }
  return expr::and_(std::move(parts));
}

void Query::add_join(const JoinStep& step) {
  const expr::JoinKind kind = step.full
                                  ? expr::JoinKind::kFull
                                  : (step.outer ? expr::JoinKind::kLeft : expr::JoinKind::kInner);
  if (!from) {
    // The left side: the relationship's owner where the query selects it, else the first class or
    // column's table.
    for (const Entity& e : entities) {
      FromPtr candidate =
          e.mapper != nullptr
              ? e.from
              : (e.element->kind == expr::Kind::kColumn ? e.element->from : nullptr);
      if (!candidate) {
        std::vector<FromPtr> named;
        if (e.element) expr::collect_froms(e.element, named);
        if (!named.empty()) candidate = named[0];
      }
      if (!candidate) continue;
      const bool is_owner = step.relationship == nullptr ||
                            candidate->id == step.relationship->owner->from()->id ||
                            (step.relationship_from && candidate->id == step.relationship_from->id);
      const bool is_target =
          step.relationship == nullptr && entities.size() > 1 &&
          ((step.target.mapper != nullptr && candidate->id == step.target.from->id) ||
           (step.table && candidate->id == step.table->id));
      if (is_owner && !is_target) {
        from = candidate;
        break;
      }
    }
    if (!from && step.relationship != nullptr)
      from = step.relationship_from ? step.relationship_from : step.relationship->owner->from();
    if (!from)
      throw Error(ErrorKind::kInvalidRequestError,
                  "join() has no left side: the query selects from no table")
          .with_hint("say where to start: query:select_from(User):join(Post)");
  }
  if (step.relationship != nullptr) {
    const Relationship& r = *step.relationship;
    FromPtr owner = step.relationship_from ? step.relationship_from : r.owner->from();
    if (!from_contains(from, owner->id))
      throw Error(ErrorKind::kInvalidRequestError, "cannot join along " + r.full_name() +
                                                       ": the query does not select from " +
                                                       r.owner->name());
    const FromPtr target = step.target.mapper != nullptr ? step.target.from : r.target->from();
    if (!step.target.mapper && from_contains(from, target->id))
      throw Error(ErrorKind::kInvalidRequestError,
                  r.target->name() + " is in the query already: joining it again needs an alias")
          .with_hint("query:join(db.aliased(" + r.target->name() + "), …)");
    if (r.secondary) {
      const FromPtr secondary =
          expr::alias(expr::table(r.secondary), "", r.secondary->uid() * 131 + target->id);
      std::vector<ElementPtr> first, second;
      compare_pairs(first, r.pairs, owner, secondary);
      compare_pairs(second, r.secondary_pairs, target, secondary);
      from = expr::join(from, secondary, expr::and_(std::move(first)), kind);
      if (step.on) second.push_back(step.on);
      from = expr::join(from, target, expr::and_(std::move(second)), kind);
    } else {
      ElementPtr on = relationship_condition(r, owner, target);
      if (step.on) on = expr::and_({on, step.on});
      from = expr::join(from, target, on, kind);
    }
    join_point = step.target.mapper != nullptr ? step.target : entity(*r.target);
    return;
  }
  const FromPtr right = step.target.mapper != nullptr ? step.target.from : step.table;
  if (from_contains(from, right->id) && right->kind == expr::FromKind::kTable)
    throw Error(
        ErrorKind::kInvalidRequestError,
        "'" + right->table->name() + "' is in the query already: joining it again needs an alias")
        .with_hint("local other = db.aliased(…); query:join(other, condition)");
  ElementPtr on = step.on;
  if (!on) {
    if (!right->table)
      throw Error(ErrorKind::kInvalidRequestError,
                  "joining a subquery needs a condition: query:join(sub, condition)");
    on = foreign_key_condition(from, right);
  }
  from = expr::join(from, right, on, kind);
  if (step.target.mapper != nullptr) join_point = step.target;
}

}  // namespace moonbase::query
