#include "bindings/stack.h"

#include <cassert>
#include <exception>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/lua_datetime.h"
#include "bindings/lua_decimal.h"
#include "bindings/lua_json.h"
#include "bindings/lua_list.h"
#include "orm/base/error.h"
#include "orm/base/scalar.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using types::TypeKind;

// Their addresses are the null sentinel and a key in the registry.
char null_sentinel = 0;
const char kArrayKey = 0;

enum class Bytes { kCopied, kBorrowed };

Value read_value(lua_State* L, int index, const types::Type* expected, Bytes bytes);

Value bytes_value(Tag tag, std::string_view s, Bytes bytes) {
  return bytes == Bytes::kBorrowed ? Value::borrowed(tag, s) : Value::bytes(tag, s);
}

// Pushes an item of an ARRAY as JSON keeps it: what JSON has no form for, as the text the item type
// reads.
void push_json_item(lua_State* L, const Value& item) {
  switch (item.tag()) {
    case Tag::kDate:
      return push_string(L, base::format_date(item.as_int()));
    case Tag::kTime:
      return push_string(L, base::format_time(item.as_int()));
    case Tag::kDateTime:
      return push_string(L, base::isoformat_datetime(item.as_int(), item.utc_offset(), ' '));
    case Tag::kInterval:
      return push_string(L, base::format_interval(item.as_int()));
    case Tag::kDecimal:
      return push_string(L, item.as_bytes());
    default:
      return push_value(L, item, nullptr, true);
  }
}

// The list at `index` as the JSON text of an ARRAY whose items are of `item` type.
std::string array_text(lua_State* L, int index, const types::Type& item) {
  index = lua_absindex(L, index);
  lua_Integer count = luaL_len(L, index);
  lua_createtable(L, static_cast<int>(count), 0);
  mark_array(L, -1);
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_geti(L, index, i);
    Value value = item.cast(read_value(L, -1, &item, Bytes::kCopied));
    lua_pop(L, 1);
    push_json_item(L, value);
    lua_rawseti(L, -2, i);
  }
  std::string text = to_json(L, -1);
  lua_pop(L, 1);
  return text;
}

Value read_userdata(lua_State* L, int index) {
  if (const auto* v = test_box<DateTimeBox>(L, index))
    return Value::datetime(v->micros, v->utc_offset);
  if (auto decimal = test_decimal(L, index)) return Value::bytes(Tag::kDecimal, *decimal);
  if (const auto* v = test_box<DateBox>(L, index)) return Value::date(v->days);
  if (const auto* v = test_box<TimeBox>(L, index)) return Value::time(v->micros);
  if (const auto* v = test_box<TimedeltaBox>(L, index)) return Value::interval(v->micros);
  throw Error(ErrorKind::kTypeError, "expected a value, got " + type_name_of(L, index));
}

[[noreturn]] void throw_no_value(lua_State* L, int index, const types::Type* expected) {
  std::string message = "expected ";
  message += expected != nullptr ? "a value for " + expected->repr() : std::string("a value");
  Error error(ErrorKind::kTypeError, message + ", got " + type_name_of(L, index));
  if (lua_istable(L, index)) error.set_hint("a table is a value for JSON and ARRAY columns only");
  if (lua_isfunction(L, index))
    error.set_hint("call the function, or give it as a column's default");
  throw error;
}

Value read_value(lua_State* L, int index, const types::Type* expected, Bytes bytes) {
  if (is_nil_or_null(L, index)) return Value();
  TypeKind kind = expected != nullptr ? expected->base_kind() : TypeKind::kNull;
  if (kind == TypeKind::kJson) return Value::bytes(Tag::kJson, to_json(L, index));
  switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
      return Value::boolean(lua_toboolean(L, index) != 0);
    case LUA_TNUMBER:
      return lua_isinteger(L, index) != 0 ? Value::integer(lua_tointeger(L, index))
                                          : Value::real(lua_tonumber(L, index));
    case LUA_TSTRING:
      return bytes_value(kind == TypeKind::kLargeBinary ? Tag::kBlob : Tag::kText,
                         check_string(L, index), bytes);
    case LUA_TUSERDATA:
      return read_userdata(L, index);
    case LUA_TTABLE:
      if (kind == TypeKind::kArray)
        return Value::bytes(Tag::kJson, array_text(L, index, *expected->item()));
      break;
    default:
      break;
  }
  throw_no_value(L, index, expected);
}

