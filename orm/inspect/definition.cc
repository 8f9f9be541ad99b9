#include "orm/inspect/definition.h"

#include <algorithm>
#include <utility>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::inspect {

namespace {

using base::Error;
using base::ErrorKind;
using schema::Column;
using schema::ReflectedColumn;
using schema::SqlFragment;
using schema::TableDef;

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_serial(const ReflectedColumn& column) {
  const types::TypeKind kind = column.type->base_kind();
  return column.autoincrement && column.default_text && !column.identity &&
         (kind == types::TypeKind::kInteger || kind == types::TypeKind::kBigInteger ||
          kind == types::TypeKind::kSmallInteger);
}

// A column that the database numbers by a sequence of its own. Of the first in a key the flag says
// so, of others the type has to.
void define_serial(Column& column, const ReflectedColumn& from, bool is_first_of_key) {
  if (is_first_of_key) {
    column.autoincrement = schema::Autoincrement::kYes;
    return;
  }
  types::TypeSpec spec;
  spec.kind = types::TypeKind::kSqlName;
  spec.base_kind = from.type->base_kind();
  spec.name = spec.base_kind == types::TypeKind::kBigInteger     ? "BIGSERIAL"
              : spec.base_kind == types::TypeKind::kSmallInteger ? "SMALLSERIAL"
                                                                 : "SERIAL";
  column.type = types::make(std::move(spec));
  column.server_default = SqlFragment{};
}

// What is as the database would have chosen it is left to the database again.
schema::Identity define_identity(const schema::ReflectedIdentity& from, const types::Type& type) {
  schema::Identity identity;
  identity.always = from.always;
  identity.cycle = from.cycle;
  const bool counts_down = from.increment < 0;
  const int64_t largest = type.base_kind() == types::TypeKind::kSmallInteger ? INT16_MAX
                          : type.base_kind() == types::TypeKind::kBigInteger ? INT64_MAX
                                                                             : INT32_MAX;
  const int64_t lowest = counts_down ? -largest - 1 : 1, highest = counts_down ? -1 : largest;
  const auto set = [](std::optional<int64_t>& option, int64_t value, int64_t usual) {
    if (value != usual) option = value;
  };
  set(identity.start, from.start, counts_down ? from.max_value : from.min_value);
  set(identity.increment, from.increment, 1);
  set(identity.min_value, from.min_value, lowest);
  set(identity.max_value, from.max_value, highest);
  set(identity.cache, from.cache, 1);
  return identity;
}

Column define_column(const ReflectedColumn& from, bool is_key, bool has_serial_key) {
  Column column;
  column.name = column.key = from.name;
  column.type = from.type;
  column.nullable = from.nullable;
  column.nullable_given = true;
  column.comment = from.comment;
  if (is_key && (!from.autoincrement || has_serial_key))
    column.autoincrement = schema::Autoincrement::kNo;
  if (from.computed) {
    column.computed = schema::Computed{{from.computed->expression, {}}, from.computed->persisted};
  } else if (from.identity) {
    column.identity = define_identity(*from.identity, *from.type);
  } else if (is_serial(from)) {
    define_serial(column, from, is_key && !has_serial_key);
  } else if (from.default_text) {
    column.server_default = SqlFragment{*from.default_text, {}};
  }
  return column;
}

schema::ForeignKeyConstraint define_key(const schema::ReflectedForeignKey& from) {
  schema::ForeignKeyConstraint key;
  key.name = from.name;
  key.name_is_final = !from.name.empty();
  key.columns = from.columns;
  const std::string table = from.referred_schema.empty()
                                ? from.referred_table
                                : from.referred_schema + "." + from.referred_table;
  for (const std::string& column : from.referred_columns)
    key.targets.push_back(table + "." + column);
  key.ondelete = from.ondelete;
  key.onupdate = from.onupdate;
  key.deferrable = from.deferrable;
  key.initially = from.initially;
  key.match = from.match;
  return key;
}

void check_columns(const schema::ReflectedTable& table, const std::vector<std::string>& names) {
  std::vector<std::string> there;
  for (const ReflectedColumn& column : table.columns) there.push_back(column.name);
  for (const std::string& name : names) {
    if (contains(there, name)) continue;
    throw Error(ErrorKind::kArgumentError, "Table '" + table.name + "' has no column " +
                                               base::quote_for_message(name) + " in the database" +
                                               base::did_you_mean(name, there));
  }
}

// Takes out what names a column that is not there.
void drop_orphans(TableDef& def) {
  auto is_there = [&def](const std::string& name) {
    return std::any_of(def.columns.begin(), def.columns.end(),
                       [&](const Column& c) { return c.name == name; });
  };
  auto lacks = [&](const auto& constraint) {
    return !std::all_of(constraint.columns.begin(), constraint.columns.end(), is_there);
  };
  std::erase_if(def.uniques, lacks);
  std::erase_if(def.foreign_keys, lacks);
  if (def.primary_key && lacks(*def.primary_key)) def.primary_key.reset();
  std::erase_if(def.indexes, [&](const schema::Index& index) {
    auto is_orphan = [&](const schema::IndexPart& part) {
      return !part.column.empty() && !is_there(part.column);
    };
    return std::any_of(index.parts.begin(), index.parts.end(), is_orphan) ||
           !std::all_of(index.include.begin(), index.include.end(), is_there);
  });
}

}  // namespace

