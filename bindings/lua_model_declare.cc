// From a class body to a table, a mapper and a class object. Nothing is registered unless all of it succeeds.
#include <algorithm>

#include "bindings/error_object.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

namespace {

using Columns = std::vector<std::pair<std::string, std::shared_ptr<ColumnSpec>>>;

struct Part {
  std::string name;
  uint64_t order;
  std::shared_ptr<ColumnSpec> column;
  std::shared_ptr<mapper::RelationshipDef> relationship;
};

constexpr const char* kBodyOptions[] = {"__tablename__", "__table__",   "__bind_key__", "__abstract__",
                                        "__table_args__", "__mapper_args__", "__repr__",   "__init__", "__doc__"};

void check_option(const std::string& cls, const std::string& key) {
  std::vector<std::string> names(std::begin(kBodyOptions), std::end(kBodyOptions));
  if (std::find(names.begin(), names.end(), key) != names.end()) return;
  if (key.starts_with("__") && key.ends_with("__"))
    throw Error(ErrorKind::kArgumentError, "model " + cls + " has no option " + key + base::did_you_mean(key, names));
}

// A mixin's column belongs to every class that takes it in: each gets a copy.
std::shared_ptr<ColumnSpec> take_column(const std::shared_ptr<ColumnSpec>& spec, bool copy, lua_State* L) {
  if (!copy) return spec;
  auto made = std::make_shared<ColumnSpec>(*spec);
  made->order = next_creation_order(L);
  made->claimed = false;
  return made;
}

// Adds the columns, relationships, methods and options of one body; what an earlier one said stays. `merged` collects
// methods and options.
void collect_body(lua_State* L, const std::string& cls, int body, bool is_mixin, std::vector<Part>& parts, int merged) {
  body = lua_absindex(L, body);
  std::vector<Part> found;
  lua_pushnil(L);
  while (lua_next(L, body) != 0) {
    if (lua_type(L, -2) != LUA_TSTRING)
      throw Error(ErrorKind::kArgumentError, "model " + cls + ": a class body takes name = value, got a " + type_name_of(L, -1) + " at position " +
                                                 (lua_isinteger(L, -2) ? std::to_string(lua_tointeger(L, -2)) : "?"))
          .with_hint("write name = db.Column{…}");
    const std::string key(check_string(L, -2));
    const bool known = std::any_of(parts.begin(), parts.end(), [&](const Part& p) { return p.name == key; });
    if (const auto* column = test_box<ColumnBox>(L, -1)) {
      if (!is_mixin && column->spec->claimed)
        throw Error(ErrorKind::kArgumentError, "model " + cls + ": the column '" + key + "' belongs to another table already")
            .with_hint("make a column of its own with db.Column, or share it through a mixin: db.Model('" + cls + "', Mixin) {…}");
      if (!known) found.push_back({key, column->spec->order, column->spec, nullptr});
    } else if (const auto* r = test_box<RelationshipSpecBox>(L, -1)) {
      if (!known) {
        auto def = std::make_shared<mapper::RelationshipDef>(*r->spec->def);
        def->name = key;
        found.push_back({key, r->spec->order, nullptr, std::move(def)});
      }
    } else if (test_box<TypeBox>(L, -1) != nullptr) {
      throw Error(ErrorKind::kArgumentError, "model " + cls + ": '" + key + "' is a type, not a column").with_hint("write " + key + " = db.Column{" + "db." + check_type(L, -1)->repr() + "}");
    } else {
      check_option(cls, key);
      lua_getfield(L, merged, key.c_str());
      const bool is_set = !lua_isnil(L, -1);
      lua_pop(L, 1);
      if (!is_set && !(is_mixin && key == "__abstract__")) {
        lua_pushvalue(L, -1);
        lua_setfield(L, merged, key.c_str());
      }
    }
    lua_pop(L, 1);
  }
  std::sort(found.begin(), found.end(), [](const Part& a, const Part& b) { return a.order < b.order; });
  for (Part& p : found) {
    if (p.column) p.column = take_column(p.column, is_mixin, L);
    parts.push_back(std::move(p));
  }
}

std::string string_option(lua_State* L, int merged, const char* key, const std::string& cls) {
  lua_getfield(L, merged, key);
  std::string result;
  if (lua_isfunction(L, -1)) {  // computed: called with the class's name
    push_string(L, cls);
    lua_call(L, 1, 1);
  }
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TSTRING)
      throw Error(ErrorKind::kArgumentError, "model " + cls + ": " + key + " must be text, got " + type_name_of(L, -1));
    result = check_string(L, -1);
  }
  lua_pop(L, 1);
  return result;
}

