#include "shell/module.h"

#include "bindings/call.h"
#include "bindings/context.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/lua_engine.h"
#include "bindings/prelude.h"
#include "bindings/stack.h"

namespace moonbase::shell {
namespace {

using bindings::call_lua;
using bindings::guarded;
using bindings::Hooks;

Hooks& hooks(lua_State* L) { return bindings::Context::of(L).area<Hooks>(); }

int find_function(lua_State* L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, -2) != LUA_TTABLE) {
    bindings::push_prelude_global(L, "require");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
  }
  lua_pushvalue(L, 2);
  lua_gettable(L, -2);
  return 1;
}

// Arguments: the value and the limits.
int print_value(lua_State* L) {
  const auto& limits = *static_cast<const PrintLimits*>(lua_touserdata(L, 2));
  bindings::push_string(L, Printer(L, limits).text(1));
  return 1;
}

int after_input(lua_State* L) {
  for (const auto& hook : hooks(L).after_input) hook(L);
  return 0;
}

int tell_uncommitted(lua_State* L) {
  if (!hooks(L).uncommitted) return 0;
  bindings::push_string(L, hooks(L).uncommitted(L));
  return 1;
}

int tell_location(lua_State* L) {
  lua_pushglobaltable(L);
  lua_pushliteral(L, "db");
  if (lua_rawget(L, -2) == LUA_TNIL) return 0;
  lua_getfield(L, -1, "engine");
  bindings::push_string(L, bindings::check_box<bindings::EngineBox>(L, -1).engine->location());
  return 1;
}

int change_echo(lua_State* L) {
  hooks(L).set_echo(L, lua_toboolean(L, 1) != 0);
  return 0;
}

std::string take_string(lua_State* L) {
  size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  std::string out = text != nullptr ? std::string(text, size) : std::string();
  lua_pop(L, 1);
  return out;
}

// The text that fn() returns; empty when it fails.
std::string ask(lua_State* L, lua_CFunction fn) {
  lua_pushcfunction(L, fn);
  try {
    call_lua(L, 0, 1);
  } catch (const bindings::ScriptError&) {
    return {};
  }
  return take_string(L);
}

}  // namespace

void push_module_function(lua_State* L, const char* module, const char* name) {
  lua_pushcfunction(L, guarded<find_function>);
  lua_pushstring(L, module);
  lua_pushstring(L, name);
  call_lua(L, 2, 1);
}

std::string print_protected(lua_State* L, int index, const PrintLimits& limits) {
  index = lua_absindex(L, index);
  lua_pushcfunction(L, guarded<print_value>);
  lua_pushvalue(L, index);
  lua_pushlightuserdata(L, const_cast<PrintLimits*>(&limits));
  call_lua(L, 2, 1);
  return take_string(L);
}

void run_after_input(lua_State* L) {
  if (hooks(L).after_input.empty()) return;
  lua_pushcfunction(L, guarded<after_input>);
  call_lua(L, 0, 0);
}

std::string uncommitted_work(lua_State* L) { return ask(L, guarded<tell_uncommitted>); }

std::string database_location(lua_State* L) { return ask(L, guarded<tell_location>); }

bool set_echo(lua_State* L, bool on) {
  if (!hooks(L).set_echo) return false;
  lua_pushcfunction(L, guarded<change_echo>);
  lua_pushboolean(L, on ? 1 : 0);
  call_lua(L, 1, 0);
  return true;
}

}  // namespace moonbase::shell
