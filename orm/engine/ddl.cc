#include "orm/engine/ddl.h"

#include "orm/base/error.h"
#include "orm/compile/ddl_compiler.h"

namespace moonbase::engine {

namespace {

using schema::MetaData;
using schema::TablePtr;

// Of the tables asked for, those whose presence in the database is `present`; all when not to be
// checked.
std::vector<TablePtr> chosen_tables(Connection& connection, const MetaData& metadata,
                                    const TableRun& run, bool present) {
  std::vector<TablePtr> tables = run.only ? *run.only : metadata.tables();
  if (!run.check_first) return tables;
  const dialect::Dialect& dialect = connection.engine().dialect();
  std::erase_if(tables, [&](const TablePtr& table) {
    return dialect.has_table(connection.driver(), table->schema(), table->name()) != present;
  });
  return tables;
}

// `type_runs`: the state of a type in which it is to be created or dropped.
void run_steps(Connection& connection, const std::vector<compile::DdlStep>& steps,
               const char* doing, dialect::TypeState type_runs) {
  const dialect::Dialect& dialect = connection.engine().dialect();
  for (const compile::DdlStep& step : steps) {
    try {
      if (!step.type.empty() && dialect.type_state(connection.driver(), step.type) != type_runs)
        continue;
      const bool creates = type_runs == dialect::TypeState::kAbsent;
      if (step.sequence &&
          creates ==
              dialect.has_sequence(connection.driver(), step.sequence->schema, step.sequence->name))
        continue;
      connection.execute_sql(step.sql);
    } catch (base::Error& error) {
      error.add_context(std::string(doing) + " table '" + step.table + "'");
      throw;
    }
  }
}

template <int (*run_on)(Connection&, const MetaData&, const TableRun&)>
int in_transaction(Engine& engine, const MetaData& metadata, const TableRun& run) {
  std::unique_ptr<Connection> connection = engine.connect();
  int count = run_on(*connection, metadata, run);
  connection->commit();
  connection->close();
  return count;
}

}  // namespace

int create_tables(Connection& connection, const MetaData& metadata, const TableRun& run) {
  std::vector<TablePtr> tables = chosen_tables(connection, metadata, run, false);
  run_steps(connection, compile::create_all(metadata, tables, connection.engine().traits()),
            "creating", dialect::TypeState::kAbsent);
  return static_cast<int>(tables.size());
}

int create_tables(Engine& engine, const MetaData& metadata, const TableRun& run) {
  return in_transaction<create_tables>(engine, metadata, run);
}

int drop_tables(Connection& connection, const MetaData& metadata, const TableRun& run) {
  std::vector<TablePtr> tables = chosen_tables(connection, metadata, run, true);
  const compile::DialectTraits& traits = connection.engine().traits();
  std::vector<compile::DdlStep> steps = compile::drop_all(metadata, tables, traits);
  // Tables that refer to each other can't be parted by ALTER here: their keys are checked at
  // COMMIT, when all are gone. The setting ends with the transaction.
  if (!traits.has_alter_constraint && !metadata.sorted(&tables).deferred.empty()) {
    connection.execute_sql("PRAGMA defer_foreign_keys = ON");
  }
  run_steps(connection, steps, "dropping", dialect::TypeState::kUnused);
  return static_cast<int>(tables.size());
}

int drop_tables(Engine& engine, const MetaData& metadata, const TableRun& run) {
  return in_transaction<drop_tables>(engine, metadata, run);
}

}  // namespace moonbase::engine
