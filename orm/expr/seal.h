// The last step of every constructor: what is derived from a node's content (hash, bind count, CTE
// flag). Inside orm/expr only.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "orm/expr/node.h"

namespace moonbase::expr {

ElementPtr seal(std::shared_ptr<Element> e);
FromPtr seal(std::shared_ptr<From> f);

// The same node over other children.
ElementPtr with_args(const Element& e, std::vector<ElementPtr> args);

// The type of a call of a known function; types::null() for another.
types::TypePtr function_type(std::string_view name, const std::vector<ElementPtr>& args);
// The type of `function` WITHIN GROUP (ORDER BY …): of mode() and its kin one of the ordered
// values.
types::TypePtr within_group_type(const Element& function, const std::vector<ElementPtr>& order_by);
// A type that holds what either may be (CASE, coalesce): the wider of two numbers, else the first.
types::TypePtr common_type(const types::TypePtr& l, const types::TypePtr& r);

}  // namespace moonbase::expr
