#include "bindings/call.h"

#include <utility>

#include "bindings/error_object.h"
#include "bindings/guard.h"

namespace moonbase::bindings {
namespace {

int record_traceback(lua_State* L) {
  lua_settop(L, 1);
  auto* box = test_box<ErrorBox>(L, 1);
  if (box != nullptr && !box->traceback.empty()) return 1;
  luaL_traceback(L, L, nullptr, 1);
  std::string text = lua_tostring(L, -1);
  lua_settop(L, 1);
  if (box != nullptr) {
    box->traceback = std::move(text);
  } else {
    Context::of(L).set_traceback(std::move(text));
  }
  return 1;
}

}  // namespace

ScriptError::ScriptError(base::Error error, std::shared_ptr<const LuaRef> value,
                         std::string traceback)
    : base::Error(std::move(error)),
      value_(std::move(value)),
      traceback_(std::move(traceback)),
      known_context_(context().size()) {}

ScriptError ScriptError::take(lua_State* L) {
  std::string traceback = Context::of(L).take_traceback();
  if (const auto* box = test_box<ErrorBox>(L, -1)) traceback = box->traceback;
  auto value = std::make_shared<const LuaRef>(L, -1);
  ScriptError error(to_error(L, -1), std::move(value), std::move(traceback));
  lua_pop(L, 1);
  return error;
}

void call_lua(lua_State* L, int nargs, int nresults) {
  int handler = lua_gettop(L) - nargs;
  luaL_checkstack(L, 1, "too many nested calls");
  lua_pushcfunction(L, traceback_handler);
  lua_insert(L, handler);
  int status = lua_pcall(L, nargs, nresults, handler);
  lua_remove(L, handler);
  if (status != LUA_OK) throw ScriptError::take(L);
}

int traceback_handler(lua_State* L) { return guarded<record_traceback>(L); }

}  // namespace moonbase::bindings
