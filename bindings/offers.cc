#include "bindings/offers.h"

#include <algorithm>
#include <array>
#include <map>

#include "bindings/collection_support.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/orm_area.h"
#include "bindings/prompt_locals.h"
#include "bindings/query_box.h"
#include "bindings/stack.h"

namespace moonbase::bindings {
namespace {

using mapper::Attribute;
using mapper::Mapper;
using mapper::Relationship;

// Sorted, each name once.
class Offers {
 public:
  void add(std::string_view name, std::string doc, bool method) {
    offers_.try_emplace(std::string(name), std::move(doc), method);
  }
  std::vector<Offer> take() {
    std::vector<Offer> out;
    for (auto& [name, offer] : offers_) out.push_back({name, std::move(offer.first), offer.second});
    return out;
  }

 private:
  std::map<std::string, std::pair<std::string, bool>> offers_;
};

// Takes the value off the top.
Subject take_value(lua_State* L) {
  Subject subject;
  if (!lua_isnil(L, -1)) {
    subject.kind = Subject::Kind::kValue;
    subject.value = LuaRef(L, -1);
  }
  lua_pop(L, 1);
  return subject;
}

Subject object_of(const ClassDef& cls, const Mapper* mapper) {
  Subject subject;
  subject.kind = Subject::Kind::kObject;
  subject.cls = &cls;
  subject.mapper = mapper;
  return subject;
}

Subject instance_of(const Mapper* mapper) {
  Subject subject;
  subject.kind = mapper != nullptr ? Subject::Kind::kInstance : Subject::Kind::kUnknown;
  subject.mapper = mapper;
  return subject;
}

const ClassDef& class_of_collection(const Relationship& r) {
  switch (r.shape()) {
    case mapper::Shape::kDict:
      return class_of<DictBox>();
    case mapper::Shape::kSet:
      return class_of<SetBox>();
    default:
      return class_of<ListBox>();
  }
}

// A mapped object behind the subject: its class, or null.
const Mapper* instance_mapper(lua_State* L, const Subject& subject) {
  if (subject.kind == Subject::Kind::kInstance) return subject.mapper;
  if (subject.kind != Subject::Kind::kValue) return nullptr;
  subject.value.push(L);
  const state::Instance* instance = test_instance(L, -1);
  lua_pop(L, 1);
  return instance != nullptr ? instance->mapper : nullptr;
}

// The class of Moonbase's that the subject is an object of, or null; and for a query or collection,
// what it gives.
Subject object_behind(lua_State* L, const Subject& subject) {
  if (subject.kind == Subject::Kind::kObject) return object_of(*subject.cls, subject.mapper);
  if (subject.kind != Subject::Kind::kValue) return {};
  subject.value.push(L);
  Subject found;
  if (const Box* box = to_box(L, -1); box != nullptr && box->cls != nullptr && box->dead == 0) {
    found = object_of(*box->cls, nullptr);
    if (const query::Query* query = test_query(L, -1);
        query != nullptr && query->is_single_entity())
      found.mapper = query->entities[0].mapper;
    if (const auto* list = test_box<ListBox>(L, -1)) found.mapper = list->relationship->target;
  }
  lua_pop(L, 1);
  return found;
}

const Mapper* model_behind(lua_State* L, const Subject& subject) {
  if (subject.kind != Subject::Kind::kValue) return nullptr;
  subject.value.push(L);
  const Mapper* model = test_model(L, -1);
  lua_pop(L, 1);
  return model;
}

const MethodDef* find_in(const ClassDef* cls, std::span<const MethodDef> ClassDef::*rows,
                         std::string_view name) {
  for (; cls != nullptr; cls = cls->parent) {
    for (const MethodDef& row : cls->*rows) {
      if (row.name == name) return &row;
    }
  }
  return nullptr;
}

// Pushes value[name] of the value on the top in its place, nil when that raises.
void get_field(lua_State* L, std::string_view name) {
  lua_pushcfunction(L, [](lua_State* S) {
    lua_gettable(S, 1);
    return 1;
  });
  lua_insert(L, -2);
  push_string(L, name);
  if (lua_pcall(L, 2, 1, 0) == LUA_OK) return;
  lua_pop(L, 1);
  lua_pushnil(L);
}

// Whether the table on the top is an object of the prelude: its metatable lists its names.
bool has_names(lua_State* L) {
  if (luaL_getmetafield(L, -1, "__names") == LUA_TNIL) return false;
  lua_pop(L, 1);
  return true;
}

Subject field_of_instance(const Mapper& mapper, std::string_view name) {
  const Attribute* attribute = mapper.find(name);
  const Relationship* r = attribute != nullptr ? attribute->relationship : nullptr;
  if (r == nullptr || r->target == nullptr) return {};
  if (r->lazy == mapper::Lazy::kDynamic) return object_of(class_of<QueryBox>(), r->target);
  if (!r->is_collection()) return instance_of(r->target);
  return object_of(class_of_collection(*r), r->target);
}

std::string doc_of_attribute(const Mapper& mapper, const Attribute& attribute) {
  switch (attribute.kind) {
    case Attribute::Kind::kColumn: {
      const schema::Column* column = mapper.column(attribute.slot);
      std::string doc = "column";
      if (const auto& type = mapper.type(attribute.slot)) doc += " " + type->repr();
      if (column != nullptr && column->primary_key) doc += ", primary key";
      return doc;
    }
    case Attribute::Kind::kRelationship: {
      const Relationship* r = attribute.relationship;
      if (r == nullptr || r->target == nullptr) return "relationship";
      return std::string(r->is_collection() ? "many " : "one ") + r->target->name();
    }
    case Attribute::Kind::kExpression:
      return "an SQL expression, read with the row";
  }
  return {};
}

void add_attributes(const Mapper& mapper, Offers& offers) {
  for (const Attribute& attribute : mapper.attributes())
    offers.add(attribute.name, doc_of_attribute(mapper, attribute), false);
  for (const auto& [name, target] : mapper.synonyms())
    offers.add(name, "the same as " + target, false);
}

void add_rows(const ClassDef* cls, Offers& offers) {
  for (; cls != nullptr; cls = cls->parent) {
    for (const MethodDef& row : cls->getters) offers.add(row.name, row.doc, false);
    for (const MethodDef& row : cls->methods) offers.add(row.name, row.doc, true);
  }
}

std::string doc_of_top(lua_State* L) { return doc_of(L, -1).value_or(""); }

// The members of the class body: the program's methods, hybrids and the like.
void add_own_members(lua_State* L, const Mapper& mapper, Offers& offers) {
  ModelInfo* info = Context::of(L).area<OrmArea>().find_model(mapper);
  if (info == nullptr) return;
  info->members.push(L);
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || mapper.find(check_string(L, -2)) != nullptr) continue;
    offers.add(check_string(L, -2), doc_of_top(L), lua_isfunction(L, -1));
  }
  lua_pop(L, 1);
}

