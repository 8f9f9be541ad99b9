// Trees to text. `compile` is a pure function of a statement and a dialect: the text, which bind
// stands at each placeholder, and what the result columns are called and typed. The result is
// immutable and shared by the cache and every connection's prepared statements.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "orm/compile/traits.h"
#include "orm/expr/statement.h"

namespace moonbase::compile {

struct BindSlot {
  int index;         // into collect_binds(statement), or -1: `fixed`
  std::string name;  // a named parameter
  types::TypePtr type;
  base::Value fixed;
};

struct ResultColumn {
  std::string name;     // as rows are addressed: label, else column key, else function name
  types::TypePtr type;  // never null; NullType where unknown
};

struct Compiled {
  uint64_t uid = 0;  // never reused: key of a connection's prepared statements
  expr::StatementKind kind = expr::StatementKind::kSelect;
  // Of an INSERT: its one column is the new row's key, which is no result but
  // Cursor::last_insert_id.
  bool returns_key = false;
  bool returns_rows = false;  // of text: only if its columns were given; the driver knows otherwise
  // Its parameters are arrays: see compile_insert_of_rows.
  bool takes_rows = false;
  std::string sql;
  std::vector<BindSlot> binds;  // in placeholder order
  // Empty where only the database knows them (`*`, text): the driver's names are used then,
  // untyped.
  std::vector<ResultColumn> columns;
  bool columns_by_name = false;  // of text: the driver's names say which of `columns` is which
};
using CompiledPtr = std::shared_ptr<const Compiled>;

struct CompileOptions {
  bool literal_binds = false;  // values in the text (for showing, never for running)
};

// Throws kCompileError for what this dialect cannot say (naming it and the dialect),
// kInvalidRequestError for a subquery whose tables all belong to the enclosing statement.
CompiledPtr compile(const expr::Statement& statement, const DialectTraits& dialect,
                    const CompileOptions& options = {});
// INSERT of as many rows as its parameters, which are arrays, have items, one parameter for each
// column; the values of `returned` come back for each, in the order of the rows as long as the
// database numbers them (its key is to be the first of `returned` then). Null where a type has no
// array here, or the dialect no such statement.
CompiledPtr compile_insert_of_rows(
    const schema::Table& table,
    const std::vector<std::pair<const schema::Column*, types::TypePtr>>& columns,
    const std::vector<const schema::Column*>& returned, const DialectTraits& dialect);
// An expression by itself, for print(User.id:eq(1)).
std::string compile_element(const expr::ElementPtr& element, const DialectTraits& dialect,
                            const CompileOptions& options = {});

}  // namespace moonbase::compile
