// What a URL's parts and options mean to libpq. An option is one of libpq's own connection
// parameters (sslmode, connect_timeout, target_session_attrs, application_name, options, service,
// passfile, host, …) or
//   prepared_statements   false: no statement stays prepared at the server, for PgBouncer in
//   transaction mode
// Pure functions, but that the names of the parameters are asked of libpq.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "orm/dialect/dialect.h"

namespace moonbase::dialect::postgresql {

struct PostgresqlOptions {
  // libpq's parameters by name, in order; each name once.
  std::vector<std::pair<std::string, std::string>> parameters;
  bool prepared_statements = true;
};

// Throws kArgumentError for an unknown option (naming the nearest) or a bad value.
PostgresqlOptions read_options(const ConnectArguments& arguments);

// "host:port/name", as a person would write it.
std::string display_location(const ConnectArguments& arguments);

}  // namespace moonbase::dialect::postgresql
