#include <algorithm>

#include "orm/dialect/dialect.h"
#include "orm/dialect/postgresql/postgresql_dialect.h"
#include "orm/dialect/sqlite/sqlite_dialect.h"

namespace moonbase::dialect {

namespace {

// One row a dialect, in the order messages list them.
const Dialect* const kDialects[] = {
    &sqlite::sqlite_dialect(),
    &postgresql::postgresql_dialect(),
};

}  // namespace

const Dialect* find_dialect(std::string_view name) {
  for (const Dialect* dialect : kDialects) {
    std::span<const std::string_view> aliases = dialect->aliases();
    if (dialect->traits().name == name ||
        std::find(aliases.begin(), aliases.end(), name) != aliases.end()) {
      return dialect;
    }
  }
  return nullptr;
}

std::vector<std::string_view> dialect_names() {
  std::vector<std::string_view> names;
  for (const Dialect* dialect : kDialects) names.push_back(dialect->traits().name);
  return names;
}

}  // namespace moonbase::dialect
