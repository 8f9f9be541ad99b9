#include "bindings/class_def.h"

#include <algorithm>

#include "bindings/box.h"
#include "bindings/context.h"
#include "bindings/guard.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

// Addresses as keys in the registry and in metatables.
const char kDocsKey = 0;
const char kClassKey = 0;

const ClassDef& class_upvalue(lua_State* L) {
  return *static_cast<const ClassDef*>(lua_touserdata(L, lua_upvalueindex(2)));
}

const MethodDef* find_member(const ClassDef& def, std::span<const MethodDef> ClassDef::*rows,
                             std::string_view name) {
  for (const ClassDef* c = &def; c != nullptr; c = c->parent) {
    for (const MethodDef& row : c->*rows) {
      if (row.name == name) return &row;
    }
  }
  return nullptr;
}

[[noreturn]] void throw_bad_key(lua_State* L, const ClassDef& def,
                                const std::vector<std::string>& candidates) {
  if (lua_type(L, 2) == LUA_TSTRING) throw_no_attribute(def.name, check_string(L, 2), candidates);
  throw Error(ErrorKind::kTypeError,
              std::string(def.name) + " cannot be indexed with a " + type_name_of(L, 2));
}

// --- __index and __newindex: upvalue 1 is a table from names to functions or to rows, upvalue 2
// the class ---

int class_index(lua_State* L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  int type = lua_rawget(L, lua_upvalueindex(1));
  if (type == LUA_TLIGHTUSERDATA) {
    const auto* getter = static_cast<const MethodDef*>(lua_touserdata(L, -1));
    lua_settop(L, 1);
    return getter->fn(L);
  }
  const ClassDef& def = class_upvalue(L);
  for (const ClassDef* c = &def; c != nullptr; c = c->parent) {
    if (c->index == nullptr) continue;
    lua_settop(L, 2);
    if (c->index(L) == 1) return 1;
  }
  throw_bad_key(L, def, member_names(def));
}

// Methods are found without the guard: nothing here throws.
int class_member(lua_State* L) {
  lua_pushvalue(L, 2);
  return lua_rawget(L, lua_upvalueindex(1)) == LUA_TFUNCTION ? 1 : guarded<class_index>(L);
}

int class_new_index(lua_State* L) {
  lua_settop(L, 3);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TLIGHTUSERDATA) {
    const auto* setter = static_cast<const MethodDef*>(lua_touserdata(L, -1));
    lua_pop(L, 1);
    lua_remove(L, 2);
    setter->fn(L);
    return 0;
  }
  const ClassDef& def = class_upvalue(L);
  for (const ClassDef* c = &def; c != nullptr; c = c->parent) {
    if (c->new_index == nullptr) continue;
    lua_settop(L, 3);
    if (c->new_index(L) == 1) return 0;
  }
  if (lua_type(L, 2) == LUA_TSTRING) {
    std::string_view name = check_string(L, 2);
    if (find_member(def, &ClassDef::getters, name) != nullptr ||
        find_member(def, &ClassDef::methods, name) != nullptr) {
      throw Error(ErrorKind::kAttributeError,
                  std::string(def.name) + "." + std::string(name) + " cannot be assigned");
    }
  }
  throw_bad_key(L, def, string_keys(L, lua_upvalueindex(1)));
}

// Nothing here can raise: the payload's destructor calls no Lua.
int collect(lua_State* L) {
  Box* box = to_box(L, 1);
  if (box != nullptr && box->dead == 0) {
    box->dead = 1;
    box->cls->destroy(box->payload());
  }
  return 0;
}

int count_rows(const ClassDef& def, std::span<const MethodDef> ClassDef::*rows) {
  int count = static_cast<int>((def.*rows).size());
  return def.parent != nullptr ? count + count_rows(*def.parent, rows) : count;
}

// Adds rows of `def` and its parents to the table on the top, a child's over its parent's.
void add_rows(lua_State* L, const ClassDef& def, std::span<const MethodDef> ClassDef::*rows,
              bool as_function) {
  if (def.parent != nullptr) add_rows(L, *def.parent, rows, as_function);
  for (const MethodDef& row : def.*rows) {
    if (as_function) {
      lua_pushcfunction(L, row.fn);
    } else {
      lua_pushlightuserdata(L, const_cast<MethodDef*>(&row));
    }
    lua_setfield(L, -2, row.name);
  }
}

