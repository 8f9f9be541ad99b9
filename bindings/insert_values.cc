#include "bindings/insert_values.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using base::Value;

namespace {

const Value* find_named(const NamedValues& parameters, const std::string& name) {
  auto found = std::find_if(parameters.begin(), parameters.end(),
                            [&](const auto& p) { return p.first == name; });
  return found != parameters.end() ? &found->second : nullptr;
}

// A sequence is no default where there are none.
bool has_default(const schema::Column& column, const std::string& dialect) {
  const std::optional<schema::Default>& given = column.default_value;
  return given && !(given->sequence && given->sql.for_dialect(dialect).empty());
}

Value make_default(const schema::Column& column, const schema::RowValues& row) {
  const schema::Default& given = *column.default_value;
  try {
    return given.kind == schema::Default::Kind::kFunction
               ? column.type->cast(given.function->make(row))
               : given.constant;
  } catch (Error& error) {
    error.add_context("default of " + column.full_name());
    throw;
  }
}

// What the row of an INSERT gives a column; null for no value. A bind that is named has its value
// among the parameters.
const Value* row_value(const std::vector<const schema::Column*>& columns,
                       const std::vector<expr::ElementPtr>& row, const NamedValues& parameters,
                       const schema::Column& column) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (columns[i]->position != column.position) continue;
    if (row[i]->kind != expr::Kind::kBind) return nullptr;
    const Value* named = row[i]->name.empty() ? nullptr : find_named(parameters, row[i]->name);
    return named != nullptr || (row[i]->flags & expr::kCallableName) != 0 ? named : &row[i]->value;
  }
  return nullptr;
}

// Names of the parameters that the statement has of its own.
std::vector<std::string> own_parameters(const expr::Insert& insert) {
  std::vector<const expr::Element*> binds;
  expr::collect_binds(insert, binds);
  std::vector<std::string> names;
  for (const expr::Element* bind : binds) {
    if (!bind->name.empty()) names.push_back(bind->name);
  }
  return names;
}

}  // namespace

const schema::Column* find_column(const schema::Table& table, std::string_view name) {
  for (const schema::Column& column : table.columns()) {
    if (column.key == name || column.name == name) return &column;
  }
  return nullptr;
}

void refuse_column_name(const schema::Table& table, const std::string& name) {
  std::vector<std::string> keys;
  for (const schema::Column& column : table.columns()) keys.push_back(column.key);
  throw Error(ErrorKind::kCompileError,
              "Unconsumed column names: " + name + base::did_you_mean(name, keys))
      .with_hint("The columns of " + table.full_name() + " are " + base::join(keys, ", ") + ".");
}

types::TypePtr parameter_type(const schema::Column& column) {
  types::TypePtr type = column.type;
  while (type->spec().impl) type = type->spec().impl;
  return type;
}

InsertValues::InsertValues(const expr::Insert& insert, const NamedValues& parameters,
                           const std::string& dialect) {
  expr::Insert draft = insert;
  add_named_columns(draft, parameters);
  if (draft.from_select) {
    add_selected_defaults(draft, dialect);
  } else {
    add_default_columns(draft, dialect);
  }
  statement_ = expr::finish(std::move(draft));
}

void InsertValues::add_named_columns(expr::Insert& draft, const NamedValues& parameters) {
  std::vector<std::string> own = own_parameters(draft);
  std::vector<std::pair<const schema::Column*, std::string>> named;
  for (const auto& [name, value] : parameters) {
    if (std::find(own.begin(), own.end(), name) != own.end()) continue;
    const schema::Column* column = find_column(*draft.table, name);
    if (column == nullptr) refuse_column_name(*draft.table, name);
    named.emplace_back(column, name);
  }
  if (named.empty()) return;
  if (draft.rows.size() > 1 || draft.from_select) {
    throw Error(ErrorKind::kInvalidRequestError,
                "this INSERT has its rows already: parameters cannot name columns as well");
  }
  std::sort(named.begin(), named.end(),
            [](const auto& a, const auto& b) { return a.first->position < b.first->position; });
  if (draft.rows.empty()) draft.rows.emplace_back();
  for (const auto& [column, name] : named) {
    expr::ElementPtr value = expr::bind_name(name, parameter_type(*column));
    auto there = std::find(draft.columns.begin(), draft.columns.end(), column);
    if (there != draft.columns.end()) {
      draft.rows[0][static_cast<size_t>(there - draft.columns.begin())] = std::move(value);
    } else {
      draft.columns.push_back(column);
      draft.rows[0].push_back(std::move(value));
    }
  }
}

