// INSERT of many rows at a time: a parameter for each column, which is an array of its values.
#include "orm/compile/compiler_impl.h"

namespace moonbase::compile {

CompiledPtr compile_insert_of_rows(
    const schema::Table& table,
    const std::vector<std::pair<const schema::Column*, types::TypePtr>>& columns,
    const std::vector<const schema::Column*>& returned, const DialectTraits& dialect) {
  if (!dialect.rows_query || columns.empty()) return nullptr;
  auto out = std::make_shared<Compiled>();
  std::string names;
  std::vector<types::TypePtr> types;
  for (const auto& [column, type] : columns) {
    names += (names.empty() ? "" : ", ") + quote_identifier(dialect, column->name);
    out->binds.push_back({static_cast<int>(out->binds.size()), "", type, {}});
    types.push_back(type);
  }
  const std::string query = dialect.rows_query(types);
  if (query.empty()) return nullptr;
  out->sql = "INSERT INTO " + quote_table(dialect, table) + " (" + names + ") " + query;
  for (const schema::Column* column : returned) {
    out->sql += column == returned.front() ? " RETURNING " : ", ";
    out->sql += quote_identifier(dialect, column->name);
  }
  out->uid = next_uid();
  out->kind = expr::StatementKind::kInsert;
  out->takes_rows = true;
  return out;
}

}  // namespace moonbase::compile
