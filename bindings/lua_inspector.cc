// The schema of a live database as Lua tables, with the keys of SQLAlchemy's Inspector.
#include "bindings/lua_inspector.h"

#include <algorithm>
#include <optional>

#include "bindings/guard.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_schema.h"
#include "bindings/stack.h"
#include "bindings/warnings.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/inspect/definition.h"

namespace moonbase::bindings {

namespace {

using base::Error;
using base::ErrorKind;
using inspect::Inspector;
using inspect::RelationKind;
using schema::ReflectedTable;

Inspector& self(lua_State* L) { return *check_box<InspectorBox>(L, 1).inspector; }

// --- pushing ---

// Appends what is on the top to the list below it.
void append(lua_State* L) { lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)) + 1); }

// Set a field of the table on the top; text that is empty is none.
void set_text(lua_State* L, const char* key, const std::string& text) {
  if (text.empty()) return;
  push_string(L, text);
  lua_setfield(L, -2, key);
}
void set_flag(lua_State* L, const char* key, bool flag) {
  lua_pushboolean(L, flag);
  lua_setfield(L, -2, key);
}
void set_number(lua_State* L, const char* key, int64_t number) {
  lua_pushinteger(L, static_cast<lua_Integer>(number));
  lua_setfield(L, -2, key);
}
void set_strings(lua_State* L, const char* key, const std::vector<std::string>& list) {
  push_strings(L, list);
  lua_setfield(L, -2, key);
}

void push_reflected(lua_State* L, const schema::ReflectedColumn& column, bool is_key) {
  lua_createtable(L, 0, 9);
  set_text(L, "name", column.name);
  push_type(L, column.type);
  lua_setfield(L, -2, "type");
  set_flag(L, "nullable", column.nullable);
  if (column.default_text) {
    push_string(L, *column.default_text);
    lua_setfield(L, -2, "default");
  }
  set_flag(L, "autoincrement", column.autoincrement);
  set_flag(L, "primary_key", is_key);
  set_text(L, "comment", column.comment);
  if (column.computed) {
    lua_createtable(L, 0, 2);
    set_text(L, "sqltext", column.computed->expression);
    set_flag(L, "persisted", column.computed->persisted);
    lua_setfield(L, -2, "computed");
  }
  if (column.identity) {
    lua_createtable(L, 0, 7);
    set_flag(L, "always", column.identity->always);
    set_number(L, "start", column.identity->start);
    set_number(L, "increment", column.identity->increment);
    set_number(L, "minvalue", column.identity->min_value);
    set_number(L, "maxvalue", column.identity->max_value);
    set_number(L, "cache", column.identity->cache);
    set_flag(L, "cycle", column.identity->cycle);
    lua_setfield(L, -2, "identity");
  }
}

// deferrable and initially, as a constraint is declared with them.
void set_deferral(lua_State* L, const std::string& deferrable, const std::string& initially) {
  if (!deferrable.empty()) set_flag(L, "deferrable", deferrable == "DEFERRABLE");
  set_text(L, "initially", initially);
}

void push_reflected(lua_State* L, const schema::ReflectedForeignKey& key) {
  lua_createtable(L, 0, 6);
  set_text(L, "name", key.name);
  set_strings(L, "constrained_columns", key.columns);
  set_text(L, "referred_schema", key.referred_schema);
  set_text(L, "referred_table", key.referred_table);
  set_strings(L, "referred_columns", key.referred_columns);
  lua_createtable(L, 0, 5);
  set_text(L, "ondelete", key.ondelete);
  set_text(L, "onupdate", key.onupdate);
  set_text(L, "match", key.match);
  set_deferral(L, key.deferrable, key.initially);
  lua_setfield(L, -2, "options");
}

void push_reflected(lua_State* L, const schema::UniqueConstraint& unique) {
  lua_createtable(L, 0, 3);
  set_text(L, "name", unique.name);
  set_strings(L, "column_names", unique.columns);
  set_deferral(L, unique.deferrable, unique.initially);
}

void push_reflected(lua_State* L, const schema::CheckConstraint& check) {
  lua_createtable(L, 0, 2);
  set_text(L, "name", check.name);
  set_text(L, "sqltext", check.condition.text);
}

