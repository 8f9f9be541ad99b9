// Opening a connection in a way that can be interrupted. Private to this folder.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "orm/dialect/postgresql/libpq.h"

namespace moonbase::dialect::postgresql {

// The open connection, which the caller owns. `parameters` are libpq's; `is_interrupted` (may be
// empty) is asked now and then. Throws kOperationalError that says why there is none and what to
// do, kInterrupted when `is_interrupted` says so. Any thread.
PGconn* open_handle(const std::vector<std::pair<std::string, std::string>>& parameters,
                    const std::function<bool()>& is_interrupted);

}  // namespace moonbase::dialect::postgresql
