// A declared column: plain data, owned by its Table, immutable once the table is in use.
// Client-side defaults are held as an opaque number into a registry of the binding (a Lua function
// cannot live here): see DefaultSource.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orm/base/value.h"
#include "orm/schema/sql_fragment.h"
#include "orm/types/type.h"

namespace moonbase::schema {

class Table;
struct Column;

// The row that is being written, as the function of a default sees it: what its columns have so
// far. Made by whoever writes the row, for the time of one call.
class RowValues {
 public:
  explicit RowValues(const Table& table) : table_(table) {}
  virtual ~RowValues() = default;
  const Table& table() const { return table_; }
  // Null where the column has no plain value: not given (yet), or an SQL expression.
  virtual const base::Value* find(const Column& column) const = 0;

 private:
  const Table& table_;
};

// RowValues over a function from a column to its value.
template <class Find>
class RowLookup final : public RowValues {
 public:
  RowLookup(const Table& table, Find find) : RowValues(table), find_(std::move(find)) {}
  const base::Value* find(const Column& column) const override { return find_(column); }

 private:
  Find find_;
};

// Something that makes a value when a row is written: a user's function. Implemented by the
// bindings. `make` may throw and may run arbitrary code. `describe` names it for a plan: "‹default
// utcnow›".
class DefaultFunction {
 public:
  virtual ~DefaultFunction() = default;
  virtual base::Value make(const RowValues& row) const = 0;
  virtual std::string describe() const = 0;
};

// How a database counts; what is not given is the database's own choice.
struct SequenceOptions {
  std::optional<int64_t> start, increment, min_value, max_value, cache;
  bool cycle = false;
};

// A sequence of the database, by name; where there are none it counts for nothing.
struct Sequence : SequenceOptions {
  std::string name, schema;

  std::string full_name() const { return schema.empty() ? name : schema + "." + name; }
};
using SequencePtr = std::shared_ptr<const Sequence>;

// A client-side default or onupdate: a constant, a function called per row, or an SQL expression
// put inline.
struct Default {
  enum class Kind : uint8_t { kConstant, kFunction, kSql } kind = Kind::kConstant;
  base::Value constant;
  std::shared_ptr<const DefaultFunction> function;
  SqlFragment sql;
  SequencePtr sequence;  // of a kSql whose text asks it for its next value
};

struct Identity : SequenceOptions {
  bool always = false;
};

struct Computed {
  SqlFragment expression;
  std::optional<bool> persisted;  // nothing: the dialect's own default
};

enum class Autoincrement : uint8_t { kAuto, kYes, kNo };

struct Column {
  std::string name;  // in the database
  std::string key;   // in table.c and on the model; the name unless told otherwise
  types::TypePtr
      type;  // null while it is to come from a foreign key whose target is not declared yet
  bool primary_key = false;
  bool nullable = true;
  bool nullable_given = false;  // the user said so, against what primary_key implies
  bool unique = false;
  bool index = false;
  Autoincrement autoincrement = Autoincrement::kAuto;
  std::optional<Default> default_value;
  std::optional<Default> onupdate;
  std::optional<SqlFragment> server_default;
  bool server_onupdate = false;  // the database changes it on UPDATE: read it again
  std::optional<Identity> identity;
  std::optional<Computed> computed;
  std::string comment;
  std::string doc;
  std::optional<bool> quote;
  bool system = false;

  const Table* table = nullptr;  // set when the column joins a table
  int position = -1;             // in the table, 0-based

  // "user.email", for messages.
  std::string full_name() const;
  // The database makes a value where none is given.
  bool has_server_value() const { return server_default || identity || computed; }
};

}  // namespace moonbase::schema
