// Criteria written for tables, made to speak of a subquery that selects from them: after
// `q1:union(q2)`, `User.name` is a column of the union. Immutable, shared by the queries derived
// from one. Any thread.
#pragma once

#include <memory>
#include <vector>

#include "orm/expr/statement.h"

namespace moonbase::query {

class Adapter {
 public:
  // `from` is the subquery; `replaced` the FROM clauses of the classes that are read from it.
  Adapter(expr::FromPtr from, std::vector<expr::FromPtr> replaced)
      : from_(std::move(from)), replaced_(std::move(replaced)) {}

  // The same expression with the subquery's columns in the place of those they stand for; also in
  // subqueries that refer to the enclosing row. What the subquery does not bring is left as it is.
  expr::ElementPtr of(const expr::ElementPtr& e) const;
  // The subquery for a FROM clause that is read from it, any other for itself.
  const expr::FromPtr& of(const expr::FromPtr& from) const;
  const expr::FromPtr& from() const { return from_; }

 private:
  expr::ElementPtr column(const expr::Element& e) const;
  expr::SelectPtr inside(const expr::SelectPtr& select) const;
  bool is_replaced(const expr::From& from) const;

  expr::FromPtr from_;
  std::vector<expr::FromPtr> replaced_;
};
using AdapterPtr = std::shared_ptr<const Adapter>;

}  // namespace moonbase::query
