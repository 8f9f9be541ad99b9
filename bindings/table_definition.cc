// A table's definition from what a program declares: Table{…}, or a class body's columns and
// __table_args__.
#include <algorithm>

#include "bindings/lua_inspector.h"
#include "bindings/schema_parts.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/inspect/definition.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using schema::Column;
using schema::TableDef;

bool is_dialect_option(std::string_view key) {
  constexpr std::string_view kOtherDialects[] = {"postgresql_", "mysql_", "mariadb_"};
  return std::any_of(std::begin(kOtherDialects), std::end(kOtherDialects),
                     [key](std::string_view prefix) { return key.starts_with(prefix); });
}

// SQLite's options and those of other dialects, as text.
void take_dialect_options(lua_State* L, Kwargs& kw, TableDef& def) {
  std::vector<std::string> keys{"sqlite_autoincrement", "sqlite_with_rowid", "sqlite_strict"};
  if (kw.braced()) {
    for (const std::string& key : string_keys(L, kw.table())) {
      if (is_dialect_option(key)) keys.push_back(key);
    }
  }
  for (const std::string& key : keys) {
    if (!kw.take(key)) continue;
    size_t size = 0;
    const char* text = luaL_tolstring(L, -1, &size);
    def.dialect_options[key] = std::string(text, size);
    lua_pop(L, 2);
  }
}

// What is not given stays as it was.
void take_table_options(lua_State* L, Kwargs& kw, TableDef& def, TableOptions& options) {
  if (auto schema = kw.take_string("schema")) def.schema = *schema;
  if (auto comment = kw.take_string("comment")) def.comment = *comment;
  if (auto prefixes = kw.take_strings("prefixes"); !prefixes.empty())
    def.prefixes = std::move(prefixes);
  options.extend_existing = kw.take_boolean("extend_existing", options.extend_existing);
  options.keep_existing = kw.take_boolean("keep_existing", options.keep_existing);
  options.must_exist = kw.take_boolean("must_exist", options.must_exist);
  if (auto info = take_info(L, kw)) options.info = std::move(info);
  take_dialect_options(L, kw, def);
}

using Columns = std::vector<std::pair<std::string, std::shared_ptr<ColumnSpec>>>;

// A constraint may call a column by its attribute's name; the table knows keys and names.
void use_column_keys(const Columns& columns, std::vector<std::string>& names) {
  for (std::string& name : names) {
    auto same = [&](const auto& column) { return column.first == name; };
    auto found = std::find_if(columns.begin(), columns.end(), same);
    if (found != columns.end() && !found->second->column.key.empty())
      name = found->second->column.key;
  }
}

void add_constraint(const Columns& columns, TableDef& def, const ConstraintVariant& declared) {
  if (const auto* index = std::get_if<schema::Index>(&declared)) {
    schema::Index own = *index;
    for (schema::IndexPart& part : own.parts) {
      std::vector<std::string> name{part.column};
      use_column_keys(columns, name);
      part.column = name.front();
    }
    use_column_keys(columns, own.include);
    def.indexes.push_back(std::move(own));
  } else if (const auto* check = std::get_if<schema::CheckConstraint>(&declared)) {
    def.checks.push_back(*check);
  } else if (const auto* unique = std::get_if<schema::UniqueConstraint>(&declared)) {
    def.uniques.push_back(*unique);
    use_column_keys(columns, def.uniques.back().columns);
  } else if (const auto* key = std::get_if<schema::ForeignKeyConstraint>(&declared)) {
    def.foreign_keys.push_back(*key);
    use_column_keys(columns, def.foreign_keys.back().columns);
  } else {
    if (def.primary_key) {
      throw Error(ErrorKind::kArgumentError,
                  "table '" + def.name + "' has two PrimaryKeyConstraints");
    }
    def.primary_key = std::get<schema::PrimaryKeyConstraint>(declared);
    use_column_keys(columns, def.primary_key->columns);
  }
}

void add_column(TableDef& def, const std::string& attribute, const ColumnSpec& spec) {
  Column column = spec.column;
  if (column.name.empty()) column.name = attribute;
  if (column.key.empty()) column.key = attribute;
  for (schema::ForeignKeyConstraint key : spec.foreign_keys) {
    key.columns = {column.key};
    def.foreign_keys.push_back(std::move(key));
  }
  def.checks.insert(def.checks.end(), spec.checks.begin(), spec.checks.end());
  def.columns.push_back(std::move(column));
}

// The item on the top, at `position` of __table_args__: a constraint, or, as the last one, a table
// of options.
void add_table_arg(lua_State* L, const Columns& columns, TableDef& def, TableOptions& options,
                   int position, bool is_last) {
  if (const auto* box = test_box<ConstraintBox>(L, -1))
    return add_constraint(columns, def, *box->constraint);
  if (is_last && lua_istable(L, -1)) {
    Kwargs nested(L, lua_gettop(L), "__table_args__");
    nested.expect_positional(0, 0);
    take_table_options(L, nested, def, options);
    return nested.finish();
  }
  throw Error(ErrorKind::kTypeError, "__table_args__: item " + std::to_string(position) +
                                         ": expected a constraint or an Index, got " +
                                         type_name_of(L, -1));
}

