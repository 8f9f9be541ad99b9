// UNION and its kin: of statements, and of queries whose items are then read from it.
#include <algorithm>

#include "orm/base/error.h"
#include "orm/query/query.h"
#include "orm/query/selectable.h"

namespace moonbase::query {

using base::Error;
using base::ErrorKind;
using expr::FromPtr;
using expr::SelectPtr;

namespace {

const expr::Select& first_part(const expr::Select& s) {
  const expr::Select* first = &s;
  while (!first->parts.empty()) first = first->parts.front().get();
  return *first;
}

// How many columns the SELECT has; none when the database alone knows.
std::optional<size_t> width(const expr::Select& s) {
  const auto& columns = first_part(s).columns;
  const auto is_open = [](const expr::ElementPtr& e) {
    return e->kind == expr::Kind::kStar || e->kind == expr::Kind::kText;
  };
  if (columns.empty() || std::ranges::any_of(columns, is_open)) return {};
  return columns.size();
}

}  // namespace

SelectPtr compound(expr::SetOp op, std::vector<SelectPtr> parts) {
  const std::optional<size_t> first = width(*parts[0]);
  for (size_t i = 1; i < parts.size() && first; ++i) {
    const std::optional<size_t> other = width(*parts[i]);
    if (!other || *other == *first) continue;
    throw Error(ErrorKind::kArgumentError,
                "the parts of a union and the like must have the same number of columns: part 1 "
                "has " +
                    std::to_string(*first) + ", part " + std::to_string(i + 1) + " has " +
                    std::to_string(*other));
  }
  expr::Select draft;
  draft.set_op = op;
  draft.parts = std::move(parts);
  return expr::finish(std::move(draft));
}

std::vector<Entity> set_entities(const expr::Select& set) {
  std::vector<Entity> out;
  const expr::Select& first = first_part(set);
  const std::vector<std::string> names = expr::column_names(first.columns);
  for (size_t i = 0; i < names.size(); ++i) {
    Entity e = entity(first.columns[i]);
    if (!names[i].empty() && e.name != names[i] && first.columns[i]->kind != expr::Kind::kColumn)
      e.name = names[i];
    out.push_back(std::move(e));
  }
  return out;
}

Query union_query(const Query& first, SelectPtr set) {
  const FromPtr from = expr::subquery(std::move(set), "");
  Query q;
  q.style = first.style;
  q.autoflush = first.autoflush;
  q.populate_existing = first.populate_existing;
  q.options = first.options;
  q.from = from;
  std::vector<FromPtr> replaced;
  for (const Entity& e : first.entities)
    if (e.mapper != nullptr) replaced.push_back(e.from);
  q.change_extras().adapter = std::make_shared<Adapter>(from, std::move(replaced));
  const std::vector<NamedColumn> columns = columns_of(from);
  size_t at = 0;
  for (const Entity& e : first.entities) {
    Entity read = e;
    if (e.mapper != nullptr) {
      read.from = from;
      at += load_list(first, e)->slots.size();
    } else {
      if (at < columns.size()) read.element = columns[at].element;
      ++at;
    }
    q.entities.push_back(std::move(read));
  }
  return q;
}

}  // namespace moonbase::query
