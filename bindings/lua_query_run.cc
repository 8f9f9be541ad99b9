// The half of the query class that runs queries: all, first, one, count, loops, update, delete.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include <boost/unordered/unordered_flat_set.hpp>

#include "bindings/collector_pause.h"
#include "bindings/dml_support.h"
#include "bindings/guard.h"
#include "bindings/lua_collection.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/query_box.h"
#include "bindings/rows.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/dialect/dialect.h"
#include "orm/query/query_plan.h"
#include "orm/query/row_loader.h"
#include "orm/state/link.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using query::Query;
using state::Instance;

session::Session& session_of(const QueryBox& box) {
  if (box.session != nullptr) return *box.session;
  throw Error(ErrorKind::kInvalidRequestError, "db.select(…) does not run by itself")
      .with_hint(
          "db.session:execute(select):all(), db.session:scalars(select):all() or "
          "db.session:scalar(select)");
}

Query effective_query(const QueryBox& box) {
  if (box.dynamic == nullptr) return box.query;
  session::Session& session = session_of(box);
  if (!box.owner->has_identity && box.owner->host == &session) session.before_execute(true);
  if (!box.owner->has_identity)
    throw Error(ErrorKind::kInvalidRequestError,
                box.dynamic->full_name() + " of " + state::describe(*box.owner) +
                    " cannot be queried before the object is added to a session");
  if (box.owner->host == nullptr)
    throw Error(ErrorKind::kDetachedInstanceError, state::describe(*box.owner) +
                                                       " is not in a session, so its '" +
                                                       box.dynamic->name + "' cannot be queried")
        .with_hint("add it to a session: db.session:add(x)");
  Query q = box.query;
  Query base = session.relationship_query(*box.owner, *box.dynamic);
  q.where.insert(q.where.begin(), base.where.begin(), base.where.end());
  return q;
}

namespace {

// A dynamic collection of an object that has no row yet: what was appended so far.
bool push_unsaved(lua_State* L, const QueryBox& box) {
  if (box.dynamic == nullptr || box.owner->has_identity || box.owner->host != nullptr) return false;
  const std::vector<Instance*> items = state::collection_of(*box.owner, *box.dynamic).added();
  lua_createtable(L, static_cast<int>(items.size()), 0);
  for (size_t k = 0; k < items.size(); ++k) {
    push_instance(L, *items[k]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(k) + 1);
  }
  return true;
}

// What a result list says to the two things people try from habit.
int list_index(lua_State* L) {
  if (lua_isinteger(L, 2)) {
    if (lua_tointeger(L, 2) == 0)
      throw Error(ErrorKind::kIndexError, "[0]: positions count from 1")
          .with_hint("the first one is list[1]");
    lua_pushnil(L);
    return 1;
  }
  if (lua_type(L, 2) != LUA_TSTRING) {
    lua_pushnil(L);
    return 1;
  }
  const std::string name(check_string(L, 2));
  std::string hint =
      "take one of it, list[1]." + name + ", or go over it: for _, x in ipairs(list) do … end";
  if (name == "append" || name == "add" || name == "insert")
    hint = "something is added to a list with table.insert(list, x)";
  if (name == "len" || name == "length" || name == "count") hint = "its length is #list";
  throw Error(ErrorKind::kAttributeError, "this is a list, and has no '" + name + "'")
      .with_hint(std::move(hint));
}

int list_call(lua_State*) {
  throw Error(ErrorKind::kTypeError, "a list cannot be called")
      .with_hint("go over it with: for _, x in ipairs(list) do … end");
}

void mark_list(lua_State* L) {
  if (luaL_newmetatable(L, "moonbase.list")) {
    static constexpr MethodDef kRows[] = {
        {"__index", guarded<list_index>, "names and position 0 are explained"},
        {"__call", guarded<list_call>, "a loop over a list needs ipairs"},
    };
    add_functions(L, lua_gettop(L), kRows);
  }
  lua_setmetatable(L, -2);
}

}  // namespace

void push_all(lua_State* L, const QueryBox& box) {
  if (push_unsaved(L, box)) {
    mark_list(L);
    return;
  }
  session::Session& session = session_of(box);
  // A program that only reads ends no transaction: what it let go of is freed here, where nothing
  // else is under way.
  if (!session.is_flushing()) session.heap().maybe_sweep();
  const Query q = effective_query(box);
  if (q.is_single_entity()) {
    query::RowStream rows(session, q);
    const bool may_repeat = rows.may_repeat();
    boost::unordered_flat_set<const Instance*> seen;
    lua_newtable(L);
    lua_Integer n = 0;
    CollectorPause pause(L);
    while (rows.next()) {
      if (may_repeat && !seen.insert(rows.object(0)).second) continue;
      push_cell(L, rows, 0, true);
      lua_rawseti(L, -2, ++n);
    }
  } else {
    query::RowStream rows(session, q);
    bool has_class = false;
    for (const query::Entity& e : q.entities) has_class = has_class || e.mapper != nullptr;
    push_rows(L, rows, has_class);
  }
  mark_list(L);
}

