// PostgreSQL as a dialect: its SQL traits (postgresql_traits.cc, postgresql_forms.cc), how its
// values travel (postgresql_wire.h) and how to connect (postgresql_driver.h). Stateless: any
// thread.
#pragma once

#include "orm/dialect/dialect.h"

namespace moonbase::dialect::postgresql {

const Dialect& postgresql_dialect();

// The dialect's traits; immutable, of static lifetime.
const compile::DialectTraits& postgresql_traits();

// DialectTraits::special_form: operators, functions, JSON paths, EXTRACT.
std::string special_form(const expr::Element& element, const std::vector<std::string>& arguments);

// Dialect::read_plan: the one row of EXPLAIN (FORMAT JSON) as steps, told as the text form tells
// them.
std::vector<PlanStep> read_plan(std::string_view json);

}  // namespace moonbase::dialect::postgresql
