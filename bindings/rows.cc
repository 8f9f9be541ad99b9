#include "bindings/rows.h"

#include <optional>
#include <unordered_set>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/collector_pause.h"
#include "bindings/error_object.h"
#include "bindings/guard.h"
#include "bindings/lua_datetime.h"
#include "bindings/lua_decimal.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_list.h"
#include "bindings/lua_schema.h"
#include "bindings/prelude.h"
#include "bindings/query_stream.h"
#include "bindings/row_shape.h"
#include "bindings/stack.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;

// Keys in the registry, and kNamesKey in a row's metatable: the list of names, which marks rows as
// such.
const char kMethodsKey = 0;
const char kNamesKey = 0;
const char kResultKey = 0;

// Pushes the names of the row at `index` and returns true, or pushes nothing.
bool push_names(lua_State* L, int index) {
  if (!lua_istable(L, index) || lua_getmetatable(L, index) == 0) return false;
  bool is_row = lua_rawgetp(L, -1, &kNamesKey) == LUA_TTABLE;
  lua_remove(L, -2);
  if (!is_row) lua_pop(L, 1);
  return is_row;
}

void check_row(lua_State* L, int index, const char* method) {
  if (push_names(L, index)) return;
  std::string name(method);
  throw Error(ErrorKind::kTypeError,
              "row." + name + "(): methods take a colon: row:" + name + "()");
}

// --- cells ---

void push_one(lua_State* L, const base::Value& value, const types::Type* type,
              bool null_as_sentinel) {
  if (type != nullptr && type->kind() == types::TypeKind::kDecorator) {
    push_typed_value(L, value, *type, null_as_sentinel);
    return;
  }
  switch (value.tag()) {
    case Tag::kInt:
      return lua_pushinteger(L, value.as_int());
    case Tag::kText:
      return push_string(L, value.as_bytes());
    default:
      return push_value(L, value, type, null_as_sentinel);
  }
}

// --- a row's members: upvalue 1 of `row_index` maps names to positions, upvalue 2 names to methods
// ---

int row_index(lua_State* L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNUMBER) {
    lua_rawgeti(L, 1, lua_tointeger(L, 3));
    return 1;
  }
  if (lua_type(L, 2) == LUA_TNUMBER) return 1;  // nil: past the last cell
  lua_pushvalue(L, 2);
  switch (lua_rawget(L, lua_upvalueindex(2))) {
    case LUA_TFUNCTION:
      return 1;
    case LUA_TLIGHTUSERDATA: {
      const auto* getter = static_cast<const MethodDef*>(lua_touserdata(L, -1));
      lua_settop(L, 1);
      return getter->fn(L);
    }
    default:
      break;
  }
  if (lua_type(L, 2) != LUA_TSTRING) {
    throw Error(ErrorKind::kTypeError, "a row cannot be indexed with a " + type_name_of(L, 2));
  }
  throw_no_attribute("Row", check_string(L, 2), string_keys(L, lua_upvalueindex(1)));
}

int row_new_index(lua_State* L) {
  luaL_tolstring(L, 2, nullptr);
  throw Error(
      ErrorKind::kAttributeError,
      "a row is read-only: " + base::quote_for_message(check_string(L, -1)) + " cannot be assigned")
      .with_hint("change the object the row came from, or UPDATE the table");
}

int row_equal(lua_State* L) {
  lua_Unsigned count = lua_rawlen(L, 1);
  bool same = count == lua_rawlen(L, 2);
  for (lua_Unsigned i = 1; same && i <= count; ++i) {
    lua_rawgeti(L, 1, static_cast<lua_Integer>(i));
    lua_rawgeti(L, 2, static_cast<lua_Integer>(i));
    same = lua_compare(L, -2, -1, LUA_OPEQ) != 0;
    lua_pop(L, 2);
  }
  lua_pushboolean(L, same);
  return 1;
}

int row_tostring(lua_State* L) {
  std::string text = "(";
  auto count = static_cast<lua_Integer>(lua_rawlen(L, 1));
  for (lua_Integer i = 1; i <= count; ++i) {
    if (i > 1) text += ", ";
    lua_rawgeti(L, 1, i);
    text += take_repr(L);
  }
  push_string(L, text + (count == 1 ? ",)" : ")"));
  return 1;
}

int row_keys(lua_State* L) {
  check_row(L, 1, "keys");
  auto count = static_cast<lua_Integer>(lua_rawlen(L, -1));
  lua_createtable(L, static_cast<int>(count), 0);
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, -2, i);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

int row_unpack(lua_State* L) {
  check_row(L, 1, "unpack");
  auto count = static_cast<int>(lua_rawlen(L, 1));
  luaL_checkstack(L, count, "too many cells");
  for (int i = 1; i <= count; ++i) lua_rawgeti(L, 1, i);
  return count;
}