namespace {

int query_all(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  push_all(L, box);
  return 1;
}

// Pushes the stream's current row as all() would.
void push_current(lua_State* L, const Query& q, query::RowStream& rows) {
  if (q.is_single_entity()) {
    push_cell(L, rows, 0, false);
    return;
  }
  push_row_metatable(L, rows.names());
  push_row(L, rows, lua_gettop(L));
}

int query_first(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  if (push_unsaved(L, box)) {
    lua_rawgeti(L, -1, 1);
    return 1;
  }
  Query q = effective_query(box);
  q.limit = q.limit ? std::min<int64_t>(*q.limit, 1) : 1;
  query::RowStream rows(session_of(box), q);
  if (!rows.next()) {
    lua_pushnil(L);
    return 1;
  }
  push_current(L, q, rows);
  return 1;
}

std::string subject(const Query& q) {
  return q.entities[0].mapper != nullptr ? q.entities[0].mapper->name() : "query";
}

// one(): exactly one row; `none_is_nil`: at most one.
int only_row(lua_State* L, bool none_is_nil, const char* method) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  const Query q = effective_query(box);
  query::RowStream rows(session_of(box), q);
  if (!rows.next()) {
    if (none_is_nil) {
      lua_pushnil(L);
      return 1;
    }
    throw Error(ErrorKind::kNoResultFound,
                std::string(method) + "(): no row was found for " + subject(q))
        .with_hint("one_or_none() returns nil instead, first() the first row or nil");
  }
  push_current(L, q, rows);
  const Instance* first = q.is_single_entity() ? rows.object(0) : nullptr;
  while (rows.next()) {
    if (q.is_single_entity() && rows.object(0) == first)
      continue;  // the same object again, through a join
    throw Error(ErrorKind::kMultipleResultsFound,
                std::string(method) + "(): more than one row was found for " + subject(q))
        .with_hint("filter further, or take the first of them with first()");
  }
  return 1;
}

int query_one(lua_State* L) { return only_row(L, false, "one"); }
int query_one_or_none(lua_State* L) { return only_row(L, true, "one_or_none"); }

int query_scalar(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  const Query q = effective_query(box);
  query::RowStream rows(session_of(box), q);
  if (!rows.next()) {
    lua_pushnil(L);
    return 1;
  }
  push_cell(L, rows, 0, false);
  if (rows.next())
    throw Error(ErrorKind::kMultipleResultsFound,
                "scalar(): more than one row was found for " + subject(q))
        .with_hint("filter further, or add limit(1)");
  return 1;
}

int query_count(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  if (push_unsaved(L, box)) {
    lua_pushinteger(L, static_cast<lua_Integer>(lua_rawlen(L, -1)));
    return 1;
  }
  session::Session& session = session_of(box);
  const Query q = effective_query(box);
  session.before_execute(q.autoflush);
  const schema::Table* table =
      q.entities[0].mapper != nullptr ? q.entities[0].mapper->table().get() : nullptr;
  engine::Cursor cursor = session.connection(table).execute(*query::count_select(q));
  cursor.next();
  lua_pushinteger(L, cursor.raw_int(0));
  return 1;
}

}  // namespace

// get(1), get{1, 2}, get{user_id = 1, group_id = 2}
static std::vector<base::Value> check_key(lua_State* L, int index, const mapper::Mapper& m) {
  std::vector<base::Value> key;
  const std::vector<int>& slots = m.primary_key();
  if (!lua_istable(L, index)) {
    key.push_back(to_value(L, index, m.type(slots[0]).get()));
    return key;
  }
  lua_rawgeti(L, index, 1);
  const bool positional = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (!positional)
    for (const std::string& name : string_keys(L, index)) m.attribute(name);
  const size_t n = positional ? static_cast<size_t>(lua_rawlen(L, index)) : slots.size();
  for (size_t k = 0; k < n; ++k) {
    const types::Type* type = k < slots.size() ? m.type(slots[k]).get() : nullptr;
    if (positional)
      lua_rawgeti(L, index, static_cast<lua_Integer>(k) + 1);
    else
      lua_getfield(L, index, m.attributes()[static_cast<size_t>(slots[k])].name.c_str());
    if (!positional && lua_isnil(L, -1))
      throw Error(ErrorKind::kInvalidRequestError,
                  "get: the key of " + m.name() + " needs '" +
                      m.attributes()[static_cast<size_t>(slots[k])].name + "'");
    key.push_back(to_value(L, -1, type));
    lua_pop(L, 1);
  }
  return key;
}

