// The names a program declares types with, one row each, and the way back from a database's
// spelling. The rows are constant data: any thread may read them. Building throws base::Error
// (TypeError, ArgumentError).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/base/value.h"
#include "orm/types/type.h"

namespace moonbase::types {

struct TypeRow {
  std::string_view name;  // "String", "VARCHAR"
  TypeKind kind;
  TypeKind base_kind;
  std::string_view parameters;  // in positional order, separated by spaces: "length collation"; "…"
                                // takes any number
  std::string_view doc;  // one sentence
};

// All rows: the generic types first, then the upper-case SQL names.
std::span<const TypeRow> type_rows();
// The row of that exact name, or nullptr.
const TypeRow* find_type_row(std::string_view name);

struct TypeArguments {
  std::vector<base::Value> positional;
  std::vector<std::pair<std::string, base::Value>> named;
  TypePtr item;  // ARRAY's element type
};

// The type a row and its arguments describe: build(*find_type_row("String"), {{Value::integer(64)},
// {}, nullptr}). Throws TypeError for an argument the row does not take, naming those it takes.
TypePtr build(const TypeRow& row, const TypeArguments& arguments = {});

// A type from a database's spelling: "numeric(10,2)", "VARCHAR(64)", "timestamp(6) with time zone",
// "ENUM('a','b')". A known name gives its upper-case type; an unknown one a kSqlName that keeps its
// spelling and passes every value; the empty text null().
TypePtr parse_sql_type(std::string_view text);

}  // namespace moonbase::types