// --- a row as names and values, `row._mapping`: a table whose pairs come in the order of the
// columns ---

int mapping_next(lua_State* L) {
  lua_Integer i = lua_tointeger(L, lua_upvalueindex(2)) + 1;
  lua_pushinteger(L, i);
  lua_replace(L, lua_upvalueindex(2));
  if (lua_rawgeti(L, lua_upvalueindex(1), i) == LUA_TNIL) return 1;
  lua_pushvalue(L, -1);
  lua_rawget(L, 1);
  return 2;
}

int mapping_pairs(lua_State* L) {
  lua_settop(L, 1);
  if (!push_names(L, 1)) throw_argument(L, 1, "RowMapping");
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, mapping_next, 2);
  lua_pushvalue(L, 1);
  return 2;
}

int mapping_index(lua_State* L) {
  luaL_tolstring(L, 2, nullptr);
  std::string_view name = check_string(L, -1);
  throw Error(ErrorKind::kKeyError, "Could not locate column in row for column " +
                                        base::quote_for_message(name) +
                                        base::did_you_mean(name, string_keys(L, 1)));
}

int mapping_tostring(lua_State* L) {
  if (!push_names(L, 1)) throw_argument(L, 1, "RowMapping");
  int names = lua_gettop(L);
  std::string text = "{";
  auto count = static_cast<lua_Integer>(lua_rawlen(L, names));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, names, i);
    if (i > 1) text += ", ";
    text += base::quote_for_message(check_string(L, -1)) + ": ";
    lua_rawget(L, 1);
    text += take_repr(L);
  }
  push_string(L, text + "}");
  return 1;
}

// Pushes the metatable of the mappings of rows whose metatable is at `metatable`; made when first
// asked for.
void push_mapping_metatable(lua_State* L, int metatable) {
  if (lua_getfield(L, metatable, "mapping") == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 6);
  lua_rawgetp(L, metatable, &kNamesKey);
  lua_rawsetp(L, -2, &kNamesKey);
  constexpr luaL_Reg kFields[] = {{"__pairs", guarded<mapping_pairs>},
                                  {"__index", guarded<mapping_index>},
                                  {"__tostring", guarded<mapping_tostring>},
                                  {nullptr, nullptr}};
  luaL_setfuncs(L, kFields, 0);
  lua_pushliteral(L, "RowMapping");
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_setfield(L, metatable, "mapping");
}

int row_mapping(lua_State* L) {
  check_row(L, 1, "_mapping");
  int names = lua_gettop(L);
  lua_getmetatable(L, 1);
  int metatable = lua_gettop(L);
  auto count = static_cast<lua_Integer>(lua_rawlen(L, names));
  lua_createtable(L, 0, static_cast<int>(count));
  // From the last: of two names alike the first wins.
  for (lua_Integer i = count; i >= 1; --i) {
    lua_rawgeti(L, names, i);
    lua_rawgeti(L, 1, i);
    lua_rawset(L, -3);
  }
  push_mapping_metatable(L, metatable);
  lua_setmetatable(L, -2);
  return 1;
}

constexpr MethodDef kRowMethods[] = {
    {"keys", guarded<row_keys>, "keys()  the names of the cells, a list"},
    {"unpack", guarded<row_unpack>, "unpack()  the cells as values: local id, name = row:unpack()"},
    {"_asdict", guarded<row_mapping>, "_asdict()  a table from names to cells"},
};

constexpr MethodDef kRowGetters[] = {
    {"_mapping", guarded<row_mapping>,
     "_mapping  a table from names to cells, whose pairs keep the columns' order"},
    {"_fields", guarded<row_keys>, "_fields  the names of the cells, a list"},
};

constexpr ClassDef kRowClass{
    .name = "Row",
    .doc =
        "Row  one row of a result: row[1], row.name, #row, ipairs(row); NULL is db.null; a cell's "
        "name hides a method",
    .methods = kRowMethods,
    .getters = kRowGetters,
    .usage = "row",
};

void push_row_methods(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kMethodsKey) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  for (const MethodDef& row : kRowMethods) {
    lua_pushcfunction(L, row.fn);
    lua_setfield(L, -2, row.name);
  }
  for (const MethodDef& row : kRowGetters) {
    lua_pushlightuserdata(L, const_cast<MethodDef*>(&row));
    lua_setfield(L, -2, row.name);
  }
  Context::of(L).add_class(kRowClass);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kMethodsKey);
}

