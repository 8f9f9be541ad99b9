// The half of the query class that runs queries: all, first, one, count, get.
#include <algorithm>

#include <boost/unordered/unordered_flat_set.hpp>

#include "bindings/collector_pause.h"
#include "bindings/event_hub.h"
#include "bindings/guard.h"
#include "bindings/lua_collection.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_list.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_session.h"
#include "bindings/query_box.h"
#include "bindings/query_class.h"
#include "bindings/query_stream.h"
#include "bindings/rows.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
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

QueryPtr effective_query(const QueryBox& box) {
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
  auto q = std::make_shared<Query>(*box.query);
  const Query base = session.relationship_query(*box.owner, *box.dynamic);
  q->where.insert(q->where.begin(), base.where.begin(), base.where.end());
  return q;
}

bool is_unsaved_collection(const QueryBox& box) {
  return box.dynamic != nullptr && !box.owner->has_identity && box.owner->host == nullptr;
}

namespace {

// The members of an unsaved collection.
bool push_unsaved(lua_State* L, const QueryBox& box) {
  if (!is_unsaved_collection(box)) return false;
  const std::vector<Instance*> items = state::collection_of(*box.owner, *box.dynamic).added();
  lua_createtable(L, static_cast<int>(items.size()), 0);
  for (size_t k = 0; k < items.size(); ++k) {
    push_instance(L, *items[k]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(k) + 1);
  }
  return true;
}

}  // namespace

void refuse_arguments(lua_State* L, const char* method) {
  if (lua_isnoneornil(L, 2)) return;
  throw Error(ErrorKind::kTypeError,
              std::string(method) + "() takes no arguments, got " + type_name_of(L, 2))
      .with_hint(std::string("conditions come before: query:filter(…):") + method + "()");
}

