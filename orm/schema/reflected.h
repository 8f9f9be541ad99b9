// What a live database says about its tables, as plain data and in the database's own words: filled
// in by a dialect's Reflector, kept and offered by inspect::Inspector, compared by migrations.
// Names are the database's. A value once filled in is not changed; any thread may read it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orm/schema/constraint.h"
#include "orm/types/type.h"

namespace moonbase::schema {

struct ReflectedIdentity {
  bool always = false;
  int64_t start = 1, increment = 1, min_value = 1, max_value = 0, cache = 1;
  bool cycle = false;
};

struct ReflectedComputed {
  std::string expression;
  bool persisted = true;
};

struct ReflectedColumn {
  std::string name;
  types::TypePtr type;    // never null
  std::string type_text;  // as the database spells it
  bool is_known_type =
      true;  // false: the type has no meaning here, its values pass as the database has them
  bool nullable = true;
  std::optional<std::string> default_text;  // SQL
  bool autoincrement = false;               // the database numbers it
  std::optional<ReflectedComputed> computed;
  std::optional<ReflectedIdentity> identity;
  std::string comment;
};

struct ReflectedForeignKey {
  std::string name;  // empty: it has none
  std::vector<std::string> columns;
  std::string referred_schema;  // empty: the schema that a name without one means
  std::string referred_table;
  std::vector<std::string> referred_columns;  // as many as `columns`
  // Upper case, empty where nothing, or what SQL takes for nothing (NO ACTION), was given.
  std::string ondelete, onupdate, deferrable, initially, match;
};

struct ReflectedIndex {
  Index index;                        // with its name; an expression is the database's text
  std::string duplicates_constraint;  // the unique constraint of this name made it
};

struct ReflectedTable {
  std::string schema;  // as it was asked for: empty for what a name without a schema means
  std::string name;
  bool is_view = false, is_temporary = false;
  std::vector<ReflectedColumn> columns;
  PrimaryKeyConstraint primary_key;  // without columns when there is none
  // These four are in the order of declaration where the database remembers it, else by name.
  std::vector<ReflectedForeignKey> foreign_keys;
  std::vector<UniqueConstraint> uniques;
  std::vector<CheckConstraint> checks;
  std::vector<ReflectedIndex> indexes;
  std::string comment;
  // What the database has and nothing here tells: "the exclusion constraint 'no_overlap'".
  std::vector<std::string> left_out;
  std::map<std::string, std::string> options;  // as Table takes them: "sqlite_strict" -> "true"
};

// An enumeration that is a type of the database.
struct ReflectedEnum {
  std::string schema, name;
  bool is_visible = true;  // its name needs no schema
  std::vector<std::string> labels;
};

}  // namespace moonbase::schema
