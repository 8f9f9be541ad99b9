// From a class body to a table, a mapper and a class object. Nothing is registered unless all of it
// succeeds.
#include <algorithm>

#include "bindings/descriptor.h"
#include "bindings/error_object.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/lua_model.h"
#include "bindings/lua_property.h"
#include "bindings/lua_schema.h"
#include "bindings/mapper_args.h"
#include "bindings/query_class.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/session/session.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

namespace {

using Columns = NamedColumns;

struct Part {
  std::string name;
  uint64_t order;
  std::shared_ptr<ColumnSpec> column;
  std::shared_ptr<mapper::RelationshipDef> relationship;
  std::shared_ptr<const mapper::ExpressionDef> expression = nullptr;
};

constexpr const char* kBodyOptions[] = {"__tablename__", "__table__",      "__bind_key__",
                                        "__abstract__",  "__table_args__", "__mapper_args__",
                                        "__repr__",      "__init__",       "__doc__"};

void check_option(const std::string& cls, const std::string& key) {
  std::vector<std::string> names(std::begin(kBodyOptions), std::end(kBodyOptions));
  if (std::find(names.begin(), names.end(), key) != names.end()) return;
  if (key.starts_with("__") && key.ends_with("__"))
    throw Error(ErrorKind::kArgumentError,
                "model " + cls + " has no option " + key + base::did_you_mean(key, names));
}

// A mixin's column belongs to every class that takes it in: each gets a copy.
std::shared_ptr<ColumnSpec> take_column(const std::shared_ptr<ColumnSpec>& spec, bool copy,
                                        lua_State* L) {
  if (!copy) return spec;
  auto made = std::make_shared<ColumnSpec>(*spec);
  made->order = next_creation_order(L);
  made->claimed = false;
  made->full_name.clear();
  return made;
}

// Adds the columns, relationships, methods and options of one body; what an earlier one said stays.
// `merged` collects methods and options.
void collect_body(lua_State* L, const std::string& cls, int body, bool is_mixin,
                  std::vector<Part>& parts, int merged) {
  body = lua_absindex(L, body);
  const int body_top = lua_gettop(L);
  std::vector<Part> found;
  lua_pushnil(L);
  while (lua_next(L, body) != 0) {
    if (lua_type(L, -2) != LUA_TSTRING)
      throw Error(ErrorKind::kArgumentError,
                  "model " + cls + ": a class body takes name = value, got a " +
                      type_name_of(L, -1) + " at position " +
                      (lua_isinteger(L, -2) ? std::to_string(lua_tointeger(L, -2)) : "?"))
          .with_hint("write name = db.Column{…}");
    const std::string key(check_string(L, -2));
    // What a nearer body said of the name stands, be it a column or a method.
    const bool is_attribute = test_box<ColumnBox>(L, -1) != nullptr ||
                              test_box<RelationshipSpecBox>(L, -1) != nullptr ||
                              test_box<ExpressionSpecBox>(L, -1) != nullptr ||
                              test_box<SynonymSpecBox>(L, -1) != nullptr || is_descriptor(L, -1);
    if (is_attribute && (key == "metadata" || key == "query"))
      throw Error(ErrorKind::kInvalidRequestError, "model " + cls + ": the attribute name '" + key +
                                                       "' is reserved: it is what " + cls + "." +
                                                       key + " means")
          .with_hint("give the attribute another name; a column keeps its own: " + key +
                     "_ = db.Column{'" + key + "', …}");
    const bool known =
        std::any_of(parts.begin(), parts.end(), [&](const Part& p) { return p.name == key; }) ||
        (lua_getfield(L, merged, key.c_str()) != LUA_TNIL);
    lua_settop(L, body_top + 2);
    if (const auto* column = test_box<ColumnBox>(L, -1)) {
      if (!is_mixin && column->spec->claimed)
        throw Error(ErrorKind::kArgumentError,
                    "model " + cls + ": the column '" + key + "' belongs to another table already")
            .with_hint(
                "make a column of its own with db.Column, or share it through a mixin: db.Model('" +
                cls + "', Mixin) {…}");
      if (!known) found.push_back({key, column->spec->order, column->spec, nullptr});
    } else if (const auto* r = test_box<RelationshipSpecBox>(L, -1)) {
      if (!known) {
        auto def = std::make_shared<mapper::RelationshipDef>(*r->spec->def);
        def->name = key;
        found.push_back({key, r->spec->order, nullptr, std::move(def)});
      }
    } else if (const auto* e = test_box<ExpressionSpecBox>(L, -1)) {
      if (!known)
        found.push_back({key, e->spec->order, nullptr, nullptr, expression_def(L, key, e->spec)});
    } else if (test_box<TypeBox>(L, -1) != nullptr) {
      throw Error(ErrorKind::kArgumentError,
                  "model " + cls + ": '" + key + "' is a type, not a column")
          .with_hint("write " + key + " = db.Column{" + "db." + check_type(L, -1)->repr() + "}");
    } else {
      check_option(cls, key);
      if (!known && !(is_mixin && key == "__abstract__")) {
        lua_pushvalue(L, -1);
        lua_setfield(L, merged, key.c_str());
      }
    }
    lua_pop(L, 1);
  }
  std::sort(found.begin(), found.end(),
            [](const Part& a, const Part& b) { return a.order < b.order; });
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
      throw Error(ErrorKind::kArgumentError,
                  "model " + cls + ": " + key + " must be text, got " + type_name_of(L, -1));
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
    there = std::make_shared<schema::MetaData>(main ? main->naming_convention()
                                                    : schema::NamingConvention{});
  }
  return there;
}

