// The boundary from C++ to Lua functions: the one way in which C++ runs Lua code. Errors come back
// as ScriptError. Functions called this way cannot yield; what must be able to is written in the
// Lua prelude.
#pragma once

#include <memory>
#include <string>

#include "bindings/context.h"
#include "bindings/lua_api.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

// A Lua error passing through C++. It holds the value that was raised; the guard raises that same
// value again. To the core it is an Error: of the kind and with the fields of the error object, or,
// for any other Lua value, InvalidRequestError with its text. What the core adds as context reaches
// the error object.
class ScriptError : public base::Error {
 public:
  // Takes the error value off the top of the stack.
  static ScriptError take(lua_State* L);

  // Pushes the Lua value that was raised.
  void push(lua_State* L) const { value_->push(L); }
  // Lua's stack at the point of the error; empty when it was not recorded.
  const std::string& traceback() const { return traceback_; }
  // How much of `context()` the error object has already.
  size_t known_context() const { return known_context_; }

 private:
  ScriptError(base::Error error, std::shared_ptr<const LuaRef> value, std::string traceback);

  std::shared_ptr<const LuaRef> value_;
  std::string traceback_;
  size_t known_context_;
};

// Calls the function below `nargs` arguments on the stack, as lua_call does. Throws ScriptError.
void call_lua(lua_State* L, int nargs, int nresults);

// The message handler to give to lua_pcall where the error is shown: records the traceback in the
// error object, or, for other values, in the context. The error value is left as it is.
int traceback_handler(lua_State* L);

}  // namespace moonbase::bindings
