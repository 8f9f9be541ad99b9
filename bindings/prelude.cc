#include "bindings/prelude.h"

#include <algorithm>
#include <string>

#include "bindings/embedded.h"
#include "bindings/guard.h"
#include "bindings/stack.h"

namespace moonbase::bindings {
namespace {

constexpr std::string_view kModulePrefix = "moonbase.";
constexpr std::string_view kFolder = "prelude/";

// Its address is the key of the prelude's globals in the registry.
const char kGlobalsKey = 0;

// Pushes the globals of the prelude: a copy of the program's, as they are when its first chunk is
// loaded, before any line of the program. What the program later writes to a name like `table` or
// `print` is its own affair, and does not break help or a view.
void push_prelude_globals(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kGlobalsKey) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, -2) != 0;) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kGlobalsKey);
}

// "moonbase.model" -> "prelude/model.lua"; "" for a module of another family.
std::string path_of_module(std::string_view module) {
  if (!module.starts_with(kModulePrefix)) return {};
  std::string name(module.substr(kModulePrefix.size()));
  std::ranges::replace(name, '.', '/');
  return std::string(kFolder) + name + ".lua";
}

// A searcher of `require` (Lua's manual, package.searchers): the loader and its second argument, or
// a message.
int search_prelude(lua_State* L) {
  std::string_view module = check_string(L, 1);
  std::string path = path_of_module(module);
  if (!push_prelude_chunk(L, path)) {
    push_string(L, "no module '" + std::string(module) + "' in the program itself");
    return 1;
  }
  push_string(L, path);
  return 2;
}

}  // namespace

bool push_prelude_chunk(lua_State* L, std::string_view path) {
  auto files = embedded_files();
  auto file = std::ranges::find(files, path, &EmbeddedFile::path);
  if (!path.starts_with(kFolder) || file == files.end()) return false;
  // The chunk brings its name along.
  if (luaL_loadbufferx(L, file->content.data(), file->content.size(), nullptr, "b") != LUA_OK)
    lua_error(L);
  push_prelude_globals(L);
  if (lua_setupvalue(L, -2, 1) == nullptr) lua_pop(L, 1);  // a chunk without globals
  return true;
}

void push_prelude_global(lua_State* L, const char* name) {
  push_prelude_globals(L);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

void add_prelude_searcher(lua_State* L) {
  lua_getglobal(L, LUA_LOADLIBNAME);
  lua_getfield(L, -1, "searchers");
  for (lua_Integer i = static_cast<lua_Integer>(lua_rawlen(L, -1)); i >= 2; --i) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushcfunction(L, guarded<search_prelude>);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 2);
}

}  // namespace moonbase::bindings