// A table under its name; what stood there before comes back unless it is kept.
class TableRegistration {
 public:
  TableRegistration(lua_State* L, schema::MetaData& metadata, schema::TableDef def,
                    const TableOptions& options, bool replace)
      : metadata_(metadata), before_(metadata.find(full_name_in(metadata, def))) {
    table_ = replace ? metadata.add(std::move(def), true)
                     : add_table(L, metadata, std::move(def), options);
  }
  TableRegistration(const TableRegistration&) = delete;
  ~TableRegistration() {
    if (kept_ || table_ == nullptr || table_ == before_) return;
    if (before_)
      metadata_.put_back(before_);
    else
      metadata_.remove(table_->full_name());
  }
  static std::string full_name_in(const schema::MetaData& metadata, const schema::TableDef& def) {
    const std::string& schema = def.schema.empty() ? metadata.schema() : def.schema;
    return schema.empty() ? def.name : schema + "." + def.name;
  }
  const schema::TablePtr& table() const { return table_; }
  void keep() { kept_ = true; }

 private:
  schema::MetaData& metadata_;
  schema::TablePtr before_, table_;
  bool kept_ = false;
};

// A table that other classes are mapped to got columns: it is as it was unless they are kept.
class TableExtension {
 public:
  TableExtension(schema::MetaData& metadata, schema::TablePtr before)
      : metadata_(metadata), before_(std::move(before)) {}
  TableExtension(const TableExtension&) = delete;
  ~TableExtension() {
    if (!kept_ && metadata_.find(before_->full_name()) != before_) metadata_.put_back(before_);
  }
  void keep() { kept_ = true; }

 private:
  schema::MetaData& metadata_;
  schema::TablePtr before_;
  bool kept_ = false;
};

// One declaration on its way: what db.Model was given, and what is made of it.
struct Declaration {
  DatabasePtr database;
  std::string cls;
  mapper::MapperPtr old;  // the class of that name that steps aside
  int merged = 0;         // stack index: methods and options
  std::vector<Part> parts;
  Columns columns;
  mapper::ModelDef def;
  std::optional<TableRegistration> registration;
  std::optional<TableExtension> extension;
};

bool has_key_column(const Declaration& d) {
  return std::any_of(d.columns.begin(), d.columns.end(),
                     [](const auto& c) { return c.second->column.primary_key; });
}

void set_base(Declaration& d, const mapper::Mapper& parent) {
  if (d.def.base != nullptr)
    throw Error(ErrorKind::kArgumentError, "model " + d.cls +
                                               " inherits from two mapped classes, " +
                                               d.def.base->name() + " and " + parent.name())
        .with_hint("inherit from one of them, and share the rest through a plain table (a mixin)");
  if (parent.is_replaced())
    throw Error(ErrorKind::kInvalidRequestError,
                "model " + d.cls + ": " + parent.name() + " was declared again since")
        .with_hint("inherit from the new class");
  d.def.base = &parent;
}

