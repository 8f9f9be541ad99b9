// Short ways to declare tables, for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "orm/base/error.h"
#include "orm/schema/table.h"

namespace moonbase::schema {

inline Column make_column(std::string name, types::TypePtr type = types::integer()) {
  Column c;
  c.name = std::move(name);
  c.type = std::move(type);
  return c;
}

inline Column make_key(std::string name, types::TypePtr type = types::integer()) {
  Column c = make_column(std::move(name), std::move(type));
  c.primary_key = true;
  return c;
}

inline TableDef make_def(std::string name, std::vector<Column> columns) {
  TableDef def;
  def.name = std::move(name);
  def.columns = std::move(columns);
  return def;
}

inline ForeignKeyConstraint make_foreign_key(std::vector<std::string> columns,
                                             std::vector<std::string> targets,
                                             std::string name = "") {
  ForeignKeyConstraint fk;
  fk.name = std::move(name);
  fk.columns = std::move(columns);
  fk.targets = std::move(targets);
  return fk;
}

inline UniqueConstraint make_unique_constraint(std::vector<std::string> columns,
                                               std::string name = "") {
  UniqueConstraint u;
  u.name = std::move(name);
  u.columns = std::move(columns);
  return u;
}

inline CheckConstraint make_check(std::string condition, std::string name = "") {
  CheckConstraint c;
  c.name = std::move(name);
  c.condition.text = std::move(condition);
  return c;
}

inline Index make_index(std::vector<std::string> columns, std::string name = "") {
  Index index;
  index.name = std::move(name);
  for (std::string& column : columns) {
    index.parts.emplace_back();
    index.parts.back().column = std::move(column);
  }
  return index;
}

// A table with an `id` and one foreign key column `<target>_id` for each named table.
inline TableDef make_linked(const std::string& name, const std::vector<std::string>& targets) {
  TableDef def = make_def(name, {make_key("id")});
  for (const std::string& target : targets) {
    def.columns.push_back(make_column(target + "_id"));
    def.foreign_keys.push_back(make_foreign_key({target + "_id"}, {target + ".id"}));
  }
  return def;
}

// "ArgumentError: message", or "" when `action` throws nothing.
template <typename Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const base::Error& error) {
    return std::string(base::kind_name(error.kind())) + ": " + error.message();
  }
  return "";
}

}  // namespace moonbase::schema
