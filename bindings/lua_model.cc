#include "bindings/lua_model.h"

#include <algorithm>

#include "bindings/descriptor.h"
#include "bindings/event_hub.h"
#include "bindings/guard.h"
#include "bindings/lua_copy.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_property.h"
#include "bindings/lua_query.h"
#include "bindings/lua_schema.h"
#include "bindings/origins.h"
#include "bindings/query_box.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using mapper::Mapper;
using mapper::Relationship;
using state::Instance;

const Mapper* test_model(lua_State* L, int index) {
  const auto* box = test_box<ModelBox>(L, index);
  return box == nullptr ? nullptr : box->mapper;
}

const Mapper& check_model(lua_State* L, int index) {
  if (const Mapper* m = test_model(L, index)) return *m;
  if (const Instance* i = test_instance(L, index))
    throw Error(ErrorKind::kUnmappedClassError,
                "expected a class, got the object " + state::describe(*i))
        .with_hint("use the class: " + i->mapper->name());
  throw Error(ErrorKind::kUnmappedClassError,
              "expected a mapped class, got " + type_name_of(L, index))
      .with_hint("classes are declared with User = db.Model 'User' {…}");
}

void push_model(lua_State* L, const Mapper& mapper) {
  orm_area(L).model(mapper).class_object.push(L);
}

base::Value check_column_value(lua_State* L, int index, const Mapper& m, int slot) {
  try {
    return to_typed_value(L, index, *m.type(slot));
  } catch (Error& e) {
    e.set_message(m.name() + "." + m.attribute_at(slot).name + ": " + e.message());
    throw;
  }
}

void push_class_member(lua_State* L, const Mapper& m, const expr::FromPtr& from, int cls,
                       int name) {
  cls = lua_absindex(L, cls);
  name = lua_absindex(L, name);
  orm_area(L).model(m).members.push(L);
  lua_pushvalue(L, name);
  const int slot = slot_member(L, lua_rawget(L, -2)).slot;
  if (slot >= 0) {
    if (const Relationship* r = m.relationship(slot)) {
      push_box(L, RelationshipBox{r, from});
      return;
    }
    if (m.element(slot) == nullptr) m.registry().configure(m);
    if (m.element(slot) == nullptr)
      throw Error(ErrorKind::kInvalidRequestError,
                  m.name() + "." + m.attribute_at(slot).name +
                      " is being made: what makes it cannot use it");
    push_box(L, ElementBox{query::attribute_element(m, from, slot), &m, slot, from});
  } else if (is_descriptor(L, -1)) {
    push_on_class(L, -1, m, from, cls, std::string(check_string(L, name)));
  }
}

void add_model_synonym(lua_State* L, ModelInfo& info, const std::string& name,
                       const std::string& target) {
  info.members.push(L);
  lua_getfield(L, -1, target.c_str());
  if (is_descriptor(L, -1)) {
    lua_setfield(L, -2, name.c_str());
    lua_pop(L, 1);
    return;
  }
  lua_pop(L, 2);
  info.registry->add_synonym(*info.mapper, name, target);
  orm_area(L).refresh_members(L, info);
}

