// The locals of a prompt's inputs. An input that declares `local x` outside any block hands a
// closure over x to `export` (syntax/syntax.h); a later input that refers to x is given that same
// variable as its upvalue. One for each Lua state, `Context::of(L).area<PromptLocals>()`, on the
// thread that runs the state. Nothing here throws but what a lack of memory does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bindings/context.h"
#include "bindings/syntax/syntax.h"

namespace moonbase::bindings {

class PromptLocals {
 public:
  // Replaces the function on the top, which Lua has made of `text`, by the one to run as an input
  // of the prompt. On failure there is a message in its place. Returns LUA_OK or Lua's status.
  int rewrite_loaded(lua_State* L, std::string_view text, const char* chunk_name);
  // The names that the last input declared <close>: they end with it.
  const std::vector<std::string>& closing() const { return closing_; }
  // All that later inputs can refer to, in order of declaration.
  std::vector<std::string> names() const;
  // Pushes the value of one of them; nothing, and false, when there is none of this name.
  bool push_value(lua_State* L, std::string_view name) const;

  // Takes those of these names out of the inputs' sight, so that a name means the global, until
  // `show_hidden` brings them back; what was declared under the names meanwhile is gone then.
  void hide(std::vector<std::string> names);
  void show_hidden();

  // What the running input calls: the upvalues of the closure at `index`, the constant at `index`.
  void keep_upvalues(lua_State* L, int index);
  void keep_constant(lua_State* L, std::string name, int index);

 private:
  struct Variable {
    syntax::TopLevelLocal local;
    LuaRef value;     // the constant, or a closure over the variable
    int upvalue = 0;  // which of the closure's
  };
  void keep(Variable variable);
  // Takes those of hidden_names_ out.
  std::vector<Variable> take_named();
  const Variable& find(std::string_view name) const;
  void join(lua_State* L, const syntax::Rewrite& rewrite) const;

  std::vector<Variable> variables_;
  std::vector<std::string> closing_;
  std::vector<std::string> hidden_names_;
  std::vector<Variable> hidden_;
};

// Adds the functions `export` and `export_const` to the table on the top.
void add_prompt_functions(lua_State* L);
// Functions of the module: _hide_locals, _show_locals.
void open_prompt_locals(lua_State* L, int module);

}  // namespace moonbase::bindings
