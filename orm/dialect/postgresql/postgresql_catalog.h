// Questions to the catalogs, for the dialect and its reflector; private to this folder. Used by the
// thread that uses the connection; throw what the driver throws.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "orm/driver/driver.h"

namespace moonbase::dialect::postgresql {

// A statement with text parameters, not yet run.
inline std::unique_ptr<driver::DriverStatement> ask(
    driver::DriverConnection& connection, std::string_view sql,
    std::initializer_list<std::string_view> parameters) {
  std::unique_ptr<driver::DriverStatement> statement = connection.prepare(sql);
  int i = 0;
  for (std::string_view text : parameters)
    statement->bind(i++, base::Value::borrowed(base::Tag::kText, text));
  return statement;
}

// The text in a column of the row; "" for NULL.
inline std::string text_at(const driver::DriverStatement& row, int column) {
  return row.is_null(column) ? std::string() : std::string(row.column(column).as_bytes());
}

// Runs it to its end.
inline std::vector<std::string> first_column(std::unique_ptr<driver::DriverStatement> statement) {
  std::vector<std::string> list;
  while (statement->step()) list.push_back(text_at(*statement, 0));
  return list;
}

}  // namespace moonbase::dialect::postgresql
