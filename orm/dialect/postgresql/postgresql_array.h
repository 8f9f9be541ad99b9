// Arrays: the core keeps a list as JSON text, PostgreSQL writes it {1,NULL,"two words"}. Pure
// functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "orm/dialect/postgresql/postgresql_wire.h"
#include "orm/types/type.h"

namespace moonbase::dialect::postgresql {

// '[1,null]' as '{1,NULL}', lists in lists included. Throws kDataError for what is no list.
std::string array_literal(std::string_view json, const types::Type& item);

// '{1,NULL}' as '[1,null]': numbers and booleans as such, exact decimals, dates and all others as
// JSON strings. Text that is no array is given back as a JSON string.
std::string array_json(std::string_view literal, Form item);

}  // namespace moonbase::dialect::postgresql
