// The argument half of stack.h.
#include <algorithm>
#include <cstring>
#include <limits>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

[[noreturn]] void throw_type_error(std::string message) {
  throw Error(ErrorKind::kTypeError, std::move(message));
}

// A list of strings at `index`; nullopt when it is something else.
std::optional<std::vector<std::string>> read_strings(lua_State* L, int index) {
  if (!lua_istable(L, index)) return std::nullopt;
  std::vector<std::string> strings;
  for (lua_Integer i = 1, count = static_cast<lua_Integer>(lua_rawlen(L, index)); i <= count; ++i) {
    bool is_string = lua_rawgeti(L, index, i) == LUA_TSTRING;
    if (is_string) strings.emplace_back(check_string(L, -1));
    lua_pop(L, 1);
    if (!is_string) return std::nullopt;
  }
  return strings;
}

}  // namespace

void throw_argument(lua_State* L, int index, std::string_view expected) {
  std::string got = type_name_of(L, index);
  std::string where;
  lua_Debug frame;
  if (index > 0 && lua_getstack(L, 0, &frame) != 0) {
    lua_getinfo(L, "nf", &frame);
    lua_CFunction fn = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    const char* name = frame.name;
    auto row = name == nullptr && fn != nullptr ? find_row(L, fn) : std::nullopt;
    if (row) name = row->row->name;
    bool is_method = std::strcmp(frame.namewhat, "method") == 0 && index > 1;
    bool is_operator = std::strcmp(frame.namewhat, "metamethod") == 0;
    if (name != nullptr && !is_operator) {
      where =
          std::string(name) + ": argument " + std::to_string(is_method ? index - 1 : index) + ": ";
    }
  }
  throw_type_error(where + "expected " + std::string(expected) + ", got " + got);
}

std::string_view check_string(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TSTRING) throw_argument(L, index, "string");
  size_t size = 0;
  const char* data = lua_tolstring(L, index, &size);
  return {data, size};
}

int64_t check_integer(lua_State* L, int index) {
  int is_integer = 0;
  lua_Integer value = lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &is_integer) : 0;
  if (is_integer == 0) throw_argument(L, index, "integer");
  return value;
}

double check_number(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TNUMBER) throw_argument(L, index, "number");
  return lua_tonumber(L, index);
}

bool check_boolean(lua_State* L, int index) {
  if (!lua_isboolean(L, index)) throw_argument(L, index, "boolean");
  return lua_toboolean(L, index) != 0;
}

void check_table(lua_State* L, int index) {
  if (!lua_istable(L, index)) throw_argument(L, index, "table");
}

bool is_callable(lua_State* L, int index) {
  if (lua_isfunction(L, index)) return true;
  if (lua_isnone(L, index) || luaL_getmetafield(L, index, "__call") == LUA_TNIL) return false;
  lua_pop(L, 1);
  return true;
}

void check_function(lua_State* L, int index) {
  if (!is_callable(L, index)) throw_argument(L, index, "function");
}

std::optional<std::string> opt_string(lua_State* L, int index) {
  if (is_nil_or_null(L, index)) return std::nullopt;
  return std::string(check_string(L, index));
}

int64_t opt_integer(lua_State* L, int index, int64_t fallback) {
  return is_nil_or_null(L, index) ? fallback : check_integer(L, index);
}

bool opt_boolean(lua_State* L, int index, bool fallback) {
  return is_nil_or_null(L, index) ? fallback : check_boolean(L, index);
}

std::vector<std::string> check_strings(lua_State* L, int index) {
  auto strings = read_strings(L, index);
  if (!strings) throw_argument(L, index, "a list of strings");
  return std::move(*strings);
}

// --- Kwargs ---

Kwargs::Kwargs(lua_State* L, int first, std::string name)
    : L_(L), name_(std::move(name)), first_(first) {
  bool plain_table = lua_istable(L, first) && lua_getmetatable(L, first) == 0;
  if (lua_istable(L, first) && !plain_table) lua_pop(L, 1);
  if (plain_table && lua_gettop(L) == first) table_ = first;
  // A column knows as many: an app declares thousands of them while it starts.
  constexpr size_t kUsual = 24;
  if (table_ != 0) known_.reserve(kUsual);
  count_positional();
}

