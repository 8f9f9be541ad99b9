#include "shell/printer.h"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/context.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/interrupt.h"
#include "bindings/lua_list.h"
#include "bindings/stack.h"
#include "orm/base/text.h"

namespace moonbase::shell {
namespace {

using bindings::Context;

// A key of a table, sortable: numbers before strings before the rest.
struct Key {
  int rank;
  double number;
  std::string text;
  lua_Integer place;  // in the list of keys

  auto order() const { return std::tie(rank, number, text, place); }
};

std::string_view string_at(lua_State* L, int index) {
  size_t size = 0;
  const char* data = lua_tolstring(L, index, &size);
  return {data, size};
}

int protected_tostring(lua_State* L) {
  luaL_tolstring(L, 1, nullptr);
  return 1;
}

int call_list_hook(lua_State* L) {
  Context::of(L).area<bindings::Hooks>().before_printing_list(L, 1);
  return 0;
}

// Runs fn(value at `index`) and leaves its `results` or, when it fails, the error value. A pending
// interrupt is raised again.
bool call_protected(lua_State* L, lua_CFunction fn, int index, int results) {
  index = lua_absindex(L, index);
  lua_pushcfunction(L, fn);
  lua_pushvalue(L, index);
  bool ok = lua_pcall(L, 1, results, 0) == LUA_OK;
  if (!ok && bindings::interrupt_pending(L)) lua_error(L);
  return ok;
}

// Whether a value says itself how it reads. Lists do, for print; here they are laid out.
bool has_own_text(lua_State* L, int index) {
  if (luaL_getmetafield(L, index, "__tostring") == LUA_TNIL) return false;
  const bool is_list = lua_tocfunction(L, -1) == bindings::guarded<bindings::list_tostring>;
  lua_pop(L, 1);
  return !is_list;
}

bool is_keyword(std::string_view word) {
  constexpr std::string_view kKeywords[] = {
      "and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
      "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
      "repeat",   "return", "then", "true", "until",  "while"};
  return std::find(std::begin(kKeywords), std::end(kKeywords), word) != std::end(kKeywords);
}

bool is_name(std::string_view text) {
  auto good = [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(), good) && !is_keyword(text);
}

// "string.format" for a function that a loaded module has; empty when none has it.
std::string global_name(lua_State* L, int index) {
  index = lua_absindex(L, index);
  std::vector<std::string> found;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TTABLE) continue;
    std::string module(string_at(L, -2));
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
      if (lua_type(L, -2) != LUA_TSTRING || lua_rawequal(L, -1, index) == 0) continue;
      std::string name(string_at(L, -2));
      if (name == "_") continue;
      found.push_back(module == LUA_GNAME ? name : module + "." + name);
    }
  }
  lua_pop(L, 1);
  if (found.empty()) return {};
  auto shortest = [](const std::string& a, const std::string& b) {
    return std::tuple(a.size(), a) < std::tuple(b.size(), b);
  };
  return *std::min_element(found.begin(), found.end(), shortest);
}

