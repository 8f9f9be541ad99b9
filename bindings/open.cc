#include "bindings/open.h"

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/error_object.h"
#include "bindings/event_hub.h"
#include "bindings/guard.h"
#include "bindings/interrupt.h"
#include "bindings/load_alarm.h"
#include "bindings/lua_association.h"
#include "bindings/lua_attributes.h"
#include "bindings/lua_collection.h"
#include "bindings/lua_datetime.h"
#include "bindings/lua_decimal.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_inspect.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_json.h"
#include "bindings/lua_list.h"
#include "bindings/lua_model.h"
#include "bindings/lua_query.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_session.h"
#include "bindings/lua_syntax.h"
#include "bindings/origins.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

int moonbase_clock(lua_State* L) {
  std::chrono::duration<double> since = std::chrono::steady_clock::now().time_since_epoch();
  lua_pushnumber(L, since.count());
  return 1;
}

int moonbase_doc(lua_State* L) {
  if (lua_gettop(L) >= 2) {
    set_doc(L, 1, check_string(L, 2));
    lua_settop(L, 1);
    return 1;
  }
  auto text = doc_of(L, 1);
  if (text) {
    push_string(L, *text);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

// Adds the docstrings of a class written in Lua: the table `__docs` of the metatable, by name.
// False when there is none.
bool add_docs_of_table(lua_State* L, std::map<std::string, std::string>& docs) {
  if (lua_type(L, 1) != LUA_TTABLE || lua_getmetatable(L, 1) == 0) return false;
  lua_pushliteral(L, "__docs");
  bool found = lua_rawget(L, -2) == LUA_TTABLE;
  for (lua_pushnil(L); found && lua_next(L, -2) != 0; lua_pop(L, 1)) {
    std::string name(check_string(L, -2));
    docs.emplace(std::move(name), check_string(L, -1));
  }
  lua_settop(L, 1);
  return found;
}

// The docstrings of what an object of a class offers, in the order of the names.
int moonbase_members(lua_State* L) {
  lua_settop(L, 1);
  const Box* box = to_box(L, 1);
  std::map<std::string, std::string> docs;
  if (box == nullptr && !add_docs_of_table(L, docs)) return 0;
  for (const ClassDef* cls = box != nullptr ? box->cls : nullptr; cls != nullptr;
       cls = cls->parent) {
    for (auto rows : {cls->methods, cls->getters}) {
      for (const MethodDef& row : rows) {
        if (row.name[0] != '_') docs.emplace(row.name, row.doc);
      }
    }
  }
  std::vector<std::string> list;
  for (auto& [name, doc] : docs) list.push_back(std::move(doc));
  push_strings(L, list);
  return 1;
}

// Of a C function that a row describes: its class and how one reaches an object of it.
int moonbase_owner(lua_State* L) {
  lua_CFunction fn = lua_tocfunction(L, 1);
  const auto row = fn != nullptr ? find_row(L, fn) : std::nullopt;
  if (!row || row->cls == nullptr) return 0;
  lua_pushstring(L, row->cls->name);
  lua_pushstring(L, row->cls->usage);
  return 2;
}

int moonbase_nearest(lua_State* L) {
  const auto found = base::nearest(check_string(L, 1), check_strings(L, 2));
  if (!found) return 0;
  push_string(L, *found);
  return 1;
}

int moonbase_no_attribute(lua_State* L) {
  throw_no_attribute(check_string(L, 1), lua_type(L, 2) == LUA_TSTRING ? check_string(L, 2) : "?",
                     check_strings(L, 3));
}

constexpr MethodDef kFunctions[] = {
    {"_members", guarded<moonbase_members>,
     "_members(x)  the descriptions of what an object of a class offers, a list; nil for other "
     "values"},
    {"_nearest", guarded<moonbase_nearest>,
     "_nearest(word, names)  which of the names was probably meant, or nil"},
    {"_owner", guarded<moonbase_owner>,
     "_owner(f)  of a method that is built in: its class, and how an object of it is reached"},
    {"_no_attribute", guarded<moonbase_no_attribute>,
     "_no_attribute(owner, name, names)  raises AttributeError with the nearest of the names"},
    {"clock", guarded<moonbase_clock>, "clock()  seconds on a clock that never goes back, a float"},
    {"doc", guarded<moonbase_doc>,
     "doc(x)  the description of a function, an object or a class, or nil; doc(f, text) describes "
     "f and returns it"},
};

void open_general(lua_State* L, int module) { add_functions(L, module, kFunctions); }

constexpr std::array kAreas = {
    Area{"error", open_error},
    Area{"values", open_values},
    Area{"list", open_list},
    Area{"general", open_general},
    Area{"interrupt", open_interrupt},
    Area{"json", open_json},
    Area{"decimal", open_decimal},
    Area{"datetime", open_datetime},
    Area{"schema", open_schema},
    Area{"expr", open_expr},
    Area{"engine", open_engine},
    Area{"instance", open_instance},
    Area{"collection", open_collection},
    Area{"model", open_model},
    Area{"query", open_query},
    Area{"association", open_association},
    Area{"session", open_session},
    Area{"load_alarm", open_load_alarm},
    Area{"inspect", open_inspect},
    Area{"attributes", open_attributes},
    Area{"origins", open_origins},
    Area{"event", open_event},
    Area{"signal", open_signal},
    Area{"database", open_database},
    Area{"syntax", open_syntax},
};

constexpr std::array<std::string_view, 2> kPreludeModules = {"app", "database"};

// What has no row of its own.
void describe_values(lua_State* L, int module) {
  set_doc(L, module,
          "Everything Moonbase offers; db has the same names: db.Column is moonbase.Column.");
  lua_getfield(L, module, "null");
  set_doc(L, -1, "null  SQL's NULL where nil cannot stand: in a table, in a list of rows");
  lua_getfield(L, module, "json");
  set_doc(L, -1, "json  JSON texts: json.dumps(value), json.loads(text)");
  lua_pop(L, 2);
}

}  // namespace

std::span<const Area> areas() { return kAreas; }

std::span<const std::string_view> prelude_modules() { return kPreludeModules; }

void open_moonbase(lua_State* L) {
  lua_createtable(L, 0, 128);
  int module = lua_gettop(L);
  for (const Area& area : kAreas) area.open(L, module);
  guard_names(L, module, "moonbase");
  describe_values(L, module);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, module);
  lua_setfield(L, -2, "moonbase");
  lua_pushvalue(L, module);
  lua_setglobal(L, "moonbase");
  lua_settop(L, module - 1);
}

}  // namespace moonbase::bindings
