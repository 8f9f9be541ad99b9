// The foreign keys that lead from one table to another, and the names by which a relationship's
// options speak of columns. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orm/mapper/mapper.h"

namespace moonbase::mapper {

// One foreign key of a table: its columns and those it refers to, in step.
struct KeyPath {
  std::vector<const schema::Column*> local, remote;
};

// The keys of `holder` that refer to `referred`. Throws kNoReferencedColumnError for one that names
// a column which is not there.
std::vector<KeyPath> key_paths(const schema::MetaData& metadata, const schema::Table& holder,
                               const schema::Table& referred);
// The same between the tables of two classes: of those that inherit, the keys between their own
// tables, else those between the tables above.
std::vector<KeyPath> key_paths(const Mapper& holder, const Mapper& referred);
// "post.user_id, post.editor_id"
std::string describe(const std::vector<KeyPath>& paths);

// A table as options name its columns: "table.column", "column", and "Class.attribute" where a
// class is mapped to it.
struct NamedTable {
  const schema::Table* table;
  const Mapper* mapper = nullptr;

  const schema::Column* find(std::string_view name) const;
  bool is_named(const schema::Column& column, const std::vector<std::string>& names) const;
  bool are_named(const std::vector<const schema::Column*>& columns,
                 const std::vector<std::string>& names) const;
};

// The owner's table, the target's and the secondary one.
std::vector<NamedTable> tables_of(const Relationship& relationship);
// Throws kArgumentError for a name in foreign_keys or remote_side that is no column of these.
void check_names(const Relationship& relationship);

// The key of the secondary table that leads to one side: the owner's, or the target's. With
// several, those that foreign_keys names, without those in `used`; where owner and target are one
// table, the first is the owner's. Throws kNoForeignKeysError, kAmbiguousForeignKeysError.
KeyPath secondary_path(const Relationship& relationship, bool to_target,
                       const std::vector<const schema::Column*>& used = {});

}  // namespace moonbase::mapper
