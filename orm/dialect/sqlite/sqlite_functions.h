// SQL functions that SQLite leaves to its user: regexp(pattern, text) behind the REGEXP operator,
// and bitxor(a, b).
#pragma once

struct sqlite3;

namespace moonbase::dialect::sqlite {

// Registers them on a connection; returns SQLite's result code.
int register_functions(sqlite3* db);

}  // namespace moonbase::dialect::sqlite
