// One FROM clause, or values, put in the place of another. A subquery that refers to the enclosing
// row follows it; one that selects from the clause itself means rows of its own and is left alone.
#include <algorithm>
#include <utility>

#include "orm/expr/seal.h"
#include "orm/expr/statement.h"

namespace moonbase::expr {

namespace {

bool stands_in(const FromPtr& tree, uint64_t id) {
  if (tree->kind == FromKind::kJoin) return stands_in(tree->left, id) || stands_in(tree->right, id);
  return tree->id == id;
}

class Replacement {
 public:
  using Column = std::function<ElementPtr(const Element&)>;
  // `to` takes the clause's own place, in stars and among what a subquery refers to; null: nothing
  // does.
  Replacement(const From& from, const FromPtr& to, const Column& column)
      : from_(from), to_(to), column_(column) {}

  ElementPtr of(const ElementPtr& e) {
    return transform(e, [this](const ElementPtr& x) -> ElementPtr {
      if (x->select) return with_select(x);
      if (!x->from || x->from->id != from_.id) return nullptr;
      changed_ = true;
      if (x->kind == Kind::kStar) return to_ ? star(to_) : nullptr;
      return column_(*x);
    });
  }

 private:
  ElementPtr with_select(const ElementPtr& x) {
    SelectPtr select = of(x->select);
    if (select == x->select) return nullptr;
    auto made = std::make_shared<Element>(*x);
    made->select = std::move(select);
    return seal(std::move(made));
  }

  SelectPtr of(const SelectPtr& s) {
    const auto is_own = [this](const FromPtr& f) { return stands_in(f, from_.id); };
    if (std::ranges::any_of(s->froms, is_own)) return s;
    const bool outer_changed = std::exchange(changed_, false);
    Select copy = *s;
    for (auto* list : {&copy.columns, &copy.distinct_on, &copy.where, &copy.group_by, &copy.having,
                       &copy.order_by})
      for (ElementPtr& e : *list) e = of(e);
    for (FromPtr& f : copy.froms) f = of(f);
    for (SelectPtr& part : copy.parts) part = of(part);
    if (!to_) std::erase_if(copy.correlate, [&](const FromPtr& f) { return f->id == from_.id; });
    for (FromPtr& f : copy.correlate)
      if (f->id == from_.id) f = to_;
    const bool changed = std::exchange(changed_, outer_changed);
    if (!changed) return s;
    changed_ = true;
    return finish(std::move(copy));
  }

  FromPtr of(const FromPtr& f) {
    if (f->kind != FromKind::kJoin) return f;
    const bool outer_changed = std::exchange(changed_, false);
    FromPtr left = of(f->left), right = of(f->right);
    ElementPtr on = f->on ? of(f->on) : nullptr;
    const bool changed = std::exchange(changed_, outer_changed);
    if (!changed) return f;
    changed_ = true;
    return join(std::move(left), std::move(right), std::move(on), f->join_kind);
  }

  const From& from_;
  const FromPtr& to_;
  const Column& column_;
  bool changed_ = false;
};

}  // namespace

ElementPtr replace_from(const ElementPtr& e, const From& from, const FromPtr& to) {
  const Replacement::Column in_its_place = [&to](const Element& x) {
    return x.column ? column(to, *x.column) : column(to, x.name, x.type);
  };
  return Replacement(from, to, in_its_place).of(e);
}

ElementPtr replace_columns(const ElementPtr& e, const From& from,
                           const std::function<ElementPtr(const Element&)>& of) {
  return Replacement(from, nullptr, of).of(e);
}

ElementPtr mark_columns(const ElementPtr& e, ElementFlags flag) {
  return transform(e, [flag](const ElementPtr& x) -> ElementPtr {
    if (x->kind != Kind::kColumn || (x->flags & flag) != 0) return nullptr;
    auto made = std::make_shared<Element>(*x);
    made->flags = static_cast<uint16_t>(made->flags | flag);
    return seal(std::move(made));
  });
}

}  // namespace moonbase::expr
