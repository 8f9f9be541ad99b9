#include <algorithm>
#include <set>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/schema/table.h"

namespace moonbase::schema {

namespace {

using base::Error;
using base::ErrorKind;

struct ForeignKeyPlace {
  const ForeignKeyConstraint* fk = nullptr;
  size_t index = 0;
};

// The first foreign key a column takes part in, and its place there.
ForeignKeyPlace first_foreign_key(const Table& table, const Column& column) {
  for (const ForeignKeyConstraint& fk : table.foreign_keys()) {
    for (size_t i = 0; i < fk.columns.size(); ++i) {
      if (fk.columns[i] == column.name) return {&fk, i};
    }
  }
  return {};
}

bool waits_for_types(const Table& table) {
  return std::any_of(table.columns().begin(), table.columns().end(),
                     [](const Column& c) { return !c.type; });
}

}  // namespace

MetaData::MetaData(NamingConvention convention, std::string schema)
    : convention_(std::move(convention)), schema_(std::move(schema)) {}

TablePtr MetaData::add(TableDef def, bool replace) {
  if (def.schema.empty()) def.schema = schema_;
  auto table = std::make_shared<Table>(std::move(def));
  if (!replace && find(table->full_name())) {
    throw Error(ErrorKind::kInvalidRequestError,
                "Table '" + table->full_name() + "' is already declared")
        .with_hint(
            "Give one of the two another name, or pass extend_existing = true to declare it anew, "
            "or keep_existing = true to use the first declaration.");
  }
  return put(std::move(table));
}

TablePtr MetaData::extend(const Table& table, Column column,
                          std::optional<ForeignKeyConstraint> foreign_key) {
  TablePtr current = find(table.full_name());
  if (!current || current->uid() != table.uid()) {
    throw Error(ErrorKind::kInvalidRequestError, "Table '" + table.full_name() +
                                                     "' is not part of this MetaData: column '" +
                                                     column.name + "' can't be added to it");
  }
  TableDef def = current->def();
  def.columns.push_back(std::move(column));
  if (foreign_key) def.foreign_keys.push_back(std::move(*foreign_key));
  // make_shared can't reach the private constructor.
  return put(std::shared_ptr<Table>(new Table(std::move(def), current->uid())));
}

TablePtr MetaData::put(std::shared_ptr<Table> table) {
  TablePtr& named = by_name_[table->full_name()];
  if (named) {
    std::replace(tables_.begin(), tables_.end(), named, TablePtr(table));
  } else {
    tables_.push_back(table);
  }
  named = table;
  if (waits_for_types(*table)) untyped_.push_back(table);
  complete_types();
  return table;
}

// Gives types to the columns that waited for a table. One that is found may let another one be
// found.
void MetaData::complete_types() {
  bool found = true;
  while (found && !untyped_.empty()) {
    found = false;
    for (const std::shared_ptr<Table>& table : untyped_) {
      for (Column& column : table->def_.columns) {
        if (column.type) continue;
        ForeignKeyPlace place = first_foreign_key(*table, column);
        TablePtr referred = referred_table(*place.fk);
        if (!referred) continue;
        const Column* target = referred->find_column(place.fk->target_column(place.index));
        if (!target || !target->type) continue;
        column.type = target->type;
        found = true;
      }
    }
    std::erase_if(untyped_, [](const auto& table) { return !waits_for_types(*table); });
  }
}

void MetaData::remove(std::string_view full_name) {
  auto it = by_name_.find(full_name);
  if (it == by_name_.end()) return;
  std::erase(tables_, it->second);
  std::erase(untyped_, it->second);
  by_name_.erase(it);
}

void MetaData::clear() {
  tables_.clear();
  untyped_.clear();
  by_name_.clear();
}

TablePtr MetaData::find(std::string_view full_name) const {
  auto it = by_name_.find(full_name);
  return it == by_name_.end() ? nullptr : it->second;
}

TablePtr MetaData::referred_table(const ForeignKeyConstraint& fk) const {
  std::string name = fk.target_table();
  if (!schema_.empty() && name.find('.') == std::string::npos) {
    if (TablePtr table = find(schema_ + "." + name)) return table;
  }
  return find(name);
}

const Column& MetaData::resolve(const Table& from, const ForeignKeyConstraint& fk, size_t i) const {
  TablePtr table = referred_table(fk);
  if (!table) {
    std::vector<std::string> names;
    for (const auto& [name, known] : by_name_) names.push_back(name);
    std::string target = fk.target_table();
    throw Error(ErrorKind::kNoReferencedTableError, "Foreign key '" + from.full_name() + "." +
                                                        fk.columns.at(i) + "' refers to table '" +
                                                        target + "', which is not there" +
                                                        base::did_you_mean(target, names))
        .with_hint(
            "Declare the table, or its class, first; a foreign key names table and column: "
            "db.ForeignKey 'user.id'.");
  }
  std::string wanted = fk.target_column(i);
  if (const Column* column = table->find_column(wanted)) return *column;
  std::vector<std::string> names;
  for (const Column& c : table->columns()) names.push_back(c.key);
  throw Error(ErrorKind::kNoReferencedColumnError,
              "Foreign key '" + from.full_name() + "." + fk.columns.at(i) + "' refers to column '" +
                  table->full_name() + "." + wanted + "', which is not there" +
                  base::did_you_mean(wanted, names));
}

types::TypePtr MetaData::column_type(const Table& table, const Column& column) const {
  const Table* at = &table;
  const Column* c = &column;
  std::set<const Column*> seen;  // two columns may name each other and neither a type
  while (!c->type && seen.insert(c).second) {
    ForeignKeyPlace place = first_foreign_key(*at, *c);
    if (!place.fk) break;
    c = &resolve(*at, *place.fk, place.index);
    at = c->table;
  }
  return c->type ? c->type : types::null();
}

}  // namespace moonbase::schema