void push_all(lua_State* L, const QueryBox& box) {
  if (push_unsaved(L, box)) {
    mark_list(L);
    return;
  }
  session::Session& session = session_of(box);
  // A program that only reads ends no transaction: what it let go of is freed here, where nothing
  // else is under way.
  if (!session.is_flushing()) session.heap().maybe_sweep();
  const QueryPtr held = effective_query(box);
  const Query& q = *held;
  // Rows that are read in batches must be able to.
  query::RowStream rows(session, q, box.options().parameters,
                        static_cast<int>(std::min<int64_t>(box.options().yield_per, 100'000)));
  if (box.gives_objects()) {
    // As in SQLAlchemy, rows that are read in batches are not made unique.
    const bool may_repeat = rows.may_repeat() && box.options().yield_per == 0;
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
    bool has_class = false;
    for (const query::Entity& e : q.entities) has_class = has_class || e.mapper != nullptr;
    push_rows(L, rows, has_class && box.options().yield_per == 0, box.shape.get());
  }
  mark_list(L);
}

namespace {

// The query at 1 is about to run: those who listen may put another one in its place.
void tell_execute(lua_State* L) {
  EventHub& hub = event_hub(L);
  if (!hub.hears(kDoOrmExecuteEvent) || check_box<QueryBox>(L, 1).session == nullptr) return;
  lua_getiuservalue(L, 1, 1);
  hub.tell_orm_execute(L, lua_gettop(L), 1, 0);
  lua_pop(L, 1);
  check_box<QueryBox>(L, 1);
}

int query_all(lua_State* L) {
  refuse_arguments(L, "all");
  tell_execute(L);
  const QueryBox& box = check_box<QueryBox>(L, 1);
  push_all(L, box);
  return 1;
}

// Pushes the stream's current row as all() would.
void push_current(lua_State* L, const QueryBox& box, query::RowStream& rows) {
  if (box.gives_objects()) {
    push_cell(L, rows, 0, false);
    return;
  }
  push_row_metatable(L, item_names(rows, box.shape.get()));
  push_shaped_row(L, rows, rows.cells().size(), lua_gettop(L), box.shape.get());
}

int query_first(lua_State* L) {
  tell_execute(L);
  const QueryBox& box = check_box<QueryBox>(L, 1);
  if (push_unsaved(L, box)) {
    lua_rawgeti(L, -1, 1);
    return 1;
  }
  Query q = *effective_query(box);
  q.limit = q.limit ? std::min<int64_t>(*q.limit, 1) : 1;
  query::RowStream rows(session_of(box), q, box.options().parameters);
  if (rows.next())
    push_current(L, box, rows);
  else
    lua_pushnil(L);
  return 1;
}

std::string subject(const Query& q) {
  return q.entities[0].mapper != nullptr ? q.entities[0].mapper->name() : "query";
}

// one(): exactly one row; `none_is_nil`: at most one.
int only_row(lua_State* L, bool none_is_nil, const char* method) {
  tell_execute(L);
  const QueryBox& box = check_box<QueryBox>(L, 1);
  const QueryPtr held = effective_query(box);
  const Query& q = *held;
  query::RowStream rows(session_of(box), q, box.options().parameters);
  if (!rows.next()) {
    if (none_is_nil) {
      lua_pushnil(L);
      return 1;
    }
    throw Error(ErrorKind::kNoResultFound,
                std::string(method) + "(): no row was found for " + subject(q))
        .with_hint("one_or_none() returns nil instead, first() the first row or nil");
  }
  push_current(L, box, rows);
  const Instance* first = box.gives_objects() ? rows.object(0) : nullptr;
  while (rows.next()) {
    if (box.gives_objects() && rows.object(0) == first)
      continue;  // the same object again, through a join
    throw Error(ErrorKind::kMultipleResultsFound,
                std::string(method) + "(): more than one row was found for " + subject(q))
        .with_hint("filter further, or take the first of them with first()");
  }
  return 1;
}

int query_first_alone(lua_State* L) {
  refuse_arguments(L, "first");
  return query_first(L);
}

int query_one(lua_State* L) {
  refuse_arguments(L, "one");
  return only_row(L, false, "one");
}

int query_one_or_none(lua_State* L) {
  refuse_arguments(L, "one_or_none");
  return only_row(L, true, "one_or_none");
}

int query_scalar(lua_State* L) {
  refuse_arguments(L, "scalar");
  const QueryBox& box = check_box<QueryBox>(L, 1);
  const QueryPtr held = effective_query(box);
  const Query& q = *held;
  query::RowStream rows(session_of(box), q, box.options().parameters);
  if (!rows.next()) {
    lua_pushnil(L);
    return 1;
  }
  push_item(L, rows, 0, box.shape.get(), false);
  if (rows.next())
    throw Error(ErrorKind::kMultipleResultsFound,
                "scalar(): more than one row was found for " + subject(q))
        .with_hint("filter further, or add limit(1)");
  return 1;
}

// ---- the 404 family ----

// The description at `index`, text or {description = text}, or what is said without one.
[[noreturn]] void throw_not_found(lua_State* L, int index, const std::string& otherwise) {
  std::string message = otherwise;
  if (lua_istable(L, index)) {
    lua_getfield(L, index, "description");
    message = opt_string(L, -1).value_or(otherwise);
  } else {
    message = opt_string(L, index).value_or(otherwise);
  }
  throw Error(ErrorKind::kNotFound, message);
}

int query_first_or_404(lua_State* L) {
  lua_settop(L, 2);
  query_first(L);
  if (lua_isnil(L, -1))
    throw_not_found(L, 2,
                    "there is no " + subject(*check_box<QueryBox>(L, 1).query) + " like this");
  return 1;
}

int query_one_or_404(lua_State* L) {
  lua_settop(L, 2);
  std::string reason;
  try {
    return only_row(L, false, "one_or_404");
  } catch (const Error& error) {
    const bool is_absent = error.kind() == ErrorKind::kNoResultFound ||
                           error.kind() == ErrorKind::kMultipleResultsFound;
    if (!is_absent) throw;
    reason = error.message();
  }
  throw_not_found(L, 2, reason);
}

int query_count(lua_State* L) {
  refuse_arguments(L, "count");
  const QueryBox& box = check_box<QueryBox>(L, 1);
  if (push_unsaved(L, box)) {
    lua_pushinteger(L, static_cast<lua_Integer>(lua_rawlen(L, -1)));
    return 1;
  }
  session::Session& session = session_of(box);
  const QueryPtr held = effective_query(box);
  const Query& q = *held;
  session.before_execute(q.autoflush);
  const schema::Table* table =
      q.entities[0].mapper != nullptr ? q.entities[0].mapper->table().get() : nullptr;
  const auto access = q.for_update ? query::Access::kWrite : query::Access::kRead;
  engine::Cursor cursor =
      session.connection(table, access).execute(*query::count_select(q), box.options().parameters);
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
      lua_getfield(L, index, m.attribute_at(slots[k]).name.c_str());
    if (!positional && lua_isnil(L, -1))
      throw Error(ErrorKind::kInvalidRequestError,
                  "get: the key of " + m.name() + " needs '" + m.attribute_at(slots[k]).name + "'");
    key.push_back(to_value(L, -1, type));
    lua_pop(L, 1);
  }
  return key;
}

void push_key_lookup(lua_State* L, session::Session& session, const mapper::Mapper& m, int index,
                     bool populate_existing, const query::OptionListPtr& options) {
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
  Instance* found = session.get(m, check_key(L, index, m), populate_existing, options);
  if (found == nullptr)
    lua_pushnil(L);
  else
    push_instance(L, *found);
}

namespace {

int query_get(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  const Query& q = *box.query;
  if (lua_gettop(L) < 2)
    throw Error(ErrorKind::kTypeError, "get() takes a primary key")
        .with_hint("User.query:get(1), or get{1, 2} for a key of two columns");
  if (!q.is_single_entity())
    throw Error(ErrorKind::kInvalidRequestError, "get() needs a query of one class");
  if (!q.where.empty() || q.limit || q.offset || q.from || box.dynamic != nullptr)
    throw Error(ErrorKind::kInvalidRequestError, "get() on a query that has conditions already")
        .with_hint("User.query:get(key), or filter further and use first()");
  push_key_lookup(L, session_of(box), *q.entities[0].mapper, 2, q.populate_existing, q.options);
  return 1;
}

int query_get_or_404(lua_State* L) {
  lua_settop(L, 3);
  query_get(L);
  if (!lua_isnil(L, -1)) return 1;
  const std::string key = lua_istable(L, 2) ? "this key" : luaL_tolstring(L, 2, nullptr);
  throw_not_found(L, 3,
                  "there is no " + subject(*check_box<QueryBox>(L, 1).query) + " with " +
                      (lua_istable(L, 2) ? key : "the key " + key));
}

constexpr MethodDef kRunMethods[] = {
    {"all", guarded<query_all>, "all()  a list of all objects or rows"},
    {"first", guarded<query_first_alone>, "first()  the first object or row, or nil"},
    {"one", guarded<query_one>,
     "one()  the only object or row; NoResultFound or MultipleResultsFound otherwise"},
    {"one_or_none", guarded<query_one_or_none>,
     "one_or_none()  the only object or row, nil without one; MultipleResultsFound for several"},
    {"scalar", guarded<query_scalar>, "scalar()  the first value of the only row, nil without one"},
    {"count", guarded<query_count>, "count()  how many rows there are, counted by the database"},
    {"get", guarded<query_get>,
     "get(key)  the object with this primary key, or nil; get{1, 2} for a key of two columns"},
    {"get_or_404", guarded<query_get_or_404>,
     "get_or_404(key[, description])  as get; NotFound instead of nil"},
    {"first_or_404", guarded<query_first_or_404>,
     "first_or_404([description])  as first; NotFound instead of nil"},
    {"one_or_404", guarded<query_one_or_404>,
     "one_or_404([description])  the only object or row; NotFound when there are none or several"},
    {"iter", guarded<query_iter>,
     "iter()  an iterator over the rows: for x in query:iter() do … end"},
};

}  // namespace

void push_execution_of_query(lua_State* L, int session, int query, int parameters) {
  const QueryBox& box = check_box<QueryBox>(L, query);
  session::Session& s = check_session(L, session);
  const RunOptions& options = box.options();
  std::vector<std::pair<std::string, base::Value>> named = check_parameters(L, parameters);
  named.insert(named.end(), options.parameters.begin(), options.parameters.end());
  if (options.yield_per == 0) {
    query::RowStream rows(s, *box.query, named);
    push_result(L, rows, box.shape.get());
    return;
  }
  auto stream =
      std::make_unique<QueryStream>(s, *box.query, named, options.yield_per, false, box.shape);
  const std::vector<std::string> names = stream->names();
  push_stream(L, std::move(stream), session);
  push_result_of_stream(L, names, options.yield_per);
}

std::span<const MethodDef> query_run_methods() {
  static const std::vector<MethodDef> rows = [] {
    std::vector<MethodDef> list(std::begin(kRunMethods), std::end(kRunMethods));
    for (std::span<const MethodDef> part :
         {query_write_methods(), query_sql_methods(), query_option_methods(), query_page_methods()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return rows;
}

// q[i] runs the query for one row; a dynamic collection explains itself. A name may be a method of
// the program's own.
int query_index(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  if (lua_type(L, 2) == LUA_TSTRING) {
    if (push_own_query_method(L, box, 2)) return 1;
    throw_no_attribute("Query", check_string(L, 2), query_names(L, box));
  }
  if (!lua_isinteger(L, 2)) return 0;
  if (box.dynamic != nullptr)
    throw Error(ErrorKind::kInvalidRequestError,
                box.dynamic->full_name() + " is dynamic, a query and not a list")
        .with_hint("u." + box.dynamic->name + ":all() gives the list");
  const lua_Integer at = lua_tointeger(L, 2);
  if (at < 1)
    throw Error(ErrorKind::kIndexError,
                "query[" + std::to_string(at) + "]: positions count from 1");
  Query q = *effective_query(box);
  if (q.limit && at > *q.limit) {
    lua_pushnil(L);
    return 1;
  }
  q.offset = q.offset.value_or(0) + at - 1;
  q.limit = 1;
  query::RowStream rows(session_of(box), q, box.options().parameters);
  if (rows.next())
    push_current(L, box, rows);
  else
    lua_pushnil(L);
  return 1;
}

}  // namespace moonbase::bindings