void Kwargs::count_positional() {
  lua_Integer last = 0;
  int present = 0;
  if (table_ == 0) {
    last = std::max(lua_gettop(L_) - first_ + 1, 0);
    for (int i = 0; i < last; ++i) present += lua_isnil(L_, first_ + i) ? 0 : 1;
  } else {
    for (lua_pushnil(L_); lua_next(L_, table_) != 0; lua_pop(L_, 1)) {
      if (lua_type(L_, -2) == LUA_TSTRING) continue;
      if (lua_isinteger(L_, -2) == 0 || lua_tointeger(L_, -2) < 1) {
        throw_type_error(name_ + ": a " + type_name_of(L_, -2) +
                         " cannot be the name of an argument");
      }
      last = std::max(last, lua_tointeger(L_, -2));
      ++present;
    }
  }
  count_ = static_cast<int>(last);
  if (present == last) return;
  for (int i = 1; i <= last; ++i) {
    push(i);
    if (lua_isnil(L_, -1)) {
      throw Error(ErrorKind::kTypeError, name_ + ": argument " + std::to_string(i) + " is nil")
          .with_hint("a name that is not defined is nil: look for a misspelt or later one");
    }
    lua_pop(L_, 1);
  }
}

void Kwargs::push(int position) const {
  if (table_ != 0) {
    lua_rawgeti(L_, table_, position);
  } else {
    lua_pushvalue(L_, first_ + position - 1);
  }
}

bool Kwargs::take(std::string_view keyword) {
  known_.emplace_back(keyword);
  if (table_ == 0) return false;
  push_string(L_, keyword);
  if (lua_rawget(L_, table_) != LUA_TNIL) return true;
  lua_pop(L_, 1);
  return false;
}

std::optional<std::string> Kwargs::take_string(std::string_view keyword) {
  if (!take(keyword)) return std::nullopt;
  std::optional<std::string> value;
  if (lua_type(L_, -1) == LUA_TSTRING) {
    value = check_string(L_, -1);
  } else if (!is_null(L_, -1)) {
    throw_keyword(keyword, "a string", -1);
  }
  lua_pop(L_, 1);
  return value;
}

std::optional<int64_t> Kwargs::take_integer(std::string_view keyword) {
  if (!take(keyword)) return std::nullopt;
  std::optional<int64_t> value;
  if (!is_null(L_, -1)) {
    int is_integer = 0;
    value = lua_type(L_, -1) == LUA_TNUMBER ? lua_tointegerx(L_, -1, &is_integer) : 0;
    if (is_integer == 0) throw_keyword(keyword, "an integer", -1);
  }
  lua_pop(L_, 1);
  return value;
}

std::optional<bool> Kwargs::take_boolean(std::string_view keyword) {
  if (!take(keyword)) return std::nullopt;
  std::optional<bool> value;
  if (!is_null(L_, -1)) {
    if (!lua_isboolean(L_, -1)) throw_keyword(keyword, "a boolean", -1);
    value = lua_toboolean(L_, -1) != 0;
  }
  lua_pop(L_, 1);
  return value;
}

bool Kwargs::take_boolean(std::string_view keyword, bool fallback) {
  return take_boolean(keyword).value_or(fallback);
}

std::vector<std::string> Kwargs::take_strings(std::string_view keyword) {
  if (!take(keyword)) return {};
  auto strings = read_strings(L_, lua_absindex(L_, -1));
  if (!strings) throw_keyword(keyword, "a list of strings", -1);
  lua_pop(L_, 1);
  return std::move(*strings);
}

void Kwargs::finish() const {
  if (table_ == 0) return;
  // Lua's order is no order: of several unknown names, the first in the alphabet is reported.
  for (const std::string& key : string_keys(L_, table_)) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    throw_type_error(name_ + " has no option " + base::quote_for_message(key) +
                     base::did_you_mean(key, known_));
  }
}

void Kwargs::expect_positional(int least, int most) const {
  if (count_ >= least && count_ <= most) return;
  std::string expected = std::to_string(least);
  if (most == std::numeric_limits<int>::max()) {
    expected = "at least " + expected;
  } else if (least != most) {
    expected += " to " + std::to_string(most);
  }
  bool is_one = least == 1 && (most == 1 || most == std::numeric_limits<int>::max());
  throw_type_error(name_ + " takes " + expected + " positional argument" + (is_one ? "" : "s") +
                   ", got " + std::to_string(count_));
}

void Kwargs::throw_keyword(std::string_view keyword, std::string_view expected,
                           int value_index) const {
  throw_type_error(name_ + ": " + base::quote_for_message(keyword) + " must be " +
                   std::string(expected) + ", got " + type_name_of(L_, value_index));
}

}  // namespace moonbase::bindings