void push_key_lookup(lua_State* L, session::Session& session, const mapper::Mapper& m, int index,
                     bool populate_existing) {
  // The hot path: one integer key of an object that is loaded and whose proxy is alive.
  if (lua_isinteger(L, index) && m.has_integer_key() && !populate_existing) {
    const uint32_t handle = session.find_handle(m, lua_tointeger(L, index));
    if (handle != 0 && push_proxy(L, handle)) return;
    Instance* there = session.find_loaded(m, lua_tointeger(L, index));
    if (there != nullptr && !there->is_expired() && session.is_active()) {
      push_instance(L, *there);
      return;
    }
  }
  if (is_nil_or_null(L, index)) {
    lua_pushnil(L);
    return;
  }
  Instance* found = session.get(m, check_key(L, index, m), populate_existing);
  if (found == nullptr)
    lua_pushnil(L);
  else
    push_instance(L, *found);
}

namespace {

int query_get(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  const Query& q = box.query;
  if (lua_gettop(L) < 2)
    throw Error(ErrorKind::kTypeError, "get() takes a primary key")
        .with_hint("User.query:get(1), or get{1, 2} for a key of two columns");
  if (!q.is_single_entity())
    throw Error(ErrorKind::kInvalidRequestError, "get() needs a query of one class");
  if (!q.where.empty() || q.limit || q.offset || q.from || box.dynamic != nullptr)
    throw Error(ErrorKind::kInvalidRequestError, "get() on a query that has conditions already")
        .with_hint("User.query:get(key), or filter further and use first()");
  push_key_lookup(L, session_of(box), *q.entities[0].mapper, 2, q.populate_existing);
  return 1;
}

// ---- set-based writes ----

session::Session::Synchronize check_synchronize(lua_State* L, int options, const char* name) {
  using Synchronize = session::Session::Synchronize;
  if (lua_isnoneornil(L, options)) return Synchronize::kAuto;
  check_table(L, options);
  Kwargs kw(L, options, name);
  Synchronize how = Synchronize::kAuto;
  if (kw.take("synchronize_session")) {
    if (lua_isboolean(L, -1)) {
      how = lua_toboolean(L, -1) ? Synchronize::kAuto : Synchronize::kNone;
    } else {
      const std::string_view word = check_string(L, -1);
      if (word == "fetch" || word == "evaluate")
        how = Synchronize::kFetch;
      else if (word != "auto")
        throw Error(
            ErrorKind::kArgumentError,
            "synchronize_session has no '" + std::string(word) + "'" +
                base::did_you_mean(word, std::vector<std::string>{"auto", "evaluate", "fetch"}))
            .with_hint("there are: 'auto', 'evaluate', 'fetch', false");
    }
    lua_pop(L, 1);
  }
  kw.finish();
  return how;
}

int query_update(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  check_table(L, 2);
  const Query q = effective_query(box);
  if (!q.is_single_entity())
    throw Error(ErrorKind::kInvalidRequestError,
                "query:update() needs a query of exactly one class");
  const mapper::Mapper& m = *q.entities[0].mapper;
  std::vector<std::pair<int, expr::ElementPtr>> values;
  lua_pushnil(L);
  while (lua_next(L, 2) != 0) {
    int slot = -1;
    if (const auto* e = test_box<ElementBox>(L, -2); e != nullptr && e->mapper == &m)
      slot = e->slot;
    else if (lua_type(L, -2) == LUA_TSTRING)
      slot = m.attribute(check_string(L, -2)).slot;
    if (slot >= 0 && m.column(slot) == nullptr)
      throw Error(ErrorKind::kInvalidRequestError,
                  m.name() + "." + m.attributes()[static_cast<size_t>(slot)].name +
                      " is a relationship, and update sets columns")
          .with_hint("set its foreign key column");
    if (slot < 0)
      throw Error(ErrorKind::kArgumentError,
                  "update takes column = value, got the key " + type_name_of(L, -2));
    expr::ElementPtr e = test_element(L, -1);
    if (!e) e = expr::bind(check_column_value(L, -1, m, slot), m.type(slot));
    values.emplace_back(slot, std::move(e));
    lua_pop(L, 1);
  }
  if (values.empty())
    throw Error(ErrorKind::kArgumentError, "update{} sets nothing")
        .with_hint("to set NULL write update{email = db.null}");
  for (int slot : m.column_slots()) {
    const auto is_set = [slot](const auto& v) { return v.first == slot; };
    if (m.column(slot)->onupdate && std::none_of(values.begin(), values.end(), is_set))
      values.emplace_back(slot, onupdate_value(*m.column(slot)));
  }
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  lua_pushinteger(L, session_of(box).update_rows(q, values, check_synchronize(L, 3, "update")));
  return 1;
}

int query_delete(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  lua_pushinteger(
      L, session_of(box).delete_rows(effective_query(box), check_synchronize(L, 2, "delete")));
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

// ---- SQL ----

const compile::DialectTraits& traits_of(const QueryBox& box) {
  if (box.session != nullptr && !box.query.entities.empty()) {
    const mapper::Mapper* m = box.query.entities[0].mapper;
    try {
      if (m != nullptr) return box.session->connection(m->table().get()).engine().traits();
    } catch (const Error&) {
      // Without a database the query can still be shown.
    }
  }
  return dialect::find_dialect("sqlite")->traits();
}

int query_sql(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  compile::CompileOptions options;
  if (!lua_isnoneornil(L, 2)) {
    Kwargs kw(L, 2, "sql");
    options.literal_binds = kw.take_boolean("literal", false);
    kw.finish();
  }
  push_string(
      L,
      compile::compile(*query::build_select(effective_query(box)), traits_of(box), options)->sql);
  return 1;
}

constexpr MethodDef kRunMethods[] = {
    {"all", guarded<query_all>, "all()  a list of all objects or rows"},
    {"first", guarded<query_first>, "first()  the first object or row, or nil"},
    {"one", guarded<query_one>,
     "one()  the only object or row; NoResultFound or MultipleResultsFound otherwise"},
    {"one_or_none", guarded<query_one_or_none>,
     "one_or_none()  the only object or row, nil without one; MultipleResultsFound for several"},
    {"scalar", guarded<query_scalar>, "scalar()  the first value of the only row, nil without one"},
    {"count", guarded<query_count>, "count()  how many rows there are, counted by the database"},
    {"get", guarded<query_get>,
     "get(key)  the object with this primary key, or nil; get{1, 2} for a key of two columns"},
    {"iter", guarded<query_iter>,
     "iter()  an iterator over the rows: for x in query:iter() do … end"},
    {"update", guarded<query_update>,
     "update({name = value, …}[, {synchronize_session = 'auto'}])  change all rows at once; "
     "returns how many"},
    {"delete", guarded<query_delete>,
     "delete([{synchronize_session = 'auto'}])  delete all rows at once; returns how many"},
    {"append", guarded<query_append>, "append(object)  dynamic collection: add an object"},
    {"remove", guarded<query_remove>, "remove(object)  dynamic collection: take an object out"},
    {"extend", guarded<query_extend>, "extend(list)  dynamic collection: add objects"},
    {"sql", guarded<query_sql>,
     "sql([{literal = true}])  the SELECT as text, with placeholders or with values"},
};

}  // namespace

std::span<const MethodDef> query_run_methods() { return kRunMethods; }

// q[i] runs the query for one row; a dynamic collection explains itself.
int query_index(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  if (!lua_isinteger(L, 2)) return 0;
  if (box.dynamic != nullptr)
    throw Error(ErrorKind::kInvalidRequestError,
                box.dynamic->full_name() + " is dynamic, a query and not a list")
        .with_hint("u." + box.dynamic->name + ":all() gives the list");
  const lua_Integer at = lua_tointeger(L, 2);
  if (at < 1)
    throw Error(ErrorKind::kIndexError,
                "query[" + std::to_string(at) + "]: positions count from 1");
  Query q = effective_query(box);
  if (q.limit && at > *q.limit) {
    lua_pushnil(L);
    return 1;
  }
  q.offset = q.offset.value_or(0) + at - 1;
  q.limit = 1;
  query::RowStream rows(session_of(box), q);
  if (rows.next())
    push_current(L, q, rows);
  else
    lua_pushnil(L);
  return 1;
}

int query_tostring(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  Query q = box.query;
  if (box.dynamic != nullptr && box.owner->has_identity && box.owner->host != nullptr)
    q = effective_query(box);
  push_string(
      L, compile::compile(*query::build_select(q), dialect::find_dialect("sqlite")->traits())->sql);
  return 1;
}

}  // namespace moonbase::bindings
