// The order of a tree's parts. Binds are numbered, hashes mixed and CTEs found in this one order;
// the compiler gives out the same numbers whatever order it writes the text in, so it takes its
// parts in this order too (BindCursor).
#pragma once

#include <utility>
#include <vector>

#include "orm/expr/statement.h"

namespace moonbase::expr {

// Calls `f` with the elements, FROM clauses and SELECTs directly below a node, in order. `f` takes
// any of `const ElementPtr&`, `const FromPtr&`, `const SelectPtr&`, never null.
template <class F>
class Parts {
 public:
  explicit Parts(F& f) : f_(f) {}

  void of(const Element& e) {
    each(e.args);
    one(e.select);
  }

  void of(const From& f) {
    one(f.left);
    one(f.right);
    one(f.on);
    one(f.select);
    one(f.function);
    for (const auto& row : f.rows) each(row);
  }

  void of(const Statement& s) {
    switch (s.kind) {
      case StatementKind::kSelect:
        return of_select(static_cast<const Select&>(s));
      case StatementKind::kInsert:
        return of_insert(static_cast<const Insert&>(s));
      case StatementKind::kUpdate:
        return of_update(static_cast<const Update&>(s));
      case StatementKind::kDelete:
        return of_delete(static_cast<const Delete&>(s));
      case StatementKind::kText:
        return of_text(static_cast<const TextStatement&>(s));
    }
  }

 private:
  template <class Part>
  void one(const Part& part) {
    if (part) f_(part);
  }
  template <class Part>
  void each(const std::vector<Part>& parts) {
    for (const Part& part : parts) one(part);
  }

  void of_select(const Select& s) {
    one(s.text);
    each(s.columns);
    each(s.distinct_on);
    each(s.all_froms);
    each(s.where);
    each(s.group_by);
    each(s.having);
    each(s.parts);
    each(s.order_by);
    one(s.limit);
    one(s.offset);
    each(s.ctes);
    for (const FromPtr& cte : s.nested_ctes) one(cte->select);
  }

  void of_insert(const Insert& s) {
    for (const auto& row : s.rows) each(row);
    one(s.from_select);
    if (s.on_conflict) {
      one(s.on_conflict->target_where);
      for (const auto& [column, value] : s.on_conflict->set) one(value);
      one(s.on_conflict->where);
    }
    each(s.returning);
  }

  void of_update(const Update& s) {
    for (const auto& [column, value] : s.set) one(value);
    each(s.from);
    each(s.where);
    each(s.returning);
  }

  void of_delete(const Delete& s) {
    each(s.using_);
    each(s.where);
    each(s.returning);
  }

  void of_text(const TextStatement& s) {
    one(s.text);
    each(s.columns);
  }

  F& f_;
};

template <class Node, class F>
void for_each_part(const Node& node, F&& f) {
  Parts<F>(f).of(node);
}

// Gives each part the number of its first bind. Parts are to be taken in the order above.
class BindCursor {
 public:
  explicit BindCursor(uint32_t first) : next_(first) {}

  template <class Part>
  uint32_t take(const std::shared_ptr<Part>& part) {
    return advance(part ? part->bind_count : 0);
  }
  template <class Part>
  uint32_t take(const std::vector<std::shared_ptr<Part>>& parts) {
    const uint32_t at = next_;
    for (const auto& part : parts) take(part);
    return at;
  }
  uint32_t next() const { return next_; }

 private:
  uint32_t advance(uint32_t count) { return std::exchange(next_, next_ + count); }

  uint32_t next_;
};

}  // namespace moonbase::expr
