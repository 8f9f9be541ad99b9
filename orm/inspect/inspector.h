// A live database's schema, asked for piece by piece and remembered: what was read once is not
// asked for again until `clear_cache`. Over an engine it borrows a connection for each question;
// over a connection it uses that, and sees what its transaction has changed. Used by one thread at
// a time. Throws kNoSuchTableError, naming the nearest, for a table that is not there,
// kNotSupportedError for a dialect that cannot be reflected, and what the database says.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orm/base/log.h"
#include "orm/dialect/reflector.h"
#include "orm/engine/connection.h"
#include "orm/schema/table.h"

namespace moonbase::inspect {

using dialect::RelationKind;
using schema::ReflectedTable;

class Inspector {
 public:
  explicit Inspector(engine::EnginePtr engine);
  explicit Inspector(std::shared_ptr<engine::Connection> connection);

  engine::Engine& engine() const { return *engine_; }
  // Hears of columns whose type has no meaning here, and of what is left out, once for each table
  // read. Not owned.
  void set_warning_sink(base::LogSink* sink) { sink_ = sink; }

  // An empty schema is everywhere the one that a name without a schema means.
  std::string default_schema_name();
  std::vector<std::string> schema_names();
  // Sorted by name.
  std::vector<std::string> names(RelationKind kind, const std::string& schema = "");
  // A table or view. The first form throws when there is none. Lives until the cache is cleared.
  const ReflectedTable& table(const std::string& name, const std::string& schema = "");
  const ReflectedTable* find_table(const std::string& name, const std::string& schema = "");
  // Asks the database each time.
  bool has_table(const std::string& name, const std::string& schema = "");
  // Throws kNoSuchTableError when there is no such view.
  std::string view_definition(const std::string& name, const std::string& schema = "");
  // `schema` "*": of all schemas.
  std::vector<schema::ReflectedEnum> enums(const std::string& schema = "");

  struct SortedTables {
    // Referred tables first; with each its foreign keys that can be made with it, by name.
    std::vector<std::pair<std::string, std::vector<std::string>>> tables;
    // (table, key) of those that can only be added when all tables are there.
    std::vector<std::pair<std::string, std::string>> deferred;
  };
  SortedTables sorted_tables(const std::string& schema = "");

  void clear_cache();

 private:
  template <class Ask>
  auto ask(Ask ask);
  void warn(const ReflectedTable& table);

  engine::EnginePtr engine_;
  std::shared_ptr<engine::Connection> connection_;  // null: borrowed for each question
  base::LogSink* sink_ = nullptr;
  std::optional<std::string> default_schema_;
  std::map<std::pair<RelationKind, std::string>, std::vector<std::string>> names_;
  // By schema and name.
  std::map<std::pair<std::string, std::string>, std::unique_ptr<const ReflectedTable>> tables_;
};

}  // namespace moonbase::inspect
