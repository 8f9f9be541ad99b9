// INSERT of many rows at a time: a parameter for each column, which is an array of its values.
#include "orm/compile/compiler_impl.h"

namespace moonbase::compile {

namespace {

// "c1, c2, …": names of the arrays' columns, so that those of the table cannot be in the way.
std::string numbered(size_t count) {
  std::string text;
  for (size_t i = 1; i <= count; ++i) text += (i > 1 ? ", c" : "c") + std::to_string(i);
  return text;
}

}  // namespace

CompiledPtr compile_insert_of_rows(
    const schema::Table& table,
    const std::vector<std::pair<const schema::Column*, types::TypePtr>>& columns,
    const std::vector<const schema::Column*>& returned, const DialectTraits& dialect) {
  if (!dialect.rows_type_name || columns.empty()) return nullptr;
  auto out = std::make_shared<Compiled>();
  std::string names, arrays, values = numbered(columns.size());
  for (const auto& [column, type] : columns) {
    const std::string array = dialect.rows_type_name(*type);
    if (array.empty()) return nullptr;
    const bool is_first = names.empty();
    names += (is_first ? "" : ", ") + quote_identifier(dialect, column->name);
    out->binds.push_back({static_cast<int>(out->binds.size()), "", type, {}});
    arrays += (is_first ? "$" : ", $") + std::to_string(out->binds.size()) + "::" + array;
  }
  // What numbers the rows is asked in the order of the SELECT, which nothing else promises.
  out->sql = "INSERT INTO " + quote_table(dialect, table) + " (" + names + ") SELECT " + values +
             " FROM unnest(" + arrays + ") WITH ORDINALITY AS new_rows (" + values +
             ", place) ORDER BY place";
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