namespace {

ModelInfo& info_of(lua_State* L, int index) { return orm_area(L).model(check_model(L, index)); }

// The members table is the class's own: methods, constants, and slot numbers for attributes.
int model_index(lua_State* L) {
  ModelInfo& info = info_of(L, 1);
  const Mapper& m = *info.mapper;
  info.members.push(L);
  lua_pushvalue(L, 2);
  int type = lua_rawget(L, -2);
  if (type == LUA_TNIL && lua_type(L, 2) == LUA_TSTRING && !m.is_replaced()) {
    info.registry->configure(*info.mapper);
    lua_pop(L, 1);
    lua_pushvalue(L, 2);
    type = lua_rawget(L, -2);
  }
  if (type == LUA_TNIL) {
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    std::vector<std::string> names = string_keys(L, -2);
    for (const std::string& name : member_names(class_of<ModelBox>())) names.push_back(name);
    const std::string_view name = check_string(L, 2);
    const std::vector<std::string> of_query = member_names(class_of<QueryBox>());
    if (std::find(of_query.begin(), of_query.end(), name) != of_query.end())
      throw Error(ErrorKind::kAttributeError,
                  m.name() + " has no attribute " + base::quote_for_message(name))
          .with_hint("a query has it: " + m.name() + ".query:" + std::string(name));
    throw_no_attribute(m.name(), name, names);
  }
  push_class_member(L, m, m.from(), 1, 2);
  return 1;
}

// What a class says of an attribute's name when it is given a new one.
void refuse_taken(lua_State* L, ModelInfo& info, const std::string& name) {
  info.members.push(L);
  lua_getfield(L, -1, name.c_str());
  if (info.mapper->find(name) != nullptr || is_descriptor(L, -1))
    throw Error(ErrorKind::kArgumentError, info.mapper->name() + "." + name + " is there already");
  lua_pop(L, 2);
}

// User.full = db.column_property(…) and its like; false for any other value.
bool add_property(lua_State* L, ModelInfo& info, const std::string& name) {
  const Mapper& m = *info.mapper;
  if (const auto* column = test_box<ColumnBox>(L, 3)) {
    refuse_taken(L, info, name);
    add_model_column(L, info, name, column->spec);
  } else if (const auto* relationship = test_box<RelationshipSpecBox>(L, 3)) {
    auto def = std::make_shared<mapper::RelationshipDef>(*relationship->spec->def);
    def->name = name;
    info.registry->add_relationship(m, std::move(def));
  } else if (const auto* expression = test_box<ExpressionSpecBox>(L, 3)) {
    refuse_taken(L, info, name);
    info.registry->add_expression(m, expression_def(L, name, expression->spec));
  } else if (const auto* synonym = test_box<SynonymSpecBox>(L, 3)) {
    refuse_taken(L, info, name);
    add_model_synonym(L, info, name, *synonym->target);
  } else if (const auto* validator = test_box<ValidatorSpecBox>(L, 3)) {
    add_validator(info, validator->spec);
  } else {
    return false;
  }
  return true;
}

// Classes below get the member, too, unless they have one of their own. `former`: where on the
// stack stands what it was; 0: nothing.
void hand_down(lua_State* L, const ModelInfo& info, const std::string& name, int former) {
  if (info.mapper->hierarchy() == nullptr) return;
  const int top = lua_gettop(L);
  info.members.push(L);
  lua_getfield(L, -1, name.c_str());
  const int value = lua_gettop(L);
  for (const Mapper* m : info.mapper->self_and_descendants()) {
    if (m == info.mapper) continue;
    ModelInfo& below = orm_area(L).model(*m);
    for (const auto& validator : info.validators)
      if (std::ranges::count(below.validators, validator) == 0)
        below.validators.push_back(validator);
    below.members.push(L);
    const bool is_there = lua_getfield(L, -1, name.c_str()) != LUA_TNIL;
    if (lua_isnil(L, value)) {  // a validator is no member
      lua_pop(L, 2);
      continue;
    }
    if (!is_there || (former != 0 && lua_rawequal(L, -1, former))) {
      lua_pushvalue(L, value);
      lua_setfield(L, -3, name.c_str());
    }
    lua_pop(L, 2);
  }
  lua_settop(L, top);
}

// User.nickname = db.Column{…}, function User:shout() … end
int model_new_index(lua_State* L) {
  ModelInfo& info = info_of(L, 1);
  const Mapper& m = *info.mapper;
  const std::string name(check_string(L, 2));
  if (m.is_replaced())
    throw Error(ErrorKind::kInvalidRequestError,
                m.name() + " was declared again since: this is the old class");
  if (add_property(L, info, name)) {
    hand_down(L, info, name, 0);
    return 1;
  }
  if (m.find(name) != nullptr)
    throw Error(ErrorKind::kAttributeError,
                m.name() + "." + name + " is a mapped attribute: a class cannot give it a value")
        .with_hint("set it on an object: u." + name + " = …");
  info.members.push(L);
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);  // what it was
  const int former = lua_gettop(L);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_rawset(L, former - 1);
  hand_down(L, info, name, former);
  return 1;
}

bool has_descriptor(lua_State* L, const Mapper& m, std::string_view name) {
  orm_area(L).model(m).members.push(L);
  push_string(L, name);
  lua_rawget(L, -2);
  const bool found = is_descriptor(L, -1);
  lua_pop(L, 2);
  return found;
}

// What the constructor takes.
std::vector<std::string> keyword_names(lua_State* L, const Mapper& m) {
  std::vector<std::string> names = m.attribute_names();
  for (const auto& [name, target] : m.synonyms()) names.push_back(name);
  orm_area(L).model(m).members.push(L);
  for (const std::string& name : string_keys(L, -1))
    if (has_descriptor(L, m, name)) names.push_back(name);
  lua_pop(L, 1);
  return names;
}

// Hybrids and composites among the keywords are set by their setters, in the order of their names.
// Returns how many there were.
int assign_descriptors(lua_State* L, Instance& i, int table) {
  int count = 0;
  const int top = lua_gettop(L);
  push_instance(L, i);
  for (const std::string& name : string_keys(L, table)) {
    if (!has_descriptor(L, *i.mapper, name)) continue;
    orm_area(L).model(*i.mapper).members.push(L);
    lua_getfield(L, -1, name.c_str());
    lua_getfield(L, table, name.c_str());
    set_on_object(L, -2, i, top + 1, name, -1);
    lua_settop(L, top + 1);
    ++count;
  }
  lua_settop(L, top);
  return count;
}

