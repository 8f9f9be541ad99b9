// Constraints and indexes of a table: plain data, owned by their Table. Column lists are declared
// with keys or names; in a Table they hold the names in the database. A name may be empty: naming
// conventions (naming.h) give the final one when DDL is made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orm/schema/sql_fragment.h"

namespace moonbase::schema {

class Table;
struct Column;

struct PrimaryKeyConstraint {
  std::string name;
  std::vector<std::string> columns;  // in key order; empty: the columns flagged primary_key
  bool name_is_final = false;        // no naming convention applies to the name any more
};

struct UniqueConstraint {
  std::string name;
  std::vector<std::string> columns;
  std::string deferrable;  // "", "DEFERRABLE", "NOT DEFERRABLE"
  std::string initially;   // "", "DEFERRED", "IMMEDIATE"
  bool name_is_final = false;
  bool from_column_flag = false;  // made by Column{unique = true}
};

struct CheckConstraint {
  std::string name;
  SqlFragment condition;
  bool name_is_final = false;
};

struct ForeignKeyConstraint {
  std::string name;
  std::vector<std::string> columns;
  // As declared, "schema.table.column", "table.column", or "table" for its column named like this
  // key's own; resolved late through MetaData.
  std::vector<std::string> targets;
  std::string ondelete,
      onupdate;  // "CASCADE", "SET NULL", ...; in a Table upper case, like the three below
  std::string deferrable, initially, match;
  bool use_alter = false;
  bool name_is_final = false;

  // "user" of "user.id" (with its schema where given), the same for all targets.
  std::string target_table() const;
  // "id" of "user.id": a key or a name of the target table.
  std::string target_column(size_t i) const;
};

struct IndexPart {
  std::string column;      // empty for an expression
  SqlFragment expression;  // used when column is empty
  bool descending = false;
};

struct Index {
  std::string name;
  std::vector<IndexPart> parts;
  bool unique = false;
  std::optional<SqlFragment> where;  // partial index
  std::string using_method;          // PostgreSQL
  std::vector<std::string> include;  // PostgreSQL
  bool from_column_flag = false;     // made by Column{index = true}
  bool name_is_final = false;
};

}  // namespace moonbase::schema
