// What a join is joined to, and by which condition.
#include <algorithm>
#include <set>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/query/query.h"
#include "orm/query/selectable.h"

namespace moonbase::query {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::FromPtr;
using mapper::Relationship;

namespace {

// ---- conditions by foreign keys ----

// A column of a FROM clause that is, at bottom, one of a table.
struct TableColumn {
  const schema::Table* table;
  const schema::Column* column;
  ElementPtr element;
};

std::vector<TableColumn> table_columns(const FromPtr& side) {
  std::vector<TableColumn> out;
  for (NamedColumn& c : columns_of(side)) {
    if (const schema::Column* base = base_column(*c.element); base != nullptr && base->table)
      out.push_back({base->table, base, std::move(c.element)});
  }
  return out;
}

ElementPtr element_of(const std::vector<TableColumn>& columns, const std::string& table,
                      const std::string& column) {
  for (const TableColumn& c : columns) {
    if (c.column->name == column && c.table->full_name() == table) return c.element;
  }
  return nullptr;
}

struct KeyPath {
  ElementPtr condition;
  std::string text;  // "user.id = post.user_id"
};

std::string title(const ElementPtr& column) {
  const std::string& owner = column->from->name;
  return (owner.empty() ? "" : owner + ".") + column->column_name();
}

// Every foreign key of a table in `holder` that refers to a table in `referred`, whole.
void find_paths(const FromPtr& holder, const FromPtr& referred, std::vector<KeyPath>& out) {
  const std::vector<TableColumn> own = table_columns(holder), other = table_columns(referred);
  std::set<const schema::Table*> seen;
  for (const TableColumn& c : own) {
    if (!seen.insert(c.table).second) continue;
    for (const schema::ForeignKeyConstraint& key : c.table->foreign_keys()) {
      std::vector<ElementPtr> parts;
      std::vector<std::string> texts;
      for (size_t i = 0; i < key.columns.size(); ++i) {
        ElementPtr from = element_of(own, c.table->full_name(), key.columns[i]);
        ElementPtr to = element_of(other, key.target_table(), key.target_column(i));
        if (!from || !to) break;
        texts.push_back(title(to) + " = " + title(from));
        parts.push_back(expr::binary(expr::Op::kEq, std::move(to), std::move(from)));
      }
      if (parts.size() == key.columns.size())
        out.push_back({expr::and_(std::move(parts)), base::join(texts, " AND ")});
    }
  }
}

std::vector<KeyPath> paths_between(const FromPtr& side, const FromPtr& right) {
  std::vector<KeyPath> out;
  find_paths(right, side, out);
  find_paths(side, right, out);
  return out;
}

// What was joined last comes first: only when no key leads there are the other sides asked.
std::vector<KeyPath> paths_to(const FromPtr& left, const FromPtr& right) {
  const std::vector<FromPtr> sides = sides_of(left);
  if (std::vector<KeyPath> last = paths_between(sides.back(), right); !last.empty()) return last;
  std::vector<KeyPath> out;
  for (const FromPtr& side : sides) {
    if (side == sides.back()) continue;
    for (KeyPath& path : paths_between(side, right)) out.push_back(std::move(path));
  }
  return out;
}

std::string titles(const FromPtr& tree) {
  std::vector<std::string> names;
  for (const FromPtr& side : sides_of(tree)) names.push_back("'" + from_title(*side) + "'");
  return base::join(names, ", ");
}

[[noreturn]] void refuse_no_path(const std::string& left, const FromPtr& right) {
  throw Error(ErrorKind::kNoForeignKeysError, "cannot join to '" + from_title(*right) +
                                                  "': no foreign key leads from it to " + left +
                                                  ", nor from there to it")
      .with_hint("give the condition: query:join(Post, Post.user_id:eq(User.id))");
}

// ---- the left side ----

[[noreturn]] void refuse_ambiguous_left(const FromPtr& right, const std::vector<FromPtr>& lefts) {
  std::vector<std::string> names;
  for (const FromPtr& left : lefts) names.push_back(titles(left));
  throw Error(ErrorKind::kInvalidRequestError,
              "cannot tell which FROM clause '" + from_title(*right) +
                  "' is to be joined to: " + base::join(names, " or "))
      .with_hint(
          "say where to start: query:select_from(User):join(Post), or "
          "select:join_from(User, Post)");
}

bool all_named_in(const ElementPtr& on, const FromPtr& left, const FromPtr& right) {
  std::vector<FromPtr> named;
  expr::collect_froms(on, named);
  return std::ranges::all_of(named, [&](const FromPtr& f) {
    return from_contains(left, f->id) || from_contains(right, f->id);
  });
}

// The one of several FROM clauses that `right` can be joined to.
FromPtr choose_left(const std::vector<FromPtr>& lefts, const FromPtr& right, const ElementPtr& on) {
  if (lefts.size() == 1) return lefts[0];
  std::vector<FromPtr> fitting;
  for (const FromPtr& left : lefts) {
    if (on ? all_named_in(on, left, right) : !paths_to(left, right).empty())
      fitting.push_back(left);
  }
  if (fitting.size() == 1) return fitting[0];
  if (fitting.size() > 1) refuse_ambiguous_left(right, fitting);
  if (on) return lefts[0];
  std::vector<std::string> names;
  for (const FromPtr& left : lefts) names.push_back(titles(left));
  refuse_no_path(base::join(names, ", "), right);
}

void add_unique(std::vector<FromPtr>& list, const FromPtr& from) {
  if (std::ranges::none_of(list, [&](const FromPtr& f) { return f->id == from->id; }))
    list.push_back(from);
}

// What the items of a query are read from, each once.
std::vector<FromPtr> entity_froms(const Query& q) {
  std::vector<FromPtr> out;
  for (const Entity& e : q.entities) {
    if (e.mapper != nullptr) {
      add_unique(out, e.from);
    } else if (e.element) {
      std::vector<FromPtr> named;
      expr::collect_froms(e.element, named);
      for (const FromPtr& f : named) add_unique(out, f);
    }
  }
  return out;
}

std::vector<FromPtr> trees_of(const Query& q) {
  std::vector<FromPtr> out;
  if (q.from) out.push_back(q.from);
  if (q.extras) out.insert(out.end(), q.extras->froms.begin(), q.extras->froms.end());
  return out;
}

// Makes `tree` the one that joins extend: another of the query's, or a new one.
void go_on_from(Query& q, const FromPtr& tree) {
  if (q.from && q.from->id == tree->id) return;
  if (!q.from) {
    q.from = tree;
    return;
  }
  Extras& extras = q.change_extras();
  std::erase_if(extras.froms, [&](const FromPtr& f) { return f->id == tree->id; });
  extras.froms.push_back(q.from);
  q.from = tree;
}

// The tree or the item's FROM clause that contains this one; null for none.
FromPtr find_left(const Query& q, uint64_t id) {
  for (const FromPtr& tree : trees_of(q))
    if (from_contains(tree, id)) return tree;
  for (const FromPtr& from : entity_froms(q))
    if (from_contains(from, id)) return from;
  return nullptr;
}

[[noreturn]] void refuse_no_left() {
  throw Error(ErrorKind::kInvalidRequestError,
              "join() has no left side: the query selects from no table")
      .with_hint("say where to start: query:select_from(User):join(Post)");
}

// The left side of a join that names none.
FromPtr implicit_left(const Query& q, const FromPtr& right, const ElementPtr& on) {
  std::vector<FromPtr> lefts = trees_of(q);
  if (lefts.empty()) {
    lefts = entity_froms(q);
    if (lefts.size() > 1)
      std::erase_if(lefts, [&](const FromPtr& f) { return f->id == right->id; });
  }
  if (lefts.empty()) refuse_no_left();
  return choose_left(lefts, right, on);
}

expr::JoinKind kind_of(const JoinStep& step) {
  if (step.full) return expr::JoinKind::kFull;
  return step.outer ? expr::JoinKind::kLeft : expr::JoinKind::kInner;
}

void refuse_twice(const Query& q, const FromPtr& right, const std::string& name,
                  const std::string& hint) {
  if (!overlap(right, q.from)) return;
  throw Error(ErrorKind::kInvalidRequestError,
              name + " is in the query already: joining it again needs an alias")
      .with_hint(hint);
}

// ---- along a relationship ----

// What is joined are rows of the class, not of others in its table.
ElementPtr of_class_alone(ElementPtr on, const mapper::Mapper& m, const FromPtr& from) {
  ElementPtr criterion = class_criterion(m, from);
  return criterion ? expr::and_({std::move(on), std::move(criterion)}) : on;
}

void join_along(Query& q, const JoinStep& step) {
  const Relationship& r = *step.relationship;
  FromPtr owner = step.relationship_from ? step.relationship_from : r.owner->from();
  if (q.extras && q.extras->adapter) owner = q.extras->adapter->of(owner);
  const FromPtr target = step.target.mapper != nullptr ? step.target.from : r.target->from();
  FromPtr left = find_left(q, owner->id);
  if (!left && !q.from) left = owner;
  if (!left)
    throw Error(ErrorKind::kInvalidRequestError,
                "cannot join along " + r.full_name() + ": the query does not select from " +
                    (owner->kind == expr::FromKind::kTable ? r.owner->name() : from_title(*owner)));
  go_on_from(q, left);
  refuse_twice(q, target, r.target->name(),
               "other = db.aliased(" + r.target->name() + "); query:join(" + r.full_name() +
                   ":of_type(other))");
  const expr::JoinKind kind = kind_of(step);
  const mapper::Mapper& far = step.target.mapper != nullptr ? *step.target.mapper : *r.target;
  const auto completed = [&](ElementPtr on) {
    if (step.on) on = expr::and_({std::move(on), q.adapted(step.on)});
    return of_class_alone(std::move(on), far, target);
  };
  if (!r.secondary) {
    ElementPtr on = completed(relationship_condition(r, owner, target));
    q.from = expr::join(q.from, target, std::move(on), kind);
    return;
  }
  const FromPtr secondary =
      expr::alias(expr::table(r.secondary), "", r.secondary->uid() * 131 + target->id);
  ElementPtr first = relationship_condition(r, owner, nullptr, secondary);
  ElementPtr second = completed(relationship_condition(r, nullptr, target, secondary));
  if (kind == expr::JoinKind::kInner) {
    q.from = expr::join(q.from, secondary, std::move(first), kind);
    q.from = expr::join(q.from, target, std::move(second), kind);
    return;
  }
  // One outer join with both: a row of the association table alone is no partner.
  const FromPtr both = expr::join(secondary, target, std::move(second), expr::JoinKind::kInner);
  q.from = expr::join(q.from, both, std::move(first), kind);
}

}  // namespace

ElementPtr foreign_key_condition(const FromPtr& left, const FromPtr& right) {
  const std::vector<KeyPath> paths = paths_to(left, right);
  if (paths.empty()) refuse_no_path(titles(left), right);
  if (paths.size() == 1) return paths[0].condition;
  std::vector<std::string> texts;
  for (const KeyPath& path : paths) texts.push_back(path.text);
  throw Error(ErrorKind::kAmbiguousForeignKeysError, "several foreign keys join " + titles(left) +
                                                         " and '" + from_title(*right) +
                                                         "': " + base::join(texts, "; "))
      .with_hint(
          "give the relationship or the condition: query:join(User.posts), "
          "query:join(Post, Post.user_id:eq(User.id))");
}

void Query::add_from(const Entity& item) {
  const Entity added = adapted(item);
  if (extras && extras->from_is_kept) {
    change_extras().from_is_kept = false;
    from = nullptr;
    join_point = {};
  }
  if (!join_point.from) join_point = added;
  if (!from)
    from = added.from;
  else if (!from_contains(from, added.from->id))
    add_unique(change_extras().froms, added.from);
}

void Query::add_join(const JoinStep& step) {
  check_open("join");
  if (step.left) {
    const FromPtr wanted = extras && extras->adapter ? extras->adapter->of(step.left) : step.left;
    const FromPtr there = find_left(*this, wanted->id);
    go_on_from(*this, there ? there : wanted);
  }
  if (step.relationship != nullptr) {
    join_along(*this, step);
    join_point = step.target.mapper != nullptr ? step.target : entity(*step.relationship->target);
    return;
  }
  const FromPtr right = step.target.mapper != nullptr ? step.target.from : step.table;
  ElementPtr on = step.on ? adapted(step.on) : nullptr;
  if (!step.left) go_on_from(*this, implicit_left(*this, right, on));
  refuse_twice(*this, right, "'" + from_title(*right) + "'",
               "other = db.aliased(…); query:join(other, condition)");
  if (!on) on = foreign_key_condition(from, right);
  if (step.target.mapper != nullptr) on = of_class_alone(std::move(on), *step.target.mapper, right);
  from = expr::join(from, right, std::move(on), kind_of(step));
  join_point = step.target.mapper != nullptr ? step.target : from_entity(right);
}

}  // namespace moonbase::query
