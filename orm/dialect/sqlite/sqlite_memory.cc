#include "orm/dialect/sqlite/sqlite_memory.h"

#include <mutex>

#include <sqlite3.h>

namespace moonbase::dialect::sqlite {

namespace {

// Debian's SQLite has no lookaside memory: each run of a statement asks the C library for some
// hundred bytes, of two or three sizes that differ little. The library keeps free blocks by their
// exact size, and may hand a block of the one size out for the other: the lists then never match,
// and every run searches the heap, a tenth of an INSERT. Rounded up, the sizes are one.
constexpr int kRounding = 64;

sqlite3_mem_methods standard;

constexpr int rounded(int size) { return (size + kRounding - 1) / kRounding * kRounding; }

void* allocate(int size) { return standard.xMalloc(rounded(size)); }
void* reallocate(void* block, int size) { return standard.xRealloc(block, rounded(size)); }

void configure() {
  // Its count of bytes takes a mutex at each call, and nobody asks for it.
  if (sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK) return;
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &standard) != SQLITE_OK) return;
  sqlite3_mem_methods methods = standard;
  methods.xMalloc = allocate;
  methods.xRealloc = reallocate;
  sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

}  // namespace

void set_up_memory() {
  static std::once_flag once;
  std::call_once(once, configure);
}

}  // namespace moonbase::dialect::sqlite