// Stack: database, name, bases, body.
void collect_parts(lua_State* L, Declaration& d) {
  collect_body(L, d.cls, 4, false, d.parts, d.merged);
  for (lua_Integer b = 1, n = luaL_len(L, 3); b <= n; ++b) {
    lua_geti(L, 3, b);
    if (const mapper::Mapper* parent = test_model(L, -1)) {
      set_base(d, *parent);
      lua_pop(L, 1);
      continue;
    }
    if (!lua_istable(L, -1))
      throw Error(ErrorKind::kArgumentError, "model " + d.cls + ": base " + std::to_string(b) +
                                                 " is no class and no mixin, but " +
                                                 type_name_of(L, -1));
    collect_body(L, d.cls, -1, true, d.parts, d.merged);
    lua_pop(L, 1);
  }
  for (const Part& p : d.parts) {
    mapper::PropertyDef property;
    property.name = p.name;
    if (p.column) {
      d.columns.emplace_back(p.name, p.column);
      property.column_key = p.column->column.key.empty() ? p.name : p.column->column.key;
      property.loading = p.column->loading;
    } else {
      property.relationship = p.relationship;
      property.expression = p.expression;
    }
    d.def.properties.push_back(std::move(property));
  }
}

// The class is mapped to a table that is there: every column is an attribute.
void adopt(Declaration& d, const schema::TablePtr& table) {
  if (!d.columns.empty())
    throw Error(ErrorKind::kArgumentError,
                "model " + d.cls + ": '" + d.columns[0].first +
                    "' is a column, and __table__ names a table that is complete")
        .with_hint("leave out either the columns or __table__");
  d.def.table = table;
  for (const schema::Column& c : table->columns()) {
    mapper::PropertyDef property;
    property.name = property.column_key = c.key;
    d.def.properties.push_back(std::move(property));
  }
}

bool is_given(lua_State* L, int merged, const char* key) {
  const bool given = lua_getfield(L, merged, key) != LUA_TNIL;
  lua_pop(L, 1);
  return given;
}

// Columns of the class in the table of the one it inherits from.
void extend_table(lua_State* L, Declaration& d) {
  const mapper::Mapper& base = *d.def.base;
  d.def.metadata = base.metadata();
  d.def.table = base.table();
  if (is_given(L, d.merged, "__table_args__"))
    throw Error(ErrorKind::kArgumentError, "model " + d.cls + " shares the table of " +
                                               base.name() + ", and cannot give it __table_args__")
        .with_hint("say them in " + base.name() + ", or give the class a __tablename__ and a key");
  d.extension.emplace(*base.metadata(), base.table());
  for (const auto& [name, spec] : d.columns) {
    schema::TableDef alone = make_table_def(L, base.table()->name(), {{name, spec}}, 0);
    schema::Column column = alone.columns[0];
    if (column.primary_key)
      throw Error(ErrorKind::kArgumentError, "model " + d.cls + ": '" + name +
                                                 "' is a key column, and the class shares the "
                                                 "table of " +
                                                 base.name())
          .with_hint("give the class a table of its own: __tablename__ = '" +
                     base::camel_to_snake(d.cls) + "', with a foreign key to '" +
                     base.table()->full_name() + "'");
    if (const schema::Column* there = d.def.table->find_column(column.key)) {
      if (d.old != nullptr && d.old->is_single() && d.old->slot_of(*there) >= 0 &&
          d.old->attribute_at(d.old->slot_of(*there)).owner == d.old.get())
        continue;  // the class is declared anew: its column is there
      throw Error(ErrorKind::kArgumentError, "model " + d.cls + ": the column '" + name +
                                                 "' conflicts with the column " +
                                                 there->full_name() + ", which is there already")
          .with_hint("give it another name: " + name + " = db.Column{'" +
                     base::camel_to_snake(d.cls) + "_" + column.name +
                     "', …}, or declare it once, in " + base.name());
    }
    std::optional<schema::ForeignKeyConstraint> key;
    if (!alone.foreign_keys.empty()) key = alone.foreign_keys[0];
    d.def.table = base.metadata()->extend(*d.def.table, std::move(column), std::move(key));
  }
}

