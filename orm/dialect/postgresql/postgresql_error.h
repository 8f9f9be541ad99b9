// PostgreSQL's errors as errors of the core. Used only by this folder's driver.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "orm/base/error.h"
#include "orm/dialect/dialect.h"
#include "orm/dialect/postgresql/libpq.h"

namespace moonbase::dialect::postgresql {

// The kind that a SQLSTATE means: by its class, but for a few.
base::ErrorKind kind_of_sqlstate(std::string_view sqlstate);

// The error that a failed result reports: the server's message with its DETAIL, everything it said
// as `orig`, a hint where one helps. `interrupted`: someone asked the statement to stop.
// `is_alive`: the connection can still be used.
base::Error make_error(const PGresult* result, bool interrupted, bool is_alive);

// Which constraint an error is about and which row, from its message and DETAIL; nothing of an
// error that is about none.
std::optional<Refusal> refusal(const base::Error& error);

// The error of a connection that is lost, with libpq's words for it.
base::Error lost_connection(std::string_view words);

// Why there is no connection, from what libpq says of the attempt, and what to do about it.
base::Error refused_connection(std::string_view words);

}  // namespace moonbase::dialect::postgresql