// Of the table on the top.
void add_table_fields(lua_State* L, Offers& offers) {
  if (has_names(L)) {
    luaL_getmetafield(L, -1, "__names");
    lua_call(L, 0, 1);
    for (const std::string& name : check_strings(L, lua_gettop(L))) {
      lua_pushvalue(L, -2);
      get_field(L, name);
      offers.add(name, doc_of_top(L), lua_isfunction(L, -1));
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING)
      offers.add(check_string(L, -2), doc_of_top(L), lua_isfunction(L, -1));
  }
}

// Of a value that is no object of Moonbase's.
void add_fields(lua_State* L, const Subject& subject, Offers& offers) {
  if (subject.kind != Subject::Kind::kValue) return;
  subject.value.push(L);
  if (lua_istable(L, -1)) add_table_fields(L, offers);
  if (lua_type(L, -1) == LUA_TSTRING) {
    lua_getglobal(L, LUA_STRLIBNAME);
    if (lua_istable(L, -1)) add_table_fields(L, offers);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Subject result_of_query(const ClassDef& cls, const Mapper* mapper, std::string_view method) {
  constexpr auto kGivesObject = std::to_array<std::string_view>(
      {"first", "one", "one_or_none", "get", "first_or_404", "one_or_404", "get_or_404"});
  constexpr auto kGivesOther = std::to_array<std::string_view>(
      {"all", "count", "delete", "update", "scalar", "scalars", "paginate", "explain", "iter",
       "exists", "subquery", "cte", "append", "remove", "extend", "compile", "scalar_subquery"});
  if (is_one_of(kGivesObject, method)) return instance_of(mapper);
  bool derives = !is_one_of(kGivesOther, method) && find_in(&cls, &ClassDef::methods, method);
  return derives ? object_of(cls, mapper) : Subject{};
}

}  // namespace

Subject subject_of_name(lua_State* L, std::string_view name) {
  if (Context::of(L).area<PromptLocals>().push_value(L, name)) return take_value(L);
  lua_pushglobaltable(L);
  push_string(L, name);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return take_value(L);
}

Subject subject_of_field(lua_State* L, const Subject& owner, std::string_view name) {
  if (const Mapper* mapper = instance_mapper(L, owner)) return field_of_instance(*mapper, name);
  if (owner.kind != Subject::Kind::kValue) return {};
  owner.value.push(L);
  if (lua_istable(L, -1) && !has_names(L)) {
    push_string(L, name);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    return take_value(L);
  }
  const Box* box = to_box(L, -1);
  bool known = lua_istable(L, -1) || test_model(L, -1) != nullptr ||
               (box != nullptr && find_in(box->cls, &ClassDef::getters, name) != nullptr);
  if (!known) {
    lua_pop(L, 1);
    return {};
  }
  get_field(L, name);
  return take_value(L);
}

Subject subject_of_call(lua_State* L, const Subject& owner, std::string_view method,
                        const Subject& argument) {
  Subject object = object_behind(L, owner);
  if (object.cls == nullptr) return {};
  if (object.cls == &class_of<QueryBox>())
    return result_of_query(*object.cls, object.mapper, method);
  const Mapper* model = model_behind(L, argument);
  bool session = std::string_view(object.cls->usage) == "db.session";
  if (!session || model == nullptr) return {};
  if (method == "query") return object_of(class_of<QueryBox>(), model);
  return method == "get" || method == "merge" ? instance_of(model) : Subject{};
}

Subject subject_of_call(lua_State* L, const Subject& callee, const Subject& argument,
                        std::string_view name) {
  if (const Mapper* model = model_behind(L, callee)) return instance_of(model);
  const Mapper* selected = name == "select" ? model_behind(L, argument) : nullptr;
  return selected != nullptr ? object_of(class_of<QueryBox>(), selected) : Subject{};
}

Subject subject_of_item(lua_State* L, const Subject& owner, lua_Integer position) {
  if (Subject object = object_behind(L, owner); object.cls != nullptr) {
    return object.cls == &class_of<ListBox>() ? instance_of(object.mapper) : Subject{};
  }
  if (owner.kind != Subject::Kind::kValue) return {};
  owner.value.push(L);
  if (!lua_istable(L, -1)) {
    lua_pop(L, 1);
    return {};
  }
  lua_rawgeti(L, -1, position);
  lua_remove(L, -2);
  return take_value(L);
}

std::vector<Offer> members_of(lua_State* L, const Subject& subject) {
  Offers offers;
  if (const Mapper* mapper = instance_mapper(L, subject)) {
    add_attributes(*mapper, offers);
    add_own_members(L, *mapper, offers);
    return offers.take();
  }
  if (const Mapper* model = model_behind(L, subject)) {
    add_attributes(*model, offers);
    add_own_members(L, *model, offers);
  }
  if (Subject object = object_behind(L, subject); object.cls != nullptr) {
    add_rows(object.cls, offers);
  } else {
    add_fields(L, subject, offers);
  }
  return offers.take();
}

std::vector<Offer> names_offered(lua_State* L) {
  Offers offers;
  const auto& locals = Context::of(L).area<PromptLocals>();
  for (const std::string& name : locals.names()) {
    if (!locals.push_value(L, name)) continue;
    offers.add(name, doc_of_top(L), false);
    lua_pop(L, 1);
  }
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING) offers.add(check_string(L, -2), doc_of_top(L), false);
  }
  lua_pop(L, 1);
  for (const char* word : {"and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
                           "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
                           "repeat",   "return", "then", "true", "until",  "while"}) {
    offers.add(word, "", false);
  }
  return offers.take();
}