// The metatable for the names in the list on the top, which it replaces.
void wrap_row_metatable(lua_State* L) {
  int names = lua_gettop(L);
  auto count = static_cast<lua_Integer>(lua_rawlen(L, names));
  lua_createtable(L, 0, 10);
  lua_createtable(L, 0, static_cast<int>(count));
  for (lua_Integer i = count; i >= 1; --i) {
    lua_rawgeti(L, names, i);
    lua_pushinteger(L, i);
    lua_rawset(L, -3);
  }
  push_row_methods(L);
  lua_pushcclosure(L, guarded<row_index>, 2);
  lua_setfield(L, -2, "__index");
  constexpr luaL_Reg kFields[] = {{"__newindex", guarded<row_new_index>},
                                  {"__eq", guarded<row_equal>},
                                  {"__tostring", guarded<row_tostring>},
                                  {nullptr, nullptr}};
  luaL_setfuncs(L, kFields, 0);
  lua_pushliteral(L, "Row");
  lua_setfield(L, -2, "__name");
  lua_pushstring(L, kRowClass.doc);
  lua_setfield(L, -2, "__doc");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_insert(L, names);
  lua_rawsetp(L, names, &kNamesKey);
}

// --- which rows are the same ---

std::string row_key(lua_State* L, int index);

// The same text for values that are equal: those that are compared by content, rows among them, by
// their content, others by identity.
void append_key(lua_State* L, int index, std::string& key) {
  int type = lua_type(L, index);
  bool by_content = type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN;
  if (type == LUA_TUSERDATA) {
    by_content = test_decimal(L, index) || test_box<DateTimeBox>(L, index) != nullptr ||
                 test_box<DateBox>(L, index) != nullptr || test_box<TimeBox>(L, index) != nullptr ||
                 test_box<TimedeltaBox>(L, index) != nullptr;
  }
  key += static_cast<char>('0' + type);
  if (type == LUA_TTABLE && push_names(L, index)) {  // a row inside the row
    lua_pop(L, 1);
    key += '(' + row_key(L, index) + "),";
    return;
  }
  if (by_content) {
    luaL_tolstring(L, index, nullptr);
    std::string_view text = check_string(L, -1);
    key += std::to_string(text.size()) + ':';
    key += text;
    lua_pop(L, 1);
  } else {
    key += std::to_string(reinterpret_cast<uintptr_t>(lua_topointer(L, index)));
  }
  key += ',';
}

std::string row_key(lua_State* L, int index) {
  index = lua_absindex(L, index);
  std::string key;
  if (!push_names(L, index)) {
    append_key(L, index, key);
    return key;
  }
  lua_pop(L, 1);
  auto count = static_cast<lua_Integer>(lua_rawlen(L, index));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, index, i);
    append_key(L, -1, key);
    lua_pop(L, 1);
  }
  return key;
}

// --- Result ---

// What result.lua needs of this file.
int lua_row_key(lua_State* L) {
  push_string(L, row_key(L, 1));
  return 1;
}

int lua_row_metatable(lua_State* L) {
  lua_settop(L, 1);
  check_table(L, 1);
  wrap_row_metatable(L);
  return 1;
}

// Pushes the function that makes a Result. Its Lua source is read when the first one is made: a
// start costs nothing.
void push_result_maker(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kResultKey) == LUA_TFUNCTION) return;
  lua_pop(L, 1);
  int top = lua_gettop(L);
  push_prelude_global(L, "require");
  lua_pushliteral(L, "moonbase.result");
  lua_call(L, 1, 1);
  lua_pushcfunction(L, guarded<lua_row_key>);
  lua_pushcfunction(L, guarded<lua_row_metatable>);
  lua_call(L, 2, 4);  // the maker and the tables of methods
  constexpr const char* kNames[] = {"Result", "ScalarResult", "MappingResult"};
  for (int i = 0; i < 3; ++i) guard_names(L, top + 2 + i, kNames[i]);
  lua_settop(L, top + 1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kResultKey);
}

// Calls the maker below its three values on the stack: rows or nil, names, the inserted key or nil.
void make_result(lua_State* L, int64_t rowcount, int64_t last_insert_id) {
  lua_pushinteger(L, rowcount);
  lua_pushinteger(L, last_insert_id);
  lua_call(L, 5, 1);
}

// What a Result calls for its next rows, a list; with true: to end the run.
int read_stream(lua_State* L) {
  const int stream = lua_upvalueindex(1);
  if (lua_toboolean(L, 1)) {
    check_box<StreamBox>(L, stream).stream->close();
    return 0;
  }
  lua_pushvalue(L, stream);
  push_batch(L, -1);
  return 1;
}

}  // namespace

void push_row_metatable(lua_State* L, const std::vector<std::string>& names) {
  push_strings(L, names);
  wrap_row_metatable(L);
}

