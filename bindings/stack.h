// Values between Lua's stack and the core, and the reading of arguments. All functions throw
// base::Error(TypeError) for what does not fit; they are for guarded functions. Indexes are Lua's:
// positive or negative, no pseudo-indexes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/lua_api.h"
#include "orm/base/value.h"
#include "orm/types/type.h"

namespace moonbase::bindings {

// --- null and arrays ---
// `moonbase.null`: NULL where Lua cannot keep a nil, inside tables. A light userdata; truthy, as
// all of them.
void push_null(lua_State* L);
bool is_null(lua_State* L, int index);
inline bool is_nil_or_null(lua_State* L, int index) {
  return lua_isnoneornil(L, index) || is_null(L, index);
}
// Gives the table at `index` the metatable of `moonbase.array`: an empty one is a JSON array, too.
void mark_array(lua_State* L, int index);
bool is_array(lua_State* L, int index);

// --- values ---
// The value at `index`. `expected` decides what a string is (bytes for a binary type) and whether a
// table is a value at all (JSON, ARRAY); checking against the type is Type::cast's business.
// Functions, tables elsewhere and other objects throw TypeError. Strings are copied.
base::Value to_value(lua_State* L, int index, const types::Type* expected = nullptr);
// The same, but text and bytes are borrowed from the Lua string: use it while that is on the stack.
base::Value peek_value(lua_State* L, int index, const types::Type* expected = nullptr);
// NULL is pushed as nil, or as `moonbase.null` when `null_as_sentinel`. JSON text becomes tables;
// items of an ARRAY are read by the type's item type.
void push_value(lua_State* L, const base::Value& value, const types::Type* type = nullptr,
                bool null_as_sentinel = false);

inline void push_string(lua_State* L, std::string_view s) {
  lua_pushlstring(L, s.data(), s.size());
}
// A list of strings as a new table.
void push_strings(lua_State* L, const std::vector<std::string>& strings);

// --- arguments ---
// "get: argument 2: expected string, got nil", the position counted as the caller wrote it.
[[noreturn]] void throw_argument(lua_State* L, int index, std::string_view expected);
// Numbers are not strings here, nor strings numbers. The view lives while the value is on the
// stack.
std::string_view check_string(lua_State* L, int index);
int64_t check_integer(lua_State* L, int index);  // a float with an integral value, too
double check_number(lua_State* L, int index);
bool check_boolean(lua_State* L, int index);
void check_table(lua_State* L, int index);
void check_function(lua_State* L, int index);  // or something with __call
// nil, null and an absent argument give the default.
std::optional<std::string> opt_string(lua_State* L, int index);
int64_t opt_integer(lua_State* L, int index, int64_t fallback);
bool opt_boolean(lua_State* L, int index, bool fallback);
// The strings of a list.
std::vector<std::string> check_strings(lua_State* L, int index);
bool is_callable(lua_State* L, int index);
// For a metamethod whose right operand (index 2) is another kind of userdata: calls that one's
// metamethod `event` with both operands, leaves its one result on the stack and returns true; false
// when there is none.
bool defer_to_right(lua_State* L, const char* event);

// Reads the arguments of a call that may be written Column{Integer, primary_key = true} or
// Column(Integer). A single plain table (without a metatable) is the first form; anything else is a
// list of positional arguments. The arguments must stay on the stack while it is used. After the
// last `take`, call `finish`.
class Kwargs {
 public:
  // `name` is the function's, for messages; `first` the index of the first argument. Throws
  // TypeError for a nil among the positional arguments, naming its position.
  Kwargs(lua_State* L, int first, std::string name);

  // Positional arguments.
  int count() const { return count_; }
  // Pushes positional argument 1..count().
  void push(int position) const;
  bool braced() const { return table_ != 0; }
  // The index of the table of the braced form, else 0.
  int table() const { return table_; }

  // Pushes the keyword argument and returns true, or pushes nothing and returns false.
  bool take(std::string_view keyword);
  // Typed, with nothing left on the stack; TypeError names the keyword.
  std::optional<std::string> take_string(std::string_view keyword);
  std::optional<int64_t> take_integer(std::string_view keyword);
  bool take_boolean(std::string_view keyword, bool fallback);
  std::optional<bool> take_boolean(std::string_view keyword);
  std::vector<std::string> take_strings(std::string_view keyword);
  // Throws TypeError "Column has no option 'primray_key'; did you mean 'primary_key'?" for a
  // keyword nobody took.
  void finish() const;
  // Throws TypeError when there are more positional arguments than `most`, or fewer than `least`.
  void expect_positional(int least, int most) const;
  // For keywords of the caller's own reading: throws TypeError "Column: 'index' must be a boolean,
  // got string".
  [[noreturn]] void throw_keyword(std::string_view keyword, std::string_view expected,
                                  int value_index) const;

 private:
  void count_positional();

  lua_State* L_;
  std::string name_;
  int first_;
  int table_ = 0;
  int count_ = 0;
  std::vector<std::string> known_;
};

// Asserts at the end of a scope that the stack has grown by exactly `growth`, unless the scope is
// left by an exception.
class StackCheck {
 public:
  explicit StackCheck(lua_State* L, int growth = 0);
  StackCheck(const StackCheck&) = delete;
  StackCheck& operator=(const StackCheck&) = delete;
  ~StackCheck();

 private:
  lua_State* L_;
  int top_;
  int exceptions_;
};

// Area: moonbase.null, moonbase.array.
void open_values(lua_State* L, int module);

}  // namespace moonbase::bindings
