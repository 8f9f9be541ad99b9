// Tables: made from Table{…} or a class body, and what a program reads of them (name, columns,
// keys, indexes).
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/schema_parts.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

// table.c: the columns by key, as expressions.
struct TableColumnsBox {
  schema::TablePtr table;
};

extern const ClassDef kTableClass, kTableColumnsClass;
template <>
const ClassDef& class_of<TableBox>() {
  return kTableClass;
}
template <>
const ClassDef& class_of<TableColumnsBox>() {
  return kTableColumnsClass;
}

namespace {

using base::Error;
using base::ErrorKind;
using schema::Column;
using schema::Table;

// --- columns as expressions ---

expr::ElementPtr column_element(const schema::TablePtr& table, const Column& column) {
  return expr::column(expr::table(table), column);
}

std::vector<std::string> column_keys(const Table& table) {
  std::vector<std::string> keys;
  for (const Column& column : table.columns()) keys.push_back(column.key);
  return keys;
}

int columns_index(lua_State* L) {
  const TableColumnsBox& box = check_box<TableColumnsBox>(L, 1);
  const Table& table = *box.table;
  if (lua_isinteger(L, 2) != 0) {
    lua_Integer position = lua_tointeger(L, 2);
    if (position < 1 || position > static_cast<lua_Integer>(table.columns().size())) {
      lua_pushnil(L);  // where ipairs ends
    } else {
      push_element(L,
                   column_element(box.table, table.columns()[static_cast<size_t>(position - 1)]));
    }
    return 1;
  }
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  std::string_view name = check_string(L, 2);
  const Column* column = table.find_column(name);
  if (column == nullptr)
    throw_no_attribute("table '" + table.full_name() + "'", name, column_keys(table));
  push_element(L, column_element(box.table, *column));
  return 1;
}

int columns_length(lua_State* L) {
  lua_pushinteger(
      L, static_cast<lua_Integer>(check_box<TableColumnsBox>(L, 1).table->columns().size()));
  return 1;
}

int columns_pairs(lua_State* L) {
  const TableColumnsBox& box = check_box<TableColumnsBox>(L, 1);
  push_strings(L, column_keys(*box.table));
  lua_newtable(L);
  lua_Integer position = 0;
  for (const Column& column : box.table->columns()) {
    push_element(L, column_element(box.table, column));
    lua_rawseti(L, -2, ++position);
  }
  return push_pairs(L);
}

int columns_keys(lua_State* L) {
  push_strings(L, column_keys(*check_box<TableColumnsBox>(L, 1).table));
  return 1;
}

int columns_tostring(lua_State* L) {
  push_string(
      L, "columns(" + base::join(column_keys(*check_box<TableColumnsBox>(L, 1).table), ", ") + ")");
  return 1;
}

// --- fields of a table ---

template <const std::string& (Table::*member)() const>
int table_text(lua_State* L) {
  push_string(L, ((*check_box<TableBox>(L, 1).table).*member)());
  return 1;
}

template <const std::string& (Table::*member)() const>
int table_optional_text(lua_State* L) {
  const std::string& text = ((*check_box<TableBox>(L, 1).table).*member)();
  if (text.empty()) {
    lua_pushnil(L);
  } else {
    push_string(L, text);
  }
  return 1;
}

int table_columns(lua_State* L) {
  const TableBox& box = check_box<TableBox>(L, 1);
  push_box(L, TableColumnsBox{box.table});
  return 1;
}

int table_primary_key(lua_State* L) {
  const TableBox& box = check_box<TableBox>(L, 1);
  lua_newtable(L);
  lua_Integer position = 0;
  for (const Column* column : box.table->primary_key()) {
    push_element(L, column_element(box.table, *column));
    lua_rawseti(L, -2, ++position);
  }
  return 1;
}

// Adds constraints to the list on the top.
template <class List>
void append_constraints(lua_State* L, const TableBox& box, const List& constraints) {
  auto position = static_cast<lua_Integer>(lua_rawlen(L, -1));
  for (const auto& constraint : constraints) {
    push_constraint(L, constraint, box.table, box.metadata);
    lua_rawseti(L, -2, ++position);
  }
}

int table_foreign_keys(lua_State* L) {
  const TableBox& box = check_box<TableBox>(L, 1);
  lua_newtable(L);
  append_constraints(L, box, box.table->foreign_keys());
  return 1;
}

int table_indexes(lua_State* L) {
  const TableBox& box = check_box<TableBox>(L, 1);
  lua_newtable(L);
  append_constraints(L, box, box.table->indexes());
  return 1;
}

int table_constraints(lua_State* L) {
  const TableBox& box = check_box<TableBox>(L, 1);
  lua_newtable(L);
  if (!box.table->primary_key().empty()) {
    append_constraints(L, box, std::vector{box.table->primary_key_constraint()});
  }
  append_constraints(L, box, box.table->foreign_keys());
  append_constraints(L, box, box.table->uniques());
  append_constraints(L, box, box.table->checks());
  return 1;
}

int table_metadata(lua_State* L) {
  const TableBox& box = check_box<TableBox>(L, 1);
  if (box.metadata) {
    push_box(L, MetaDataBox{box.metadata});
  } else {
    lua_pushnil(L);
  }
  return 1;
}

int table_info(lua_State* L) {
  auto& info = Context::of(L).area<SchemaArea>().table_info[check_box<TableBox>(L, 1).table->uid()];
  if (!info) {
    lua_newtable(L);
    info = std::make_shared<const LuaRef>(L, -1);
    lua_pop(L, 1);
  }
  push_info(L, info);
  return 1;
}

int table_equal(lua_State* L) {
  const auto* a = test_box<TableBox>(L, 1);
  const auto* b = test_box<TableBox>(L, 2);
  lua_pushboolean(L, a != nullptr && b != nullptr && a->table->uid() == b->table->uid());
  return 1;
}

// --- methods of a table ---

// table:insert() is moonbase.insert(table).
template <const char* name>
int table_statement(lua_State* L) {
  check_box<TableBox>(L, 1);
  int count = lua_gettop(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "moonbase");
  lua_getfield(L, -1, name);
  lua_insert(L, 1);
  lua_settop(L, count + 1);
  lua_call(L, count, 1);
  return 1;
}

constexpr char kSelect[] = "select", kInsert[] = "insert", kUpdate[] = "update",
               kDelete[] = "delete";

int table_alias(lua_State* L) {
  const TableBox& box = check_box<TableBox>(L, 1);
  push_from(L, expr::alias(expr::table(box.table), opt_string(L, 2).value_or("")));
  return 1;
}

template <int (*run)(lua_State*, int, const schema::MetaData&, const std::vector<schema::TablePtr>*,
                     bool),
          const char* name>
int table_run(lua_State* L) {
  const TableBox& box = check_box<TableBox>(L, 1);
  if (!box.metadata) {
    throw Error(ErrorKind::kInvalidRequestError,
                "table '" + box.table->full_name() + "' belongs to no MetaData");
  }
  bool check_first = false;
  if (!lua_isnoneornil(L, 3)) {
    Kwargs kw(L, 3, name);
    check_first = kw.take_boolean("checkfirst", false);
    kw.finish();
  }
  std::vector<schema::TablePtr> only{box.table};
  run(L, 2, *box.metadata, &only, check_first);
  return 0;
}

constexpr char kCreate[] = "create", kDrop[] = "drop";

constexpr MethodDef kTableMethods[] = {
    {"select", guarded<table_statement<kSelect>>, "select()  a SELECT of the table"},
    {"insert", guarded<table_statement<kInsert>>, "insert()  an INSERT into the table"},
    {"update", guarded<table_statement<kUpdate>>, "update()  an UPDATE of the table"},
    {"delete", guarded<table_statement<kDelete>>, "delete()  a DELETE from the table"},
    {"alias", guarded<table_alias>, "alias([name])  the table under another name"},
    {"create", guarded<table_run<run_create, kCreate>>,
     "create(engine, {checkfirst = false})  creates it in the database of an engine or connection"},
    {"drop", guarded<table_run<run_drop, kDrop>>,
     "drop(engine, {checkfirst = false})  drops it from the database of an engine or connection"},
};

constexpr MethodDef kTableGetters[] = {
    {"name", guarded<table_text<&Table::name>>, "name  without the schema"},
    {"fullname", guarded<table_text<&Table::full_name>>, "fullname  with the schema: 'hr.person'"},
    {"key", guarded<table_text<&Table::full_name>>, "key  its name in metadata.tables"},
    {"schema", guarded<table_optional_text<&Table::schema>>, "schema  or nil"},
    {"bind_key", guarded<table_optional_text<&Table::bind_key>>,
     "bind_key  of the database it is in, or nil"},
    {"comment", guarded<table_optional_text<&Table::comment>>, "comment  or nil"},
    {"c", guarded<table_columns>, "c  the columns by name, as expressions: table.c.id"},
    {"columns", guarded<table_columns>,
     "columns  the columns by name, as expressions: table.columns.id"},
    {"primary_key", guarded<table_primary_key>, "primary_key  a list of its key columns"},
    {"foreign_keys", guarded<table_foreign_keys>, "foreign_keys  a list of ForeignKeyConstraints"},
    {"indexes", guarded<table_indexes>, "indexes  a list of its indexes"},
    {"constraints", guarded<table_constraints>,
     "constraints  a list of all its constraints, the primary key first"},
    {"metadata", guarded<table_metadata>, "metadata  the MetaData it belongs to"},
    {"info", guarded<table_info>, "info  a table for your own notes"},
};

constexpr MethodDef kTableMetamethods[] = {
    {"__tostring", guarded<table_text<&Table::full_name>>, "tostring(table)  its full name"},
    {"__eq", guarded<table_equal>, "table == other  the same table"},
};

constexpr MethodDef kTableColumnsMethods[] = {
    {"keys", guarded<columns_keys>, "keys()  the names of the columns, in order"},
};

constexpr MethodDef kTableColumnsMetamethods[] = {
    {"__len", guarded<columns_length>, "#table.c  how many columns there are"},
    {"__pairs", guarded<columns_pairs>,
     "pairs(table.c)  names and columns, in the order of declaration"},
    {"__tostring", guarded<columns_tostring>, "tostring(table.c)  the names"},
};

}  // namespace

