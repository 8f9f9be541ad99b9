// Connections to PostgreSQL servers, over libpq. Errors are kArgumentError for arguments,
// kOperationalError for servers that cannot be reached; see postgresql_options.h for what a URL's
// options mean.
#pragma once

#include <memory>

#include "orm/dialect/dialect.h"

namespace moonbase::dialect::postgresql {

// The isolation levels that a connection can be opened with, besides AUTOCOMMIT and nothing.
std::span<const std::string_view> isolation_levels();

std::unique_ptr<driver::DriverConnection> open_database(const ConnectArguments& arguments);

}  // namespace moonbase::dialect::postgresql
