// Signals: models_committed and before_models_committed. A signal is a list of functions that are
// called in the order in which they were connected; what sends it is scripts/prelude/signals.lua.
#include "bindings/box.h"
#include "bindings/call.h"
#include "bindings/class_def.h"
#include "bindings/event_hub.h"
#include "bindings/guard.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

// The user value is the list of functions.
struct SignalBox {
  const char* name;
};
template <>
const ClassDef& class_of<SignalBox>();

namespace {

// Pushes the list; returns the position of the function at 2, or 0.
lua_Integer push_receivers(lua_State* L) {
  check_box<SignalBox>(L, 1);
  lua_getiuservalue(L, 1, 1);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, -1));
  for (lua_Integer k = 1; k <= count; ++k) {
    lua_rawgeti(L, -1, k);
    const bool is_it = lua_rawequal(L, -1, 2) != 0;
    lua_pop(L, 1);
    if (is_it) return k;
  }
  return 0;
}

int signal_connect(lua_State* L) {
  check_function(L, 2);
  lua_settop(L, 2);
  if (push_receivers(L) == 0) {
    lua_pushvalue(L, 2);
    lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)) + 1);
  }
  lua_settop(L, 2);
  return 1;
}

int signal_disconnect(lua_State* L) {
  check_function(L, 2);
  lua_settop(L, 2);
  const lua_Integer at = push_receivers(L);
  if (at == 0)
    throw Error(ErrorKind::kInvalidRequestError, "this function is not connected to the signal")
        .with_hint("keep the function that was given to connect, and give the same one");
  // A new list: the old one may be on its way through `send`.
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, 3));
  lua_newtable(L);
  for (lua_Integer k = 1, to = 0; k <= count; ++k) {
    if (k == at) continue;
    lua_rawgeti(L, 3, k);
    lua_rawseti(L, 4, ++to);
  }
  lua_setiuservalue(L, 1, 1);
  return 0;
}

int signal_send(lua_State* L) {
  const int arguments = lua_gettop(L) - 1;
  check_box<SignalBox>(L, 1);
  lua_getiuservalue(L, 1, 1);
  const int list = lua_gettop(L);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, list));
  luaL_checkstack(L, arguments + 4, "too many arguments");
  for (lua_Integer k = 1; k <= count; ++k) {
    lua_rawgeti(L, list, k);
    for (int a = 0; a < arguments; ++a) lua_pushvalue(L, a + 2);
    call_lua(L, arguments, 0);
  }
  return 0;
}

int signal_receivers(lua_State* L) {
  check_box<SignalBox>(L, 1);
  lua_getiuservalue(L, 1, 1);
  lua_pushinteger(L, static_cast<lua_Integer>(lua_rawlen(L, -1)));
  return 1;
}

int signal_tostring(lua_State* L) {
  push_string(L, std::string("<signal ") + check_box<SignalBox>(L, 1).name + ">");
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"connect", guarded<signal_connect>,
     "connect(function)  function(app, changes) is called from now on; it is returned"},
    {"disconnect", guarded<signal_disconnect>, "disconnect(function)  it is called no more"},
    {"send", guarded<signal_send>, "send(sender, …)  calls the functions with these values"},
};
constexpr MethodDef kGetters[] = {
    {"receivers", guarded<signal_receivers>, "receivers  how many functions are connected"}};
constexpr MethodDef kMetamethods[] = {{"__tostring", guarded<signal_tostring>, "tostring(signal)"}};

const ClassDef kSignalClass = {
    .name = "Signal",
    .doc =
        "Calls functions when a transaction is committed: moonbase.models_committed:connect("
        "function(app, changes) … end), with changes a list of {object, 'insert' | 'update' | "
        "'delete'}; the app's config needs TRACK_MODIFICATIONS = true.",
    .methods = kMethods,
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "moonbase.models_committed",
};

}  // namespace

template <>
const ClassDef& class_of<SignalBox>() {
  return kSignalClass;
}

void open_signal(lua_State* L, int module) {
  register_class(L, kSignalClass);
  for (const char* name : {"models_committed", "before_models_committed"}) {
    push_box(L, SignalBox{name}, 1);
    lua_newtable(L);
    lua_setiuservalue(L, -2, 1);
    lua_setfield(L, module, name);
  }
}

}  // namespace moonbase::bindings
