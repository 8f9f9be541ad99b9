#include "bindings/orm_area.h"

#include <algorithm>

#include "bindings/guard.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_session.h"
#include "bindings/query_class.h"
#include "bindings/stack.h"
#include "bindings/warnings.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

const engine::EnginePtr& Database::engine(const std::string& bind_key) const {
  auto it = engines.find(bind_key);
  if (it != engines.end()) return it->second;
  if (bind_key.empty())
    throw Error(ErrorKind::kUnboundExecutionError, "no database is configured")
        .with_hint(
            "set app.config.SQLALCHEMY_DATABASE_URI = 'sqlite:///app.db' before "
            "moonbase.Database(app)");
  throw Error(ErrorKind::kUnboundExecutionError,
              "no database is configured for the bind key '" + bind_key + "'")
      .with_hint("add it to app.config.SQLALCHEMY_BINDS");
}

namespace {

LuaRef new_weak_list(lua_State* L) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  LuaRef made(L, -1);
  lua_pop(L, 1);
  return made;
}

}  // namespace

OrmArea::OrmArea(Context& context)
    : proxies_(new_weak_list(context.main())), last_collection_(new_weak_list(context.main())) {}

DatabasePtr OrmArea::database_of(const engine::EnginePtr& engine) const {
  for (const std::weak_ptr<Database>& each : databases)
    if (const DatabasePtr there = each.lock())
      for (const auto& [key, its] : there->engines)
        if (&its->root() == &engine->root()) return there;
  return current;
}

ModelInfo& OrmArea::add_model(lua_State* L, const mapper::Mapper& mapper) {
  if (models_.size() <= mapper.uid()) models_.resize(mapper.uid() + 1);
  auto info = std::make_unique<ModelInfo>();
  info->mapper = &mapper;
  lua_newtable(L);
  info->members = LuaRef(L, -1);
  lua_pop(L, 1);
  models_[mapper.uid()] = std::move(info);
  ModelInfo& made = *models_[mapper.uid()];
  refresh_members(L, made);
  return made;
}

void OrmArea::refresh_members(lua_State* L, ModelInfo& info) {
  info.access.assign(static_cast<size_t>(info.mapper->slot_count()), SlotAccess::kPlain);
  luaL_checkstack(L, 4, "no room to describe a class");
  info.members.push(L);
  for (const mapper::Attribute& a : info.mapper->attributes()) {
    SlotAccess& access = info.access[static_cast<size_t>(a.slot)];
    if (a.kind == mapper::Attribute::Kind::kRelationship) {
      access = SlotAccess::kRelationship;
    } else {
      const types::Type& type = *info.mapper->type(a.slot);
      if (type.kind() == types::TypeKind::kDecorator || type.is_mutable())
        access = SlotAccess::kTyped;
    }
    push_slot_member(L, a.slot, access);
    lua_setfield(L, -2, a.name.c_str());
  }
  for (const auto& [name, target] : info.mapper->synonyms()) {
    const mapper::Attribute* a = info.mapper->find(name);
    if (a == nullptr) continue;
    push_slot_member(L, a->slot, info.access[static_cast<size_t>(a->slot)]);
    lua_setfield(L, -2, name.c_str());
  }
  lua_pop(L, 1);
}

// ---- the database core ----

