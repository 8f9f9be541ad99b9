#include "bindings/prompt_locals.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/lua_syntax.h"
#include "bindings/stack.h"

namespace moonbase::bindings {
namespace {

using syntax::TopLevelLocal;

// The last value shown is the shell's own.
constexpr std::string_view kLastValue = "_";

PromptLocals& prompt_locals(lua_State* L) { return Context::of(L).area<PromptLocals>(); }

int export_locals(lua_State* L) {
  prompt_locals(L).keep_upvalues(L, 1);
  return 0;
}

int export_constant(lua_State* L) {
  prompt_locals(L).keep_constant(L, std::string(check_string(L, 1)), 2);
  return 0;
}

int moonbase_hide_locals(lua_State* L) {
  prompt_locals(L).hide(check_strings(L, 1));
  return 0;
}

int moonbase_show_locals(lua_State* L) {
  prompt_locals(L).show_hidden();
  return 0;
}

constexpr MethodDef kFunctions[] = {
    {"_hide_locals", guarded<moonbase_hide_locals>,
     "_hide_locals(names)  takes locals of the prompt out of sight: the names mean globals"},
    {"_show_locals", guarded<moonbase_show_locals>,
     "_show_locals()  brings the hidden locals back, in place of later ones of their names"},
};

}  // namespace

int PromptLocals::rewrite_loaded(lua_State* L, std::string_view text, const char* chunk_name) {
  closing_.clear();
  syntax::Options options{.keep_locals = true, .known_locals = {}};
  for (const Variable& variable : variables_) options.known_locals.push_back(variable.local);
  syntax::Rewrite rewrite = syntax::rewrite(text, options);
  for (const TopLevelLocal& local : rewrite.new_locals) {
    if (local.attrib == TopLevelLocal::Attrib::kClose) closing_.push_back(local.name);
  }
  if (!rewrite.changed) return LUA_OK;
  lua_pop(L, 1);
  luaL_checkstack(L, static_cast<int>(rewrite.used_locals.size()), "too many locals");
  for (const std::string& name : rewrite.used_locals) {
    const Variable& variable = find(name);
    if (variable.upvalue == 0) {
      variable.value.push(L);
    } else {
      lua_pushnil(L);
    }
  }
  int status =
      load_rewritten(L, rewrite, chunk_name, static_cast<int>(rewrite.used_locals.size()), 0);
  if (status == LUA_OK) join(L, rewrite);
  return status;
}

// Makes the upvalues of the function on the top the variables themselves.
void PromptLocals::join(lua_State* L, const syntax::Rewrite& rewrite) const {
  int function = lua_gettop(L);
  for (int i = 1; const char* upvalue = lua_getupvalue(L, function, i); ++i) {
    lua_pop(L, 1);
    std::string_view name = upvalue;
    if (std::ranges::find(rewrite.used_locals, name) == rewrite.used_locals.end()) continue;
    const Variable& variable = find(name);
    if (variable.upvalue == 0) continue;
    variable.value.push(L);
    lua_upvaluejoin(L, function, i, -1, variable.upvalue);
    lua_pop(L, 1);
  }
}

std::vector<std::string> PromptLocals::names() const {
  std::vector<std::string> out;
  for (const Variable& variable : variables_) out.push_back(variable.local.name);
  return out;
}

bool PromptLocals::push_value(lua_State* L, std::string_view name) const {
  for (const Variable& variable : variables_) {
    if (variable.local.name != name) continue;
    variable.value.push(L);
    if (variable.upvalue == 0) return true;
    // The variable itself, as it is now, not the closure that holds it.
    bool found = lua_getupvalue(L, -1, variable.upvalue) != nullptr;
    lua_remove(L, found ? -2 : -1);
    return found;
  }
  return false;
}

void PromptLocals::keep_upvalues(lua_State* L, int index) {
  for (int i = 1; const char* name = lua_getupvalue(L, index, i); ++i) {
    lua_pop(L, 1);
    keep({{.name = name}, LuaRef(L, index), i});
  }
}

void PromptLocals::keep_constant(lua_State* L, std::string name, int index) {
  keep({{TopLevelLocal::Attrib::kConst, std::move(name)}, LuaRef(L, index), 0});
}

void PromptLocals::keep(Variable variable) {
  if (variable.local.name == kLastValue) return;
  std::erase_if(variables_,
                [&](const Variable& known) { return known.local.name == variable.local.name; });
  variables_.push_back(std::move(variable));
}

std::vector<PromptLocals::Variable> PromptLocals::take_named() {
  const auto others =
      std::stable_partition(variables_.begin(), variables_.end(), [this](const Variable& variable) {
        return std::ranges::find(hidden_names_, variable.local.name) != hidden_names_.end();
      });
  std::vector<Variable> taken(std::make_move_iterator(variables_.begin()),
                              std::make_move_iterator(others));
  variables_.erase(variables_.begin(), others);
  return taken;
}

void PromptLocals::hide(std::vector<std::string> names) {
  show_hidden();
  hidden_names_ = std::move(names);
  hidden_ = take_named();
}

void PromptLocals::show_hidden() {
  take_named();
  hidden_names_.clear();
  for (Variable& variable : hidden_) keep(std::move(variable));
  hidden_.clear();
}

const PromptLocals::Variable& PromptLocals::find(std::string_view name) const {
  return *std::ranges::find(variables_, name, [](const Variable& variable) -> std::string_view {
    return variable.local.name;
  });
}

void add_prompt_functions(lua_State* L) {
  lua_pushcfunction(L, guarded<export_locals>);
  lua_setfield(L, -2, "export");
  lua_pushcfunction(L, guarded<export_constant>);
  lua_setfield(L, -2, "export_const");
}

void open_prompt_locals(lua_State* L, int module) { add_functions(L, module, kFunctions); }

}  // namespace moonbase::bindings