// Pushes the table from a keyword to its place in `info.keyword_slots`: the attributes in their
// order, then the synonyms. A relationship may add an attribute to a class that is in use already.
void push_keyword_places(lua_State* L, ModelInfo& info) {
  const Mapper& m = *info.mapper;
  if (info.keyword_slots.size() == m.attributes().size() + m.synonyms().size()) {
    info.keyword_places.push(L);
    return;
  }
  std::vector<int> slots;
  lua_newtable(L);
  const auto add = [&](const std::string& name, int slot) {
    slots.push_back(slot);
    push_string(L, name);
    lua_pushinteger(L, static_cast<lua_Integer>(slots.size()));
    lua_rawset(L, -3);
  };
  for (const mapper::Attribute& a : m.attributes()) add(a.name, a.slot);
  for (const auto& [name, target] : m.synonyms())
    if (const mapper::Attribute* a = m.find(name)) add(name, a->slot);
  info.keyword_places = LuaRef(L, -1);
  info.keyword_slots = std::move(slots);
}

// The constructor of db.Model: keyword arguments in the order of the columns, then the
// relationships.
void assign_keywords(lua_State* L, Instance& i, int table) {
  const Mapper& m = *i.mapper;
  table = lua_absindex(L, table);
  const int top = lua_gettop(L);
  const int places = top + 1;
  ModelInfo& info = orm_area(L).model(m);
  push_keyword_places(L, info);
  // The values wait on the stack, each at its place, so that one pass over the table finds all.
  const auto count = static_cast<int>(info.keyword_slots.size());
  luaL_checkstack(L, count + 4, "too many attributes");
  lua_settop(L, places + count);
  int known = 0;
  int given = 0;
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    ++given;
    lua_pushvalue(L, -2);
    if (lua_rawget(L, places) == LUA_TNUMBER) {
      ++known;
      lua_copy(L, -2, places + static_cast<int>(lua_tointeger(L, -1)));
    }
    lua_pop(L, 2);
  }
  for (int k = 1; k <= count; ++k)
    if (lua_type(L, places + k) != LUA_TNIL)
      assign_attribute(L, i, info.keyword_slots[static_cast<size_t>(k) - 1], places + k);
  lua_settop(L, top);
  if (given > known) known += assign_descriptors(L, i, table);
  if (given == known) return;
  // Something was given that is no attribute: say which, of several the first in the alphabet.
  std::string unknown;
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      throw Error(ErrorKind::kTypeError,
                  m.name() + " takes attributes by name, got a value at position " +
                      (lua_isinteger(L, -1) ? std::to_string(lua_tointeger(L, -1)) : "?"))
          .with_hint("write " + m.name() + "{" +
                     (m.attributes().size() > 1 ? m.attributes()[1].name : m.attributes()[0].name) +
                     " = …}");
    const std::string_view name = check_string(L, -1);
    if (m.find(name) == nullptr && !has_descriptor(L, m, name) &&
        (unknown.empty() || name < unknown))
      unknown = name;
  }
  const std::vector<std::string> names = keyword_names(L, m);
  const std::string guess = base::did_you_mean(unknown, names);
  throw Error(ErrorKind::kTypeError,
              base::quote_for_message(unknown) + " is not an attribute of " + m.name() + guess)
      .with_hint(guess.empty() ? m.name() + " has " + base::join(names, ", ") : "");
}

int init_instance(lua_State* L) {
  Instance* i = test_instance(L, 1);
  if (i == nullptr)
    throw Error(ErrorKind::kTypeError,
                "__init__ takes the new object first: db.Model.__init__(self, kw)");
  if (lua_isnoneornil(L, 2)) return 0;
  check_table(L, 2);
  assign_keywords(L, *i, 2);
  return 0;
}