void read_table_args(lua_State* L, int table_args, const Columns& columns, TableDef& def,
                     TableOptions& options) {
  lua_pushvalue(L, table_args);
  if (!lua_istable(L, -1)) {
    throw Error(ErrorKind::kTypeError,
                "__table_args__: expected a table, got " + type_name_of(L, -1))
        .with_hint("Write __table_args__ = { db.UniqueConstraint{'a', 'b'}, schema = 'hr' }.");
  }
  Kwargs kw(L, lua_gettop(L), "__table_args__");
  take_table_options(L, kw, def, options);
  for (int i = 1; i <= kw.count(); ++i) {
    kw.push(i);
    add_table_arg(L, columns, def, options, i, i == kw.count());
    lua_pop(L, 1);
  }
  kw.finish();
  lua_pop(L, 1);
}

// The existing table's definition with that of an extending declaration laid over it.
TableDef extended(const TableDef& existing, TableDef more) {
  TableDef def = existing;
  for (Column& column : more.columns) {
    auto same = std::find_if(def.columns.begin(), def.columns.end(), [&](const Column& c) {
      return c.key == column.key || c.name == column.name;
    });
    if (same != def.columns.end()) {
      // Its foreign keys are the new declaration's.
      std::erase_if(def.foreign_keys,
                    [&](const auto& key) { return key.columns == std::vector{same->name}; });
      *same = std::move(column);
    } else {
      def.columns.push_back(std::move(column));
    }
  }
  auto append = [](auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  append(def.uniques, more.uniques);
  append(def.checks, more.checks);
  append(def.foreign_keys, more.foreign_keys);
  append(def.indexes, more.indexes);
  if (more.primary_key) def.primary_key = more.primary_key;
  if (!more.comment.empty()) def.comment = more.comment;
  if (!more.prefixes.empty()) def.prefixes = more.prefixes;
  for (auto& [key, value] : more.dialect_options) def.dialect_options[key] = value;
  return def;
}

// Table{'name', [metadata,] columns and constraints…}; the metadata may be a keyword, too.
struct TableItems {
  std::string name;
  schema::MetaDataPtr metadata;
  Columns columns;
  std::vector<const ConstraintVariant*> constraints;  // of boxes that are among the arguments
};

[[noreturn]] void refuse_item(lua_State* L, const TableItems& items, int position) {
  Error error(ErrorKind::kTypeError, "Table: argument " + std::to_string(position) +
                                         ": expected a Column, a constraint or an Index, got " +
                                         type_name_of(L, -1));
  if (lua_istable(L, -1)) {
    error.set_hint("All stands in the same braces: db.Table{'" + items.name +
                   "', db.Column{'id', db.Integer}, …}.");
  } else if (test_type(L, -1)) {
    error.set_hint("Write db.Column{'name', " + test_type(L, -1)->repr() + "}.");
  }
  throw error;
}

void read_item(lua_State* L, TableItems& items, int position) {
  if (const auto* column = test_box<ColumnBox>(L, -1)) {
    const std::string& name = column->spec->column.name;
    if (name.empty()) {
      throw Error(ErrorKind::kArgumentError, "Table '" + items.name + "': the column at argument " +
                                                 std::to_string(position) + " has no name")
          .with_hint("Its name comes first: db.Column{'id', db.Integer}.");
    }
    if (column->spec->claimed) {
      throw Error(ErrorKind::kArgumentError,
                  "Table '" + items.name + "': column '" + name + "' is in another table already")
          .with_hint("Use column:copy().");
    }
    items.columns.emplace_back(name, column->spec);
  } else if (const auto* constraint = test_box<ConstraintBox>(L, -1)) {
    items.constraints.push_back(constraint->constraint.get());
  } else {
    refuse_item(L, items, position);
  }
}

TableItems read_items(lua_State* L, const Kwargs& kw) {
  TableItems items;
  kw.expect_positional(1, INT32_MAX);
  kw.push(1);
  if (lua_type(L, -1) != LUA_TSTRING) {
    throw Error(ErrorKind::kTypeError,
                "Table: argument 1: expected the table's name, got " + type_name_of(L, -1));
  }
  items.name = check_string(L, -1);
  lua_pop(L, 1);
  for (int i = 2; i <= kw.count(); ++i) {
    kw.push(i);
    const auto* metadata = i == 2 ? test_box<MetaDataBox>(L, -1) : nullptr;
    if (metadata != nullptr) {
      items.metadata = metadata->metadata;
    } else {
      read_item(L, items, i);
    }
    lua_pop(L, 1);
  }
  return items;
}

std::string full_name_in(const schema::MetaData& metadata, const TableDef& def) {
  const std::string& schema = def.schema.empty() ? metadata.schema() : def.schema;
  return schema.empty() ? def.name : schema + "." + def.name;
}

// Table{…, autoload_with = engine}: what the database has, with what is declared laid over it.
struct Autoload {
  std::shared_ptr<inspect::Inspector> inspector;  // null: not asked for
  std::vector<std::string> included, excluded;
  bool resolve_fks = true;
};

Autoload take_autoload(lua_State* L, Kwargs& kw) {
  Autoload autoload;
  if (kw.take("autoload_with")) {
    autoload.inspector = test_inspector(L, lua_gettop(L));
    if (!autoload.inspector)
      kw.throw_keyword("autoload_with", "an engine, a connection or an Inspector", -1);
    lua_pop(L, 1);
  }
  autoload.included = kw.take_strings("include_columns");
  autoload.excluded = kw.take_strings("exclude_columns");
  autoload.resolve_fks = kw.take_boolean("resolve_fks", true);
  return autoload;
}

void load_definition(const Autoload& autoload, schema::MetaData& metadata, TableDef& def) {
  const std::string& schema = def.schema.empty() ? metadata.schema() : def.schema;
  TableDef found = inspect::define(autoload.inspector->table(def.name, schema), autoload.included,
                                   autoload.excluded);
  found.bind_key = def.bind_key;
  auto is_key = [](const Column& column) { return column.primary_key; };
  // A key that is declared (a view has none) adds to that of the database.
  if (found.primary_key && std::any_of(def.columns.begin(), def.columns.end(), is_key))
    found.primary_key->columns.clear();
  metadata.remove(full_name_in(metadata, def));
  def = extended(found, std::move(def));
}

}  // namespace