schema::MetaDataPtr& metadata_of(Database& database, const std::string& bind_key) {
  schema::MetaDataPtr& there = database.metadatas[bind_key];
  if (!there) {
    // Another database's tables are named by the same rules.
    const schema::MetaDataPtr& main = database.metadatas[""];
    there = std::make_shared<schema::MetaData>(main ? main->naming_convention() : schema::NamingConvention{});
  }
  return there;
}

// Restores the metadata when the declaration does not succeed.
class TableRegistration {
 public:
  TableRegistration(schema::MetaData& metadata, schema::TableDef def, bool replace) : metadata_(metadata) {
    const std::string full_name = def.schema.empty() ? def.name : def.schema + "." + def.name;
    before_ = metadata.find(full_name);
    table_ = metadata.add(std::move(def), replace);
  }
  ~TableRegistration() {
    if (kept_) return;
    metadata_.remove(table_->full_name());
    if (before_) metadata_.add(before_->def());
  }
  const schema::TablePtr& table() const { return table_; }
  void keep() { kept_ = true; }

 private:
  schema::MetaData& metadata_;
  schema::TablePtr before_, table_;
  bool kept_ = false;
};

}  // namespace

schema::MetaDataPtr find_metadata(lua_State* L, const schema::Table& table) {
  const DatabasePtr& database = orm_area(L).current;
  if (!database) return nullptr;  // no class could be declared
  auto it = database->metadatas.find(table.bind_key());
  return it == database->metadatas.end() ? nullptr : it->second;
}