// column_names has db.null where an expression stands; expressions then has all parts.
void set_index_parts(lua_State* L, const schema::Index& index) {
  auto is_expression = [](const schema::IndexPart& part) { return part.column.empty(); };
  lua_newtable(L);
  for (const schema::IndexPart& part : index.parts) {
    if (is_expression(part)) {
      push_null(L);
    } else {
      push_string(L, part.column);
    }
    append(L);
  }
  lua_setfield(L, -2, "column_names");
  if (std::any_of(index.parts.begin(), index.parts.end(), is_expression)) {
    lua_newtable(L);
    for (const schema::IndexPart& part : index.parts) {
      push_string(L, is_expression(part) ? part.expression.text : part.column);
      append(L);
    }
    lua_setfield(L, -2, "expressions");
  }
  lua_newtable(L);
  bool has_order = false;
  for (const schema::IndexPart& part : index.parts) {
    if (!part.descending) continue;
    has_order = true;
    push_strings(L, {"desc"});
    lua_setfield(L, -2, (is_expression(part) ? part.expression.text : part.column).c_str());
  }
  if (has_order) {
    lua_setfield(L, -2, "column_sorting");
  } else {
    lua_pop(L, 1);
  }
}

void push_reflected(lua_State* L, const schema::ReflectedIndex& reflected,
                    const std::string& dialect) {
  const schema::Index& index = reflected.index;
  lua_createtable(L, 0, 6);
  set_text(L, "name", index.name);
  set_flag(L, "unique", index.unique);
  set_index_parts(L, index);
  set_text(L, "duplicates_constraint", reflected.duplicates_constraint);
  if (!index.include.empty()) set_strings(L, "include_columns", index.include);
  lua_newtable(L);
  if (index.where) set_text(L, (dialect + "_where").c_str(), index.where->text);
  set_text(L, (dialect + "_using").c_str(), index.using_method);
  if (!index.include.empty()) set_strings(L, (dialect + "_include").c_str(), index.include);
  lua_setfield(L, -2, "dialect_options");
}

void push_reflected(lua_State* L, const schema::ReflectedEnum& type) {
  lua_createtable(L, 0, 4);
  set_text(L, "name", type.name);
  set_text(L, "schema", type.schema);
  set_flag(L, "visible", type.is_visible);
  set_strings(L, "labels", type.labels);
}

// --- arguments ---

// (name, 'schema') or (name, {schema = 'schema'}): the schema at `index`, or "".
std::string schema_argument(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING || lua_isnoneornil(L, index))
    return opt_string(L, index).value_or("");
  Kwargs kw(L, index, "Inspector");
  kw.expect_positional(0, 0);
  std::string schema = kw.take_string("schema").value_or("");
  kw.finish();
  return schema;
}

const ReflectedTable& table_argument(lua_State* L) {
  std::string name(check_string(L, 2));
  return self(L).table(name, schema_argument(L, 3));
}

// --- names ---

template <RelationKind kind>
int get_names(lua_State* L) {
  push_strings(L, self(L).names(kind, schema_argument(L, 2)));
  return 1;
}

int get_schema_names(lua_State* L) {
  push_strings(L, self(L).schema_names());
  return 1;
}

int get_view_definition(lua_State* L) {
  std::string name(check_string(L, 2));
  push_string(L, self(L).view_definition(name, schema_argument(L, 3)));
  return 1;
}

int get_sorted_table_and_fkc_names(lua_State* L) {
  Inspector::SortedTables sorted = self(L).sorted_tables(schema_argument(L, 2));
  lua_newtable(L);
  for (const auto& [name, keys] : sorted.tables) {
    lua_createtable(L, 2, 0);
    push_string(L, name);
    append(L);
    push_strings(L, keys);
    append(L);
    append(L);
  }
  lua_createtable(L, 2, 0);
  push_null(L);
  append(L);
  lua_newtable(L);
  for (const auto& [name, key] : sorted.deferred) {
    push_strings(L, {name, key});
    append(L);
  }
  append(L);
  append(L);
  return 1;
}

// --- a table's parts ---

int get_columns(lua_State* L) {
  const ReflectedTable& table = table_argument(L);
  const std::vector<std::string>& key = table.primary_key.columns;
  lua_newtable(L);
  for (const schema::ReflectedColumn& column : table.columns) {
    push_reflected(L, column, std::find(key.begin(), key.end(), column.name) != key.end());
    append(L);
  }
  return 1;
}

