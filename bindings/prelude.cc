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
  return true;
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