int declare_model(lua_State* L) {
  const DatabasePtr database = check_box<DatabaseBox>(L, 1).database;
  const std::string cls(check_string(L, 2));
  check_table(L, 3);
  if (!lua_istable(L, 4))
    throw Error(ErrorKind::kArgumentError, "model " + cls + " needs a body in braces, got " + type_name_of(L, 4))
        .with_hint(cls + " = db.Model '" + cls + "' { id = db.Column{db.Integer, primary_key = true}, … }");
  OrmArea& area = orm_area(L);
  lua_settop(L, 4);
  lua_newtable(L);
  const int merged = 5;
  std::vector<Part> parts;
  collect_body(L, cls, 4, false, parts, merged);
  for (lua_Integer b = 1, n = luaL_len(L, 3); b <= n; ++b) {
    lua_geti(L, 3, b);
    if (const mapper::Mapper* parent = test_model(L, -1))
      throw Error(ErrorKind::kNotSupportedError, "model " + cls + " cannot inherit from the mapped class " + parent->name())
          .with_hint("share columns and methods through a plain table (a mixin) or a base with __abstract__ = true");
    if (!lua_istable(L, -1))
      throw Error(ErrorKind::kArgumentError, "model " + cls + ": base " + std::to_string(b) + " is no class and no mixin, but " + type_name_of(L, -1));
    collect_body(L, cls, -1, true, parts, merged);
    lua_pop(L, 1);
  }

  Columns columns;
  mapper::ModelDef def;
  def.name = cls;
  for (const Part& p : parts) {
    mapper::PropertyDef property;
    property.name = p.name;
    if (p.column) {
      columns.emplace_back(p.name, p.column);
      property.column_key = p.column->column.key.empty() ? p.name : p.column->column.key;
    } else {
      property.relationship = p.relationship;
    }
    def.properties.push_back(std::move(property));
  }
  const std::string bind_key = string_option(L, merged, "__bind_key__", cls);
  schema::MetaDataPtr metadata = metadata_of(*database, bind_key);
  const mapper::MapperPtr old = database->registry->find(cls);
  const std::string location = user_location(L);
  if (old && !Context::of(L).area<Hooks>().interactive)
    throw Error(ErrorKind::kInvalidRequestError, "model " + cls + " is declared twice: " + area.model(*old).location + " and " + location)
        .with_hint("give one of the two another name");

  lua_getfield(L, merged, "__table__");
  std::optional<TableRegistration> registration;
  if (const auto* given = test_box<TableBox>(L, -1)) {
    def.table = given->table;
    if (given->metadata) metadata = given->metadata;
    for (const schema::Column& c : given->table->columns()) {
      mapper::PropertyDef property;
      property.name = property.column_key = c.key;
      def.properties.push_back(std::move(property));
    }
  } else {
    std::string table_name = string_option(L, merged, "__tablename__", cls);
    if (table_name.empty()) table_name = base::camel_to_snake(cls);
    lua_getfield(L, merged, "__table_args__");
    schema::TableDef table = make_table_def(L, table_name, columns, lua_isnil(L, -1) ? 0 : lua_gettop(L));
    lua_pop(L, 1);
    table.bind_key = bind_key;
    const schema::TablePtr there = metadata->find(table.schema.empty() ? table.name : table.schema + "." + table.name);
    const bool replaces = old && there && old->table() == there;
    if (there && !replaces && columns.empty()) {
      def.table = there;  // a table declared by itself is adopted
      for (const schema::Column& c : there->columns()) {
        mapper::PropertyDef property;
        property.name = property.column_key = c.key;
        def.properties.push_back(std::move(property));
      }
    } else {
      if (there && !replaces) {
        std::string other;
        for (const mapper::MapperPtr& m : database->registry->mappers())
          if (m->table() == there) other = ", which " + m->name() + " is mapped to";
        throw Error(ErrorKind::kInvalidRequestError, "model " + cls + ": there is a table '" + table.name + "' already" + other)
            .with_hint("name another one with __tablename__ = '…', or map the one there is with __table__");
      }
      registration.emplace(*metadata, std::move(table), replaces);
      def.table = registration->table();
    }
  }
  lua_pop(L, 1);
  def.metadata = metadata;
  const mapper::MapperPtr made = database->registry->declare(std::move(def), old != nullptr);
  if (registration) registration->keep();
  for (auto& [name, spec] : columns) spec->claimed = true;

  ModelInfo& info = area.add_model(L, *made);
  info.registry = database->registry;
  info.database = database;
  info.location = location;
  info.members.push(L);
  lua_pushnil(L);
  while (lua_next(L, merged) != 0) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_pop(L, 1);
  push_box(L, ModelBox{made.get()});
  info.class_object = LuaRef(L, -1);
  return 1;
}

void add_model_column(lua_State* L, ModelInfo& info, const std::string& name, const std::shared_ptr<ColumnSpec>& spec) {
  const mapper::Mapper& m = *info.mapper;
  if (m.find(name) != nullptr)
    throw Error(ErrorKind::kArgumentError, m.name() + "." + name + " is there already");
  const schema::MetaDataPtr metadata = find_metadata(L, *m.table());
  // The column's definition in a table of its own shape: names and foreign keys are completed the same way.
  schema::TableDef alone = make_table_def(L, m.table()->name(), {{name, spec}}, 0);
  std::optional<schema::ForeignKeyConstraint> key;
  if (!alone.foreign_keys.empty()) key = alone.foreign_keys[0];
  schema::Column column = alone.columns[0];
  const std::string column_key = column.key;
  schema::TablePtr extended = metadata->extend(*m.table(), std::move(column), std::move(key));
  info.registry->add_column(m, std::move(extended), name, column_key);
  spec->claimed = true;
}

}  // namespace moonbase::bindings