int get_pk_constraint(lua_State* L) {
  const schema::PrimaryKeyConstraint& key = table_argument(L).primary_key;
  lua_createtable(L, 0, 2);
  set_text(L, "name", key.name);
  set_strings(L, "constrained_columns", key.columns);
  return 1;
}

template <auto list>
int get_list(lua_State* L) {
  const auto& items = table_argument(L).*list;
  lua_newtable(L);
  for (const auto& item : items) {
    push_reflected(L, item);
    append(L);
  }
  return 1;
}

int get_indexes(lua_State* L) {
  const std::vector<schema::ReflectedIndex>& indexes = table_argument(L).indexes;
  lua_newtable(L);
  for (const schema::ReflectedIndex& index : indexes) {
    push_reflected(L, index, self(L).engine().traits().name);
    append(L);
  }
  return 1;
}

int get_table_comment(lua_State* L) {
  const ReflectedTable& table = table_argument(L);
  lua_newtable(L);
  set_text(L, "text", table.comment);
  return 1;
}

int get_table_options(lua_State* L) {
  const auto& options = table_argument(L).options;
  lua_newtable(L);
  for (const auto& [name, value] : options) {
    if (value == "true" || value == "false") {
      set_flag(L, name.c_str(), value == "true");
    } else {
      set_text(L, name.c_str(), value);
    }
  }
  return 1;
}

int get_enums(lua_State* L) {
  const auto enums = self(L).enums(schema_argument(L, 2));
  lua_newtable(L);
  for (const schema::ReflectedEnum& type : enums) {
    push_reflected(L, type);
    append(L);
  }
  return 1;
}

// --- questions ---

