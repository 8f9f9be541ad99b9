// DDL text of schema objects. Pure functions of the object, its metadata's naming convention and
// the dialect; any thread may call them. They throw what MetaData::resolve and schema::final_name
// throw, and kCompileError for what the dialect can't say.
#pragma once

#include <string>
#include <vector>

#include "orm/compile/traits.h"
#include "orm/schema/table.h"

namespace moonbase::compile {

struct DdlOptions {
  bool if_not_exists = false;
  bool if_exists = false;
};

// CREATE TABLE with its columns and constraints, without the foreign keys in `left_out` (cycles;
// added later by ALTER where the dialect can).
std::string create_table(const schema::Table& table, const schema::MetaData& metadata,
                         const DialectTraits& dialect,
                         const std::vector<const schema::ForeignKeyConstraint*>& left_out = {},
                         const DdlOptions& options = {});
std::string drop_table(const schema::Table& table, const DialectTraits& dialect,
                       const DdlOptions& options = {});
std::string create_index(const schema::Table& table, const schema::Index& index,
                         const schema::MetaData& metadata, const DialectTraits& dialect,
                         const DdlOptions& options = {});
std::string drop_index(const schema::Table& table, const schema::Index& index,
                       const schema::MetaData& metadata, const DialectTraits& dialect,
                       const DdlOptions& options = {});
std::string add_foreign_key(const schema::Table& table, const schema::ForeignKeyConstraint& fk,
                            const schema::MetaData& metadata, const DialectTraits& dialect);
std::string drop_foreign_key(const schema::Table& table, const schema::ForeignKeyConstraint& fk,
                             const schema::MetaData& metadata, const DialectTraits& dialect);
// COMMENT ON … statements, where the dialect has them.
std::vector<std::string> comments(const schema::Table& table, const DialectTraits& dialect);
// CREATE TYPE name AS ENUM (…), and its contrary, for a type that is one of the database's own
// there.
std::string create_enum(const types::Type& type, const DialectTraits& dialect);
std::string drop_enum(const types::Type& type, const DialectTraits& dialect);

struct DdlStep {
  std::string sql;
  std::string table;  // full name, for messages
  // The type that it creates or drops, if it does: to be left out when it is there already, or
  // still in use.
  std::string type = {};
  schema::SequencePtr sequence = {};  // the same of a sequence
};
// Everything to create these tables and their indexes, in dependency order, foreign-key cycles
// included.
std::vector<DdlStep> create_all(const schema::MetaData& metadata,
                                const std::vector<schema::TablePtr>& tables,
                                const DialectTraits& dialect);
// Everything to drop them, in reverse order. A dialect without ALTER for constraints can't part
// tables that refer to each other first: there the caller switches the enforcement of foreign keys
// off (SQLite: before the transaction begins). Elsewhere throws kCircularDependencyError when a key
// that has to go first has no name.
std::vector<DdlStep> drop_all(const schema::MetaData& metadata,
                              const std::vector<schema::TablePtr>& tables,
                              const DialectTraits& dialect);

}  // namespace moonbase::compile
