#include "bindings/collection_class.h"

#include <algorithm>

#include "bindings/call.h"
#include "bindings/collection_support.h"
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/ordering_list.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using mapper::Shape;

// db.attribute_keyed_dict 'keyword'
struct CollectionClassBox {
  std::shared_ptr<const LuaCollectionClass> made;
};
template <>
const ClassDef& class_of<CollectionClassBox>();

namespace {

constexpr const char* kDictHint =
    "collection_class = db.attribute_keyed_dict 'keyword', where keyword is an attribute of the "
    "other class; or db.column_keyed_dict(Note.keyword), db.keyfunc_mapping(function(note) … end)";

std::shared_ptr<LuaCollectionClass> make(lua_State* L, Shape shape) {
  auto made = std::make_shared<LuaCollectionClass>(shape);
  made->context = &Context::of(L);
  return made;
}

int push_made(lua_State* L, std::shared_ptr<LuaCollectionClass> made) {
  push_box(L, CollectionClassBox{std::move(made)});
  return 1;
}

int attribute_keyed_dict(lua_State* L) {
  if (lua_type(L, 1) != LUA_TSTRING)
    throw Error(ErrorKind::kArgumentError,
                "attribute_keyed_dict takes the name of an attribute of the other class, got " +
                    type_name_of(L, 1))
        .with_hint("collection_class = db.attribute_keyed_dict 'keyword'");
  auto made = make(L, Shape::kDict);
  made->attribute = check_string(L, 1);
  return push_made(L, std::move(made));
}

int column_keyed_dict(lua_State* L) {
  const auto* element = test_box<ElementBox>(L, 1);
  const schema::Column* column = element == nullptr ? nullptr : element->element->column;
  if (column == nullptr)
    throw Error(ErrorKind::kArgumentError,
                "column_keyed_dict takes a column of the other class, got " + type_name_of(L, 1))
        .with_hint(
            "collection_class = db.column_keyed_dict(Note.keyword); for a class that is "
            "declared later, db.attribute_keyed_dict 'keyword'");
  auto made = make(L, Shape::kDict);
  made->column = column->name;
  return push_made(L, std::move(made));
}

int keyfunc_mapping(lua_State* L) {
  if (!is_callable(L, 1))
    throw Error(
        ErrorKind::kArgumentError,
        "keyfunc_mapping takes a function that gives an object's key, got " + type_name_of(L, 1))
        .with_hint("collection_class = db.keyfunc_mapping(function(note) return note.keyword end)");
  auto made = make(L, Shape::kDict);
  made->function = LuaRef(L, 1);
  return push_made(L, std::move(made));
}

Shape shape_of_name(std::string_view name) {
  for (Shape shape : {Shape::kList, Shape::kSet, Shape::kDict})
    if (name == mapper::shape_name(shape)) return shape;
  throw Error(ErrorKind::kArgumentError, "relationship's collection_class has no " +
                                             base::quote_for_message(name) +
                                             base::did_you_mean(name, {"list", "set", "dict"}))
      .with_hint(
          "there are 'list', 'set', db.attribute_keyed_dict 'keyword', and a class of your "
          "own: a table of methods");
}

// A program's class: a table of methods, with __emulates__ = 'set' for a set.
std::shared_ptr<LuaCollectionClass> from_table(lua_State* L, int index) {
  Shape shape = Shape::kList;
  const int type = lua_getfield(L, index, "__emulates__");
  std::shared_ptr<const LuaCollectionClass> emulated;
  if (const auto* box = test_box<CollectionClassBox>(L, -1)) {
    emulated = box->made;
    shape = emulated->shape;
  } else if (type != LUA_TNIL) {
    shape = shape_of_name(check_string(L, -1));
    if (shape == Shape::kDict)
      throw Error(ErrorKind::kArgumentError,
                  "a collection class that emulates a dict must say what its keys are")
          .with_hint("__emulates__ = db.attribute_keyed_dict 'keyword'");
  }
  auto made = make(L, shape);
  if (emulated) {
    made->attribute = emulated->attribute;
    made->column = emulated->column;
    emulated->function.push(L);
    if (!lua_isnil(L, -1)) made->function = LuaRef(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  made->methods = LuaRef(L, index);
  return made;
}

// __index of collections of a program's class. Upvalue 1: the class, whose methods come first; 2:
// the __index of all collections.
int own_member(lua_State* L) {
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_pushvalue(L, 2);
    if (lua_gettable(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    lua_pop(L, 1);
  }
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_call(L, 2, 1);
  return 1;
}

const ClassDef& class_of_shape(Shape shape) {
  return shape == Shape::kDict  ? class_of<DictBox>()
         : shape == Shape::kSet ? class_of<SetBox>()
                                : class_of<ListBox>();
}

// Sets the functions of a kind of collection as a table in the one on the top.
void add_methods(lua_State* L, Shape shape) {
  lua_newtable(L);
  for (const ClassDef* c = &class_of_shape(shape); c != nullptr; c = c->parent)
    for (const MethodDef& row : c->methods) {
      lua_pushstring(L, row.name);
      if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_pushcfunction(L, row.fn);
        lua_setfield(L, -3, row.name);
      }
      lua_pop(L, 1);
    }
  const std::string name(mapper::shape_name(shape));
  guard_names(L, -1, name.c_str());
  set_doc(L, -1,
          "collection." + name + "  the functions of a " + name +
              ", each with the collection as its first argument: db.collection." + name +
              ".remove(self, x)");
  lua_setfield(L, -2, name.c_str());
}

const ClassDef kCollectionClassClass = {
    .name = "CollectionClass",
    .doc =
        "What the keys of a relationship's dict are: collection_class = "
        "db.attribute_keyed_dict 'keyword'.",
    .usage = "db.attribute_keyed_dict 'keyword'",
    .destroy = kDestroy<CollectionClassBox>,
};

}  // namespace

template <>
const ClassDef& class_of<CollectionClassBox>() {
  return kCollectionClassClass;
}

const mapper::Attribute* LuaCollectionClass::key_attribute(const mapper::Mapper& target) const {
  if (!attribute.empty()) {
    if (const mapper::Attribute* a = target.find(attribute)) return a;
    throw Error(ErrorKind::kArgumentError,
                "the dict is keyed by '" + attribute + "', and " + target.name() +
                    " has no such attribute" +
                    base::did_you_mean(attribute, target.attribute_names()))
        .with_hint("a key that is computed: db.keyfunc_mapping(function(x) … end)");
  }
  if (column.empty()) return nullptr;
  for (int slot : target.column_slots())
    if (target.column(slot)->name == column) return &target.attribute_at(slot);
  throw Error(ErrorKind::kArgumentError, "the dict is keyed by the column '" + column + "', and " +
                                             target.name() + " maps no such column");
}

Value LuaCollectionClass::key_of(state::Instance& member) const {
  if (const mapper::Attribute* a = key_attribute(*member.mapper)) {
    const Value& key = member.read(a->slot);
    if (key.tag() != Tag::kExpression) return key;
    throw Error(ErrorKind::kInvalidRequestError,
                member.mapper->name() + "." + a->name +
                    " is an SQL expression until it is flushed, and cannot be a key");
  }
  lua_State* L = context->running();
  luaL_checkstack(L, 6, "no room to ask for a key");
  const int top = lua_gettop(L);
  function.push(L);
  push_instance(L, member);
  call_lua(L, 1, 1);
  Value key;
  lua_Integer whole;
  if (lua_type(L, -1) == LUA_TNUMBER && lua_numbertointeger(lua_tonumber(L, -1), &whole))
    key = Value::integer(lua_isinteger(L, -1) ? lua_tointeger(L, -1) : whole);
  else
    key = to_value(L, -1);
  lua_settop(L, top);
  return key;
}

std::shared_ptr<const mapper::CollectionClass> check_collection_class(lua_State* L, int index) {
  index = lua_absindex(L, index);
  if (const auto* box = test_box<CollectionClassBox>(L, index)) return box->made;
  if (lua_type(L, index) == LUA_TSTRING) {
    const Shape shape = shape_of_name(check_string(L, index));
    if (shape == Shape::kDict)
      throw Error(ErrorKind::kArgumentError,
                  "collection_class = 'dict' does not say what the keys are")
          .with_hint(kDictHint);
    return shape == Shape::kList ? nullptr : make(L, shape);
  }
  if (lua_istable(L, index)) return from_table(L, index);
  throw Error(
      ErrorKind::kArgumentError,
      "relationship's collection_class takes 'list', 'set', a keyed dict or a class of your "
      "own, got " +
          type_name_of(L, index))
      .with_hint(kDictHint);
}

void push_ordered_class(lua_State* L, std::shared_ptr<const Ordering> ordering) {
  auto made = make(L, Shape::kList);
  made->methods = LuaRef(L, -1);
  made->ordering = std::move(ordering);
  lua_pop(L, 1);
  push_made(L, std::move(made));
}

const LuaCollectionClass* collection_class_of(const mapper::Relationship& r) {
  return r.def ? static_cast<const LuaCollectionClass*>(r.def->collection_class.get()) : nullptr;
}

void give_own_methods(lua_State* L, const LuaCollectionClass& cls) {
  if (cls.methods.empty()) return;
  if (cls.metatable.empty()) {
    const ClassDef& def = class_of_shape(cls.shape);
    push_derived_metatable(L, def, def.name);
    push_metatable(L, def);
    cls.methods.push(L);
    lua_getfield(L, -2, "__index");
    lua_pushcclosure(L, own_member, 2);
    lua_setfield(L, -3, "__index");
    lua_getfield(L, -1, "__newindex");
    lua_setfield(L, -3, "__newindex");
    lua_pop(L, 1);
    cls.methods.push(L);
    if (lua_getfield(L, -1, "__iter") != LUA_TNIL)
      lua_setfield(L, -3, "__pairs");
    else
      lua_pop(L, 1);
    lua_pop(L, 1);
    cls.metatable = LuaRef(L, -1);
    lua_pop(L, 1);
  }
  cls.metatable.push(L);
  lua_setmetatable(L, -2);
}

void open_collection_class(lua_State* L, int module) {
  register_class(L, kCollectionClassClass);
  static constexpr MethodDef kFunctions[] = {
      {"attribute_keyed_dict", guarded<attribute_keyed_dict>,
       "attribute_keyed_dict 'name'  a collection_class: a dict whose keys are an attribute of the "
       "members"},
      {"attribute_mapped_collection", guarded<attribute_keyed_dict>,
       "attribute_mapped_collection 'name'  the older name of attribute_keyed_dict"},
      {"column_keyed_dict", guarded<column_keyed_dict>,
       "column_keyed_dict(Note.keyword)  a collection_class: a dict whose keys are a column of the "
       "members"},
      {"column_mapped_collection", guarded<column_keyed_dict>,
       "column_mapped_collection(Note.keyword)  the older name of column_keyed_dict"},
      {"keyfunc_mapping", guarded<keyfunc_mapping>,
       "keyfunc_mapping(function(member) … end)  a collection_class: a dict whose keys a function "
       "makes"},
      {"mapped_collection", guarded<keyfunc_mapping>,
       "mapped_collection(function)  the older name of keyfunc_mapping"},
  };
  add_functions(L, module, kFunctions);
  open_ordering_list(L, module);
  // For the methods of a program's class: db.collection.list.append(self, x).
  lua_newtable(L);
  for (Shape shape : {Shape::kList, Shape::kSet, Shape::kDict}) add_methods(L, shape);
  guard_names(L, -1, "collection");
  set_doc(L, -1,
          "collection.list, collection.set, collection.dict: the functions of collections, for a "
          "class of your own: db.collection.list.append(self, x)");
  lua_setfield(L, module, "collection");
}

}  // namespace moonbase::bindings
