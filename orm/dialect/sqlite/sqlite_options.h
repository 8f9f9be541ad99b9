// A SQLite connection's options, read from ConnectArguments. Plain data and pure functions, but for
// check_place, which looks at the file system.
#pragma once

#include <string>

#include "orm/dialect/dialect.h"

namespace moonbase::dialect::sqlite {

struct SqliteOptions {
  int timeout_ms = 5000;
  bool foreign_keys = true;
  std::string journal_mode;  // empty: as the file has it
  std::string mode;          // empty: read, write and create
  std::string uri_query;     // "?mode=ro&cache=shared", what SQLite reads itself; may be empty
};

// Throws kArgumentError for an unknown option or a bad value.
SqliteOptions read_options(const ConnectArguments& arguments);

// The name for sqlite3_open_v2: a path, or a URI where options need one.
std::string open_name(const ConnectArguments& arguments, const SqliteOptions& options);

// Explains by kOperationalError why there can be no database file at this absolute path: a missing
// folder, a folder in its place, no file where none may be created. Returns when SQLite may try.
void check_place(const std::string& path, const SqliteOptions& options);

}  // namespace moonbase::dialect::sqlite
