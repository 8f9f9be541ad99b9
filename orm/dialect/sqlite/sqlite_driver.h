// Connections to SQLite files and to databases in memory, over the SQLite C API. What a URL's
// options mean to SQLite:
//   timeout        seconds to wait for a lock (5)
//   foreign_keys   enforce foreign keys (true)
//   journal_mode   "wal", "delete", … set when a connection opens
//   uri            the database is a `file:` URI
//   mode, cache, immutable, nolock, vfs   as in SQLite's `file:` URIs; mode=ro opens for reading
//   only check_same_thread   accepted, and without meaning here
// Functions are pure but for open_database; errors are kArgumentError for arguments,
// kOperationalError for files.
#pragma once

#include <memory>
#include <string>

#include "orm/dialect/dialect.h"

namespace moonbase::dialect::sqlite {

// Throws kArgumentError for an unknown option (naming the nearest), a bad value, or a host.
void check_arguments(const ConnectArguments& arguments);
// The database lives in memory.
bool is_memory(const ConnectArguments& arguments);
// The absolute path of the database file.
std::string database_path(const ConnectArguments& arguments);

std::unique_ptr<driver::DriverConnection> open_database(const ConnectArguments& arguments);

}  // namespace moonbase::dialect::sqlite
