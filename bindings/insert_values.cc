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

const schema::Column* find_column(const schema::Table& table, const std::string& name) {
  for (const schema::Column& column : table.columns()) {
    if (column.key == name || column.name == name) return &column;
  }
  return nullptr;
}

Value make_default(const schema::Column& column) {
  const schema::Default& given = *column.default_value;
  try {
    return given.kind == schema::Default::Kind::kFunction
               ? column.type->cast(given.function->make())
               : given.constant;
  } catch (Error& error) {
    error.add_context("default of " + column.full_name());
    throw;
  }
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

[[noreturn]] void refuse_name(const schema::Table& table, const std::string& name) {
  std::vector<std::string> keys;
  for (const schema::Column& column : table.columns()) keys.push_back(column.key);
  throw Error(ErrorKind::kCompileError,
              "Unconsumed column names: " + name + base::did_you_mean(name, keys))
      .with_hint("The columns of " + table.full_name() + " are " + base::join(keys, ", ") + ".");
}

}  // namespace

InsertValues::InsertValues(const expr::Insert& insert, const NamedValues& parameters,
                           const std::string& dialect) {
  expr::Insert draft = insert;
  add_named_columns(draft, parameters);
  if (!draft.from_select) add_default_columns(draft, dialect);
  statement_ = expr::finish(std::move(draft));
}

void InsertValues::add_named_columns(expr::Insert& draft, const NamedValues& parameters) {
  std::vector<std::string> own = own_parameters(draft);
  std::vector<std::pair<const schema::Column*, std::string>> named;
  for (const auto& [name, value] : parameters) {
    if (std::find(own.begin(), own.end(), name) != own.end()) continue;
    const schema::Column* column = find_column(*draft.table, name);
    if (column == nullptr) refuse_name(*draft.table, name);
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
    expr::ElementPtr value = expr::bind_name(name, column->type);
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
    if (!column.default_value) continue;
    if (std::find(draft.columns.begin(), draft.columns.end(), &column) != draft.columns.end())
      continue;
    if (draft.rows.empty()) draft.rows.emplace_back();
    draft.columns.push_back(&column);
    bool is_sql = column.default_value->kind == schema::Default::Kind::kSql;
    bool is_named = !is_sql && draft.rows.size() == 1;
    if (is_named) defaults_.push_back(&column);
    for (std::vector<expr::ElementPtr>& row : draft.rows) {
      if (is_sql) {
        row.push_back(
            expr::literal_column(column.default_value->sql.for_dialect(dialect), column.type));
      } else {
        row.push_back(is_named ? expr::bind_name(column.name, column.type)
                               : expr::bind(make_default(column), column.type));
      }
    }
  }
}

void InsertValues::add_defaults(NamedValues& parameters) const {
  for (const schema::Column* column : defaults_)
    parameters.emplace_back(column->name, make_default(*column));
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
