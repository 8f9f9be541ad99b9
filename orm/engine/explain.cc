#include "orm/engine/explain.h"

#include "orm/engine/connection_state.h"

namespace moonbase::engine {

std::vector<dialect::PlanStep> explain(Connection& connection, const expr::Statement& statement,
                                       std::span<const std::pair<std::string, base::Value>> named,
                                       const dialect::ExplainOptions& options) {
  Engine& engine = connection.engine();
  const std::string prefix = engine.dialect().explain_prefix(options);
  const compile::CompiledPtr compiled = engine.compile(statement);
  std::vector<const expr::Element*> elements;
  expr::collect_binds(statement, elements);
  std::vector<base::Value> values;
  placeholder_values(engine.dialect(), *compiled, elements, named, values);
  Cursor cursor = connection.execute_sql(prefix + compiled->sql, values);
  std::vector<std::vector<base::Value>> rows;
  while (cursor.next()) {
    std::vector<base::Value>& row = rows.emplace_back();
    for (int i = 0; i < cursor.column_count(); ++i) {
      row.push_back(cursor.raw(i));
      row.back().own();
    }
  }
  return engine.dialect().read_plan(rows);
}

}  // namespace moonbase::engine
