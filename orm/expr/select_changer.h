// Every SELECT inside a tree, changed by one rule: subqueries of FROM clauses and of expressions,
// CTEs, the parts of compounds. Whatever names a FROM clause that changed follows it. A value for
// one walk, of one thread; it throws what the rule throws.
#pragma once

#include <functional>
#include <set>
#include <unordered_map>
#include <vector>

#include "orm/expr/statement.h"

namespace moonbase::expr {

class SelectChanger {
 public:
  // Changes a SELECT whose parts are done already, and says whether it did. `own` are the FROM
  // clauses it selects from, without those that are the enclosing statement's; a join stands for
  // its sides.
  using Rule = std::function<bool(Select& draft, const std::vector<FromPtr>& own)>;

  // `outermost` are the FROM clauses of the statement that the walk begins in.
  SelectChanger(Rule rule, const std::vector<FromPtr>& outermost);

  // The same tree where nothing below changed. The tree must outlive the walk.
  ElementPtr of(const ElementPtr& e);
  FromPtr of(const FromPtr& from);
  // A part of a compound, or a whole one.
  SelectPtr of(const SelectPtr& select);
  template <class Part>
  void each(std::vector<Part>& parts) {
    for (Part& part : parts) part = of(part);
  }

 private:
  enum class Place : uint8_t { kFrom, kValue };

  SelectPtr changed(const SelectPtr& select, Place place);
  FromPtr rebuilt(const FromPtr& from);
  std::vector<FromPtr> own_froms(const Select& select, Place place) const;
  bool is_enclosing(uint64_t id) const;
  void open_scope(const std::vector<FromPtr>& froms);

  Rule rule_;
  std::vector<std::vector<uint64_t>> scopes_;  // of the statements around, the innermost last
  std::unordered_map<const From*, FromPtr> done_;
  std::set<uint64_t> open_ctes_;  // a recursive one names itself inside
};

}  // namespace moonbase::expr
