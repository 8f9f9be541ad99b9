// What a query changes: UPDATE and DELETE of its rows, and the members of a dynamic collection.
#include <algorithm>

#include "bindings/descriptor.h"
#include "bindings/dml_support.h"
#include "bindings/guard.h"
#include "bindings/lua_collection.h"
#include "bindings/lua_copy.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_syntax.h"
#include "bindings/query_box.h"
#include "bindings/query_stream.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/state/link.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using query::Query;
using state::Instance;

namespace {

// ---- set-based writes ----

// {synchronize_session = 'fetch'} as the last argument.
session::Synchronize take_synchronize(lua_State* L, int options, const char* name) {
  if (lua_isnoneornil(L, options)) return session::Synchronize::kAuto;
  check_table(L, options);
  Kwargs kw(L, options, name);
  if (kw.count() > 0)
    throw Error(ErrorKind::kTypeError,
                std::string(name) + "() takes options by name, and no conditions")
        .with_hint(std::string("conditions come before: query:filter(…):") + name + "(…)");
  session::Synchronize how = session::Synchronize::kAuto;
  if (kw.take("synchronize_session")) {
    how = check_synchronize(L, lua_gettop(L));
    lua_pop(L, 1);
  }
  kw.finish();
  return how;
}

// The column that the key below the top means.
int check_slot(lua_State* L, const mapper::Mapper& m) {
  int slot = -1;
  if (const auto* e = test_box<ElementBox>(L, -2); e != nullptr && e->mapper == &m)
    slot = e->slot;
  else if (lua_type(L, -2) == LUA_TSTRING)
    slot = m.attribute(check_string(L, -2)).slot;
  if (slot >= 0 && m.column(slot) == nullptr)
    throw Error(ErrorKind::kInvalidRequestError, m.name() + "." + m.attribute_at(slot).name +
                                                     " is a relationship, and update sets columns")
        .with_hint("set its foreign key column");
  if (slot < 0)
    throw Error(ErrorKind::kArgumentError,
                "update takes column = value, got the key " + type_name_of(L, -2));
  return slot;
}

// What the value on the top sets the column to.
expr::ElementPtr check_slot_value(lua_State* L, const mapper::Mapper& m, int slot) {
  if (expr::ElementPtr e = test_element(L, -1)) return e;
  return expr::bind(check_column_value(L, -1, m, slot), m.type(slot));
}

using SlotValues = std::vector<std::pair<int, expr::ElementPtr>>;

// Adds what the key and the value on the top set; a hybrid or a composite sets what it says.
void add_assignment(lua_State* L, const mapper::Mapper& m, SlotValues& out) {
  const int value = lua_gettop(L);
  if (!push_assigned(L, m, computed_key(L, value - 1, m), value)) {
    const int slot = check_slot(L, m);
    const auto is_it = [slot](const auto& a) { return a.first == slot; };
    if (std::ranges::any_of(out, is_it))
      throw Error(ErrorKind::kArgumentError,
                  "update: " + m.name() + "." + m.attribute_at(slot).name + " is given twice");
    out.emplace_back(slot, check_slot_value(L, m, slot));
    return;
  }
  const int list = lua_gettop(L);
  for (lua_Integer k = 1, n = luaL_len(L, list); k <= n; ++k) {
    lua_rawgeti(L, list, k);
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    add_assignment(L, m, out);
    lua_settop(L, list);
  }
  lua_settop(L, value);
}

int query_update(lua_State* L) {
  end_left_loops(L);
  const QueryBox& box = check_box<QueryBox>(L, 1);
  check_table(L, 2);
  const QueryPtr held = effective_query(box);
  const Query& q = *held;
  if (!q.is_single_entity())
    throw Error(ErrorKind::kInvalidRequestError,
                "query:update() needs a query of exactly one class");
  const mapper::Mapper& m = *q.entities[0].mapper;
  SlotValues values;
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) add_assignment(L, m, values);
  for (const std::string& name : remembered_names(L, 2)) {
    push_string(L, name);
    lua_pushnil(L);
    add_assignment(L, m, values);
    lua_pop(L, 2);
  }
  if (values.empty())
    throw Error(ErrorKind::kArgumentError, "update{} sets nothing")
        .with_hint("to set NULL write update{email = db.null}");
  Assignments set;
  for (const auto& [slot, value] : values) set.emplace_back(m.column(slot), value);
  add_onupdate_values(*m.table(), set);
  for (size_t k = values.size(); k < set.size(); ++k)
    values.emplace_back(m.slot_of(*set[k].first), set[k].second);
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  lua_pushinteger(L, session_of(box).update_rows(q, values, take_synchronize(L, 3, "update")));
  return 1;
}

int query_delete(lua_State* L) {
  end_left_loops(L);
  const QueryBox& box = check_box<QueryBox>(L, 1);
  lua_pushinteger(
      L, session_of(box).delete_rows(*effective_query(box), take_synchronize(L, 2, "delete")));
  return 1;
}

// ---- dynamic collections ----

const QueryBox& check_dynamic(lua_State* L, const char* method) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  if (box.dynamic == nullptr)
    throw Error(ErrorKind::kInvalidRequestError,
                std::string(method) +
                    ": this query is no collection; only a relationship with lazy = 'dynamic' is");
  return box;
}

int query_append(lua_State* L) {
  const QueryBox& box = check_dynamic(L, "append");
  state::append(*box.owner, *box.dynamic, check_member(L, 2, *box.dynamic));
  return 0;
}

int query_remove(lua_State* L) {
  const QueryBox& box = check_dynamic(L, "remove");
  state::remove(*box.owner, *box.dynamic, check_member(L, 2, *box.dynamic));
  return 0;
}

int query_extend(lua_State* L) {
  const QueryBox& box = check_dynamic(L, "extend");
  check_table(L, 2);
  std::vector<Instance*> list;
  for (lua_Integer k = 1, n = luaL_len(L, 2); k <= n; ++k) {
    lua_geti(L, 2, k);
    list.push_back(&check_member(L, -1, *box.dynamic));
    lua_pop(L, 1);
  }
  for (Instance* i : list) state::append(*box.owner, *box.dynamic, *i);
  return 0;
}

constexpr MethodDef kWriteMethods[] = {
    {"update", guarded<query_update>,
     "update({name = value, …}[, {synchronize_session = 'auto'}])  change all rows at once; "
     "returns how many"},
    {"delete", guarded<query_delete>,
     "delete([{synchronize_session = 'auto'}])  delete all rows at once; returns how many"},
    {"copy_to", guarded<query_copy_to>,
     "copy_to(file[, {format = 'csv', header = false, delimiter = ',', null = '', quote = '\"', "
     "escape = '\"', progress = true or function(rows, bytes)}])  write the rows to a file: its "
     "path, a "
     "file of io.open, or a function that takes text; returns how many. format = 'text' is "
     "PostgreSQL's other one, with tabs and \\N for NULL. Runs in constant memory, and the file is "
     "there when it is complete"},
    {"append", guarded<query_append>, "append(object)  dynamic collection: add an object"},
    {"remove", guarded<query_remove>, "remove(object)  dynamic collection: take an object out"},
    {"extend", guarded<query_extend>, "extend(list)  dynamic collection: add objects"},
};

}  // namespace

std::span<const MethodDef> query_write_methods() { return kWriteMethods; }

}  // namespace moonbase::bindings