const ClassDef kTableClass{
    .name = "Table",
    .doc =
        "Table{'name', [metadata,] Column{…}, …, constraints…, schema = , comment = , prefixes = , "
        "info = , "
        "extend_existing = , keep_existing = , autoload_with = , include_columns = , "
        "exclude_columns = , resolve_fks = , sqlite_autoincrement = , sqlite_with_rowid = , "
        "sqlite_strict = }  a table of the database; autoload_with = engine takes from it what is "
        "not declared",
    .methods = kTableMethods,
    .getters = kTableGetters,
    .metamethods = kTableMetamethods,
    .constructor = guarded<table_new>,
    .usage = "User.__table__",
    .destroy = kDestroy<TableBox>,
};

const ClassDef kTableColumnsClass{
    .name = "Columns",
    .doc = "The columns of a table: by name, by position, with pairs and ipairs",
    .methods = kTableColumnsMethods,
    .metamethods = kTableColumnsMetamethods,
    .index = columns_index,
    .usage = "table.c",
    .destroy = kDestroy<TableColumnsBox>,
};

void push_table(lua_State* L, schema::TablePtr table, schema::MetaDataPtr metadata) {
  push_box(L, TableBox{std::move(table), std::move(metadata)});
}

void open_tables(lua_State* L, int module) {
  register_class(L, kTableClass);
  register_class(L, kTableColumnsClass);
  push_class(L, kTableClass);
  lua_setfield(L, module, "Table");
}

}  // namespace moonbase::bindings
