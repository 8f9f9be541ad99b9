// The values of a part of a statement; collect_binds of statement.h lists those of a whole one.
#pragma once

#include <vector>

#include "orm/expr/node.h"

namespace moonbase::expr {

// Appends the binds below an element and the element itself, if it is one, in the order in which
// those of its statement are listed. Those of CTEs defined inside are not among them.
void collect_binds(const ElementPtr& element, std::vector<const Element*>& out);

}  // namespace moonbase::expr
