#include "bindings/box.h"

#include <cstring>
#include <optional>

#include "bindings/class_def.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

Box* set_header(void* memory, const ClassDef& cls) { return new (memory) Box{kBoxMagic, 1, &cls}; }

// The name of the caller's local variable or upvalue, or of a global variable, that holds the value
// at `index`.
std::optional<std::string> variable_name(lua_State* L, int index) {
  std::optional<std::string> found;
  lua_Debug caller;
  if (lua_getstack(L, 1, &caller) != 0) {
    // Later ones hide earlier ones; names in parentheses are Lua's own temporaries.
    for (int n = 1; const char* name = lua_getlocal(L, &caller, n); ++n) {
      if (lua_rawequal(L, -1, index) != 0 && name[0] != '(') found = name;
      lua_pop(L, 1);
    }
  }
  if (found) return found;
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_rawequal(L, -1, index) == 0) continue;
    std::string name = lua_tostring(L, -2);
    if (!found || name < *found) found = std::move(name);
  }
  lua_pop(L, 1);
  return found;
}

// An argument as the caller probably wrote it.
std::string argument_text(lua_State* L, int index) {
  constexpr size_t kShownBytes = 24;
  switch (lua_type(L, index)) {
    case LUA_TNIL:
      return "nil";
    case LUA_TBOOLEAN:
      return lua_toboolean(L, index) != 0 ? "true" : "false";
    case LUA_TNUMBER: {
      lua_pushvalue(L, index);
      std::string text = lua_tostring(L, -1);
      lua_pop(L, 1);
      return text;
    }
    case LUA_TSTRING:
      return base::quote_for_message(lua_tostring(L, index), kShownBytes);
    default:
      if (auto name = variable_name(L, index)) return *name;
      return lua_type(L, index) == LUA_TTABLE ? "{…}" : "…";
  }
}

// The row of the running function, when it is a method of `cls` that was called with a dot.
const MethodDef* method_called_with_dot(lua_State* L, const ClassDef& cls) {
  lua_Debug frame;
  if (lua_getstack(L, 0, &frame) == 0) return nullptr;
  lua_getinfo(L, "nf", &frame);
  lua_CFunction fn = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  bool plain_call = std::strcmp(frame.namewhat, "method") != 0 && frame.name != nullptr;
  if (!plain_call) return nullptr;
  for (const ClassDef* c = &cls; c != nullptr; c = c->parent) {
    for (const MethodDef& row : c->methods) {
      if (row.fn == fn) return &row;
    }
  }
  return nullptr;
}

std::string colon_message(lua_State* L, const ClassDef& cls, const MethodDef& method) {
  std::string object = cls.usage[0] != '\0' ? std::string(cls.usage) : base::lower(cls.name);
  std::string arguments = "(";
  int count = lua_gettop(L);
  for (int i = 1; i <= count; ++i) {
    if (i > 1) arguments += ", ";
    arguments += argument_text(L, i);
  }
  arguments += ")";
  if (arguments == "({…})") arguments = "{…}";
  return object + "." + method.name + arguments + ": methods take a colon: " + object + ":" +
         method.name + arguments;
}

}  // namespace

Box* new_box(lua_State* L, const ClassDef& cls, size_t size, int user_values) {
  Box* box = set_header(lua_newuserdatauv(L, sizeof(Box) + size, user_values), cls);
  push_metatable(L, cls);
  lua_setmetatable(L, -2);
  return box;
}

Box* new_box(lua_State* L, const ClassDef& cls, size_t size, int user_values, int metatable) {
  lua_pushvalue(L, metatable);
  Box* box = set_header(lua_newuserdatauv(L, sizeof(Box) + size, user_values), cls);
  lua_insert(L, -2);
  lua_setmetatable(L, -2);
  return box;
}

bool is_a(const Box& box, const ClassDef& cls) {
  for (const ClassDef* c = box.cls; c != nullptr; c = c->parent) {
    if (c == &cls) return true;
  }
  return false;
}

void* test_payload(lua_State* L, int index, const ClassDef& cls) {
  Box* box = to_box(L, index);
  return box != nullptr && box->dead == 0 && is_a(*box, cls) ? box->payload() : nullptr;
}

void throw_box_mismatch(lua_State* L, int index, const ClassDef& expected) {
  Box* box = to_box(L, index);
  if (box != nullptr && is_a(*box, expected)) {
    throw Error(ErrorKind::kInvalidRequestError,
                std::string("the ") + expected.name + " was collected already");
  }
  if (index == 1) {
    if (const MethodDef* method = method_called_with_dot(L, expected)) {
      throw Error(ErrorKind::kTypeError, colon_message(L, expected, *method));
    }
  }
  throw_argument(L, index, expected.name);
}

std::string type_name_of(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return "nil";
  if (is_null(L, index)) return "null";
  int type = luaL_getmetafield(L, index, "__name");
  if (type == LUA_TSTRING) {
    std::string name = lua_tostring(L, -1);
    lua_pop(L, 1);
    return name;
  }
  if (type != LUA_TNIL) lua_pop(L, 1);
  return luaL_typename(L, index);
}

}  // namespace moonbase::bindings