// Gives the items of the list on the top the form their type has in Lua.
void load_items(lua_State* L, const types::Type& item) {
  if (item.base_kind() == TypeKind::kJson || !lua_istable(L, -1)) return;
  for (lua_Integer i = 1, count = luaL_len(L, -1); i <= count; ++i) {
    lua_rawgeti(L, -1, i);
    if (lua_istable(L, -1)) {
      if (item.base_kind() == TypeKind::kArray) load_items(L, *item.item());
      lua_pop(L, 1);
      continue;
    }
    Value value = item.load(read_value(L, -1, nullptr, Bytes::kCopied));
    lua_pop(L, 1);
    push_value(L, value, &item, true);
    lua_rawseti(L, -2, i);
  }
}

// --- null and array for programs ---

int light_tostring(lua_State* L) {
  if (is_null(L, 1)) {
    lua_pushliteral(L, "null");
  } else {
    lua_pushfstring(L, "userdata: %p", lua_touserdata(L, 1));
  }
  return 1;
}

int moonbase_array(lua_State* L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  check_table(L, 1);
  lua_settop(L, 1);
  mark_array(L, 1);
  return 1;
}

constexpr MethodDef kFunctions[] = {
    {"array", guarded<moonbase_array>,
     "array{…}  marks a table as a list, so that JSON keeps it one when it is empty"},
};

}  // namespace

void push_null(lua_State* L) { lua_pushlightuserdata(L, &null_sentinel); }

bool is_null(lua_State* L, int index) {
  return lua_islightuserdata(L, index) && lua_touserdata(L, index) == &null_sentinel;
}

void mark_array(lua_State* L, int index) {
  index = lua_absindex(L, index);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kArrayKey);
  lua_setmetatable(L, index);
}

bool is_array(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TTABLE || lua_getmetatable(L, index) == 0) return false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kArrayKey);
  bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same;
}

Value to_value(lua_State* L, int index, const types::Type* expected) {
  return read_value(L, index, expected, Bytes::kCopied);
}

Value peek_value(lua_State* L, int index, const types::Type* expected) {
  return read_value(L, index, expected, Bytes::kBorrowed);
}

void push_value(lua_State* L, const Value& value, const types::Type* type, bool null_as_sentinel) {
  switch (value.tag()) {
    case Tag::kNull:
    case Tag::kNeverSet:
    case Tag::kNotLoaded:
      return null_as_sentinel ? push_null(L) : lua_pushnil(L);
    case Tag::kBool:
      return lua_pushboolean(L, value.as_bool());
    case Tag::kInt:
      return lua_pushinteger(L, value.as_int());
    case Tag::kDouble:
      return lua_pushnumber(L, value.as_double());
    case Tag::kText:
    case Tag::kBlob:
    case Tag::kUuid:
      return push_string(L, value.as_bytes());
    case Tag::kDecimal:
      return push_decimal(L, value.as_bytes());
    case Tag::kDate:
      return push_date(L, value.as_int());
    case Tag::kTime:
      return push_time(L, value.as_int());
    case Tag::kDateTime:
      return push_datetime(L, value.as_int(), value.utc_offset());
    case Tag::kInterval:
      return push_timedelta(L, value.as_int());
    case Tag::kJson:
      push_json(L, value.as_bytes());
      if (type != nullptr && type->base_kind() == TypeKind::kArray) load_items(L, *type->item());
      return;
    case Tag::kExpression:
    case Tag::kObject:
    case Tag::kCollection:
      break;
  }
  assert(false && "a slot marker is no value");
}

void push_strings(lua_State* L, const std::vector<std::string>& strings) {
  lua_createtable(L, static_cast<int>(strings.size()), 0);
  for (size_t i = 0; i < strings.size(); ++i) {
    push_string(L, strings[i]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i + 1));
  }
}

bool defer_to_right(lua_State* L, const char* event) {
  if (lua_type(L, 2) != LUA_TUSERDATA || luaL_getmetafield(L, 2, event) == LUA_TNIL) return false;
  // Numbers and dates of ours have all they know in one function: asking it again would not end.
  luaL_getmetafield(L, 1, event);
  bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 1);
  if (same) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_call(L, 2, 1);
  return true;
}

StackCheck::StackCheck(lua_State* L, int growth)
    : L_(L), top_(lua_gettop(L) + growth), exceptions_(std::uncaught_exceptions()) {}

StackCheck::~StackCheck() {
  assert(std::uncaught_exceptions() != exceptions_ || lua_gettop(L_) == top_);
}

void open_values(lua_State* L, int module) {
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "array");
  lua_setfield(L, -2, "__name");
  lua_pushcfunction(L, guarded<list_tostring>);
  lua_setfield(L, -2, "__tostring");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kArrayKey);

  push_null(L);
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, light_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);  // of all light userdata
  lua_setfield(L, module, "null");
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
