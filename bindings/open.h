// The list of the bound areas. An area is a file that binds one part of the core: a function that
// registers its classes and adds its functions to the module table, and one row in `kAreas`
// (open.cc).
#pragma once

#include <span>
#include <string_view>

#include "bindings/lua_api.h"

namespace moonbase::bindings {

struct Area {
  std::string_view name;
  // `module` is the absolute index of the module table.
  void (*open)(lua_State* L, int module);
};

// In the order in which they are opened.
std::span<const Area> areas();
// Embedded modules that run when a state is made, in this order: names below scripts/prelude
// without ".lua".
std::span<const std::string_view> prelude_modules();

// Opens all areas into a new table, and leaves it in package.loaded.moonbase and in the global
// `moonbase`. The state has a Context.
void open_moonbase(lua_State* L);

}  // namespace moonbase::bindings
