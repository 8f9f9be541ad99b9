// How a database would run a statement, asked of the database itself. On the connection's thread.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "orm/dialect/dialect.h"
#include "orm/engine/connection.h"

namespace moonbase::engine {

// The plan of the statement with these values for its named parameters; sent inside the
// connection's transaction. Throws kNotSupportedError for an option the database lacks,
// kStatementError for a parameter without a value, and what the database says.
std::vector<dialect::PlanStep> explain(
    Connection& connection, const expr::Statement& statement,
    std::span<const std::pair<std::string, base::Value>> named = {},
    const dialect::ExplainOptions& options = {});

}  // namespace moonbase::engine
