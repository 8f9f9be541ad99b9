#include "orm/query/adapter.h"

#include <algorithm>

#include "orm/query/selectable.h"

namespace moonbase::query {

using expr::Element;
using expr::ElementPtr;
using expr::FromPtr;
using expr::Kind;
using expr::Select;
using expr::SelectPtr;

bool Adapter::is_replaced(const expr::From& from) const {
  return std::ranges::any_of(replaced_, [&](const FromPtr& f) { return f->id == from.id; });
}

const FromPtr& Adapter::of(const FromPtr& from) const { return is_replaced(*from) ? from_ : from; }

ElementPtr Adapter::column(const Element& e) const {
  if (!e.from || e.from->id == from_->id) return nullptr;
  return corresponding_column(from_, e);
}

ElementPtr Adapter::of(const ElementPtr& e) const {
  return expr::transform(e, [this](const ElementPtr& x) -> ElementPtr {
    switch (x->kind) {
      case Kind::kColumn:
        return column(*x);
      case Kind::kExists:
      case Kind::kScalarSubquery: {
        SelectPtr select = inside(x->select);
        if (select == x->select) return nullptr;
        return x->kind == Kind::kExists ? expr::exists(std::move(select))
                                        : expr::scalar_subquery(std::move(select));
      }
      default:
        return nullptr;
    }
  });
}

// A subquery that selects from such a table itself means rows of its own.
SelectPtr Adapter::inside(const SelectPtr& select) const {
  const auto is_own = [this](const FromPtr& f) {
    return std::ranges::any_of(sides_of(f), [this](const FromPtr& s) { return is_replaced(*s); });
  };
  if (!select->parts.empty() || std::ranges::any_of(select->froms, is_own)) return select;
  Select draft = *select;
  bool changed = false;
  for (auto* list : {&draft.columns, &draft.where, &draft.group_by, &draft.having}) {
    for (ElementPtr& e : *list) {
      ElementPtr adapted = of(e);
      changed = changed || adapted != e;
      e = std::move(adapted);
    }
  }
  for (FromPtr& f : draft.correlate) f = of(f);
  return changed ? expr::finish(std::move(draft)) : select;
}

}  // namespace moonbase::query
