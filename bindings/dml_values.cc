// values{…} of INSERT and UPDATE: names to columns, Lua values to the columns' types.
#include <algorithm>

#include "bindings/descriptor.h"
#include "bindings/dml_support.h"
#include "bindings/lua_syntax.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using schema::Column;

const std::string& target_name(const TableSourceResult& target) {
  return target.mapper != nullptr ? target.mapper->name() : target.table->full_name();
}

[[noreturn]] void throw_unknown_column(const TableSourceResult& target, std::string_view name,
                                       const char* what) {
  std::vector<std::string> names;
  if (target.mapper != nullptr) {
    names = target.mapper->attribute_names();
  } else {
    for (const Column& column : target.table->columns()) names.push_back(column.key);
  }
  throw Error(ErrorKind::kArgumentError, std::string(what) + ": " + target_name(target) +
                                             " has no column " + base::quote_for_message(name) +
                                             base::did_you_mean(name, names));
}

// An attribute that is mapped to the table, or null.
const Column* mapped_column(const TableSourceResult& target, std::string_view name,
                            const char* what) {
  const mapper::Attribute* attribute = target.mapper->find(name);
  if (attribute == nullptr) return nullptr;
  if (attribute->kind == mapper::Attribute::Kind::kRelationship) {
    throw Error(ErrorKind::kArgumentError, std::string(what) + ": " + target_name(target) + "." +
                                               attribute->name + " is a relationship and no column")
        .with_hint("give the foreign key's column its value instead");
  }
  if (attribute->kind != mapper::Attribute::Kind::kColumn) {
    throw Error(ErrorKind::kArgumentError,
                std::string(what) + ": " + target_name(target) + "." + attribute->name +
                    " is a column_property, which the database computes");
  }
  return &target.table->columns()[static_cast<size_t>(attribute->column_position)];
}

const Column& named_column(const TableSourceResult& target, std::string_view name,
                           const char* what) {
  const Column* column = target.mapper != nullptr ? mapped_column(target, name, what) : nullptr;
  if (column == nullptr) column = target.table->find_column(name);
  if (column == nullptr) throw_unknown_column(target, name, what);
  return *column;
}

// What a value's error calls the column: as the program wrote it.
std::string column_title(const TableSourceResult& target, const Column& column) {
  if (target.mapper == nullptr) return column.full_name();
  int slot = target.mapper->slot_of(column);
  return slot < 0 ? column.full_name()
                  : target_name(target) + "." + target.mapper->attribute_at(slot).name;
}

bool is_list_of_rows(lua_State* L, int index) {
  bool is_list = lua_rawgeti(L, index, 1) == LUA_TTABLE;
  lua_pop(L, 1);
  return is_list;
}

[[noreturn]] void throw_uneven_rows(const TableSourceResult& target, int row, const Column& column,
                                    bool is_missing) {
  std::string name = base::quote_for_message(column.key);
  throw Error(ErrorKind::kArgumentError,
              "values: row " + std::to_string(row) + " for " + target_name(target) +
                  (is_missing ? " has no " + name + ", which the first row has"
                              : " has " + name + ", which the first row has not"))
      .with_hint("all rows of one INSERT name the same columns; NULL is db.null");
}

void check_same_columns(const TableSourceResult& target, int row,
                        const std::vector<const Column*>& columns, const Assignments& assignments) {
  for (const Column* column : columns) {
    bool is_there =
        std::ranges::any_of(assignments, [&](const auto& a) { return a.first == column; });
    if (!is_there) throw_uneven_rows(target, row, *column, true);
  }
  for (const auto& [column, value] : assignments) {
    if (std::ranges::find(columns, column) == columns.end())
      throw_uneven_rows(target, row, *column, false);
  }
}

void append_row(expr::Insert& draft, Assignments&& assignments) {
  std::vector<ElementPtr>& row = draft.rows.emplace_back();
  row.reserve(assignments.size());
  for (auto& [column, value] : assignments) row.push_back(std::move(value));
}

