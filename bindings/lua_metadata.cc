// MetaData: the tables of one database by name, and creating and dropping them.
#include <algorithm>

#include "bindings/guard.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_inspector.h"
#include "bindings/query_stream.h"
#include "bindings/schema_parts.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/engine/ddl.h"

namespace moonbase::bindings {

// metadata.tables
struct TablesBox {
  schema::MetaDataPtr metadata;
};

extern const ClassDef kMetaDataClass, kTablesClass;
template <>
const ClassDef& class_of<MetaDataBox>() {
  return kMetaDataClass;
}
template <>
const ClassDef& class_of<TablesBox>() {
  return kTablesClass;
}

namespace {

using base::Error;
using base::ErrorKind;
using schema::MetaData;
using schema::TablePtr;

MetaData& check_metadata(lua_State* L) { return *check_box<MetaDataBox>(L, 1).metadata; }

// --- making ---

schema::NamingConvention take_naming_convention(lua_State* L, Kwargs& kw) {
  static const std::vector<std::string> kKinds{"ix", "uq", "ck", "fk", "pk"};
  schema::NamingConvention convention;
  if (!kw.take("naming_convention")) return convention;
  if (!lua_istable(L, -1)) kw.throw_keyword("naming_convention", "a table", -1);
  for (const std::string& kind : string_keys(L, -1)) {
    if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) {
      throw Error(ErrorKind::kArgumentError,
                  "MetaData: naming_convention has no key " + base::quote_for_message(kind))
          .with_hint("Its keys are ix, uq, ck, fk and pk.");
    }
    lua_getfield(L, -1, kind.c_str());
    if (lua_type(L, -1) != LUA_TSTRING)
      kw.throw_keyword("naming_convention." + kind, "a string", -1);
    convention[kind] = check_string(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return convention;
}

int metadata_new(lua_State* L) {
  Kwargs kw(L, 1, "MetaData");
  kw.expect_positional(0, 0);
  schema::NamingConvention convention = take_naming_convention(L, kw);
  std::string schema = kw.take_string("schema").value_or("");
  kw.finish();
  push_box(L, MetaDataBox{std::make_shared<MetaData>(std::move(convention), std::move(schema))});
  return 1;
}

// --- tables ---

std::vector<std::string> table_names(const MetaData& metadata) {
  std::vector<std::string> names;
  for (const TablePtr& table : metadata.tables()) names.push_back(table->full_name());
  return names;
}

void push_table_list(lua_State* L, const std::vector<TablePtr>& tables,
                     const schema::MetaDataPtr& metadata) {
  lua_createtable(L, static_cast<int>(tables.size()), 0);
  lua_Integer position = 0;
  for (const TablePtr& table : tables) {
    push_table(L, table, metadata);
    lua_rawseti(L, -2, ++position);
  }
}

int tables_index(lua_State* L) {
  const schema::MetaDataPtr& metadata = check_box<TablesBox>(L, 1).metadata;
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  std::string_view name = check_string(L, 2);
  TablePtr table = metadata->find(name);
  if (!table) {
    throw Error(ErrorKind::kKeyError, "There is no table " + base::quote_for_message(name) +
                                          base::did_you_mean(name, table_names(*metadata)));
  }
  push_table(L, std::move(table), metadata);
  return 1;
}

int tables_length(lua_State* L) {
  lua_pushinteger(L,
                  static_cast<lua_Integer>(check_box<TablesBox>(L, 1).metadata->tables().size()));
  return 1;
}

int tables_pairs(lua_State* L) {
  const schema::MetaDataPtr& metadata = check_box<TablesBox>(L, 1).metadata;
  push_strings(L, table_names(*metadata));
  push_table_list(L, metadata->tables(), metadata);
  return push_pairs(L);
}

int tables_tostring(lua_State* L) {
  push_string(
      L, "tables(" + base::join(table_names(*check_box<TablesBox>(L, 1).metadata), ", ") + ")");
  return 1;
}

// A table, or the name of one, at `index`.
TablePtr check_own_table(lua_State* L, int index, const MetaData& metadata) {
  if (const auto* box = test_box<TableBox>(L, index)) return box->table;
  std::string name(check_string(L, index));
  if (TablePtr table = metadata.find(name)) return table;
  throw Error(ErrorKind::kInvalidRequestError, "There is no table " +
                                                   base::quote_for_message(name) +
                                                   base::did_you_mean(name, table_names(metadata)));
}

// --- fields and methods ---

int metadata_tables(lua_State* L) {
  push_box(L, TablesBox{check_box<MetaDataBox>(L, 1).metadata});
  return 1;
}

int metadata_sorted_tables(lua_State* L) {
  const schema::MetaDataPtr& metadata = check_box<MetaDataBox>(L, 1).metadata;
  push_table_list(L, metadata->sorted().tables, metadata);
  return 1;
}

int metadata_naming_convention(lua_State* L) {
  lua_newtable(L);
  for (const auto& [kind, text] : check_metadata(L).naming_convention()) {
    push_string(L, text);
    lua_setfield(L, -2, kind.c_str());
  }
  return 1;
}

int metadata_schema(lua_State* L) {
  const std::string& schema = check_metadata(L).schema();
  if (schema.empty()) {
    lua_pushnil(L);
  } else {
    push_string(L, schema);
  }
  return 1;
}

int metadata_remove(lua_State* L) {
  MetaData& metadata = check_metadata(L);
  metadata.remove(check_own_table(L, 2, metadata)->full_name());
  return 0;
}

int metadata_clear(lua_State* L) {
  check_metadata(L).clear();
  return 0;
}

template <int (*run)(lua_State*, int, const MetaData&, const std::vector<TablePtr>*, bool),
          const char* name>
int metadata_run(lua_State* L) {
  const MetaData& metadata = check_metadata(L);
  std::vector<TablePtr> tables;
  bool all = true, check_first = true;
  if (!lua_isnoneornil(L, 3)) {
    Kwargs kw(L, 3, name);
    kw.expect_positional(0, 0);
    check_first = kw.take_boolean("checkfirst", true);
    if (kw.take("tables")) {
      if (!lua_istable(L, -1)) kw.throw_keyword("tables", "a list of tables", -1);
      all = false;
      for (lua_Integer i = 1, count = luaL_len(L, -1); i <= count; ++i) {
        lua_geti(L, -1, i);
        tables.push_back(check_own_table(L, lua_gettop(L), metadata));
        lua_pop(L, 1);
      }
      lua_pop(L, 1);
    }
    kw.finish();
  }
  run(L, 2, metadata, all ? nullptr : &tables, check_first);
  return 0;
}

constexpr char kCreateAll[] = "create_all", kDropAll[] = "drop_all";

int metadata_tostring(lua_State* L) {
  lua_pushliteral(L, "MetaData()");
  return 1;
}

int metadata_equal(lua_State* L) {
  const auto* a = test_box<MetaDataBox>(L, 1);
  const auto* b = test_box<MetaDataBox>(L, 2);
  lua_pushboolean(L, a != nullptr && b != nullptr && a->metadata == b->metadata);
  return 1;
}

// Upvalues: the keys, the values, the position.
int next_pair(lua_State* L) {
  lua_Integer position = lua_tointeger(L, lua_upvalueindex(3)) + 1;
  lua_pushinteger(L, position);
  lua_copy(L, -1, lua_upvalueindex(3));
  if (lua_rawgeti(L, lua_upvalueindex(1), position) == LUA_TNIL) return 1;
  lua_rawgeti(L, lua_upvalueindex(2), position);
  return 2;
}

template <class Run>
int run_on(lua_State* L, int index, Run run) {
  end_left_loops(L);
  if (test_box<ConnectionBox>(L, index) != nullptr) return run(check_connection(L, index));
  if (const auto* box = test_box<EngineBox>(L, index)) {
    engine::EnginePtr engine = box->engine;
    return run(*engine);
  }
  throw_argument(L, index, "an engine or a connection");
}

constexpr MethodDef kMethods[] = {
    {"create_all", guarded<metadata_run<run_create, kCreateAll>>,
     "create_all(engine, {tables = {…}, checkfirst = true})  creates the tables that are not there "
     "yet"},
    {"drop_all", guarded<metadata_run<run_drop, kDropAll>>,
     "drop_all(engine, {tables = {…}, checkfirst = true})  drops the tables that are there"},
    {"reflect", guarded<metadata_reflect>,
     "reflect(engine, {only = {…}, views = false, schema =, resolve_fks = true})  adds the tables "
     "that the database has; only may be a function of the name"},
    {"remove", guarded<metadata_remove>, "remove(table)  forgets a table; the database keeps it"},
    {"clear", guarded<metadata_clear>, "clear()  forgets all tables; the database keeps them"},
};

constexpr MethodDef kGetters[] = {
    {"tables", guarded<metadata_tables>, "tables  by name, with pairs in the order of declaration"},
    {"sorted_tables", guarded<metadata_sorted_tables>,
     "sorted_tables  a list, referred tables first"},
    {"naming_convention", guarded<metadata_naming_convention>,
     "naming_convention  how constraints are named"},
    {"schema", guarded<metadata_schema>, "schema  of tables that name none, or nil"},
};

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<metadata_tostring>, "tostring(metadata)"},
    {"__eq", guarded<metadata_equal>, "metadata == other  the same MetaData"},
};

constexpr MethodDef kTablesMetamethods[] = {
    {"__len", guarded<tables_length>, "#metadata.tables  how many tables there are"},
    {"__pairs", guarded<tables_pairs>,
     "pairs(metadata.tables)  names and tables, in the order of declaration"},
    {"__tostring", guarded<tables_tostring>, "tostring(metadata.tables)  the names"},
};

}  // namespace

