// Many rows at once: bulk_insert, bulk_update_mappings, bulk_save_objects.
#include <algorithm>

#include "bindings/dml_execute.h"
#include "bindings/guard.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_session.h"
#include "bindings/session_scope.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using mapper::Mapper;
using session::Session;

namespace {

int column_slot(const Mapper& m, std::string_view name) {
  const mapper::Attribute& a = m.attribute(name);
  if (m.column(a.slot) == nullptr)
    throw Error(ErrorKind::kArgumentError,
                m.name() + "." + a.name + " is a relationship: rows hold columns");
  return a.slot;
}

// The columns of keyed rows: those the first row names, in column order.
std::vector<int> slots_of_row(lua_State* L, int row, const Mapper& m) {
  std::vector<int> slots;
  lua_pushnil(L);
  while (lua_next(L, row) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      throw Error(
          ErrorKind::kArgumentError,
          "a row is a table of names and values; rows of plain values need the column names")
          .with_hint("bulk_insert(" + m.name() + ", rows, {'" + m.attributes()[0].name + "', …})");
    slots.push_back(column_slot(m, check_string(L, -1)));
  }
  std::sort(slots.begin(), slots.end());
  return slots;
}

// A cell as the column takes it; the plain cases without a copy, because the row stays on the
// stack.
void read_cell(lua_State* L, const Mapper& m, int slot, SlotAccess access, base::Value& out) {
  const int type = lua_type(L, -1);
  if (access == SlotAccess::kPlain) {
    if (type == LUA_TNIL) {
      out = base::Value();
      return;
    }
    if (type == LUA_TNUMBER || type == LUA_TSTRING) {
      try {
        out = m.type(slot)->cast(peek_value(L, -1, m.type(slot).get()));
      } catch (const Error&) {
        check_column_value(L, -1, m, slot);  // says it with the column's name
        throw;
      }
      return;
    }
  }
  out = check_column_value(L, -1, m, slot);
}

// A column that a row does not name gets its default; one that only the database knows cannot be
// left out of one row.
void check_missing(const Mapper& m, int slot, lua_Integer at) {
  const schema::Column& c = *m.column(slot);
  const bool has_sql = c.has_server_value() ||
                       (c.default_value && c.default_value->kind == schema::Default::Kind::kSql);
  if (!has_sql) return;
  throw Error(ErrorKind::kArgumentError,
              "row " + std::to_string(at) + " does not name '" + m.attribute_at(slot).name +
                  "', which the first row does and the database has a default for")
      .with_hint("give every row the same names");
}

// A name that the first row does not have would be lost in silence.
void check_names(lua_State* L, int row, const Mapper& m, const std::vector<int>& slots,
                 lua_Integer at) {
  lua_pushnil(L);
  while (lua_next(L, row) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      throw Error(
          ErrorKind::kArgumentError,
          "row " + std::to_string(at) + " has a value without a name, unlike the first row");
    if (std::binary_search(slots.begin(), slots.end(), column_slot(m, check_string(L, -1))))
      continue;
    throw Error(ErrorKind::kArgumentError, "row " + std::to_string(at) + " names '" +
                                               std::string(check_string(L, -1)) +
                                               "', which the first row does not")
        .with_hint(
            "give every row the same names, or name the columns: bulk_insert(class, rows, {…})");
  }
}

// Rows made one after the other lie anywhere in memory, and each is read once: what is asked for
// some rows early is in the cache when its turn comes. Neither touches what it asks for.
void prefetch(lua_State* L, int index) {
  const void* object = lua_topointer(L, index);
  if (object != nullptr) __builtin_prefetch(object);
}

void prefetch_rows(lua_State* L, int list, lua_Integer at, lua_Integer columns) {
  constexpr lua_Integer kTableAhead = 16, kCellsAhead = 8;
  lua_rawgeti(L, list, at + kTableAhead);
  prefetch(L, -1);
  if (lua_rawgeti(L, list, at + kCellsAhead) == LUA_TTABLE) {
    for (lua_Integer k = 1; k <= columns; ++k) {
      if (lua_rawgeti(L, -1, k) == LUA_TSTRING) prefetch(L, -1);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 2);
}

}  // namespace

// bulk_insert(class, rows or iterator[, columns])
int session_bulk_insert(lua_State* L) {
  Session& s = check_session(L, 1);
  const Mapper& m = check_model(L, 2);
  s.registry().configure_what_can_be();
  const bool is_list = lua_istable(L, 3);
  if (!is_list && !is_callable(L, 3))
    throw Error(ErrorKind::kTypeError,
                "bulk_insert takes a list of rows or an iterator, got " + type_name_of(L, 3));
  lua_settop(L, 4);
  std::vector<int> slots;
  const bool positional = !lua_isnil(L, 4);
  if (positional)
    for (const std::string& name : check_strings(L, 4)) slots.push_back(column_slot(m, name));
  const ModelInfo& info = orm_area(L).model(m);
  lua_Integer at = 0;
  // Leaves the next row at index 5; false at the end.
  const auto next_row = [&] {
    lua_settop(L, 4);
    ++at;
    if (is_list) {
      lua_rawgeti(L, 3, at);
      prefetch_rows(L, 3, at, positional ? static_cast<lua_Integer>(slots.size()) : 0);
    } else {
      lua_pushvalue(L, 3);
      call_lua(L, 0, 1);  // its error must not leave some of the rows
    }
    if (lua_isnil(L, 5)) return false;
    if (!lua_istable(L, 5))
      throw Error(ErrorKind::kTypeError,
                  "row " + std::to_string(at) + " is no table, but " + type_name_of(L, 5));
    return true;
  };
  if (!next_row()) {
    lua_pushinteger(L, 0);
    return 1;
  }
  if (!positional) slots = slots_of_row(L, 5, m);
  bool first = true;
  const int64_t count = s.bulk_insert(m, slots, [&](std::vector<base::Value>& row) {
    if (!first && !next_row()) return false;
    first = false;
    luaL_checkstack(L, static_cast<int>(slots.size()) + 4, "too many columns");
    for (size_t k = 0; k < slots.size(); ++k) {
      const auto access = info.access[static_cast<size_t>(slots[k])];
      if (positional) {
        lua_rawgeti(L, 5, static_cast<lua_Integer>(k) + 1);
      } else {
        const std::string& name = m.attribute_at(slots[k]).name;
        lua_pushlstring(L, name.data(), name.size());
        if (lua_rawget(L, 5) == LUA_TNIL) {
          check_missing(m, slots[k], at);
          row[k] = base::Value::marker(base::Tag::kNeverSet);
          continue;
        }
      }
      read_cell(L, m, slots[k], access, row[k]);
    }
    if (!positional) check_names(L, 5, m, slots, at);
    return true;
  });
  lua_settop(L, 0);
  lua_pushinteger(L, count);
  return 1;
}

int64_t update_by_keys(lua_State* L, Session& s, const Mapper& m, int list, bool synchronize,
                       const char* what) {
  const int row = lua_gettop(L) + 1;
  const lua_Integer n = luaL_len(L, list);
  lua_Integer at = 0;
  // Pushes the next row, at `row`.
  const auto next_row = [&] {
    lua_settop(L, row - 1);
    if (++at > n) return false;
    lua_geti(L, list, at);
    check_table(L, row);
    return true;
  };
  int64_t count = 0;
  // One UPDATE for each set of columns that are given.
  for (bool is_there = next_row(); is_there;) {
    const std::vector<int> slots = slots_of_row(L, row, m);
    const auto is_given = [&](int slot) {
      return std::find(slots.begin(), slots.end(), slot) != slots.end();
    };
    if (!std::all_of(m.primary_key().begin(), m.primary_key().end(), is_given))
      throw Error(ErrorKind::kInvalidRequestError,
                  std::string(what) + ": row " + std::to_string(at) +
                      " does not name the whole primary key of " + m.name());
    if (slots.size() == m.primary_key().size()) {
      is_there = next_row();
      continue;
    }
    bool is_first = true;
    const auto next = [&](std::vector<base::Value>& values) {
      if (!is_first) is_there = next_row();
      is_first = false;
      if (!is_there || slots_of_row(L, row, m) != slots) return false;
      for (size_t k = 0; k < slots.size(); ++k) {
        lua_getfield(L, row, m.attribute_at(slots[k]).name.c_str());
        values[k] = check_column_value(L, -1, m, slots[k]);
        lua_pop(L, 1);
      }
      return true;
    };
    const int64_t before = count;
    try {
      count += s.bulk_update(m, slots, next, synchronize);
    } catch (Error& e) {
      e.add_context(std::string(what) + ": row " + std::to_string(at));
      throw;
    }
    if (count == before) break;
  }
  lua_settop(L, row - 1);
  return count;
}

int session_bulk_update(lua_State* L) {
  Session& s = check_session(L, 1);
  const Mapper& m = check_model(L, 2);
  check_table(L, 3);
  s.registry().configure_what_can_be();
  lua_pushinteger(L, update_by_keys(L, s, m, 3, false, "bulk_update_mappings"));
  return 1;
}

int session_bulk_save(lua_State* L) {
  orm_area(L).heap().notice_edits(nullptr);
  Session& s = check_session(L, 1);
  check_table(L, 2);
  s.registry().configure_what_can_be();
  // Runs of one class go out together.
  const lua_Integer n = luaL_len(L, 2);
  std::vector<state::Instance*> list;
  for (lua_Integer k = 1; k <= n; ++k) {
    lua_geti(L, 2, k);
    list.push_back(&check_instance(L, -1));
    if (list.back()->has_identity)
      throw Error(ErrorKind::kInvalidRequestError,
                  "bulk_save_objects: " + state::describe(*list.back()) + " has a row already")
          .with_hint("change it through its session and flush");
    lua_pop(L, 1);
  }
  for (size_t begin = 0; begin < list.size();) {
    const Mapper& m = *list[begin]->mapper;
    size_t end = begin;
    while (end < list.size() && list[end]->mapper == &m) ++end;
    // One INSERT for each set of columns that are given.
    for (size_t k = begin; k < end;) {
      const auto given = [&](size_t row) {
        std::vector<int> slots;
        for (int slot : m.column_slots())
          if (!list[row]->slot(slot).is_absent() &&
              !(list[row]->slot(slot).is_null() && m.column(slot)->primary_key))
            slots.push_back(slot);
        return slots;
      };
      const std::vector<int> slots = given(k);
      s.bulk_insert(m, slots, [&](std::vector<base::Value>& row) {
        if (k == end || given(k) != slots) return false;
        for (size_t c = 0; c < slots.size(); ++c) row[c] = list[k]->slot(slots[c]);
        ++k;
        return true;
      });
    }
    begin = end;
  }
  return 0;
}

}  // namespace moonbase::bindings