bool has_name(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

int has_table(lua_State* L) {
  std::string name(check_string(L, 2));
  lua_pushboolean(L, self(L).has_table(name, schema_argument(L, 3)));
  return 1;
}

int has_schema(lua_State* L) {
  lua_pushboolean(L, has_name(self(L).schema_names(), check_string(L, 2)));
  return 1;
}

int has_sequence(lua_State* L) {
  std::string schema = schema_argument(L, 3);
  lua_pushboolean(L, has_name(self(L).names(RelationKind::kSequence, schema), check_string(L, 2)));
  return 1;
}

int has_index(lua_State* L) {
  std::string table(check_string(L, 2)), index(check_string(L, 3));
  const ReflectedTable* found = self(L).find_table(table, schema_argument(L, 4));
  auto same = [&](const auto& each) { return each.index.name == index; };
  lua_pushboolean(
      L, found != nullptr && std::any_of(found->indexes.begin(), found->indexes.end(), same));
  return 1;
}

// --- the rest ---

int reflect_table(lua_State* L) {
  Inspector& inspector = self(L);
  const TableBox& box = check_box<TableBox>(L, 2);
  if (!box.metadata) {
    throw Error(ErrorKind::kInvalidRequestError,
                "table '" + box.table->full_name() + "' belongs to no MetaData");
  }
  std::vector<std::string> included, excluded;
  bool resolve_fks = true;
  if (!lua_isnoneornil(L, 3)) {
    Kwargs kw(L, 3, "reflect_table");
    kw.expect_positional(0, 0);
    included = kw.take_strings("include_columns");
    excluded = kw.take_strings("exclude_columns");
    resolve_fks = kw.take_boolean("resolve_fks", true);
    kw.finish();
  }
  schema::TableDef def =
      inspect::define(inspector.table(box.table->name(), box.table->schema()), included, excluded);
  def.bind_key = box.table->bind_key();
  schema::MetaDataPtr metadata = box.metadata;
  schema::TablePtr table = metadata->add(std::move(def), true);
  if (resolve_fks) inspect::reflect_referred(inspector, *metadata, *table);
  push_table(L, std::move(table), std::move(metadata));
  return 1;
}

int clear_cache(lua_State* L) {
  self(L).clear_cache();
  return 0;
}

int default_schema_name(lua_State* L) {
  push_string(L, self(L).default_schema_name());
  return 1;
}

int inspector_engine(lua_State* L) {
  push_engine(L, self(L).engine().shared_from_this());
  return 1;
}

int inspector_tostring(lua_State* L) {
  push_string(L, "Inspector(" + self(L).engine().url().text() + ")");
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"get_table_names", guarded<get_names<RelationKind::kTable>>,
     "get_table_names([schema])  the names of the tables, sorted"},
    {"get_view_names", guarded<get_names<RelationKind::kView>>,
     "get_view_names([schema])  the names of the views, sorted"},
    {"get_materialized_view_names", guarded<get_names<RelationKind::kMaterializedView>>,
     "get_materialized_view_names([schema])  of views that keep their rows"},
    {"get_temp_table_names", guarded<get_names<RelationKind::kTemporaryTable>>,
     "get_temp_table_names()  of tables that only this connection sees"},
    {"get_temp_view_names", guarded<get_names<RelationKind::kTemporaryView>>,
     "get_temp_view_names()  of views that only this connection sees"},
    {"get_sequence_names", guarded<get_names<RelationKind::kSequence>>,
     "get_sequence_names([schema])  the names of the sequences, sorted"},
    {"get_schema_names", guarded<get_schema_names>,
     "get_schema_names()  the schemas there are; on SQLite the attached files"},
    {"get_view_definition", guarded<get_view_definition>,
     "get_view_definition(view[, schema])  its SQL: the SELECT, on SQLite the whole CREATE VIEW"},
    {"get_sorted_table_and_fkc_names", guarded<get_sorted_table_and_fkc_names>,
     "get_sorted_table_and_fkc_names([schema])  pairs of a table and the names of its foreign "
     "keys, "
     "referred tables first; the last pair is db.null and the keys, as {table, key}, that can only "
     "be added when all tables are there"},
    {"get_columns", guarded<get_columns>,
     "get_columns(table[, schema])  a list of {name, type, nullable, default, autoincrement, "
     "primary_key, comment, computed, identity}"},
    {"get_pk_constraint", guarded<get_pk_constraint>,
     "get_pk_constraint(table[, schema])  {name, constrained_columns}"},
    {"get_foreign_keys", guarded<get_list<&ReflectedTable::foreign_keys>>,
     "get_foreign_keys(table[, schema])  a list of {name, constrained_columns, referred_schema, "
     "referred_table, referred_columns, options = {ondelete, onupdate, deferrable, initially, "
     "match}}"},
    {"get_unique_constraints", guarded<get_list<&ReflectedTable::uniques>>,
     "get_unique_constraints(table[, schema])  a list of {name, column_names}"},
    {"get_check_constraints", guarded<get_list<&ReflectedTable::checks>>,
     "get_check_constraints(table[, schema])  a list of {name, sqltext}"},
    {"get_indexes", guarded<get_indexes>,
     "get_indexes(table[, schema])  a list of {name, column_names, unique, expressions, "
     "column_sorting, include_columns, duplicates_constraint, dialect_options}"},
    {"get_table_comment", guarded<get_table_comment>,
     "get_table_comment(table[, schema])  {text = comment}, text nil without one"},
    {"get_table_options", guarded<get_table_options>,
     "get_table_options(table[, schema])  options of the dialect: {sqlite_strict = true}"},
    {"get_enums", guarded<get_enums>,
     "get_enums([schema])  the database's enumerations: a list of {name, schema, visible, labels}; "
     "schema '*' for all"},
    {"has_table", guarded<has_table>,
     "has_table(name[, schema])  whether there is such a table or view now"},
    {"has_index", guarded<has_index>,
     "has_index(table, index[, schema])  whether the table has an index of this name"},
    {"has_schema", guarded<has_schema>, "has_schema(name)  whether there is such a schema"},
    {"has_sequence", guarded<has_sequence>,
     "has_sequence(name[, schema])  whether there is such a sequence"},
    {"reflect_table", guarded<reflect_table>,
     "reflect_table(table[, {include_columns =, exclude_columns =, resolve_fks = true}])  the "
     "table as the database has it, which takes its place in the metadata"},
    {"clear_cache", guarded<clear_cache>,
     "clear_cache()  forgets what was read; the next question asks the database"},
};

constexpr MethodDef kGetters[] = {
    {"default_schema_name", guarded<default_schema_name>,
     "default_schema_name  the schema of tables that name none"},
    {"engine", guarded<inspector_engine>, "engine  the database it looks at"},
};

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<inspector_tostring>, "tostring(inspector)  Inspector(url)"},
};