void add_one_row(expr::Insert& draft, Assignments assignments) {
  if (draft.rows.size() > 1) {
    throw Error(ErrorKind::kInvalidRequestError, "values: this INSERT has a list of rows already");
  }
  if (!draft.rows.empty()) {
    for (size_t i = 0; i < draft.columns.size(); ++i) {
      const Column* column = draft.columns[i];
      bool is_given =
          std::ranges::any_of(assignments, [&](const auto& a) { return a.first == column; });
      if (!is_given) assignments.emplace_back(column, draft.rows.front()[i]);
    }
    std::ranges::sort(assignments, {}, [](const auto& a) { return a.first->position; });
  }
  draft.rows.clear();
  draft.columns.clear();
  if (assignments.empty()) return;
  for (const auto& [column, value] : assignments) draft.columns.push_back(column);
  append_row(draft, std::move(assignments));
}

void add_rows(lua_State* L, int index, const TableSourceResult& target, expr::Insert& draft) {
  if (!draft.rows.empty()) {
    throw Error(ErrorKind::kInvalidRequestError, "values: this INSERT has values already")
        .with_hint("give all rows in one list: values{ {…}, {…} }");
  }
  for (int i = 1, count = check_list(L, index, "values"); i <= count; ++i) {
    lua_rawgeti(L, index, i);
    Assignments assignments = check_assignments(L, lua_gettop(L), target, "values");
    lua_pop(L, 1);
    if (i == 1) {
      for (const auto& [column, value] : assignments) draft.columns.push_back(column);
    }
    check_same_columns(target, i, draft.columns, assignments);
    append_row(draft, std::move(assignments));
  }
}

}  // namespace

const Column& check_target_column(lua_State* L, int index, const TableSourceResult& target,
                                  const char* what) {
  if (lua_type(L, index) == LUA_TSTRING) return named_column(target, check_string(L, index), what);
  ElementPtr element = test_element(L, index);
  if (!element) {
    throw Error(
        ErrorKind::kArgumentError,
        std::string(what) + ": expected a column or its name, got " + type_name_of(L, index))
        .with_hint("write {name = value}, or {[User.name] = value}");
  }
  const Column* column = element->column;
  if (element->kind != expr::Kind::kColumn ||
      (column != nullptr && column->table->uid() != target.table->uid())) {
    throw Error(ErrorKind::kArgumentError, std::string(what) + ": " +
                                               operand_name(ElementBox{element}) +
                                               " is no column of " + target_name(target));
  }
  // A table that got a column since is another object with the same columns.
  return named_column({target.table}, column != nullptr ? column->key : element->name, what);
}

Assignments check_assignments(lua_State* L, int index, const TableSourceResult& target,
                              const char* what) {
  index = lua_absindex(L, index);
  if (!lua_istable(L, index)) {
    throw Error(ErrorKind::kArgumentError, std::string(what) +
                                               ": expected a table of columns and values, got " +
                                               type_name_of(L, index))
        .with_hint(std::string("write ") + what + "{name = value}");
  }
  Assignments out;
  // The key and the value on the top. A hybrid or a composite sets what it says.
  auto add = [&](const auto& self) -> void {
    int value = lua_gettop(L);
    if (target.mapper != nullptr &&
        push_assigned(L, *target.mapper, computed_key(L, value - 1, *target.mapper), value)) {
      for (lua_Integer k = 1, n = luaL_len(L, value + 1); k <= n; ++k) {
        lua_rawgeti(L, value + 1, k);
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        self(self);
        lua_settop(L, value + 1);
      }
      return lua_settop(L, value);
    }
    const Column& column = check_target_column(L, value - 1, target, what);
    if (std::ranges::any_of(out, [&](const auto& a) { return a.first == &column; })) {
      throw Error(ErrorKind::kArgumentError,
                  std::string(what) + ": " + column_title(target, column) + " is given twice");
    }
    out.emplace_back(&column,
                     check_assigned_value(L, value, column.type, column_title(target, column)));
  };
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) add(add);
  for (const std::string& name : remembered_names(L, index)) {
    push_string(L, name);
    lua_pushnil(L);
    add(add);
    lua_pop(L, 2);
  }
  std::ranges::sort(out, {}, [](const auto& a) { return a.first->position; });
  return out;
}

void add_insert_rows(lua_State* L, int index, const TableSourceResult& target,
                     expr::Insert& draft) {
  index = lua_absindex(L, index);
  if (draft.from_select) {
    throw Error(ErrorKind::kInvalidRequestError, "values: this INSERT takes its rows from a query");
  }
  if (lua_istable(L, index) && is_list_of_rows(L, index)) return add_rows(L, index, target, draft);
  add_one_row(draft, check_assignments(L, index, target, "values"));
}

}  // namespace moonbase::bindings
