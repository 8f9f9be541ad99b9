// A fresh Lua state with Moonbase in it, and short ways to run code in tests.
#pragma once

#include <string>
#include <string_view>

#include "bindings/call.h"
#include "bindings/error_object.h"
#include "bindings/lua_api.h"
#include "bindings/runtime.h"

namespace moonbase::bindings {

class LuaFixture {
 public:
  LuaFixture() : L(runtime.state()) {}

  // The expression's values as text, separated by blanks; strings without quotes.
  std::string eval(const std::string& expression) {
    run("result = table.pack(" + expression +
        ") for i = 1, result.n do result[i] = tostring(result[i]) end "
        "result = table.concat(result, ' ')");
    lua_getglobal(L, "result");
    std::string text = lua_tostring(L, -1);
    lua_pop(L, 1);
    return text;
  }

  void run(std::string_view code) { runtime.run(code, "=test"); }

  // "Kind: message" of the error the code raises; "no error" when there is none.
  std::string failure(std::string_view code) {
    try {
      run(code);
    } catch (const ScriptError& error) {
      return std::string(base::kind_name(error.kind())) + ": " + error.message();
    }
    return "no error";
  }

  void set_function(const char* name, lua_CFunction fn) { lua_register(L, name, fn); }

  Runtime runtime;
  lua_State* L;
};

}  // namespace moonbase::bindings
