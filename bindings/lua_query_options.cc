// What a query says of itself and of how it is run: execution_options, yield_per, params, and the
// lesser methods of SQLAlchemy's legacy Query.
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/query_box.h"
#include "bindings/query_stream.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using query::Entity;
using query::Query;

namespace {

// A copy of the query at 1 with changed options; pushes it. `change` gets the options and the copy.
template <class F>
int with_options(lua_State* L, F&& change) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  auto options = std::make_shared<RunOptions>(box.options());
  auto copy = std::make_shared<Query>(*box.query);
  change(*options, *copy);
  QueryBox& made = push_like(L, box, std::move(copy));
  made.run_options = std::move(options);
  return 1;
}

int64_t check_batch(lua_State* L, int index, const char* what) {
  const int64_t n = check_integer(L, index);
  if (n < 1)
    throw Error(
        ErrorKind::kArgumentError,
        std::string(what) + " takes a number of rows of at least 1, got " + std::to_string(n));
  return n;
}

// Pushes a copy of the options that were given, or an empty table.
void push_option_table(lua_State* L, const RunOptions& options) {
  lua_newtable(L);
  if (!options.table) return;
  options.table->push(L);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
}

// What the options in the table at the top mean for a run.
void apply_options(lua_State* L, RunOptions& options, Query& q) {
  const int table = lua_gettop(L);
  options.yield_per = 0;
  if (lua_getfield(L, table, "stream_results") == LUA_TBOOLEAN && lua_toboolean(L, -1))
    options.yield_per = kDefaultBatch;
  if (lua_getfield(L, table, "yield_per") != LUA_TNIL && !is_null(L, -1))
    options.yield_per = check_batch(L, -1, "yield_per");
  if (lua_getfield(L, table, "populate_existing") != LUA_TNIL)
    q.populate_existing = check_boolean(L, -1);
  if (lua_getfield(L, table, "autoflush") != LUA_TNIL) q.autoflush = check_boolean(L, -1);
  lua_settop(L, table);
}

int query_execution_options(lua_State* L) {
  check_box<QueryBox>(L, 1);
  check_table(L, 2);
  if (lua_rawlen(L, 2) > 0)
    throw Error(ErrorKind::kTypeError, "execution_options takes options by name")
        .with_hint("query:execution_options{yield_per = 100}");
  return with_options(L, [L](RunOptions& options, Query& q) {
    push_option_table(L, options);
    for (const std::string& name : string_keys(L, 2)) {
      lua_getfield(L, 2, name.c_str());
      lua_setfield(L, -2, name.c_str());
    }
    apply_options(L, options, q);
    options.table = std::make_shared<const LuaRef>(L, -1);
    lua_pop(L, 1);
  });
}

int query_get_execution_options(lua_State* L) {
  push_option_table(L, check_box<QueryBox>(L, 1).options());
  return 1;
}

int query_yield_per(lua_State* L) {
  check_box<QueryBox>(L, 1);
  const int64_t n = check_batch(L, 2, "yield_per");
  return with_options(L, [L, n](RunOptions& options, Query& q) {
    push_option_table(L, options);
    lua_pushinteger(L, n);
    lua_setfield(L, -2, "yield_per");
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "stream_results");
    apply_options(L, options, q);
    options.table = std::make_shared<const LuaRef>(L, -1);
    lua_pop(L, 1);
  });
}

int query_params(lua_State* L) {
  check_box<QueryBox>(L, 1);
  check_table(L, 2);
  std::vector<std::pair<std::string, base::Value>> given = check_parameters(L, 2);
  return with_options(L, [&given](RunOptions& options, Query&) {
    // The last word counts, and the first found is taken.
    options.parameters.insert(options.parameters.begin(), given.begin(), given.end());
  });
}

int query_tuples(lua_State* L) {
  return with_options(L, [](RunOptions& options, Query&) { options.as_rows = true; });
}

// ---- lesser methods ----

// A query like the one at 1 that selects what the arguments from 2 on name, pushed.
void push_with_entities(lua_State* L, const char* method) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  if (lua_gettop(L) < 2)
    throw Error(ErrorKind::kArgumentError, std::string(method) + " needs something to select");
  const int arguments = lua_gettop(L);
  lua_pushvalue(L, 1);
  lua_getfield(L, -1, "with_entities");
  lua_insert(L, -2);
  for (int k = 2; k <= arguments; ++k) lua_pushvalue(L, k);
  lua_call(L, arguments, 1);
  test_box<QueryBox>(L, -1)->run_options = box.run_options;
}

// Calls a method of the query on the top, which its result replaces.
void call_method(lua_State* L, const char* method, int results) {
  lua_getfield(L, -1, method);
  lua_insert(L, -2);
  lua_call(L, 1, results);
}

int query_value(lua_State* L) {
  push_with_entities(L, "value");
  call_method(L, "first", 1);
  if (lua_isnil(L, -1)) return 1;
  if (lua_istable(L, -1)) lua_rawgeti(L, -1, 1);
  if (is_null(L, -1)) lua_pushnil(L);
  return 1;
}

int query_values(lua_State* L) {
  push_with_entities(L, "values");
  const int base = lua_gettop(L) - 1;
  call_method(L, "iter", LUA_MULTRET);
  return lua_gettop(L) - base;
}

int query_add_entity(lua_State* L) {
  return derive_items(L, true,
                      [L](Query& q, RowShape& shape) { add_entities(L, 2, q.entities, shape); });
}

int query_reset_joinpoint(lua_State* L) {
  return derive(L, [](Query& q) { q.join_point = Entity(); });
}