// User{username = 'susan'}
int model_call(lua_State* L) {
  ModelInfo& info = info_of(L, 1);
  const Mapper& m = *info.mapper;
  if (m.is_replaced())
    throw Error(ErrorKind::kInvalidRequestError,
                m.name() + " was declared again since: this is the old class");
  info.registry->configure(*info.mapper);
  info.members.push(L);
  lua_getfield(L, -1, "__init__");
  const bool has_init = lua_isfunction(L, -1);
  lua_pop(L, 2);
  if (!has_init && lua_gettop(L) > 1 && (!lua_istable(L, 2) || lua_gettop(L) > 2))
    throw Error(ErrorKind::kTypeError,
                m.name() + " takes its attributes in braces, got " + type_name_of(L, 2))
        .with_hint("write " + m.name() + "{" +
                   (m.attributes().size() > 1 ? m.attributes()[1].name : m.attributes()[0].name) +
                   " = …}");
  Instance& made = orm_area(L).heap().create(m);
  made.say_class();
  if (Origins* origins = orm_area(L).origins) origins->note_made(made);
  if (EventHub& hub = event_hub(L); hub.hears(kInitEvent)) {
    push_instance(L, made);
    lua_replace(L, 1);
    if (lua_gettop(L) == 1) lua_newtable(L);
    hub.tell_init(L, made, 2);
  }
  if (!has_init) {
    push_instance(L, made);
    if (lua_istable(L, 2)) assign_keywords(L, made, 2);
    return 1;
  }
  // The arguments are those of the class's own __init__, whatever they are; none are no keywords.
  if (lua_gettop(L) == 1) lua_newtable(L);
  const int arguments = lua_gettop(L) - 1;
  push_instance(L, made);
  lua_replace(L, 1);
  info.members.push(L);
  lua_getfield(L, -1, "__init__");
  lua_replace(L, -2);
  lua_insert(L, 1);  // function, object, arguments
  lua_pushvalue(L, 2);
  lua_insert(L, 1);  // the object stays below
  lua_call(L, arguments + 1, 0);
  lua_settop(L, 1);
  return 1;
}

int model_tostring(lua_State* L) {
  const Mapper& m = check_model(L, 1);
  push_string(L, "<class " + m.name() + (m.is_replaced() ? " (replaced)" : "") + ">");
  return 1;
}

int model_query(lua_State* L) {
  const Mapper& m = check_model(L, 1);
  push_model_query(L, m);
  return 1;
}

int model_table(lua_State* L) {
  ModelInfo& info = info_of(L, 1);
  push_table(L, info.mapper->table(), info.mapper->metadata());
  return 1;
}

int model_name(lua_State* L) {
  push_string(L, check_model(L, 1).name());
  return 1;
}

int model_tablename(lua_State* L) {
  push_string(L, check_model(L, 1).table()->name());
  return 1;
}

int model_metadata(lua_State* L) {
  push_box(L, MetaDataBox{check_model(L, 1).metadata()});
  return 1;
}

int model_copy_from_getter(lua_State* L) {
  lua_pushcfunction(L, guarded<model_copy_from>);
  return 1;
}

constexpr MethodDef kModelGetters[] = {
    {"copy_from", guarded<model_copy_from_getter>,
     "copy_from(file[, {format = 'csv', header = false, columns = {…}, delimiter = ',', null = "
     "'', quote = '\"', escape = '\"', progress = true or function(rows, bytes)}])  insert the "
     "rows of a "
     "file: its path, a file of io.open, or an iterator of lines; returns how many. header = true "
     "takes the columns from the first line, header = 'match' compares it. The options are those "
     "of "
     "PostgreSQL's COPY, which is what runs there; elsewhere it is one prepared INSERT"},
    {"query", guarded<model_query>,
     "query  a new query of this class on db.session: User.query:all()"},
    {"__table__", guarded<model_table>, "__table__  the table the class is mapped to"},
    {"__name__", guarded<model_name>, "__name__  the class's name"},
    {"__tablename__", guarded<model_tablename>, "__tablename__  the table's name"},
    {"metadata", guarded<model_metadata>, "metadata  the MetaData its table is in"},
};

constexpr MethodDef kModelMetamethods[] = {
    {"__call", guarded<model_call>,
     "User{name = value, …}  a new object; it is written when a session that it was added to "
     "flushes"},
    {"__tostring", guarded<model_tostring>, "tostring(User)"},
};

const ClassDef kModelClass = {
    .name = "Model",
    .doc =
        "A mapped class: User{…} makes an object, User.query queries, User.name is the column as "
        "an expression.",
    .getters = kModelGetters,
    .metamethods = kModelMetamethods,
    .index = model_index,
    .new_index = model_new_index,
    .usage = "User",
};

expr::FromPtr model_from(lua_State* L, int index) {
  const Mapper* m = test_model(L, index);
  return m == nullptr ? nullptr : m->from();
}

TableSourceResult model_table_source(lua_State* L, int index) {
  const Mapper* m = test_model(L, index);
  if (m == nullptr) return {};
  return {m->table(), m};
}

}  // namespace

template <>
const ClassDef& class_of<ModelBox>() {
  return kModelClass;
}

void open_model(lua_State* L, int module) {
  register_class(L, kModelClass);
  open_relationship(L, module);
  open_property(L, module);
  open_descriptors(L, module);
  register_from_source(L, model_from);
  register_table_source(L, model_table_source);
  static constexpr MethodDef kFunctions[] = {
      {"_declare", guarded<declare_model>,
       "_declare(database, name, bases, body)  what db.Model is made of"},
      {"_init", guarded<init_instance>,
       "_init(object, keywords)  the constructor that db.Model.__init__ is"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