// Pushes the closure of __index or __newindex over the table on the top, which it replaces.
void wrap_members(lua_State* L, const ClassDef& def, lua_CFunction fn) {
  lua_pushlightuserdata(L, const_cast<ClassDef*>(&def));
  lua_pushcclosure(L, fn, 2);
}

int call_class(lua_State* L) {
  lua_remove(L, 1);
  const auto* def = static_cast<const ClassDef*>(lua_touserdata(L, lua_upvalueindex(1)));
  return def->constructor(L);
}

// __index of tables with a guard on their names: upvalue 1 is the owner's name.
int no_such_name(lua_State* L) {
  std::string_view owner = check_string(L, lua_upvalueindex(1));
  if (lua_type(L, 2) == LUA_TSTRING)
    throw_no_attribute(owner, check_string(L, 2), string_keys(L, 1));
  throw Error(ErrorKind::kTypeError,
              std::string(owner) + " cannot be indexed with a " + type_name_of(L, 2));
}

int class_tostring(lua_State* L) {
  lua_pushfstring(L, "<class %s>", lua_tostring(L, lua_upvalueindex(1)));
  return 1;
}

void add_names(const ClassDef& def, std::vector<std::string>& names) {
  for (auto rows : {def.methods, def.getters, def.setters}) {
    for (const MethodDef& row : rows) names.emplace_back(row.name);
  }
  if (def.parent != nullptr) add_names(*def.parent, names);
}

}  // namespace

void register_class(lua_State* L, const ClassDef& def) {
  push_derived_metatable(L, def, def.name);
  // A table that knows its size is not made again as it grows: a start makes hundreds.
  lua_createtable(L, 0, count_rows(def, &ClassDef::getters) + count_rows(def, &ClassDef::methods));
  add_rows(L, def, &ClassDef::getters, false);
  add_rows(L, def, &ClassDef::methods, true);
  wrap_members(L, def, class_member);
  lua_setfield(L, -2, "__index");
  lua_createtable(L, 0, count_rows(def, &ClassDef::setters));
  add_rows(L, def, &ClassDef::setters, false);
  wrap_members(L, def, guarded<class_new_index>);
  lua_setfield(L, -2, "__newindex");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &def);
  Context::of(L).add_class(def);
}

void push_metatable(lua_State* L, const ClassDef& def) { lua_rawgetp(L, LUA_REGISTRYINDEX, &def); }

void push_derived_metatable(lua_State* L, const ClassDef& def, const char* name) {
  lua_createtable(L, 0, 8);
  add_rows(L, def, &ClassDef::metamethods, true);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  if (def.destroy != nullptr) {
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
  }
}

// __index of an object's own method table, for names that are no method. Upvalue 1: the object; 2:
// its class.
static int other_member(lua_State* L) {
  push_metatable(L, class_upvalue(L));
  lua_getfield(L, -1, "__index");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 2);
  lua_call(L, 2, 1);
  return 1;
}

void give_method_table(lua_State* L, const ClassDef& def) {
  const int box = lua_gettop(L);
  push_derived_metatable(L, def, def.name);
  lua_newtable(L);
  add_rows(L, def, &ClassDef::methods, true);
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, box);
  wrap_members(L, def, other_member);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, "__index");
  push_metatable(L, def);
  lua_getfield(L, -1, "__newindex");
  lua_setfield(L, -3, "__newindex");
  lua_pop(L, 1);
  lua_setmetatable(L, box);
}

void push_class(lua_State* L, const ClassDef& def) {
  lua_newtable(L);
  for (const MethodDef& row : def.statics) {
    lua_pushcfunction(L, row.fn);
    lua_setfield(L, -2, row.name);
  }
  guard_names(L, -1, def.name);
  lua_getmetatable(L, -1);
  lua_pushlightuserdata(L, const_cast<ClassDef*>(&def));
  lua_rawsetp(L, -2, &kClassKey);
  lua_pushstring(L, def.name);
  lua_pushcclosure(L, guarded<class_tostring>, 1);
  lua_setfield(L, -2, "__tostring");
  if (def.constructor != nullptr) {
    lua_pushlightuserdata(L, const_cast<ClassDef*>(&def));
    lua_pushcclosure(L, guarded<call_class>, 1);
    lua_setfield(L, -2, "__call");
  }
  lua_pop(L, 1);
}