// The one relationship of the object's class that leads to the query's class.
const mapper::Relationship& relationship_to(const state::Instance& parent, const Query& q) {
  const mapper::Mapper* target = q.primary_entity().mapper;
  const mapper::Relationship* found = nullptr;
  for (const auto& r : parent.mapper->relationships()) {
    if (r->target != target) continue;
    if (found != nullptr)
      throw Error(ErrorKind::kInvalidRequestError,
                  parent.mapper->name() + " has several relationships to " + target->name() +
                      ": '" + found->name + "' and '" + r->name + "'")
          .with_hint("name one: with_parent(object, '" + found->name + "')");
    found = r.get();
  }
  if (found == nullptr)
    throw Error(ErrorKind::kInvalidRequestError,
                parent.mapper->name() + " has no relationship to " + target->name());
  return *found;
}

const mapper::Relationship& check_relationship_of(lua_State* L, int index,
                                                  const state::Instance& parent) {
  if (const auto* box = test_box<RelationshipBox>(L, index)) return *box->relationship;
  const mapper::Attribute& a = parent.mapper->attribute(check_string(L, index));
  if (a.relationship == nullptr)
    throw Error(ErrorKind::kArgumentError, "with_parent takes a relationship, and " +
                                               parent.mapper->name() + "." + a.name +
                                               " is a column");
  return *a.relationship;
}

int query_with_parent(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  state::Instance& parent = check_instance(L, 2);
  parent.mapper->registry().configure(*parent.mapper);
  const mapper::Relationship& r = lua_isnoneornil(L, 3) ? relationship_to(parent, *box.query)
                                                        : check_relationship_of(L, 3, parent);
  session::Session& session = session_of(box);
  if (!parent.has_identity && parent.host == &session) session.before_execute(true);
  for (int slot : parent.mapper->primary_key()) parent.read(slot);
  const Query children = session.relationship_query(parent, r);
  return derive(L, [&children](Query& q) {
    for (const expr::ElementPtr& condition : children.where) q.add_where(condition);
  });
}

constexpr MethodDef kMethods[] = {
    {"execution_options", guarded<query_execution_options>,
     "execution_options{name = value, …}  yield_per, stream_results, populate_existing, autoflush; "
     "other names are kept"},
    {"get_execution_options", guarded<query_get_execution_options>,
     "get_execution_options()  what execution_options was given"},
    {"yield_per", guarded<query_yield_per>,
     "yield_per(n)  loops read n rows at a time: memory for n, however many there are"},
    {"params", guarded<query_params>,
     "params{name = value, …}  the values of db.bindparam 'name' and of :name in db.text"},
    {"tuples", guarded<query_tuples>, "tuples()  rows, even of one class"},
    {"value", guarded<query_value>, "value(column)  the column's value in the first row, or nil"},
    {"values", guarded<query_values>,
     "values(column…)  for row in query:values(User.id, User.name) do … end"},
    {"add_entity", guarded<query_add_entity>, "add_entity(class)  select its objects, too"},
    {"add_column", guarded<query_add_entity>, "add_column(column)  select one thing more"},
    {"reset_joinpoint", guarded<query_reset_joinpoint>,
     "reset_joinpoint()  filter_by speaks of the query's first class again, not of the one joined "
     "last"},
    {"with_parent", guarded<query_with_parent>,
     "with_parent(object[, 'posts'])  the rows that belong to the object by a relationship of its"},
};

// ---- getters ----

int query_statement(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  Query q = *effective_query(box);
  q.style = query::Style::kSelect;
  push_query(L, std::move(q), 0);
  test_box<QueryBox>(L, -1)->run_options = box.run_options;
  test_box<QueryBox>(L, -1)->shape = box.shape;
  return 1;
}

int query_whereclause(lua_State* L) {
  const QueryPtr held = effective_query(check_box<QueryBox>(L, 1));
  const Query& q = *held;
  if (q.where.empty())
    lua_pushnil(L);
  else
    push_element(L, expr::and_(q.where));
  return 1;
}

// {name =, type =, aliased =, expr =, entity =} of an entity, pushed.
void push_description(lua_State* L, const Entity& e) {
  lua_createtable(L, 0, 5);
  push_string(L, e.name);
  lua_setfield(L, -2, "name");
  bool aliased = false;
  if (e.mapper != nullptr) {
    aliased = e.from->id != e.mapper->from()->id;
    for (const char* field : {"type", "expr", "entity"}) {
      push_model(L, *e.mapper);
      lua_setfield(L, -2, field);
    }
  } else {
    push_type(L, e.element->type);
    lua_setfield(L, -2, "type");
    push_element(L, e.element);
    lua_setfield(L, -2, "expr");
  }
  lua_pushboolean(L, aliased);
  lua_setfield(L, -2, "aliased");
}

int query_column_descriptions(lua_State* L) {
  const Query& q = *check_box<QueryBox>(L, 1).query;
  lua_createtable(L, static_cast<int>(q.entities.size()), 0);
  for (size_t i = 0; i < q.entities.size(); ++i) {
    push_description(L, q.entities[i]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
  }
  return 1;
}

int query_session(lua_State* L) {
  check_box<QueryBox>(L, 1);
  lua_getiuservalue(L, 1, 1);
  return 1;
}

constexpr MethodDef kGetters[] = {
    {"statement", guarded<query_statement>, "statement  the SELECT, as db.select makes it"},
    {"whereclause", guarded<query_whereclause>,
     "whereclause  all its conditions as one expression, or nil"},
    {"column_descriptions", guarded<query_column_descriptions>,
     "column_descriptions  what it selects: a list of {name, type, aliased, expr, entity}"},
    {"session", guarded<query_session>, "session  the session it runs in; nil for a db.select"},
};

}  // namespace

std::span<const MethodDef> query_option_methods() { return kMethods; }
std::span<const MethodDef> query_getters() { return kGetters; }

}  // namespace moonbase::bindings