const ClassDef kMetaDataClass{
    .name = "MetaData",
    .doc =
        "MetaData{naming_convention = {ix = , uq = , ck = , fk = , pk = }, schema = }  the tables "
        "of a database",
    .methods = kMethods,
    .getters = kGetters,
    .metamethods = kMetamethods,
    .constructor = guarded<metadata_new>,
    .usage = "db.metadata",
    .destroy = kDestroy<MetaDataBox>,
};

const ClassDef kTablesClass{
    .name = "Tables",
    .doc = "The tables of a MetaData by name",
    .metamethods = kTablesMetamethods,
    .index = tables_index,
    .usage = "metadata.tables",
    .destroy = kDestroy<TablesBox>,
};

int push_pairs(lua_State* L) {
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, guarded<next_pair>, 3);
  return 1;
}

int run_create(lua_State* L, int index, const MetaData& metadata, const std::vector<TablePtr>* only,
               bool check_first) {
  return run_on(L, index, [&](auto& target) {
    return engine::create_tables(target, metadata, {only, check_first});
  });
}

int run_drop(lua_State* L, int index, const MetaData& metadata, const std::vector<TablePtr>* only,
             bool check_first) {
  return run_on(L, index, [&](auto& target) {
    return engine::drop_tables(target, metadata, {only, check_first});
  });
}

uint64_t next_creation_order(lua_State* L) {
  return ++Context::of(L).area<SchemaArea>().last_order;
}

std::shared_ptr<const LuaRef> take_info(lua_State* L, Kwargs& kw) {
  if (!kw.take("info")) return nullptr;
  std::shared_ptr<const LuaRef> info;
  if (!is_null(L, -1)) {
    if (!lua_istable(L, -1)) kw.throw_keyword("info", "a table", -1);
    info = std::make_shared<const LuaRef>(L, -1);
  }
  lua_pop(L, 1);
  return info;
}

void push_info(lua_State* L, const std::shared_ptr<const LuaRef>& info) { info->push(L); }

void open_metadata(lua_State* L, int module) {
  register_class(L, kMetaDataClass);
  register_class(L, kTablesClass);
  push_class(L, kMetaDataClass);
  lua_setfield(L, module, "MetaData");
}

void open_schema(lua_State* L, int module) {
  open_types(L, module);
  open_columns(L, module);
  open_constraints(L, module);
  open_tables(L, module);
  open_metadata(L, module);
  open_ddl(L, module);
}

}  // namespace moonbase::bindings
