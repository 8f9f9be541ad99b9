// The schema of a PostgreSQL database, from its catalogs. A name without a schema is one that the
// connection's search_path finds. Any thread, like every Reflector.
#pragma once

#include "orm/dialect/reflector.h"

namespace moonbase::dialect::postgresql {

const Reflector& postgresql_reflector();

}  // namespace moonbase::dialect::postgresql
