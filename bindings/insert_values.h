// An INSERT as it is sent: the columns that parameters name, and the client-side defaults of the
// others. Knows no Lua.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/expr/statement.h"

namespace moonbase::bindings {

using NamedValues = std::vector<std::pair<std::string, base::Value>>;

// The column of this key or name; null when there is none.
const schema::Column* find_column(const schema::Table& table, std::string_view name);
// CompileError for a parameter that is neither a column nor a bind of the statement.
[[noreturn]] void refuse_column_name(const schema::Table& table, const std::string& name);

// The type of a parameter that is a column's value: what the program gave went through the column's
// own type already, so a decorator is left out.
types::TypePtr parameter_type(const schema::Column& column);

class InsertValues {
 public:
  // `names` are the parameters' (of the first set). Throws CompileError for one that is neither a
  // column nor a parameter of the statement, InvalidRequestError when the statement has several
  // rows of its own.
  InsertValues(const expr::Insert& insert, const NamedValues& parameters,
               const std::string& dialect);

  const std::shared_ptr<const expr::Insert>& statement() const { return statement_; }
  // Adds to the parameters of one run what defaults give. Throws what a default function throws.
  void add_defaults(NamedValues& parameters) const;
  // The primary key of the one row that was inserted, in the key's order; NULL where it is not
  // known.
  std::vector<base::Value> primary_key(const NamedValues& parameters, int64_t last_insert_id) const;

 private:
  void add_named_columns(expr::Insert& draft, const NamedValues& parameters);
  void add_default_columns(expr::Insert& draft, const std::string& dialect);
  // The same for the rows of a query: every one gets the same value.
  static void add_selected_defaults(expr::Insert& draft, const std::string& dialect);

  std::shared_ptr<const expr::Insert> statement_;
  std::vector<const schema::Column*> defaults_;  // columns whose parameter add_defaults makes
};

}  // namespace moonbase::bindings
