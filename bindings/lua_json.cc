#include "bindings/lua_json.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/stack.h"
#include "orm/base/decimal.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

// --- text to tables ---

// Builds the value on Lua's stack while the parser, which does not recurse, walks the text. An open
// container lies on the stack, an object with the pending key above it.
class TableBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit TableBuilder(lua_State* L) : L_(L) {}

  bool null() override { return push_null(L_), add(); }
  bool boolean(bool b) override { return lua_pushboolean(L_, b), add(); }
  bool number_integer(number_integer_t i) override { return lua_pushinteger(L_, i), add(); }
  bool number_unsigned(number_unsigned_t u) override {
    if (u > static_cast<number_unsigned_t>(LUA_MAXINTEGER))
      return lua_pushnumber(L_, static_cast<double>(u)), add();
    return lua_pushinteger(L_, static_cast<lua_Integer>(u)), add();
  }
  bool number_float(number_float_t d, const string_t&) override {
    return lua_pushnumber(L_, d), add();
  }
  bool string(string_t& s) override { return push_string(L_, s), add(); }
  bool binary(binary_t&) override { return false; }
  bool key(string_t& s) override { return push_string(L_, s), true; }
  bool start_object(size_t) override { return open(kObject); }
  bool start_array(size_t) override { return open(0); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    throw Error(ErrorKind::kValueError,
                "not JSON: character " + std::to_string(position) + " makes no sense there");
  }

 private:
  static constexpr lua_Integer kObject = -1;

  bool open(lua_Integer kind) {
    if (open_.size() >= static_cast<size_t>(kMaxJsonDepth)) {
      throw Error(ErrorKind::kValueError,
                  "the JSON text nests deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    }
    luaL_checkstack(L_, 4, "the JSON text nests too deep");
    lua_newtable(L_);
    if (kind != kObject) mark_array(L_, -1);
    open_.push_back(kind);
    return true;
  }

  bool close() {
    open_.pop_back();
    return add();
  }

  // Moves the finished value on the top into the innermost open container.
  bool add() {
    if (open_.empty()) return true;
    if (open_.back() == kObject) {
      lua_rawset(L_, -3);
    } else {
      lua_rawseti(L_, -2, ++open_.back());
    }
    return true;
  }

  lua_State* L_;
  std::vector<lua_Integer> open_;  // kObject, or the length of an array so far
};

// --- tables to text ---

class Writer {
 public:
  explicit Writer(lua_State* L) : L_(L) {}

  std::string write(int index) {
    lua_pushvalue(L_, index);
    write_top();
    lua_pop(L_, 1);
    return std::move(out_);
  }

 private:
  // Writes the value on the top, which stays there.
  void write_top() {
    switch (lua_type(L_, -1)) {
      case LUA_TNIL:
        out_ += "null";
        return;
      case LUA_TBOOLEAN:
        out_ += lua_toboolean(L_, -1) != 0 ? "true" : "false";
        return;
      case LUA_TNUMBER:
        return write_number();
      case LUA_TSTRING:
        return write_string(check_string(L_, -1));
      case LUA_TTABLE:
        return write_table();
      default:
        break;
    }
    if (!is_null(L_, -1)) fail(ErrorKind::kTypeError, "JSON has no " + type_name_of(L_, -1));
    out_ += "null";
  }

  void write_number() {
    if (lua_isinteger(L_, -1) != 0) {
      out_ += std::to_string(lua_tointeger(L_, -1));
      return;
    }
    double d = lua_tonumber(L_, -1);
    if (!std::isfinite(d))
      fail(ErrorKind::kValueError, "JSON has no " + base::decimal::double_repr(d));
    out_ += base::decimal::double_repr(d);
  }

  void write_string(std::string_view s) {
    if (!base::is_valid_utf8(s))
      fail(ErrorKind::kValueError, "text that is not UTF-8 cannot be JSON");
    out_ += '"';
    for (char c : s) {
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        write_control(c);
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  void write_control(char c) {
    constexpr std::string_view kPlain = "\b\t\n\f\r";
    constexpr std::string_view kLetters = "btnfr";
    constexpr std::string_view kHex = "0123456789abcdef";
    if (size_t at = kPlain.find(c); at != std::string_view::npos) {
      (out_ += '\\') += kLetters[at];
    } else {
      ((out_ += "\\u00") += kHex[static_cast<size_t>(c >> 4)]) += kHex[static_cast<size_t>(c & 15)];
    }
  }

  void write_table() {
    const void* self = lua_topointer(L_, -1);
    if (std::find(open_.begin(), open_.end(), self) != open_.end()) {
      fail(ErrorKind::kValueError, "a table that contains itself cannot be JSON");
    }
    if (open_.size() >= static_cast<size_t>(kMaxJsonDepth)) {
      throw Error(ErrorKind::kValueError,
                  "the table nests deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    }
    luaL_checkstack(L_, 6, "the table nests too deep");
    open_.push_back(self);
    Keys keys = read_keys();
    if (is_array(L_, -1) || keys.count > 0) {
      write_array(keys);
    } else {
      write_object(keys);
    }
    open_.pop_back();
  }

  struct Keys {
    std::vector<std::string> names;  // sorted
    lua_Integer count = 0;           // of positions
    lua_Integer last = 0;            // the greatest position
  };

  Keys read_keys() {
    Keys keys;
    for (lua_pushnil(L_); lua_next(L_, -2) != 0; lua_pop(L_, 1)) {
      if (lua_type(L_, -2) == LUA_TSTRING) {
        keys.names.emplace_back(check_string(L_, -2));
      } else if (lua_isinteger(L_, -2) != 0 && lua_tointeger(L_, -2) > 0) {
        ++keys.count;
        keys.last = std::max(keys.last, lua_tointeger(L_, -2));
      } else {
        fail(ErrorKind::kTypeError,
             "a " + type_name_of(L_, -2) + " that is no position cannot be a key in JSON");
      }
    }
    std::sort(keys.names.begin(), keys.names.end());
    return keys;
  }

  void write_array(const Keys& keys) {
    if (!keys.names.empty()) {
      fail(ErrorKind::kTypeError, "a table with both positions and names (" +
                                      base::quote_for_message(keys.names.front()) +
                                      ") cannot be JSON");
    }
    if (keys.last != keys.count) {
      fail(ErrorKind::kTypeError,
           "a list with holes cannot be JSON: write moonbase.null for a missing value");
    }
    out_ += '[';
    for (lua_Integer i = 1; i <= keys.count; ++i) {
      if (i > 1) out_ += ',';
      lua_rawgeti(L_, -1, i);
      write_member("[" + std::to_string(i) + "]");
    }
    out_ += ']';
  }

  void write_object(const Keys& keys) {
    out_ += '{';
    for (const std::string& name : keys.names) {
      if (&name != &keys.names.front()) out_ += ',';
      write_string(name);
      out_ += ':';
      push_string(L_, name);
      lua_rawget(L_, -2);
      write_member("." + name);
    }
    out_ += '}';
  }

  // Writes and pops the value on the top; `step` leads to it.
  void write_member(const std::string& step) {
    size_t length = path_.size();
    path_ += step;
    write_top();
    path_.resize(length);
    lua_pop(L_, 1);
  }

  [[noreturn]] void fail(ErrorKind kind, std::string message) {
    if (!path_.empty()) {
      std::string_view path = path_;
      if (path.front() == '.') path.remove_prefix(1);
      message += " (at " + base::escape_for_message(path) + ")";
    }
    throw Error(kind, std::move(message));
  }

  lua_State* L_;
  std::string out_;
  std::string path_;
  std::vector<const void*> open_;  // the tables around the current value
};

int json_decode(lua_State* L) {
  push_json(L, check_string(L, 1));
  return 1;
}

int json_encode(lua_State* L) {
  luaL_checkany(L, 1);
  push_string(L, to_json(L, 1));
  return 1;
}

constexpr MethodDef kFunctions[] = {
    {"loads", guarded<json_decode>,
     "json.loads(text)  the value a JSON text says; null becomes moonbase.null"},
    {"dumps", guarded<json_encode>, "json.dumps(value)  the value as JSON text, with sorted keys"},
};

}  // namespace

void push_json(lua_State* L, std::string_view text) {
  TableBuilder builder(L);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
}

std::string to_json(lua_State* L, int index) { return Writer(L).write(index); }

void open_json(lua_State* L, int module) {
  lua_createtable(L, 0, 2);
  add_functions(L, -1, kFunctions);
  guard_names(L, -1, "json");
  lua_setfield(L, module, "json");
}

}  // namespace moonbase::bindings
