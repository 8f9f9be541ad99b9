// SQLite's result codes as errors of the core. Used only by this folder's driver.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "orm/base/error.h"
#include "orm/dialect/dialect.h"

namespace moonbase::dialect::sqlite {

// What an error's hint may need to know about the connection.
struct ErrorPlace {
  std::string path;  // absolute, or ":memory:"
  int timeout_ms = 0;
};

// "SQLITE_CONSTRAINT_UNIQUE" for an extended result code.
std::string code_name(int extended_code);

// The error for the last failure on `db`: SQLite's own message, the kind its code means, a hint
// where one helps. `interrupted`: someone asked the statement to stop, so a lock it waited for is
// no error of its own.
base::Error make_error(sqlite3* db, const ErrorPlace& place, bool interrupted = false);

// Which constraint an error is about; nothing of an error that is about none.
std::optional<Refusal> refusal(const base::Error& error);

}  // namespace moonbase::dialect::sqlite