TableDef define(const schema::ReflectedTable& table, const std::vector<std::string>& included,
                const std::vector<std::string>& excluded) {
  check_columns(table, included);
  check_columns(table, excluded);
  TableDef def;
  def.name = table.name;
  def.schema = table.schema;
  def.comment = table.comment;
  if (table.is_temporary) def.prefixes.emplace_back("TEMPORARY");
  def.dialect_options = table.options;
  bool has_serial_key = false;
  for (const ReflectedColumn& column : table.columns) {
    bool is_wanted = included.empty() || contains(included, column.name);
    if (!is_wanted || contains(excluded, column.name)) continue;
    const bool is_key = contains(table.primary_key.columns, column.name);
    def.columns.push_back(define_column(column, is_key, has_serial_key));
    def.columns.back().primary_key = is_key;
    has_serial_key |= is_key && is_serial(column);
  }
  if (!table.primary_key.columns.empty()) def.primary_key = table.primary_key;
  def.uniques = table.uniques;
  def.checks = table.checks;
  for (const schema::ReflectedForeignKey& key : table.foreign_keys)
    def.foreign_keys.push_back(define_key(key));
  for (const schema::ReflectedIndex& index : table.indexes) {
    if (index.duplicates_constraint.empty()) def.indexes.push_back(index.index);
  }
  drop_orphans(def);
  return def;
}

schema::TablePtr reflect_table(Inspector& inspector, schema::MetaData& metadata,
                               const TableRequest& request) {
  const std::string& schema = request.schema;
  if (auto known = metadata.find(schema.empty() ? request.name : schema + "." + request.name))
    return known;
  TableDef def = define(inspector.table(request.name, schema));
  def.bind_key = request.bind_key;
  schema::TablePtr table = metadata.add(std::move(def));
  if (request.resolve_fks) reflect_referred(inspector, metadata, *table);
  return table;
}

void reflect_referred(Inspector& inspector, schema::MetaData& metadata,
                      const schema::Table& table) {
  for (const schema::ForeignKeyConstraint& key : table.foreign_keys()) {
    if (metadata.referred_table(key)) continue;
    const std::string target = key.target_table();
    TableRequest request{.name = target, .schema = metadata.schema(), .bind_key = table.bind_key()};
    // "schema.table": the referring table's own schema is known to be one; a name may have a dot.
    const std::string& own = table.schema();
    const size_t dot =
        !own.empty() && target.starts_with(own + ".") ? own.size() : target.find('.');
    if (dot != std::string::npos &&
        inspector.find_table(target.substr(dot + 1), target.substr(0, dot)) != nullptr) {
      request.name = target.substr(dot + 1);
      request.schema = target.substr(0, dot);
    }
    if (inspector.find_table(request.name, request.schema) != nullptr)
      reflect_table(inspector, metadata, request);
  }
}

}  // namespace moonbase::inspect
