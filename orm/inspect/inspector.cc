#include "orm/inspect/inspector.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/inspect/definition.h"

namespace moonbase::inspect {

using base::Error;
using base::ErrorKind;

Inspector::Inspector(engine::EnginePtr engine) : engine_(std::move(engine)) {}

Inspector::Inspector(std::shared_ptr<engine::Connection> connection)
    : engine_(connection->engine().shared_from_this()), connection_(std::move(connection)) {}

// Calls ask(reflector, connection).
template <class Ask>
auto Inspector::ask(Ask ask) {
  const dialect::Reflector* reflector = engine_->dialect().reflector();
  if (reflector == nullptr) {
    throw Error(ErrorKind::kNotSupportedError,
                "the dialect '" + engine_->traits().name + "' can't be reflected");
  }
  if (connection_) return ask(*reflector, connection_->driver());
  std::unique_ptr<engine::Connection> borrowed = engine_->connect();
  try {
    return ask(*reflector, borrowed->driver());
  } catch (const Error& error) {
    // A server that went away took the idle connections with it.
    if (error.disconnected()) engine_->dispose();
    throw;
  }
}

std::string Inspector::default_schema_name() {
  if (!default_schema_) {
    default_schema_ =
        ask([](const auto& reflector, auto& c) { return reflector.default_schema(c); });
  }
  return *default_schema_;
}

std::vector<std::string> Inspector::schema_names() {
  return ask([](const auto& reflector, auto& c) { return reflector.schema_names(c); });
}

std::vector<std::string> Inspector::names(RelationKind kind, const std::string& schema) {
  auto known = names_.find({kind, schema});
  if (known == names_.end()) {
    auto found =
        ask([&](const auto& reflector, auto& c) { return reflector.names(c, kind, schema); });
    known = names_.emplace(std::pair{kind, schema}, std::move(found)).first;
  }
  return known->second;
}

const ReflectedTable* Inspector::find_table(const std::string& name, const std::string& schema) {
  auto known = tables_.find({schema, name});
  if (known == tables_.end()) {
    std::optional<ReflectedTable> found =
        ask([&](const auto& reflector, auto& c) { return reflector.table(c, schema, name); });
    // That there is none is not remembered: it may be made in a moment.
    if (!found) return nullptr;
    warn(*found);
    auto table = std::make_unique<const ReflectedTable>(std::move(*found));
    known = tables_.emplace(std::pair{schema, name}, std::move(table)).first;
  }
  return known->second.get();
}

void Inspector::warn(const ReflectedTable& table) {
  if (sink_ == nullptr) return;
  for (const std::string& what : table.left_out) {
    sink_->warning("SAWarning", "Table '" + table.name + "': " + what +
                                    " is not reflected, and would be missing if the table were "
                                    "created anew");
  }
  for (const schema::ReflectedColumn& column : table.columns) {
    if (column.is_known_type) continue;
    sink_->warning("SAWarning", "Did not recognize type '" + column.type_text + "' of column '" +
                                    table.name + "." + column.name +
                                    "': its values pass as the database has them");
  }
}

const ReflectedTable& Inspector::table(const std::string& name, const std::string& schema) {
  if (const ReflectedTable* found = find_table(name, schema)) return *found;
  std::vector<std::string> there = names(RelationKind::kTable, schema);
  const std::string full_name = schema.empty() ? name : schema + "." + name;
  throw Error(ErrorKind::kNoSuchTableError,
              "There is no table " + base::quote_for_message(full_name) + " in " +
                  engine_->url().text() + base::did_you_mean(name, there));
}

bool Inspector::has_table(const std::string& name, const std::string& schema) {
  return ask([&](const auto&, auto& c) { return engine_->dialect().has_table(c, schema, name); });
}

std::string Inspector::view_definition(const std::string& name, const std::string& schema) {
  std::optional<std::string> text = ask(
      [&](const auto& reflector, auto& c) { return reflector.view_definition(c, schema, name); });
  if (text) return *text;
  throw Error(ErrorKind::kNoSuchTableError,
              "There is no view " + base::quote_for_message(name) +
                  base::did_you_mean(name, names(RelationKind::kView, schema)));
}

std::vector<schema::ReflectedEnum> Inspector::enums(const std::string& schema) {
  return ask([&](const auto& reflector, auto& c) { return reflector.enums(c, schema); });
}

Inspector::SortedTables Inspector::sorted_tables(const std::string& schema) {
  const std::vector<std::string> all = names(RelationKind::kTable, schema);
  schema::MetaData metadata;
  for (const std::string& name : all) {
    schema::TableDef def = define(table(name, schema));
    // Only keys between these tables bear on their order.
    std::erase_if(def.foreign_keys, [&](const schema::ForeignKeyConstraint& key) {
      const std::string prefix = schema.empty() ? "" : schema + ".";
      return std::none_of(all.begin(), all.end(), [&](const std::string& other) {
        return key.target_table() == prefix + other;
      });
    });
    metadata.add(std::move(def));
  }
  const schema::MetaData::Sorted sorted = metadata.sorted();
  SortedTables result;
  for (const auto& [owner, key] : sorted.deferred)
    result.deferred.emplace_back(owner->name(), key->name);
  for (const schema::TablePtr& each : sorted.tables) {
    std::vector<std::string> keys;
    for (const schema::ReflectedForeignKey& key : table(each->name(), schema).foreign_keys) {
      const auto& later = result.deferred;
      bool is_later =
          std::find(later.begin(), later.end(), std::pair{each->name(), key.name}) != later.end();
      if (!key.name.empty() && !is_later) keys.push_back(key.name);
    }
    std::sort(keys.begin(), keys.end());
    result.tables.emplace_back(each->name(), std::move(keys));
  }
  return result;
}

void Inspector::clear_cache() {
  default_schema_.reset();
  names_.clear();
  tables_.clear();
}

}  // namespace moonbase::inspect