TableDef make_table_def(lua_State* L, const std::string& name, const Columns& columns,
                        int table_args, TableOptions* options) {
  if (table_args != 0) table_args = lua_absindex(L, table_args);
  TableDef def;
  def.name = name;
  TableOptions read;
  for (const auto& [attribute, spec] : columns) add_column(def, attribute, *spec);
  if (table_args != 0) read_table_args(L, table_args, columns, def, read);
  if (options != nullptr) *options = std::move(read);
  return def;
}

schema::TablePtr add_table(lua_State* L, schema::MetaData& metadata, TableDef def,
                           const TableOptions& options) {
  std::string full_name = full_name_in(metadata, def);
  schema::TablePtr existing = metadata.find(full_name);
  if (!existing && options.must_exist) {
    throw Error(ErrorKind::kInvalidRequestError,
                "Table '" + full_name + "' is not declared, and must_exist is given");
  }
  schema::TablePtr table = existing;
  if (existing && options.extend_existing) {
    table = metadata.add(extended(existing->def(), std::move(def)), true);
  } else if (!existing || (!options.keep_existing && !options.must_exist)) {
    table = metadata.add(std::move(def));
  }
  if (options.info) Context::of(L).area<SchemaArea>().table_info[table->uid()] = options.info;
  return table;
}

int table_new(lua_State* L) {
  Kwargs kw(L, 1, "Table");
  TableItems items = read_items(L, kw);
  TableDef def = make_table_def(L, items.name, items.columns, 0);
  for (const ConstraintVariant* constraint : items.constraints) {
    add_constraint(items.columns, def, *constraint);
  }
  TableOptions options;
  take_table_options(L, kw, def, options);
  def.bind_key = kw.take_string("bind_key").value_or("");
  if (kw.take("metadata")) {
    items.metadata = check_box<MetaDataBox>(L, -1).metadata;
    lua_pop(L, 1);
  }
  Autoload autoload = take_autoload(L, kw);
  kw.finish();
  if (!items.metadata) {
    throw Error(ErrorKind::kArgumentError,
                "Table '" + items.name + "' needs a MetaData as its second argument")
        .with_hint("db.Table joins the database's own.");
  }
  // Table('user', metadata) asks for a table that is there.
  bool is_bare = items.columns.empty() && items.constraints.empty();
  if (is_bare && !options.extend_existing) options.keep_existing = true;
  bool kept = options.keep_existing && items.metadata->find(full_name_in(*items.metadata, def));
  if (autoload.inspector && !kept) load_definition(autoload, *items.metadata, def);
  schema::TablePtr table = add_table(L, *items.metadata, std::move(def), options);
  if (!kept) {
    if (autoload.inspector && autoload.resolve_fks)
      inspect::reflect_referred(*autoload.inspector, *items.metadata, *table);
    for (const auto& [name, spec] : items.columns) spec->claimed = true;
  }
  push_table(L, std::move(table), std::move(items.metadata));
  return 1;
}

}  // namespace moonbase::bindings