namespace {

Database& self(lua_State* L) { return *check_box<DatabaseBox>(L, 1).database; }

int make_database(lua_State* L) {
  OrmArea& area = orm_area(L);
  auto database = std::make_shared<Database>();
  database->registry = std::make_shared<mapper::Registry>();
  if (const auto* metadata = test_box<MetaDataBox>(L, 1))
    database->metadatas[""] = metadata->metadata;
  else
    database->metadatas[""] = std::make_shared<schema::MetaData>();
  Context& context = Context::of(L);
  database->registry->set_on_grown([&area, &context](const mapper::Mapper& m) {
    area.heap().grow(m);
    if (ModelInfo* info = area.find_model(m)) area.refresh_members(context.main(), *info);
  });
  database->registry->set_on_configured([&area, &context](const mapper::Mapper& m) {
    if (ModelInfo* info = area.find_model(m)) area.refresh_members(context.main(), *info);
  });
  database->registry->set_on_warning([&context](const std::string& message) {
    warning_sink(context.main()).warning("SAWarning", message);
  });
  // One without engines of its own stands behind one that has some.
  if (!opt_boolean(L, 2, false) || !area.current) area.current = database;
  area.databases.push_back(database);
  push_box(L, DatabaseBox{std::move(database)});
  return 1;
}

// The MetaData of a bind key, made when it is not there.
int core_metadata(lua_State* L) {
  Database& database = self(L);
  const std::string key = opt_string(L, 2).value_or("");
  schema::MetaDataPtr& there = database.metadatas[key];
  if (!there)
    there = std::make_shared<schema::MetaData>(database.metadatas[""]->naming_convention());
  push_box(L, MetaDataBox{there});
  return 1;
}

int core_bind_keys(lua_State* L) {
  const Database& database = self(L);
  std::vector<std::string> keys;
  for (const auto& [key, metadata] : database.metadatas) keys.push_back(key);
  for (const auto& [key, engine] : database.engines)
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  push_strings(L, keys);
  return 1;
}

int core_engine_keys(lua_State* L) {
  std::vector<std::string> keys;
  for (const auto& [key, engine] : self(L).engines) keys.push_back(key);
  push_strings(L, keys);
  return 1;
}

int core_set_engine(lua_State* L) {
  Database& database = self(L);
  const std::string key(check_string(L, 2));
  database.engines[key] = check_box<EngineBox>(L, 3).engine;
  return 0;
}

int core_engine(lua_State* L) {
  push_engine(L, self(L).engine(opt_string(L, 2).value_or("")));
  return 1;
}

int core_set_session(lua_State* L) {
  Database& database = self(L);
  if (!lua_isfunction(L, 2)) check_box<SessionBox>(L, 2);
  database.session = LuaRef(L, 2);
  return 0;
}

int core_set_query_class(lua_State* L) {
  check_query_class(L, 2, "Database");
  self(L).query_class = LuaRef(L, 2);
  return 0;
}

// All classes, in order of declaration.
int core_models(lua_State* L) {
  const Database& database = self(L);
  lua_newtable(L);
  lua_Integer n = 0;
  for (const mapper::MapperPtr& m : database.registry->mappers()) {
    orm_area(L).model(*m).class_object.push(L);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"metadata", guarded<core_metadata>, "metadata([bind_key])  the MetaData of a bind key"},
    {"bind_keys", guarded<core_bind_keys>,
     "bind_keys()  the keys there are tables or engines for; '' is the default"},
    {"engine_keys", guarded<core_engine_keys>,
     "engine_keys()  the bind keys there are engines for, in order; '' is the default"},
    {"set_engine", guarded<core_set_engine>,
     "set_engine(bind_key, engine)  the engine that serves the classes of a bind key; '' is the "
     "default"},
    {"engine", guarded<core_engine>, "engine([bind_key])  the engine of a bind key"},
    {"set_session", guarded<core_set_session>,
     "set_session(session)  what User.query uses; or a function that says it at each use"},
    {"set_query_class", guarded<core_set_query_class>,
     "set_query_class(table)  functions that its queries have as methods"},
    {"models", guarded<core_models>, "models()  the mapped classes in order of declaration"},
};

const ClassDef kDatabaseClass = {
    .name = "DatabaseCore",
    .doc = "What a database object is made of: classes, tables and engines.",
    .methods = kMethods,
    .destroy = kDestroy<DatabaseBox>,
};

}  // namespace

template <>
const ClassDef& class_of<DatabaseBox>() {
  return kDatabaseClass;
}

void open_database(lua_State* L, int module) {
  register_class(L, kDatabaseClass);
  static constexpr MethodDef kFunctions[] = {
      {"_database", guarded<make_database>,
       "_database([metadata[, has_no_engines]])  the core of a database object"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