void add_functions(lua_State* L, int index, std::span<const MethodDef> functions) {
  index = lua_absindex(L, index);
  for (const MethodDef& row : functions) {
    lua_pushcfunction(L, row.fn);
    lua_setfield(L, index, row.name);
    Context::of(L).add_function(row);
  }
}

void guard_names(lua_State* L, int index, const char* name) {
  index = lua_absindex(L, index);
  lua_createtable(L, 0, 4);
  lua_pushstring(L, name);
  lua_pushcclosure(L, guarded<no_such_name>, 1);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, index);
}

void throw_no_attribute(std::string_view owner, std::string_view name,
                        const std::vector<std::string>& candidates) {
  std::string guess = base::did_you_mean(name, candidates);
  Error error(ErrorKind::kAttributeError,
              std::string(owner) + " has no attribute " + base::quote_for_message(name) + guess);
  // A short list helps where there is no guess.
  constexpr size_t kShort = 24;
  std::vector<std::string> names;
  for (const std::string& candidate : candidates) {
    if (!candidate.starts_with('_')) names.push_back(candidate);
  }
  if (guess.empty() && !names.empty() && names.size() <= kShort)
    error.set_hint("it has " + base::join(names, ", "));
  throw error;
}

std::vector<std::string> string_keys(lua_State* L, int index) {
  std::vector<std::string> keys;
  lua_pushvalue(L, index);
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING) keys.emplace_back(check_string(L, -2));
  }
  lua_pop(L, 1);
  std::sort(keys.begin(), keys.end());
  return keys;
}

// --- docs ---

std::optional<std::string> doc_of(lua_State* L, int index) {
  index = lua_absindex(L, index);
  if (lua_isnoneornil(L, index)) return std::nullopt;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kDocsKey) == LUA_TTABLE) {
    lua_pushvalue(L, index);
    bool found = lua_rawget(L, -2) == LUA_TSTRING;
    std::string text = found ? lua_tostring(L, -1) : "";
    lua_pop(L, 2);
    if (found) return text;
  } else {
    lua_pop(L, 1);
  }
  if (lua_CFunction fn = lua_tocfunction(L, index)) {
    auto row = find_row(L, fn);
    return row ? std::optional<std::string>(row->row->doc) : std::nullopt;
  }
  if (const Box* box = to_box(L, index)) return box->cls->doc;
  if (lua_type(L, index) != LUA_TTABLE || lua_getmetatable(L, index) == 0) return std::nullopt;
  lua_rawgetp(L, -1, &kClassKey);
  const auto* def = static_cast<const ClassDef*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  // What is written in Lua says it in its metatable.
  lua_pushliteral(L, "__doc");
  std::optional<std::string> text;
  if (lua_rawget(L, -2) == LUA_TSTRING) text = lua_tostring(L, -1);
  if (def != nullptr) text = def->doc;
  lua_pop(L, 2);
  return text;
}

void set_doc(lua_State* L, int index, std::string_view text) {
  index = lua_absindex(L, index);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kDocsKey) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kDocsKey);
  }
  lua_pushvalue(L, index);
  push_string(L, text);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

std::optional<FoundRow> find_row(lua_State* L, lua_CFunction fn) {
  const Context& context = Context::of(L);
  for (const ClassDef* def : context.classes()) {
    for (auto rows : {def->methods, def->getters, def->setters, def->statics}) {
      for (const MethodDef& row : rows) {
        if (row.fn == fn) return FoundRow{def, &row};
      }
    }
  }
  for (const MethodDef* row : context.functions()) {
    if (row->fn == fn) return FoundRow{nullptr, row};
  }
  return std::nullopt;
}

std::vector<std::string> member_names(const ClassDef& def) {
  std::vector<std::string> names;
  add_names(def, names);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace moonbase::bindings
