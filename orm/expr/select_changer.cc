#include "orm/expr/select_changer.h"

#include <algorithm>
#include <utility>

#include "orm/expr/seal.h"

namespace moonbase::expr {

namespace {

void add_leaves(const FromPtr& tree, std::vector<uint64_t>& out) {
  const From* side = tree.get();
  for (; side->kind == FromKind::kJoin; side = side->left.get()) add_leaves(side->right, out);
  out.push_back(side->id);
}

// Puts `made` in the place of `old` and says whether that is another.
template <class Part>
bool put(Part& old, Part made) {
  const bool is_other = made != old;
  old = std::move(made);
  return is_other;
}

}  // namespace

SelectChanger::SelectChanger(Rule rule, const std::vector<FromPtr>& outermost)
    : rule_(std::move(rule)) {
  open_scope(outermost);
}

void SelectChanger::open_scope(const std::vector<FromPtr>& froms) {
  std::vector<uint64_t>& scope = scopes_.emplace_back();
  for (const FromPtr& f : froms) add_leaves(f, scope);
}

bool SelectChanger::is_enclosing(uint64_t id) const {
  return std::ranges::any_of(scopes_,
                             [id](const auto& scope) { return std::ranges::count(scope, id) > 0; });
}

// What the compiler leaves to the enclosing statement is not this SELECT's own.
std::vector<FromPtr> SelectChanger::own_froms(const Select& s, Place place) const {
  std::vector<FromPtr> own = effective_froms(s);
  if (s.correlate_none) return own;
  if (!s.correlate.empty() || s.correlate_except) {
    std::erase_if(own, [&](const FromPtr& f) {
      const auto is_it = [&f](const FromPtr& named) { return named->id == f->id; };
      return std::ranges::any_of(s.correlate, is_it) != s.correlate_except && is_enclosing(f->id);
    });
  } else if (place == Place::kValue && own.size() > 1) {
    std::erase_if(own,
                  [&](const FromPtr& f) { return std::ranges::count(scopes_.back(), f->id) > 0; });
  }
  return own;
}

ElementPtr SelectChanger::of(const ElementPtr& e) {
  return transform(e, [this](const ElementPtr& x) -> ElementPtr {
    SelectPtr select = x->select ? changed(x->select, Place::kValue) : nullptr;
    FromPtr from = x->from ? of(x->from) : nullptr;
    if (select == x->select && from == x->from) return nullptr;
    auto made = std::make_shared<Element>(*x);
    made->select = std::move(select);
    made->from = std::move(from);
    return seal(std::move(made));
  });
}

FromPtr SelectChanger::of(const FromPtr& f) {
  if (f->kind == FromKind::kTable || f->kind == FromKind::kText) return f;
  if (const auto known = done_.find(f.get()); known != done_.end()) return known->second;
  const bool is_cte = f->kind == FromKind::kCte;
  if (is_cte && !open_ctes_.insert(f->id).second) return f;
  FromPtr made = rebuilt(f);
  if (is_cte) open_ctes_.erase(f->id);
  done_.emplace(f.get(), made);
  return made;
}

FromPtr SelectChanger::rebuilt(const FromPtr& f) {
  auto made = std::make_shared<From>(*f);
  bool is_other = false;
  for (FromPtr* side : {&made->left, &made->right})
    if (*side) is_other |= put(*side, of(*side));
  for (ElementPtr* e : {&made->on, &made->function})
    if (*e) is_other |= put(*e, of(*e));
  for (auto& row : made->rows)
    for (ElementPtr& e : row) is_other |= put(e, of(e));
  if (made->select)
    is_other |= put(made->select, changed(made->select, f->lateral ? Place::kValue : Place::kFrom));
  return is_other ? seal(std::move(made)) : f;
}

SelectPtr SelectChanger::of(const SelectPtr& select) { return changed(select, Place::kFrom); }

SelectPtr SelectChanger::changed(const SelectPtr& s, Place place) {
  if (s->text) return s;
  Select draft = *s;
  const std::vector<FromPtr> own = own_froms(*s, place);
  open_scope(own);
  bool is_other = false;
  for (FromPtr& f : draft.froms) is_other |= put(f, of(f));
  for (FromPtr& f : draft.ctes) is_other |= put(f, of(f));
  for (FromPtr& f : draft.nest_here) is_other |= put(f, of(f));
  for (auto* list : {&draft.columns, &draft.distinct_on, &draft.where, &draft.group_by,
                     &draft.having, &draft.order_by})
    for (ElementPtr& e : *list) is_other |= put(e, of(e));
  for (ElementPtr* e : {&draft.limit, &draft.offset})
    if (*e) is_other |= put(*e, of(*e));
  for (SelectPtr& part : draft.parts) is_other |= put(part, changed(part, place));
  if (draft.parts.empty()) is_other |= rule_(draft, own);
  scopes_.pop_back();
  return is_other ? finish(std::move(draft)) : s;
}

}  // namespace moonbase::expr
