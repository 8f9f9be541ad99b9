#include "bindings/warnings.h"

#include <cstdio>
#include <utility>

#include "bindings/class_def.h"
#include "bindings/context.h"
#include "bindings/guard.h"
#include "bindings/scope.h"
#include "bindings/stack.h"

namespace moonbase::bindings {

void Warnings::warning(std::string_view kind, std::string_view message) {
  if (!caught_.empty()) {
    caught_.back().push_back({std::string(kind), std::string(message)});
    return;
  }
  std::string line = std::string(kind) + ": " + std::string(message) + "\n";
  if (!shown_.insert(line).second) return;
  if (write_) {
    write_(line);
  } else {
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
}

std::vector<Warning> Warnings::end_catch() {
  std::vector<Warning> caught = std::move(caught_.back());
  caught_.pop_back();
  return caught;
}

Warnings& warning_sink(lua_State* L) { return Context::of(L).area<Warnings>(); }

namespace {

// One metatable for all, in the registry.
const char kWarningKey = 0;

int warning_tostring(lua_State* L) {
  check_table(L, 1);
  lua_getfield(L, 1, "kind");
  lua_pushliteral(L, ": ");
  lua_getfield(L, 1, "message");
  lua_concat(L, 3);
  return 1;
}

// The end of catch_warnings: fills and returns the list at index 1.
int finish_catch(lua_State* L) {
  lua_Integer count = 0;
  for (const Warning& warning : warning_sink(L).end_catch()) {
    lua_createtable(L, 0, 2);
    push_string(L, warning.kind);
    lua_setfield(L, -2, "kind");
    push_string(L, warning.message);
    lua_setfield(L, -2, "message");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &kWarningKey);
    lua_setmetatable(L, -2);
    lua_rawseti(L, 1, ++count);
  }
  lua_settop(L, 1);
  return 1;
}

int catch_warnings(lua_State* L) {
  check_function(L, 1);
  lua_settop(L, 1);
  lua_newtable(L);
  lua_insert(L, 1);
  warning_sink(L).begin_catch();
  return run_in_scope(L, guarded<finish_catch>);
}

constexpr MethodDef kFunctions[] = {
    {"catch_warnings", guarded<catch_warnings>,
     "catch_warnings(fn)  calls fn and returns the warnings it caused, a list of {kind, message}"},
};

}  // namespace

void open_warnings(lua_State* L, int module) {
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, guarded<warning_tostring>);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "Warning");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kWarningKey);
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
