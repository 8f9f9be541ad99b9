// What only the text of a CREATE TABLE or CREATE INDEX tells: the names of constraints, CHECKs,
// expressions, collations, deferral. SQLite keeps that text as it was typed, with comments and
// every style of quotes, so it is taken apart by a tokenizer. Pure functions; any thread. What
// cannot be read is left out: nothing throws but bad_alloc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moonbase::dialect::sqlite {

struct CreateTableText {
  struct Column {
    std::string name;
    std::string collation;
    std::string computed;         // the expression of a generated column
    bool descending_key = false;  // PRIMARY KEY DESC, which is no rowid
  };
  struct Unique {
    std::string name;
    std::vector<std::string> columns;
  };
  struct Check {
    std::string name, condition;
  };
  struct ForeignKey {
    std::string name;
    std::vector<std::string> columns;
    std::string match, deferrable, initially;  // upper case
  };
  std::vector<Column> columns;
  std::string primary_key_name;
  std::vector<Unique> uniques;  // all lists in the order of the text
  std::vector<Check> checks;
  std::vector<ForeignKey> foreign_keys;
  bool autoincrement = false, without_rowid = false, strict = false;
  bool has_conflict_clause = false;  // ON CONFLICT of some constraint
};

// Empty lists for a text that is no CREATE TABLE with columns (a virtual table's).
CreateTableText read_create_table(std::string_view sql);

struct CreateIndexText {
  struct Part {
    std::string text;      // without ASC and DESC
    bool is_name = false;  // nothing but a column's name
  };
  std::vector<Part> parts;
  std::string where;
};

CreateIndexText read_create_index(std::string_view sql);

}  // namespace moonbase::dialect::sqlite