void declare_table(lua_State* L, Declaration& d) {
  if (d.def.base != nullptr && !is_given(L, d.merged, "__tablename__") &&
      !is_given(L, d.merged, "__table__") && !has_key_column(d)) {
    extend_table(L, d);
    return;
  }
  const std::string bind_key = string_option(L, d.merged, "__bind_key__", d.cls);
  d.def.metadata = metadata_of(*d.database, bind_key);
  if (lua_getfield(L, d.merged, "__table__") != LUA_TNIL) {
    const auto* given = test_box<TableBox>(L, -1);
    if (given == nullptr)
      throw Error(ErrorKind::kArgumentError,
                  "model " + d.cls + ": __table__ takes a table made with db.Table, got " +
                      type_name_of(L, -1));
    adopt(d, given->table);
    if (given->metadata) d.def.metadata = given->metadata;
    lua_pop(L, 1);
    return;
  }
  lua_pop(L, 1);
  schema::MetaData& metadata = *d.def.metadata;
  std::string table_name = string_option(L, d.merged, "__tablename__", d.cls);
  if (table_name.empty()) table_name = base::camel_to_snake(d.cls);
  TableOptions options;
  const bool has_args = lua_getfield(L, d.merged, "__table_args__") != LUA_TNIL;
  schema::TableDef table =
      make_table_def(L, table_name, d.columns, has_args ? lua_gettop(L) : 0, &options);
  lua_pop(L, 1);
  table.bind_key = bind_key;
  const schema::TablePtr there = metadata.find(TableRegistration::full_name_in(metadata, table));
  const bool replaces = d.old && there && d.old->table() == there;
  if (there && !replaces && d.columns.empty()) {
    adopt(d, there);  // a table declared by itself
    return;
  }
  if (there && !replaces && !options.extend_existing && !options.keep_existing) {
    std::string other;
    for (const mapper::MapperPtr& m : d.database->registry->mappers())
      if (m->table() == there) other = ", which " + m->name() + " is mapped to";
    throw Error(ErrorKind::kInvalidRequestError,
                "model " + d.cls + ": there is a table '" + table.name + "' already" + other)
        .with_hint(
            "name another one with __tablename__ = '…', or map the one there is with __table__");
  }
  d.registration.emplace(L, metadata, std::move(table), options, replaces);
  d.def.table = d.registration->table();
}

// "models.lua:3" of the line that declares.
std::string declaration_place(lua_State* L) {
  std::string place = user_location(L);
  if (place.ends_with(':')) place.pop_back();
  return place;
}

// Objects of a class that was declared again belong to nobody; what refers to them is read again.
void let_go_of_objects(OrmArea& area, const mapper::Mapper& old) {
  std::vector<state::Instance*> attached;
  area.heap().each([&](state::Instance& i) {
    if (i.mapper->is_a(old)) {
      if (i.host != nullptr) attached.push_back(&i);
      return;
    }
    for (const auto& r : i.mapper->relationships()) {
      if (!r->target->is_a(old) || r->slot >= i.slot_count) continue;
      i.drop_relationship(r->slot);
      if (!i.has_identity) i.slot(r->slot) = base::Value::marker(base::Tag::kNeverSet);
      if (i.history != nullptr)
        std::erase_if(i.history->changes,
                      [&](const state::Change& c) { return c.slot == r->slot; });
    }
  });
  for (state::Instance* i : attached)
    if (auto* owner = dynamic_cast<session::Session*>(i->host)) owner->expunge(*i);
}

// The class's table goes with it unless the new class, or another one, is mapped to it.
void drop_former_table(const Declaration& d, const mapper::Mapper& made) {
  const schema::TablePtr& former = d.old->table();
  if (former->full_name() == made.table()->full_name() && d.old->metadata() == made.metadata())
    return;
  for (const mapper::MapperPtr& m : d.database->registry->mappers())
    if (m->table() == former) return;
  d.old->metadata()->remove(former->full_name());
}

