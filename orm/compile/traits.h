// What distinguishes one database's SQL from another's, as data and a few hooks. Immutable; one
// object per dialect with static lifetime (held by dialect::Dialect).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orm/expr/node.h"
#include "orm/schema/table.h"

namespace moonbase::compile {

enum class ParamStyle : uint8_t { kQuestion, kDollar };

struct DialectTraits {
  std::string name;  // "sqlite"
  ParamStyle param_style = ParamStyle::kQuestion;
  char quote_open = '"', quote_close = '"';
  bool lower_case_folding =
      true;  // an unquoted identifier is folded to lower case: mixed case must be quoted
  size_t max_identifier = 0;             // 0: no limit
  bool boolean_literals = false;         // TRUE/FALSE, else 1/0
  bool boolean_needs_comparison = true;  // WHERE flag -> WHERE flag = 1
  bool has_full_join = true, has_lateral = false, has_distinct_on = false;
  bool has_for_update = false, has_returning = true, has_on_conflict = true, has_ilike = false;
  bool has_nulls_order = true, has_filter = true, has_is_distinct_from = false;
  bool nulls_are_largest = false;  // in an order that does not say where they come
  bool has_schemas = true, has_comments = false, has_alter_constraint = false;
  bool limit_needs_value_for_offset = true;  // SQLite: OFFSET alone needs LIMIT -1
  bool compound_parentheses = false;         // (SELECT …) UNION (SELECT …)
  bool has_set_all = false;                  // INTERSECT ALL, EXCEPT ALL
  bool tuple_in_values = true;  // (a, b) IN (VALUES (1, 2), …), else (a, b) IN ((1, 2), …)
  bool inline_primary_key_autoincrement =
      false;  // <name>_autoincrement: PRIMARY KEY AUTOINCREMENT in the column
  bool has_identity = false, has_native_enum = false;
  bool has_index_methods = false;  // CREATE INDEX … USING gin (…) INCLUDE (…)
  bool schema_on_index =
      true;  // CREATE INDEX s.ix ON t and REFERENCES t, not ON s.t and REFERENCES s.t
  bool default_needs_parentheses = true;  // DEFAULT (expression)
  bool computed_needs_stored = false;     // GENERATED … STORED, also where it was not asked for
  // The driver knows the key that the database gave a new row; else INSERT … RETURNING asks for it.
  bool has_last_insert_id = true;
  // The driver can send many runs of a statement before it reads what came of the first.
  bool has_pipeline = false;
  bool has_sequences = false;  // CREATE SEQUENCE, nextval('…')

  // Reserved words, lower case, sorted.
  std::vector<std::string_view> reserved_words;
  // The DDL name of a column's type: "VARCHAR(64)". Throws kCompileError for a type the dialect
  // lacks.
  std::function<std::string(const types::Type&)> type_name;
  // The type's name inside CAST, where it differs; may be empty (type_name is used).
  std::function<std::string(const types::Type&)> cast_type_name;
  // The type of the column that the database numbers by itself ("SERIAL"); may be empty, or return
  // "" for type_name: that column then needs no word.
  std::function<std::string(const types::Type&)> serial_type_name;
  // The type's name where a bound value has to be written CAST(… AS type) to be of it, else ""; may
  // be empty.
  std::function<std::string(const types::Type&)> bind_cast;
  // The query of an INSERT whose rows are the items of arrays, one parameter for the values of each
  // column of these types, in the order of the rows; "" where values of such a type cannot travel
  // so. Empty where rows are inserted one by one (see compile_insert_of_rows).
  std::function<std::string(std::span<const types::TypePtr>)> rows_query;
  // A value as a literal of this dialect; may be empty (types::Type::literal is used).
  std::function<std::string(const base::Value&, const types::Type&)> literal;
  // Spells an operator or function this dialect has its own form of: given the compiled arguments,
  // returns the text or
  // "" to take the generic form (floor division, regexp, JSON paths, ilike, extract, now(), …). An
  // argument may be moved and repeated: its placeholders follow it.
  std::function<std::string(const expr::Element&, const std::vector<std::string>& args)>
      special_form;
};

// Quotes where this dialect requires it: reserved words, odd characters, upper case where folding
// would lose it.
std::string quote_identifier(const DialectTraits& dialect, std::string_view name);
// The same, always with quotes.
std::string force_quote(const DialectTraits& dialect, std::string_view name);
// "schema"."table", each quoted where required.
std::string quote_table(const DialectTraits& dialect, const schema::Table& table);

}  // namespace moonbase::compile
