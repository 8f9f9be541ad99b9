// How one database is asked for its schema. One object per dialect, of static lifetime and without
// state: it asks over the connection it is given, on the thread that uses that. Opens no
// transaction and changes nothing. Throws what the driver throws. An empty schema is the one that a
// name without a schema means; lists of names are sorted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orm/driver/driver.h"
#include "orm/schema/reflected.h"

namespace moonbase::dialect {

enum class RelationKind : uint8_t {
  kTable,
  kView,
  kMaterializedView,
  kTemporaryTable,  // of this connection
  kTemporaryView,
  kSequence,
};

class Reflector {
 public:
  virtual ~Reflector() = default;
  // The schema that a new table without one goes to.
  virtual std::string default_schema(driver::DriverConnection& connection) const = 0;
  virtual std::vector<std::string> schema_names(driver::DriverConnection& connection) const = 0;
  // Without the database's own. Temporary ones stand in no schema: `schema` is not looked at.
  virtual std::vector<std::string> names(driver::DriverConnection& connection, RelationKind kind,
                                         const std::string& schema) const = 0;
  // A table or view with all that belongs to it; nothing when there is none.
  virtual std::optional<schema::ReflectedTable> table(driver::DriverConnection& connection,
                                                      const std::string& schema,
                                                      const std::string& name) const = 0;
  // SQLite: the whole CREATE VIEW; PostgreSQL: the SELECT. Nothing when there is no such view.
  virtual std::optional<std::string> view_definition(driver::DriverConnection& connection,
                                                     const std::string& schema,
                                                     const std::string& name) const = 0;
  // `schema` "*": of all schemas.
  virtual std::vector<schema::ReflectedEnum> enums(driver::DriverConnection&,
                                                   const std::string& /*schema*/) const {
    return {};
  }
};

}  // namespace moonbase::dialect
