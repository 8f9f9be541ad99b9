#include "shell/tour.h"

#include "bindings/call.h"
#include "bindings/embedded.h"
#include "bindings/guard.h"
#include "bindings/lua_syntax.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "shell/module.h"
#include "shell/settings.h"

namespace moonbase::shell {
namespace {

// The database that is the program's own while a tour has taken its place.
struct TourState {
  bindings::DatabasePtr before;
};

TourState& state(lua_State* L) { return bindings::Context::of(L).area<TourState>(); }

// run(path): a file that is built in.
int run_embedded(lua_State* L) {
  const std::string_view path = bindings::check_string(L, 1);
  for (const auto& file : bindings::embedded_files()) {
    if (file.path != path) continue;
    const std::string chunk = "=" + std::string(path);
    if (bindings::load_source(L, file.content, chunk.c_str()) != LUA_OK) return lua_error(L);
    lua_call(L, 0, 0);
  }
  return 0;
}

std::string take_text(lua_State* L) {
  std::string text = lua_isnil(L, -1) ? std::string() : std::string(bindings::check_string(L, -1));
  lua_pop(L, 1);
  return text;
}

void end(lua_State* L) {
  if (!settings(L).touring) return;
  settings(L).touring = false;
  bindings::orm_area(L).current = std::move(state(L).before);
}

}  // namespace

std::string start_tour(lua_State* L) {
  bindings::DatabasePtr own = bindings::orm_area(L).current;
  push_module_function(L, "moonbase.tour", "start");
  lua_pushcfunction(L, bindings::guarded<run_embedded>);
  try {
    bindings::call_lua(L, 1, 1);
  } catch (const bindings::ScriptError&) {
    bindings::orm_area(L).current = std::move(own);
    throw;
  }
  if (!settings(L).touring) state(L).before = std::move(own);
  settings(L).touring = true;
  return take_text(L);
}

std::string stop_tour(lua_State* L) {
  try {
    push_module_function(L, "moonbase.tour", "stop");
    bindings::call_lua(L, 0, 1);
  } catch (const bindings::ScriptError&) {
    end(L);
    throw;
  }
  end(L);
  return take_text(L);
}

std::string tour_line(lua_State* L) {
  if (!settings(L).touring) return {};
  push_module_function(L, "moonbase.tour", "line");
  bindings::call_lua(L, 0, 1);
  return take_text(L);
}

std::string tour_after(lua_State* L, std::string_view input, bool failed) {
  if (!settings(L).touring) return {};
  push_module_function(L, "moonbase.tour", "after");
  bindings::push_string(L, input);
  lua_pushboolean(L, failed ? 1 : 0);
  bindings::call_lua(L, 2, 2);
  if (lua_toboolean(L, -1) == 0) end(L);
  lua_pop(L, 1);
  return take_text(L);
}

}  // namespace moonbase::shell
