// The boundary from C++ to Lua: every C function that Lua can call is `guarded<f>`, applied in the
// row that registers it. Inside, C++ code throws base::Error (and whatever the core throws); Lua
// sees an error object (error_object.h). A ScriptError gives Lua the very object that was raised,
// so that identity survives a trip through the core.
//
// A function has three zones: take (arguments into plain C++ values), work (the core, no Lua), give
// (push the results). Lua's own errors pass through unseen: nothing here or in the core may catch
// them.
#pragma once

#include <new>
#include <optional>
#include <stdexcept>

#include "bindings/call.h"
#include "bindings/lua_api.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

// An error on its way from a catch block to the one place where it is raised.
class Pending {
 public:
  void keep(ScriptError& error);
  void keep(base::Error& error);
  void keep(const std::exception& error);
  void out_of_memory() {}

  // Pushes the Lua error value, destroys what was kept and raises. Never returns.
  [[noreturn]] int raise(lua_State* L);

 private:
  std::optional<ScriptError> script_;
  std::optional<base::Error> error_;
};

// The lua_CFunction made of F.
template <lua_CFunction F>
int guarded(lua_State* L) {
  Pending pending;
  try {
    return F(L);
  } catch (ScriptError& error) {
    pending.keep(error);
  } catch (base::Error& error) {
    pending.keep(error);
  } catch (const std::bad_alloc&) {
    pending.out_of_memory();
  } catch (const std::exception& error) {
    pending.keep(error);
  }
  // Outside every handler: Lua's throw must not meet a live exception.
  return pending.raise(L);
}

}  // namespace moonbase::bindings
