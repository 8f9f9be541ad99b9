// SQL functions that SQLite leaves to its user: regexp(pattern, text) behind the REGEXP operator,
// regexp_replace(text, pattern, replacement [, flags]), bitxor(a, b), floordiv(a, b), which divides
// and rounds down, exactly where both are integers, and for arithmetic with what is stored as text:
// epoch_micros(date, time or date-time), the microseconds since 1970 or midnight, and its contrary
// epoch_text(micros).
#pragma once

struct sqlite3;

namespace moonbase::dialect::sqlite {

// Registers them on a connection; returns SQLite's result code.
int register_functions(sqlite3* db);

}  // namespace moonbase::dialect::sqlite