// Methods, hybrids, constants and validators of the class above; its attributes are there.
void inherit_members(lua_State* L, const ModelInfo& base, ModelInfo& info) {
  info.validators = base.validators;
  base.members.push(L);
  info.members.push(L);
  lua_pushnil(L);
  while (lua_next(L, -3) != 0) {
    const std::string_view name = check_string(L, -2);
    const bool is_option = name.starts_with("__table") || name == "__mapper_args__" ||
                           name == "__bind_key__" || name == "__doc__" || name == "__abstract__";
    if (slot_member(L, lua_type(L, -1)).slot >= 0 || is_option) {
      lua_pop(L, 1);
      continue;
    }
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_pop(L, 2);
}

void publish(lua_State* L, OrmArea& area, const Declaration& d, const mapper::Mapper& made,
             std::string place) {
  ModelInfo& info = area.add_model(L, made);
  info.registry = d.database->registry;
  info.database = d.database;
  info.location = std::move(place);
  std::vector<std::pair<std::string, std::string>> synonyms;
  if (made.base() != nullptr) inherit_members(L, area.model(*made.base()), info);
  info.members.push(L);
  lua_pushnil(L);
  while (lua_next(L, d.merged) != 0) {
    if (const auto* synonym = test_box<SynonymSpecBox>(L, -1)) {
      synonyms.emplace_back(check_string(L, -2), *synonym->target);
      lua_pop(L, 1);
      continue;
    }
    if (const auto* validator = test_box<ValidatorSpecBox>(L, -1)) {
      add_validator(info, validator->spec);
      lua_pop(L, 1);
      continue;
    }
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_pop(L, 1);
  std::sort(synonyms.begin(), synonyms.end());
  for (const auto& [name, target] : synonyms) add_model_synonym(L, info, name, target);
  push_box(L, ModelBox{&made});
  info.class_object = LuaRef(L, -1);
}

}  // namespace

schema::MetaDataPtr find_metadata(lua_State* L, const schema::Table& table) {
  const DatabasePtr& database = orm_area(L).current;
  if (!database) return nullptr;  // no class could be declared
  auto it = database->metadatas.find(table.bind_key());
  return it == database->metadatas.end() ? nullptr : it->second;
}

int declare_model(lua_State* L) {
  Declaration d;
  d.database = check_box<DatabaseBox>(L, 1).database;
  d.def.name = d.cls = check_string(L, 2);
  check_table(L, 3);
  if (!lua_istable(L, 4))
    throw Error(ErrorKind::kArgumentError,
                "model " + d.cls + " needs a body in braces, got " + type_name_of(L, 4))
        .with_hint(d.cls + " = db.Model '" + d.cls +
                   "' { id = db.Column{db.Integer, primary_key = true}, … }");
  OrmArea& area = orm_area(L);
  lua_settop(L, 4);
  lua_newtable(L);
  d.merged = 5;
  collect_parts(L, d);
  if (lua_getfield(L, d.merged, "query_class") == LUA_TTABLE) check_query_class(L, -1, d.cls);
  lua_pop(L, 1);
  mapper::Registry& registry = *d.database->registry;
  d.old = registry.find(d.cls);
  std::string place = declaration_place(L);
  if (d.old && !Context::of(L).area<Hooks>().interactive)
    throw Error(ErrorKind::kInvalidRequestError, "model " + d.cls + " is declared twice: " +
                                                     area.model(*d.old).location + " and " + place)
        .with_hint("give one of the two another name");
  declare_table(L, d);
  read_mapper_args(L, {d.cls, d.merged, d.columns}, d.def);
  const mapper::MapperPtr made = registry.declare(std::move(d.def), d.old != nullptr);
  if (d.registration) d.registration->keep();
  if (d.extension) d.extension->keep();
  for (auto& [name, spec] : d.columns) {
    spec->claimed = true;
    spec->full_name =
        made->table()->full_name() + "." + (spec->column.key.empty() ? name : spec->column.key);
  }
  if (d.old) {
    let_go_of_objects(area, *d.old);
    drop_former_table(d, *made);
  }
  publish(L, area, d, *made, std::move(place));
  return 1;
}

void add_model_column(lua_State* L, ModelInfo& info, const std::string& name,
                      const std::shared_ptr<ColumnSpec>& spec) {
  const mapper::Mapper& m = *info.mapper;
  if (m.find(name) != nullptr)
    throw Error(ErrorKind::kArgumentError, m.name() + "." + name + " is there already");
  const schema::MetaDataPtr& metadata = m.metadata();
  // The column's definition in a table of its own shape: names and foreign keys are completed the
  // same way.
  schema::TableDef alone = make_table_def(L, m.table()->name(), {{name, spec}}, 0);
  std::optional<schema::ForeignKeyConstraint> key;
  if (!alone.foreign_keys.empty()) key = alone.foreign_keys[0];
  schema::Column column = alone.columns[0];
  const std::string column_key = column.key;
  schema::TablePtr extended = metadata->extend(*m.table(), std::move(column), std::move(key));
  info.registry->add_column(m, std::move(extended), name, column_key, spec->loading);
  spec->claimed = true;
}

}  // namespace moonbase::bindings
