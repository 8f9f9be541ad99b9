// SQLite as a dialect: its SQL traits (sqlite_traits.cc), how its values are written (to_driver)
// and how to connect (sqlite_driver.h). Stateless: any thread.
#pragma once

#include "orm/dialect/dialect.h"

namespace moonbase::dialect::sqlite {

const Dialect& sqlite_dialect();

// The dialect's traits; immutable, of static lifetime.
const compile::DialectTraits& sqlite_traits();

// What SQLite stores for a value, whatever its column's type: see Dialect::to_driver.
base::Value to_sqlite(const base::Value& value);

}  // namespace moonbase::dialect::sqlite
