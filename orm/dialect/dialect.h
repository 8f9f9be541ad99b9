// Everything about one database behind one object: its SQL traits and how to connect. One per
// dialect, of static lifetime, immutable, listed in registry.cc; nothing outside a dialect's folder
// names it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/base/error.h"
#include "orm/compile/traits.h"
#include "orm/driver/driver.h"

namespace moonbase::dialect {

class Reflector;  // reflector.h

// What a connection is opened with: the parts of a URL and the engine's options.
struct ConnectArguments {
  std::string host, user, password, database;
  int port = 0;
  std::vector<std::pair<std::string, std::string>>
      options;              // URL options, then ENGINE_OPTIONS, as text
  std::string base_folder;  // a relative database file starts here; empty: the working folder
  std::string isolation_level = {};  // one of isolation_levels(), or empty
  // Asked now and then while connecting takes its time: true gives up, with kInterrupted. May be
  // empty.
  std::function<bool()> is_interrupted = {};
};

struct ExplainOptions {
  bool analyze = false;  // run the statement, and tell what the steps took
};

// Of a type that a user made in the database.
enum class TypeState : uint8_t { kAbsent, kUnused, kUsed };

// What a database tells of the row that it refused, one of many in a statement: values by the names
// of their columns (nothing: NULL), or, in the order of the table's columns, the beginnings of all.
struct RefusedRow {
  std::vector<std::pair<std::string, std::optional<std::string>>> values;
  std::string all;
};

// Which constraint a row broke, as far as the database says: columns by their names in the table.
struct Refusal {
  enum class Kind : uint8_t { kUnique, kNotNull, kForeignKey, kCheck, kOther } kind;
  std::string constraint = {};  // its name, or the condition of a check
  std::vector<std::string> columns = {};
  std::string table = {};              // whose row it is, of a foreign key
  std::string referrer = {};           // the table whose rows still refer to the row
  std::optional<RefusedRow> row = {};  // which of many rows it was
};

// One step of how the database runs a statement; `parent` is the id of the step it is part of, 0 at
// the top.
struct PlanStep {
  int64_t id = 0, parent = 0;
  std::string detail;
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual const compile::DialectTraits& traits() const = 0;
  // Other names a URL may use ("mariadb").
  virtual std::span<const std::string_view> aliases() const { return {}; }
  // Refuses arguments that can never work (an unknown option, two slashes before a file name)
  // before anything is opened. Throws kArgumentError that shows the right form.
  virtual void check(const ConnectArguments& arguments) const = 0;
  // Opens a connection. Throws kOperationalError that names the file or host and what to do.
  virtual std::unique_ptr<driver::DriverConnection> connect(
      const ConnectArguments& arguments) const = 0;
  // The database lives in one connection only (SQLite in memory): a pool must hold exactly one.
  virtual bool is_single_connection(const ConnectArguments& arguments) const = 0;
  // What a person should see as the database's place: an absolute path, "host:port/name",
  // ":memory:".
  virtual std::string display_location(const ConnectArguments& arguments) const = 0;

  // What `isolation_level` may be, besides nothing.
  virtual std::span<const std::string_view> isolation_levels() const = 0;
  // A transaction that has read must be ended and begun anew for writing, or it may lose its place
  // to another writer at once; see engine/connection.h.
  virtual bool restarts_read_for_write() const { return false; }
  // After an error the database takes nothing of the transaction but its rollback.
  virtual bool errors_spoil_transactions() const { return false; }

  // The wire form of a value for a column of this type (a date as ISO text on SQLite, ...). Text
  // and bytes that need no change come back borrowed: `value` must outlive the result. Throws
  // kDataError for what the database cannot keep.
  virtual base::Value to_driver(const base::Value& value, const types::Type& type) const = 0;
  // A COMMIT can leave a running SELECT of its connection running.
  virtual bool keeps_results_over_commit() const { return false; }
  // What stands before a statement to ask for its plan ("EXPLAIN QUERY PLAN "). Throws
  // kNotSupportedError for an option the database lacks.
  virtual std::string explain_prefix(const ExplainOptions& options) const = 0;
  // The rows the database answers with, as steps, each after its parent.
  virtual std::vector<PlanStep> read_plan(std::span<const std::vector<base::Value>> rows) const = 0;
  // Does this dialect have the table? And all tables' names (schema-qualified where not in the
  // default schema).
  virtual bool has_table(driver::DriverConnection& connection, const std::string& schema,
                         const std::string& name) const = 0;
  virtual std::vector<std::string> table_names(driver::DriverConnection& connection) const = 0;
  // Is there an enumeration of this name, and does a table use it? Asked only where
  // traits().has_native_enum.
  virtual TypeState type_state(driver::DriverConnection&, const std::string&) const {
    return TypeState::kAbsent;
  }
  // Is there a sequence of this name? Asked only where traits().has_sequences.
  virtual bool has_sequence(driver::DriverConnection&, const std::string& /*schema*/,
                            const std::string& /*name*/) const {
    return false;
  }
  // What an error says of the constraint that was broken; nothing of an error of another kind.
  virtual std::optional<Refusal> refusal(const base::Error&) const { return {}; }
  // Who tells what the database holds; null: nobody can.
  virtual const Reflector* reflector() const { return nullptr; }
};

// The dialect of this name or alias; null when there is none.
const Dialect* find_dialect(std::string_view name);
// The names there are, in order, for messages.
std::vector<std::string_view> dialect_names();

}  // namespace moonbase::dialect