const ClassDef kInspectorClass{
    .name = "Inspector",
    .doc =
        "Inspector  what a live database holds: get_table_names(), get_columns('user'), "
        "get_foreign_keys('post'), …",
    .methods = kMethods,
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "moonbase.inspect(db.engine)",
    .destroy = kDestroy<InspectorBox>,
};

// --- metadata:reflect ---

struct ReflectOptions {
  std::string schema, bind_key;
  bool views = false, resolve_fks = true;
  std::optional<std::vector<std::string>> only;
  int filter = 0;  // the stack index of the function given as `only`
};

ReflectOptions read_reflect_options(lua_State* L, int index, const schema::MetaData& metadata) {
  ReflectOptions options;
  options.schema = metadata.schema();
  if (lua_isnoneornil(L, index)) return options;
  Kwargs kw(L, index, "reflect");
  kw.expect_positional(0, 0);
  options.schema = kw.take_string("schema").value_or(options.schema);
  options.bind_key = kw.take_string("bind_key").value_or("");
  options.views = kw.take_boolean("views", false);
  options.resolve_fks = kw.take_boolean("resolve_fks", true);
  if (kw.take("only")) {
    if (is_callable(L, -1)) {
      options.filter = lua_gettop(L);
    } else {
      if (!lua_istable(L, -1)) kw.throw_keyword("only", "a list of names or a function", -1);
      options.only = check_strings(L, lua_gettop(L));
    }
  }
  kw.finish();
  return options;
}

// The names that are asked for. Throws InvalidRequestError for those that are not there.
std::vector<std::string> chosen(lua_State* L, const ReflectOptions& options,
                                std::vector<std::string> there, const Inspector& inspector) {
  if (options.filter != 0) {
    std::erase_if(there, [&](const std::string& name) {
      lua_pushvalue(L, options.filter);
      push_string(L, name);
      lua_pushvalue(L, 1);
      lua_call(L, 2, 1);
      const bool is_wanted = lua_toboolean(L, -1) != 0;
      lua_pop(L, 1);
      return !is_wanted;
    });
  }
  if (!options.only) return there;
  for (const std::string& name : *options.only) {
    if (has_name(there, name)) continue;
    throw Error(ErrorKind::kInvalidRequestError,
                "reflect: there is no table " + base::quote_for_message(name) + " in " +
                    inspector.engine().url().text() + base::did_you_mean(name, there));
  }
  return *options.only;
}

}  // namespace

template <>
const ClassDef& class_of<InspectorBox>() {
  return kInspectorClass;
}

int metadata_reflect(lua_State* L) {
  schema::MetaDataPtr metadata = check_box<MetaDataBox>(L, 1).metadata;
  std::shared_ptr<Inspector> inspector = check_inspector(L, 2);
  const ReflectOptions options = read_reflect_options(L, 3, *metadata);
  std::vector<std::string> names = inspector->names(RelationKind::kTable, options.schema);
  if (options.views) {
    for (RelationKind kind : {RelationKind::kView, RelationKind::kMaterializedView}) {
      for (std::string& name : inspector->names(kind, options.schema))
        names.push_back(std::move(name));
    }
  }
  for (const std::string& name : chosen(L, options, std::move(names), *inspector)) {
    inspect::reflect_table(*inspector, *metadata,
                           {.name = name,
                            .schema = options.schema,
                            .bind_key = options.bind_key,
                            .resolve_fks = options.resolve_fks});
  }
  return 0;
}

std::shared_ptr<Inspector> test_inspector(lua_State* L, int index) {
  if (const auto* box = test_box<InspectorBox>(L, index)) return box->inspector;
  std::shared_ptr<Inspector> made;
  if (const auto* box = test_box<EngineBox>(L, index)) {
    made = std::make_shared<Inspector>(box->engine);
  } else if (const auto* open = test_box<ConnectionBox>(L, index)) {
    check_connection(L, index);
    made = std::make_shared<Inspector>(open->connection);
  }
  if (made) made->set_warning_sink(&warning_sink(L));
  return made;
}

std::shared_ptr<Inspector> check_inspector(lua_State* L, int index) {
  if (auto inspector = test_inspector(L, index)) return inspector;
  throw_argument(L, index, "an engine, a connection or an Inspector");
}

void open_inspector(lua_State* L) { register_class(L, kInspectorClass); }

}  // namespace moonbase::bindings
