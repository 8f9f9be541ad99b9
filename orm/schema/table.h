// A Table and the MetaData that collects them. Tables are built once (`MetaData::add` checks and
// resolves what can be resolved), then immutable and shared: expressions, mappers and compiled
// statements keep the table they were made with alive. One thing comes late: a column declared with
// a foreign key and no type gets the type of the column it refers to as soon as that is declared. A
// table that is declared again gets a new uid, so nothing ever confuses the two. Not synchronised.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/schema/column.h"
#include "orm/schema/constraint.h"

namespace moonbase::schema {

// What a user declares; MetaData::add turns it into a Table.
struct TableDef {
  std::string name;
  std::string schema;
  std::string bind_key;
  std::string comment;
  std::vector<Column> columns;
  std::optional<PrimaryKeyConstraint> primary_key;  // else from the columns' flags, in column order
  std::vector<UniqueConstraint> uniques;
  std::vector<CheckConstraint> checks;
  std::vector<ForeignKeyConstraint> foreign_keys;
  std::vector<Index> indexes;
  std::vector<std::string> prefixes;                   // "TEMPORARY"
  std::map<std::string, std::string> dialect_options;  // "sqlite_autoincrement" -> "true"
};

class Table {
 public:
  // Throws kArgumentError: no name, a column twice, a constraint that names an unknown column, ...
  explicit Table(TableDef def);
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  uint64_t uid() const { return uid_; }  // never reused in this process
  const std::string& name() const { return def_.name; }
  const std::string& schema() const { return def_.schema; }
  const std::string& bind_key() const { return def_.bind_key; }
  // "schema.name" or "name": the key in MetaData.
  const std::string& full_name() const { return full_name_; }
  const std::string& comment() const { return def_.comment; }

  const std::vector<Column>& columns() const { return def_.columns; }
  // By key, else by name; null when there is none.
  const Column* find_column(std::string_view name) const;
  // Throws kArgumentError that names the table and the nearest column.
  const Column& column(std::string_view name) const;
  // The key columns in key order; may be empty.
  const std::vector<const Column*>& primary_key() const { return primary_key_; }
  // The name declared for the key; mostly empty.
  const std::string& primary_key_name() const { return pk_name_; }
  // The key as a constraint, for naming and DDL; without columns when there is none.
  PrimaryKeyConstraint primary_key_constraint() const;
  // The one integer key column the database numbers by itself (SQLAlchemy's autoincrement rule), or
  // null: a single integer key column without a foreign key unless told otherwise.
  const Column* autoincrement_column() const { return autoincrement_; }

  // Includes those made from `unique = true` on a column (unless it is also an index).
  const std::vector<UniqueConstraint>& uniques() const { return def_.uniques; }
  const std::vector<CheckConstraint>& checks() const { return def_.checks; }
  const std::vector<ForeignKeyConstraint>& foreign_keys() const { return def_.foreign_keys; }
  // Includes those made from `index = true`.
  const std::vector<Index>& indexes() const { return def_.indexes; }
  const std::vector<std::string>& prefixes() const { return def_.prefixes; }
  const std::map<std::string, std::string>& dialect_options() const { return def_.dialect_options; }
  // What Table(def) would build this table from again.
  const TableDef& def() const { return def_; }

 private:
  friend class MetaData;
  Table(TableDef def, uint64_t uid);
  void find_autoincrement();

  uint64_t uid_;
  TableDef def_;
  std::string full_name_, pk_name_;
  std::vector<const Column*> primary_key_;
  const Column* autoincrement_ = nullptr;
};

using TablePtr = std::shared_ptr<const Table>;

// "ix" -> "ix_%(column_0_label)s", ...; see naming.h.
using NamingConvention = std::map<std::string, std::string>;

class MetaData {
 public:
  explicit MetaData(NamingConvention convention = {}, std::string schema = "");

  // Registers a table; one without a schema gets this MetaData's. Throws kInvalidRequestError when
  // the name is taken (unless `replace`), and whatever Table throws.
  TablePtr add(TableDef def, bool replace = false);
  // The same logical table (uid, place in the order) with one more column and, where given, a
  // foreign key on it. The older object stays valid for whoever holds it. Throws
  // kInvalidRequestError when `table` is not, or no longer, in this MetaData, and whatever Table
  // throws.
  TablePtr extend(const Table& table, Column column,
                  std::optional<ForeignKeyConstraint> foreign_key = {});
  // Nothing happens when there is no such table.
  void remove(std::string_view full_name);
  // A table that was here before takes its name, and its place, from the one that replaced it.
  void put_back(const TablePtr& table) { put(std::const_pointer_cast<Table>(table)); }
  void clear();

  TablePtr find(std::string_view full_name) const;  // null when unknown
  // The table a foreign key refers to, null when unknown; a target without a schema is meant in
  // this MetaData's.
  TablePtr referred_table(const ForeignKeyConstraint& fk) const;
  // In the order of declaration.
  const std::vector<TablePtr>& tables() const { return tables_; }
  const NamingConvention& naming_convention() const { return convention_; }
  const std::string& schema() const { return schema_; }

  // The column that a foreign key target means. Throws kNoReferencedTableError /
  // kNoReferencedColumnError naming both ends and the nearest name there is.
  const Column& resolve(const Table& from, const ForeignKeyConstraint& fk, size_t i) const;
  // A column's type, looked up through its foreign keys where the column has none of its own. Never
  // null. Throws as `resolve` does.
  types::TypePtr column_type(const Table& table, const Column& column) const;

  struct Sorted {
    std::vector<TablePtr> tables;  // referred tables first; ties in name order
    // Foreign keys that would close a cycle, as few as possible, and those marked use_alter: to be
    // added after the tables exist, and dropped before them. In the order of table names and
    // declaration.
    std::vector<std::pair<TablePtr, const ForeignKeyConstraint*>> deferred;
  };
  // `only`: nothing = all tables. Throws for a foreign key to nowhere, as `resolve` does.
  Sorted sorted(const std::vector<TablePtr>* only = nullptr) const;

 private:
  TablePtr put(std::shared_ptr<Table> table);
  void complete_types();

  NamingConvention convention_;
  std::string schema_;
  std::vector<TablePtr> tables_;
  std::map<std::string, TablePtr, std::less<>> by_name_;
  std::vector<std::shared_ptr<Table>> untyped_;  // tables with a column that waits for its type
};

using MetaDataPtr = std::shared_ptr<MetaData>;

}  // namespace moonbase::schema
