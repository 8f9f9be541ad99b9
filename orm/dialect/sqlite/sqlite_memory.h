// How SQLite gets its memory. Private to this folder; any thread.
#pragma once

namespace moonbase::dialect::sqlite {

/// Sets SQLite's allocator up, once in a process, before its first connection. Where a program that
/// Moonbase is part of has used SQLite already, SQLite keeps what it has.
void set_up_memory();

}  // namespace moonbase::dialect::sqlite