std::vector<Offer> keys_of_call(lua_State* L, const Subject& owner, std::string_view method) {
  Offers offers;
  Subject object = object_behind(L, owner);
  bool query = object.cls == &class_of<QueryBox>() && object.mapper != nullptr;
  if (query && (method == "filter_by" || method == "update" || method == "values")) {
    add_attributes(*object.mapper, offers);
  } else if (object.cls == nullptr && owner.kind == Subject::Kind::kValue && method == "update") {
    // A config: its keys are written in capitals, its methods are not.
    for (const Offer& offer : members_of(L, owner)) {
      if (offer.name[0] >= 'A' && offer.name[0] <= 'Z') offers.add(offer.name, offer.doc, false);
    }
  }
  return offers.take();
}

std::vector<Offer> keys_of_call(lua_State* L, const Subject& callee) {
  Offers offers;
  if (const Mapper* model = model_behind(L, callee)) add_attributes(*model, offers);
  return offers.take();
}

std::vector<Offer> sql_names(lua_State* L, std::string_view table_name) {
  Offers offers;
  Subject metadata = subject_of_field(L, subject_of_name(L, "db"), "metadata");
  if (metadata.kind != Subject::Kind::kValue) return {};
  metadata.value.push(L);
  const auto* box = test_box<MetaDataBox>(L, -1);
  auto tables = box != nullptr ? box->metadata->tables() : std::vector<schema::TablePtr>();
  lua_pop(L, 1);
  for (const schema::TablePtr& table : tables) {
    if (table_name.empty()) offers.add(table->full_name(), "table", false);
    if (!table_name.empty() && table_name != table->name()) continue;
    for (const schema::Column& column : table->columns()) {
      std::string type = column.type ? " " + column.type->repr() : "";
      offers.add(column.name, "column of " + table->name() + type, false);
    }
  }
  return offers.take();
}

}  // namespace moonbase::bindings