void InsertValues::add_default_columns(expr::Insert& draft, const std::string& dialect) {
  for (const schema::Column& column : draft.table->columns()) {
    if (!has_default(column, dialect)) continue;
    if (std::find(draft.columns.begin(), draft.columns.end(), &column) != draft.columns.end())
      continue;
    if (draft.rows.empty()) draft.rows.emplace_back();
    draft.columns.push_back(&column);
    bool is_sql = column.default_value->kind == schema::Default::Kind::kSql;
    bool is_named = !is_sql && draft.rows.size() == 1;
    if (is_named) defaults_.push_back(&column);
    for (std::vector<expr::ElementPtr>& row : draft.rows) {
      const schema::RowLookup seen(*draft.table, [&](const schema::Column& c) {
        return row_value(draft.columns, row, {}, c);
      });
      if (is_sql) {
        row.push_back(
            expr::literal_column(column.default_value->sql.for_dialect(dialect), column.type));
      } else {
        row.push_back(is_named ? expr::bind_name(column.name, parameter_type(column))
                               : expr::bind(make_default(column, seen), column.type));
      }
    }
  }
}

void InsertValues::add_selected_defaults(expr::Insert& draft, const std::string& dialect) {
  std::vector<expr::ElementPtr> made;
  const schema::RowLookup nothing(*draft.table,
                                  [](const schema::Column&) -> const Value* { return nullptr; });
  for (const schema::Column& column : draft.table->columns()) {
    if (!has_default(column, dialect) ||
        std::ranges::find(draft.columns, &column) != draft.columns.end())
      continue;
    const bool is_sql = column.default_value->kind == schema::Default::Kind::kSql;
    made.push_back(
        is_sql ? expr::literal_column(column.default_value->sql.for_dialect(dialect), column.type)
               : expr::bind(make_default(column, nothing), column.type));
    draft.columns.push_back(&column);
  }
  if (made.empty()) return;
  expr::Select select = *draft.from_select;
  if (select.set_op != expr::SetOp::kNone) {
    const expr::FromPtr rows = expr::subquery(draft.from_select, "");
    select = expr::Select();
    for (const std::string& name : expr::column_names(*draft.from_select))
      select.columns.push_back(expr::column(rows, name, types::null()));
  }
  for (expr::ElementPtr& value : made) select.columns.push_back(std::move(value));
  draft.from_select = expr::finish(std::move(select));
}

void InsertValues::add_defaults(NamedValues& parameters) const {
  const expr::Insert& insert = *statement_;
  const schema::RowLookup seen(*insert.table, [&](const schema::Column& column) {
    return row_value(insert.columns, insert.rows[0], parameters, column);
  });
  for (const schema::Column* column : defaults_)
    parameters.emplace_back(column->name, make_default(*column, seen));
}

std::vector<Value> InsertValues::primary_key(const NamedValues& parameters,
                                             int64_t last_insert_id) const {
  std::vector<Value> key;
  const expr::Insert& insert = *statement_;
  for (const schema::Column* column : insert.table->primary_key()) {
    auto there = std::find(insert.columns.begin(), insert.columns.end(), column);
    Value value;
    if (there != insert.columns.end() && insert.rows.size() == 1) {
      const expr::Element& element =
          *insert.rows[0][static_cast<size_t>(there - insert.columns.begin())];
      const Value* named = element.name.empty() ? nullptr : find_named(parameters, element.name);
      if (element.kind == expr::Kind::kBind) value = named != nullptr ? *named : element.value;
    }
    if (value.is_null() && column == insert.table->autoincrement_column())
      value = Value::integer(last_insert_id);
    key.push_back(std::move(value));
  }
  return key;
}

}  // namespace moonbase::bindings