std::string indented(const std::string& text) {
  std::string out;
  for (char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

// At most `size` bytes, and no part of a character.
std::string_view beginning(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

std::string remark_on_rest(size_t bytes) {
  if (bytes == 0) return {};
  return " … " + std::to_string(bytes) + " more bytes: print it to see them";
}

constexpr size_t kShort = 10;  // columns of items that share lines

// The items one per line, or, when all are short, as many on a line as fit. The last one may be a
// remark.
std::string rows(const std::vector<std::string>& parts, bool has_remark, size_t width) {
  size_t count = parts.size() - (has_remark ? 1 : 0);
  bool all_short = std::all_of(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(count),
                               [](const std::string& part) { return part.size() <= kShort; });
  std::string out;
  std::string line;
  for (size_t i = 0; i < count; ++i) {
    if (!line.empty() && (!all_short || line.size() + parts[i].size() + 2 > width)) {
      out += "  " + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + indented(parts[i]) + ",";
  }
  out += "  " + line + "\n";
  return has_remark ? out + "  " + parts.back() + "\n" : out;
}

}  // namespace

std::string Printer::text(int index) {
  int type = lua_type(L_, index);
  if (type == LUA_TUSERDATA) return object(index, true);
  if (type == LUA_TTABLE && has_own_text(L_, index)) return object(index, true);
  return nested(index, 0, limits_.width);
}

std::string Printer::nested(int index, int depth, size_t width) {
  if (bindings::is_null(L_, index)) return "null";
  luaL_checkstack(L_, 20, "printing");
  switch (lua_type(L_, index)) {
    case LUA_TSTRING:
      return string(index);
    case LUA_TTABLE:
      return table(lua_absindex(L_, index), depth, width);
    case LUA_TFUNCTION:
      return function(index);
    default:
      return object(index, false);
  }
}

std::string Printer::string(int index) {
  std::string_view text = string_at(L_, index);
  std::string_view shown = beginning(text, limits_.string);
  return quote_lua(shown) + remark_on_rest(text.size() - shown.size());
}

std::string Printer::shortened(std::string_view text, bool keep_lines) {
  std::string_view shown = beginning(text, limits_.string);
  return printable(shown, keep_lines) + remark_on_rest(text.size() - shown.size());
}

std::string Printer::object(int index, bool keep_lines) {
  bool ok = call_protected(L_, protected_tostring, index, 1);
  std::string out;
  if (ok) {
    out = shortened(string_at(L_, -1), keep_lines);
  } else {
    // The error value may itself be an object whose tostring fails.
    bool told = call_protected(L_, protected_tostring, -1, 1);
    std::string why = told ? printable(string_at(L_, -1), false) : "an error without a text";
    lua_pop(L_, 1);
    out = "<" + bindings::type_name_of(L_, index) + " (repr: " + why + ")>";
  }
  lua_pop(L_, 1);
  return out;
}

std::string Printer::function(int index) {
  lua_Debug info;
  lua_pushvalue(L_, index);
  lua_getinfo(L_, ">S", &info);
  std::string name = global_name(L_, index);
  std::string place = "built in";
  if (lua_CFunction fn = lua_tocfunction(L_, index)) {
    auto row = bindings::find_row(L_, fn);
    if (row && row->cls != nullptr) name = std::string(row->cls->name) + ":" + row->row->name;
  } else {
    place = std::string(info.short_src) + ":" + std::to_string(info.linedefined);
  }
  return "function" + (name.empty() ? "" : ": " + name) + " (" + printable(place, false) + ")";
}

std::string Printer::table(int index, int depth, size_t width) {
  if (has_own_text(L_, index)) return object(index, false);
  const void* self = lua_topointer(L_, index);
  if (std::find(open_.begin(), open_.end(), self) != open_.end()) return "{‹cycle›}";
  lua_pushnil(L_);
  if (lua_next(L_, index) == 0) return "{}";
  lua_pop(L_, 2);
  // A namespace such as `moonbase`.
  if (lua_rawlen(L_, index) == 0 && luaL_getmetafield(L_, index, "__name") == LUA_TSTRING) {
    std::string name(string_at(L_, -1));
    lua_pop(L_, 1);
    return "<" + printable(name, false) + ">";
  }
  if (depth >= limits_.depth) return "{…}";
  open_.push_back(self);
  refresh_list(index);
  std::string out = items(index, depth, width);
  open_.pop_back();
  return out;
}

// Those of one SELECT rather than one each. When it fails, each object says so itself.
void Printer::refresh_list(int index) {
  if (!Context::of(L_).area<bindings::Hooks>().before_printing_list) return;
  bool objects = lua_rawgeti(L_, index, 1) == LUA_TUSERDATA;
  lua_pop(L_, 1);
  if (objects && !call_protected(L_, bindings::guarded<call_list_hook>, index, 0)) lua_pop(L_, 1);
}

std::string Printer::items(int index, int depth, size_t width) {
  size_t hidden = 0;
  size_t inner = width > 22 ? width - 2 : 20;
  std::vector<std::string> parts = table_items(index, depth, inner, hidden);
  if (hidden != 0) parts.push_back("… " + std::to_string(hidden) + " more: print them with for");
  std::string line = "{" + base::join(parts, ", ") + "}";
  if (hidden == 0 && base::utf8_length(line) <= width && line.find('\n') == std::string::npos) {
    return line;
  }
  return "{\n" + rows(parts, hidden != 0, inner) + "}";
}

std::string Printer::key(int index, int depth, size_t width) {
  if (lua_type(L_, index) != LUA_TSTRING) return "[" + nested(index, depth, width) + "]";
  std::string_view text = string_at(L_, index);
  return is_name(text) ? std::string(text) : "[" + string(index) + "]";
}

std::vector<std::string> Printer::table_items(int index, int depth, size_t width, size_t& hidden) {
  std::vector<std::string> parts;
  auto length = static_cast<lua_Integer>(lua_rawlen(L_, index));
  auto shown = std::min(length, static_cast<lua_Integer>(limits_.items));
  for (lua_Integer i = 1; i <= shown; ++i) {
    lua_rawgeti(L_, index, i);
    parts.push_back(nested(-1, depth + 1, width));
    lua_pop(L_, 1);
  }
  hidden = static_cast<size_t>(length - shown);

  // The other keys, in an order that does not depend on the hash table.
  lua_newtable(L_);
  int keys_index = lua_gettop(L_);
  std::vector<Key> keys;
  for (lua_pushnil(L_); lua_next(L_, index) != 0; lua_pop(L_, 1)) {
    int type = lua_type(L_, -2);
    if (lua_isinteger(L_, -2) != 0 && lua_tointeger(L_, -2) >= 1 && lua_tointeger(L_, -2) <= length)
      continue;
    auto place = static_cast<lua_Integer>(keys.size() + 1);
    Key key{type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : 2 + type, 0, {}, place};
    if (type == LUA_TNUMBER) key.number = lua_tonumber(L_, -2);
    if (type == LUA_TSTRING) key.text = string_at(L_, -2);
    if (type == LUA_TUSERDATA || type == LUA_TBOOLEAN) key.text = object(-2, false);
    keys.push_back(std::move(key));
    lua_pushvalue(L_, -2);
    lua_rawseti(L_, keys_index, place);
  }
  std::sort(keys.begin(), keys.end(),
            [](const Key& a, const Key& b) { return a.order() < b.order(); });
  for (const Key& key : keys) {
    if (parts.size() >= limits_.items) {
      ++hidden;
      continue;
    }
    lua_rawgeti(L_, keys_index, key.place);
    lua_pushvalue(L_, -1);
    lua_rawget(L_, index);
    parts.push_back(this->key(-2, depth + 1, width) + " = " + nested(-1, depth + 1, width));
    lua_pop(L_, 2);
  }
  lua_pop(L_, 1);
  return parts;
}

}  // namespace moonbase::shell
