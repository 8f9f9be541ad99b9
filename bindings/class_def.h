// How a class looks from Lua, as rows of static storage. `register_class` makes one metatable for
// each class, whose
// __index knows methods (called with a colon) and getters (fields); an unknown name raises
// AttributeError with the nearest name, because a silent nil is how a typing error becomes a NULL.
// The docstrings in the rows feed help and completion. Rows are immutable; registering belongs to
// the thread of the state.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/lua_api.h"

namespace moonbase::bindings {

// A function: a method, getter, setter, metamethod, static function or function of the module. `fn`
// is guarded<…>. A getter is called with the object at 1 and pushes one value; a setter with the
// object at 1 and the value at 2. `doc` starts with the call ("add(obj)  put an object under the
// session's care").
struct MethodDef {
  const char* name;
  lua_CFunction fn;
  const char* doc;
};

struct ClassDef {
  const char* name;
  const char* doc;
  const ClassDef* parent = nullptr;  // same payload type; its members are inherited
  std::span<const MethodDef> methods = {};
  std::span<const MethodDef> getters = {};
  std::span<const MethodDef> setters = {};
  std::span<const MethodDef> metamethods =
      {};  // all but __index, __newindex, __gc, __name, __metatable
  // Keys that are no member: called with the object at 1 and the key at 2; pushes a value and
  // returns 1, or returns 0 for an unknown key.
  lua_CFunction index = nullptr;
  // The same with the value at 3; returns 1 when it stored it, 0 for an unknown key.
  lua_CFunction new_index = nullptr;
  // Functions of the class itself (`datetime.utcnow()`), and what calling the class does; see
  // push_class.
  std::span<const MethodDef> statics = {};
  lua_CFunction constructor = nullptr;
  // How a program usually reaches an object of the class ("db.session"), for corrected calls in
  // messages.
  const char* usage = "";
  void (*destroy)(void* payload) noexcept = nullptr;  // kDestroy<Payload> (box.h)
  // Its objects are what columns hold (a date, a decimal): never part of a statement's tree.
  bool is_value = false;
};

// Makes the class's metatable, once for each state. Parents must be registered before.
void register_class(lua_State* L, const ClassDef& def);
// Pushes the metatable `register_class` made.
void push_metatable(lua_State* L, const ClassDef& def);
// Pushes a new metatable with all that the class's own has, but `__index` and `__newindex`, and a
// `__name`; for classes with one metatable for each model. The caller adds the two.
void push_derived_metatable(lua_State* L, const ClassDef& def, const char* name);

// Gives the box on the top a metatable of its own, in which Lua finds the methods without calling
// anything: for an object that is there once and whose methods are called in loops.
void give_method_table(lua_State* L, const ClassDef& def);

// Pushes the class as a program sees it: a table that holds the statics, can be called when there
// is a constructor (the arguments start at 1), and raises AttributeError for other names.
void push_class(lua_State* L, const ClassDef& def);

// Sets rows as fields of the table at `index` and remembers them for help.
void add_functions(lua_State* L, int index, std::span<const MethodDef> functions);

// Gives the table at `index` a metatable that raises AttributeError "moonbase has no attribute 'x'"
// for unknown names.
void guard_names(lua_State* L, int index, const char* name);

// Throws base::Error(AttributeError): "Session has no attribute 'ad'; did you mean 'add'?".
[[noreturn]] void throw_no_attribute(std::string_view owner, std::string_view name,
                                     const std::vector<std::string>& candidates);
// The string keys of the table at `index`, sorted.
std::vector<std::string> string_keys(lua_State* L, int index);

// --- docs ---
// The docstring of the function, object or class at `index`; nullopt when there is none. Of a table
// of Lua, what was attached to it or else its metatable's `__doc`.
std::optional<std::string> doc_of(lua_State* L, int index);
// Attaches a docstring to the Lua function or table at `index`, for as long as it lives. `text` is
// copied.
void set_doc(lua_State* L, int index, std::string_view text);
// The row of the C function, searching methods, getters and statics of all classes and the module's
// functions.
struct FoundRow {
  const ClassDef* cls;  // null for a function of the module
  const MethodDef* row;
};
std::optional<FoundRow> find_row(lua_State* L, lua_CFunction fn);
// The names an object of the class offers, sorted: for completion and did-you-mean.
std::vector<std::string> member_names(const ClassDef& def);

}  // namespace moonbase::bindings