void push_cell(lua_State* L, const query::RowStream& rows, size_t cell, bool null_as_sentinel) {
  if (state::Instance* object = rows.object(cell)) {
    push_instance(L, *object);
  } else {
    try {
      push_one(L, rows.cells()[cell], rows.type(cell), null_as_sentinel);
    } catch (Error& error) {
      error.add_context("reading " + base::quote_for_message(rows.names()[cell]));
      throw;
    }
  }
}

void push_row(lua_State* L, const query::RowStream& rows, int metatable) {
  push_shaped_row(L, rows, rows.cells().size(), metatable, nullptr);
}

void push_rows(lua_State* L, query::RowStream& rows, bool unique, const RowShape* shape) {
  push_row_metatable(L, item_names(rows, shape));
  int metatable = lua_gettop(L);
  lua_newtable(L);
  std::unordered_set<std::string> seen;
  CollectorPause pause(L);
  for (lua_Integer count = 0; rows.next();) {
    push_shaped_row(L, rows, rows.cells().size(), metatable, shape);
    if (unique && !seen.insert(row_key(L, -1)).second) {
      lua_pop(L, 1);
      continue;
    }
    lua_rawseti(L, -2, ++count);
  }
  lua_remove(L, metatable);
}

std::vector<std::string> column_names(const engine::Cursor& cursor) {
  std::vector<std::string> names;
  names.reserve(cursor.columns().size());
  for (const compile::ResultColumn& column : cursor.columns()) names.push_back(column.name);
  return names;
}

bool append_rows(lua_State* L, engine::Cursor& cursor, int list, int metatable, int64_t most) {
  std::vector<const types::Type*> types;
  for (const compile::ResultColumn& column : cursor.columns()) types.push_back(column.type.get());
  int count = static_cast<int>(types.size());
  auto last = static_cast<lua_Integer>(lua_rawlen(L, list));
  // Of batches the rows before are garbage.
  std::optional<CollectorPause> pause;
  if (most == INT64_MAX) pause.emplace(L);
  for (; most > 0; --most) {
    if (!cursor.next()) return false;
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; ++i) {
      push_one(L, cursor.value(i), types[static_cast<size_t>(i)], true);
      lua_rawseti(L, -2, i + 1);
    }
    lua_pushvalue(L, metatable);
    lua_setmetatable(L, -2);
    lua_rawseti(L, list, ++last);
  }
  return true;
}

void push_result(lua_State* L, query::RowStream& rows, const RowShape* shape) {
  push_rows(L, rows, false, shape);
  push_result_of_list(L, item_names(rows, shape), rows.cursor().rowcount(),
                      rows.cursor().last_insert_id());
  if (!rows.joins_collection()) return;
  lua_getfield(L, -1, "_buffer");
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, "needs_unique");
  lua_pop(L, 1);
}

void push_result(lua_State* L, engine::Cursor& cursor) {
  if (!cursor.returns_rows()) {
    push_write_result(L, cursor.rowcount(), cursor.last_insert_id());
    return;
  }
  std::vector<std::string> names = column_names(cursor);
  push_row_metatable(L, names);
  int metatable = lua_gettop(L);
  lua_newtable(L);
  append_rows(L, cursor, metatable + 1, metatable);
  lua_remove(L, metatable);
  push_result_of_list(L, names, cursor.rowcount(), cursor.last_insert_id());
}

void push_result_of_list(lua_State* L, const std::vector<std::string>& names, int64_t rowcount,
                         int64_t last_insert_id) {
  push_result_maker(L);
  lua_insert(L, -2);
  push_strings(L, names);
  lua_pushnil(L);
  make_result(L, rowcount, last_insert_id);
}

void push_result_of_stream(lua_State* L, const std::vector<std::string>& names, int64_t batch) {
  lua_pushcclosure(L, guarded<read_stream>, 1);
  push_result_maker(L);
  lua_insert(L, -2);
  lua_newtable(L);
  lua_insert(L, -2);
  push_strings(L, names);
  lua_insert(L, -2);
  lua_pushnil(L);
  lua_insert(L, -2);
  lua_pushinteger(L, -1);
  lua_insert(L, -2);
  lua_pushinteger(L, 0);
  lua_insert(L, -2);
  lua_pushinteger(L, batch);
  lua_call(L, 7, 1);
}

void push_write_result(lua_State* L, int64_t rowcount, int64_t last_insert_id, int key) {
  push_result_maker(L);
  lua_pushnil(L);
  lua_newtable(L);
  if (key != 0) {
    lua_pushvalue(L, key);
  } else {
    lua_pushnil(L);
  }
  make_result(L, rowcount, last_insert_id);
}

}  // namespace moonbase::bindings
