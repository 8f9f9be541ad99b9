// Computes SQL expressions over the loaded values of an object, as the database would over its row:
// comparisons and logic with three values, IN, BETWEEN, arithmetic, concatenation. It loads nothing
// and rather says that it cannot tell than guess: about values of different sorts, a collation, an
// overflow. A value; keeps the expression alive.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "orm/state/instance.h"

namespace moonbase::session {

class Evaluator {
 public:
  using NamedValues = std::vector<std::pair<std::string, base::Value>>;

  // `parameters` are the values of the expression's named binds; they must outlive the evaluator.
  // Throws kInvalidRequestError, naming the part, for an expression that cannot be evaluated: a
  // function, a subquery, LIKE, a column of another table, …
  Evaluator(const mapper::Mapper& mapper, expr::ElementPtr e, const NamedValues& parameters);

  // The value for this object, NULL included; nothing when it cannot be told: an attribute that it
  // needs is not loaded.
  std::optional<base::Value> operator()(const state::Instance& instance) const;

 private:
  const mapper::Mapper& mapper_;
  expr::ElementPtr element_;
  const NamedValues& parameters_;
};

// Whether the object meets all conditions; nothing when that cannot be told.
std::optional<bool> meets(std::span<const Evaluator> conditions, const state::Instance& instance);

}  // namespace moonbase::session
