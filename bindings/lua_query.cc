#include "bindings/lua_query.h"

#include <algorithm>

#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_session.h"
#include "bindings/query_box.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/query/query_plan.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using query::Entity;
using query::Query;

namespace {

const ClassDef& query_class();

// Filters, groups and the like take several conditions.
template <class F>
void each_argument(lua_State* L, F&& f) {
  for (int k = 2, n = lua_gettop(L); k <= n; ++k) f(k);
}

int query_filter(lua_State* L) {
  return derive(L, [&](Query& q) {
    each_argument(L, [&](int k) { q.add_where(check_condition(L, k, "filter")); });
  });
}

int query_filter_by(lua_State* L) {
  check_box<QueryBox>(L, 1);
  if (!lua_istable(L, 2))
    throw Error(ErrorKind::kArgumentError,
                "filter_by takes names and values in braces, got " + type_name_of(L, 2))
        .with_hint("filter_by{username = 'susan'}; conditions go to filter(…)");
  return derive(L, [&](Query& q) {
    const mapper::Mapper* m = nullptr;
    if (q.join_point.mapper != nullptr || (!q.entities.empty() && q.entities[0].mapper != nullptr))
      m = q.primary_entity().mapper;
    std::vector<std::string> names = string_keys(L, 2);
    if (names.empty())
      throw Error(ErrorKind::kArgumentError, "filter_by{} names nothing to compare")
          .with_hint(
              "a name whose value is nil vanishes from a Lua table: for IS NULL write "
              "filter_by{email = db.null}");
    // In column order, whatever order the table has.
    if (m != nullptr) {
      for (const std::string& name : names) m->attribute(name);
      std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
        return m->attribute(a).slot < m->attribute(b).slot;
      });
    }
    for (const std::string& name : names) {
      lua_getfield(L, 2, name.c_str());
      const mapper::Attribute* a = m == nullptr ? nullptr : m->find(name);
      if (a != nullptr && a->relationship != nullptr) {
        q.add_where(check_relationship_operand(L, lua_gettop(L), *a->relationship,
                                               q.primary_entity().from));
      } else {
        const expr::ElementPtr column = q.attribute(name);
        q.add_where(is_null(L, -1)
                        ? expr::binary(expr::Op::kIs, column, expr::null())
                        : expr::binary(expr::Op::kEq, column, check_element(L, -1, column)));
      }
      lua_pop(L, 1);
    }
  });
}

// order_by and group_by: columns or label names, several or in a list; nil clears.
void add_order(lua_State* L, int index, std::vector<expr::ElementPtr>& out) {
  if (lua_isnil(L, index)) {
    out.clear();
    return;
  }
  if (lua_istable(L, index)) {
    for (lua_Integer k = 1, n = luaL_len(L, index); k <= n; ++k) {
      lua_geti(L, index, k);
      out.push_back(check_order(L, -1));
      lua_pop(L, 1);
    }
    return;
  }
  out.push_back(check_order(L, index));
}

// A bare name is a column of the query's class before it is a label.
void add_order_of(lua_State* L, const Query& q, int index, std::vector<expr::ElementPtr>& out) {
  if (lua_type(L, index) == LUA_TSTRING && !q.entities.empty() && q.entities[0].mapper != nullptr) {
    const mapper::Attribute* a = q.entities[0].mapper->find(check_string(L, index));
    if (a != nullptr && a->relationship == nullptr) {
      out.push_back(query::attribute_element(*q.entities[0].mapper, q.entities[0].from, a->slot));
      return;
    }
  }
  add_order(L, index, out);
}

int query_order_by(lua_State* L) {
  return derive(
      L, [&](Query& q) { each_argument(L, [&](int k) { add_order_of(L, q, k, q.order_by); }); });
}

int query_group_by(lua_State* L) {
  return derive(
      L, [&](Query& q) { each_argument(L, [&](int k) { add_order_of(L, q, k, q.group_by); }); });
}

int query_having(lua_State* L) {
  return derive(L, [&](Query& q) {
    each_argument(L, [&](int k) { q.having.push_back(check_condition(L, k, "having")); });
  });
}

std::optional<int64_t> row_count(lua_State* L, int index, const char* what) {
  if (lua_isnil(L, index)) return {};
  const int64_t n = check_integer(L, index);
  if (n < 0)
    throw Error(ErrorKind::kArgumentError,
                std::string(what) + " takes a number of rows, got " + std::to_string(n));
  return n;
}

int query_limit(lua_State* L) {
  return derive(L, [&](Query& q) { q.limit = row_count(L, 2, "limit"); });
}

int query_offset(lua_State* L) {
  return derive(L, [&](Query& q) { q.offset = row_count(L, 2, "offset"); });
}

int query_slice(lua_State* L) {
  const int64_t first = check_integer(L, 2);
  const int64_t last = opt_integer(L, 3, -1);
  if (first < 1 || (last != -1 && last < first - 1))
    throw Error(ErrorKind::kIndexError,
                "slice takes the first and the last position, counted from 1");
  return derive(L, [&](Query& q) {
    q.offset = q.offset.value_or(0) + first - 1;
    if (last != -1) q.limit = last - first + 1;
  });
}

int query_distinct(lua_State* L) {
  return derive(L, [&](Query& q) {
    q.distinct = true;
    each_argument(L, [&](int k) { q.distinct_on.push_back(check_order(L, k)); });
  });
}

// What join() was told to join, from the arguments starting at `at`; advances past what it used.
query::JoinStep join_step(lua_State* L, const Query& q, int& at) {
  query::JoinStep step;
  const auto relationship = [&](int index) {
    const auto* box = test_box<RelationshipBox>(L, index);
    if (box == nullptr) return false;
    step.relationship = box->relationship;
    step.relationship_from = box->owner;
    return true;
  };
  if (relationship(at)) {
    ++at;
    return step;
  }
  if (lua_type(L, at) == LUA_TSTRING) {  // the relationship's name, from the query's class
    const mapper::Attribute& a = q.primary_entity().mapper->attribute(check_string(L, at));
    if (a.relationship == nullptr)
      throw Error(ErrorKind::kArgumentError,
                  "join takes a relationship or a class, and " + a.name + " is a column");
    step.relationship = a.relationship;
    step.relationship_from = q.primary_entity().from;
    ++at;
    return step;
  }
  if (test_model(L, at) != nullptr)
    step.target = query::entity(check_model(L, at));
  else if (expr::FromPtr from = test_from(L, at))
    step.table = std::move(from);
  else
    throw Error(ErrorKind::kArgumentError,
                "join takes a class, a relationship or a table, got " + type_name_of(L, at))
        .with_hint(
            "query:join(Post), query:join(User.posts) or query:join(Post, "
            "Post.user_id:eq(User.id))");
  ++at;
  if (at <= lua_gettop(L) && !relationship(at)) step.on = check_condition(L, at, "join");
  ++at;
  return step;
}

int join_with(lua_State* L, bool outer) {
  if (lua_gettop(L) < 2)
    throw Error(ErrorKind::kArgumentError, "join needs a class, a relationship or a table");
  return derive(L, [&](Query& q) {
    for (const Entity& e : q.entities)
      if (e.mapper != nullptr) e.mapper->registry().configure();
    for (int at = 2; at <= lua_gettop(L);) {
      query::JoinStep step = join_step(L, q, at);
      step.outer = outer;
      q.add_join(step);
    }
  });
}

int query_join(lua_State* L) { return join_with(L, false); }
int query_outerjoin(lua_State* L) { return join_with(L, true); }

int query_select_from(lua_State* L) {
  expr::FromPtr from = test_from(L, 2);
  if (!from)
    throw Error(ErrorKind::kArgumentError,
                "select_from takes a class, a table or a subquery, got " + type_name_of(L, 2));
  return derive(L, [&](Query& q) {
    q.from = from;
    if (const mapper::Mapper* m = test_model(L, 2)) q.join_point = query::entity(*m);
  });
}

int query_with_entities(lua_State* L) {
  if (lua_gettop(L) < 2)
    throw Error(ErrorKind::kArgumentError, "with_entities needs something to select");
  return derive(L, [&](Query& q) {
    // Where the rows came from stays.
    if (!q.from && q.entities.size() == 1 && q.entities[0].mapper != nullptr)
      q.from = q.entities[0].from;
    if (q.join_point.mapper == nullptr && q.is_single_entity()) q.join_point = q.entities[0];
    q.entities.clear();
    each_argument(L, [&](int k) { add_entities(L, k, q.entities); });
  });
}

int query_add_columns(lua_State* L) {
  return derive(
      L, [&](Query& q) { each_argument(L, [&](int k) { add_entities(L, k, q.entities); }); });
}

int query_autoflush(lua_State* L) {
  const bool on = check_boolean(L, 2);
  return derive(L, [&](Query& q) { q.autoflush = on; });
}

int query_populate_existing(lua_State* L) {
  return derive(L, [&](Query& q) { q.populate_existing = true; });
}

int query_exists(lua_State* L) {
  push_element(L, query::exists_element(effective_query(check_box<QueryBox>(L, 1))));
  return 1;
}

int query_subquery(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  const std::string name = opt_string(L, 2).value_or("");
  push_from(L, expr::subquery(query::inner_select(effective_query(box)), name));
  return 1;
}

int query_scalar_subquery(lua_State* L) {
  push_element(
      L, expr::scalar_subquery(query::inner_select(effective_query(check_box<QueryBox>(L, 1)))));
  return 1;
}

int query_label(lua_State* L) {
  push_element(L, expr::label(expr::scalar_subquery(
                                  query::inner_select(effective_query(check_box<QueryBox>(L, 1)))),
                              std::string(check_string(L, 2))));
  return 1;
}

int query_len(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  throw Error(
      ErrorKind::kTypeError,
      "a query has no length" + std::string(box.dynamic != nullptr
                                                ? ": " + box.dynamic->full_name() + " is dynamic"
                                                : ""))
      .with_hint("count the rows with :count(), or take the list with :all()");
}

int query_pairs(lua_State*) {
  throw Error(ErrorKind::kTypeError, "a query has no pairs")
      .with_hint("go over its rows with: for x in query do … end");
}

constexpr MethodDef kBuildMethods[] = {
    {"filter", guarded<query_filter>,
     "filter(condition…)  keep the rows for which all conditions hold: filter(User.age:ge(18))"},
    {"where", guarded<query_filter>, "where(condition…)  the same as filter"},
    {"filter_by", guarded<query_filter_by>,
     "filter_by{name = value, …}  keep the rows whose columns equal these values; db.null means IS "
     "NULL"},
    {"order_by", guarded<query_order_by>,
     "order_by(column…)  sort; db.desc(column) or 'label' too; nil takes the order away"},
    {"group_by", guarded<query_group_by>, "group_by(column…)  one row for each combination"},
    {"having", guarded<query_having>,
     "having(condition…)  keep the groups for which the conditions hold"},
    {"limit", guarded<query_limit>, "limit(n)  at most n rows; nil takes the limit away"},
    {"offset", guarded<query_offset>, "offset(n)  leave out the first n rows"},
    {"slice", guarded<query_slice>,
     "slice(first[, last])  the rows from one position to another, counted from 1, both included"},
    {"distinct", guarded<query_distinct>, "distinct([column…])  each row once"},
    {"join", guarded<query_join>,
     "join(User.posts) or join(Post[, condition])  with the rows of another table that belong to "
     "it"},
    {"outerjoin", guarded<query_outerjoin>,
     "outerjoin(…)  as join, and rows without a partner stay, with NULL"},
    {"select_from", guarded<query_select_from>,
     "select_from(class)  where the rows come from, before any join"},
    {"with_entities", guarded<query_with_entities>,
     "with_entities(item…)  select other things from the same rows"},
    {"add_columns", guarded<query_add_columns>, "add_columns(item…)  select more"},
    {"autoflush", guarded<query_autoflush>,
     "autoflush(false)  do not write pending changes before this query"},
    {"populate_existing", guarded<query_populate_existing>,
     "populate_existing()  objects that are loaded already take the rows' values"},
    {"exists", guarded<query_exists>,
     "exists()  EXISTS (this query), a condition: db.session:query(q:exists()):scalar()"},
    {"subquery", guarded<query_subquery>,
     "subquery([name])  this query as a FROM clause, with columns s.c.name"},
    {"scalar_subquery", guarded<query_scalar_subquery>,
     "scalar_subquery()  this query as a value in another"},
    {"label", guarded<query_label>, "label(name)  this query as a named value in another"},
};

constexpr MethodDef kMetamethods[] = {
    {"__call", guarded<query_call>,
     "for x in query do … end  runs the query and goes over its rows"},
    {"__tostring", guarded<query_tostring>, "tostring(query)  its SQL"},
    {"__len", guarded<query_len>, "#query raises and names :count()"},
    {"__pairs", guarded<query_pairs>, "pairs(query) raises and names the loop"},
};

// Methods that build and methods that run, as one span.
std::span<const MethodDef> all_methods() {
  static const std::vector<MethodDef> rows = [] {
    std::vector<MethodDef> list(std::begin(kBuildMethods), std::end(kBuildMethods));
    for (const MethodDef& row : query_run_methods()) list.push_back(row);
    return list;
  }();
  return rows;
}

const ClassDef& query_class() {
  static const ClassDef def = {
      .name = "Query",
      .doc =
          "A query: each method returns a new one, until all(), first(), one(), count() or a loop "
          "runs it.",
      .methods = all_methods(),
      .metamethods = kMetamethods,
      .index = query_index,
      .usage = "User.query",
      .destroy = kDestroy<QueryBox>,
  };
  return def;
}

expr::ElementPtr query_as_element(lua_State* L, int index) {
  const auto* box = test_box<QueryBox>(L, index);
  return box == nullptr ? nullptr
                        : expr::scalar_subquery(query::inner_select(effective_query(*box)));
}

expr::SelectPtr query_as_select(lua_State* L, int index) {
  const auto* box = test_box<QueryBox>(L, index);
  return box == nullptr ? nullptr : query::inner_select(effective_query(*box));
}

int make_select(lua_State* L) {
  if (lua_gettop(L) == 0)
    throw Error(ErrorKind::kArgumentError, "select needs something to select")
        .with_hint("db.select(User), db.select(User.id, User.name)");
  Query q;
  q.style = query::Style::kSelect;
  for (int k = 1, n = lua_gettop(L); k <= n; ++k) add_entities(L, k, q.entities);
  push_query(L, std::move(q), 0);
  return 1;
}

}  // namespace

template <>
const ClassDef& class_of<QueryBox>() {
  return query_class();
}

const Query* test_query(lua_State* L, int index) {
  const auto* box = test_box<QueryBox>(L, index);
  return box == nullptr ? nullptr : &box->query;
}

Entity check_entity(lua_State* L, int index) {
  if (const mapper::Mapper* m = test_model(L, index)) {
    m->registry().configure();
    return query::entity(*m);
  }
  if (test_box<RelationshipBox>(L, index) != nullptr)
    throw Error(ErrorKind::kArgumentError, "a relationship cannot be selected")
        .with_hint("select its class, and join: query(User, Post):join(User.posts)");
  if (expr::ElementPtr e = test_element(L, index)) {
    Entity made = query::entity(std::move(e));
    if (const auto* box = test_box<ElementBox>(L, index);
        box != nullptr && box->mapper != nullptr && box->slot >= 0)
      made.name = box->mapper->attributes()[static_cast<size_t>(box->slot)].name;
    return made;
  }
  if (is_null(L, index)) return query::entity(expr::null());
  if (lua_isboolean(L, index)) check_condition(L, index, "query");
  throw Error(ErrorKind::kArgumentError,
              "a query selects classes and expressions, got " + type_name_of(L, index))
      .with_hint("db.session:query(User), db.session:query(User.id, db.func.count(Post.id))");
}

void add_entities(lua_State* L, int index, std::vector<Entity>& out) {
  if (test_box<TableBox>(L, index) == nullptr && test_box<FromBox>(L, index) == nullptr) {
    out.push_back(check_entity(L, index));
    return;
  }
  for (expr::ElementPtr& column : from_columns(test_from(L, index)))
    out.push_back(query::entity(std::move(column)));
}

void push_query(lua_State* L, Query q, int session) {
  if (session != 0) {
    session = lua_absindex(L, session);
    session::Session& s = check_session(L, session);
    push_box(L, QueryBox(std::move(q), &s), 2);
    lua_pushvalue(L, session);
    lua_setiuservalue(L, -2, 1);
    return;
  }
  push_box(L, QueryBox(std::move(q), nullptr), 2);
}

QueryBox& push_like(lua_State* L, const QueryBox& from, Query q) {
  QueryBox made(std::move(q), from.session);
  made.owner = from.owner;
  if (made.owner != nullptr) ++made.owner->pins;
  made.dynamic = from.dynamic;
  QueryBox& box = push_box(L, std::move(made), 2);
  lua_getiuservalue(L, 1, 1);
  lua_setiuservalue(L, -2, 1);
  return box;
}

void push_model_query(lua_State* L, const mapper::Mapper& m) {
  ModelInfo& info = orm_area(L).model(m);
  if (m.is_replaced())
    throw Error(ErrorKind::kInvalidRequestError,
                m.name() + " was declared again since: this is the old class");
  info.registry->configure();
  info.database->session.push(L);
  Query q;
  q.entities.push_back(query::entity(m));
  push_query(L, std::move(q), -1);
  lua_remove(L, -2);
}

void push_dynamic(lua_State* L, state::Instance& owner, const mapper::Relationship& r) {
  ModelInfo& info = orm_area(L).model(*owner.mapper);
  info.database->session.push(L);
  Query q;
  q.entities.push_back(query::entity(*r.target));
  q.order_by = r.order_by;
  auto* session = dynamic_cast<session::Session*>(owner.host);
  QueryBox made(std::move(q), session != nullptr ? session : &check_session(L, -1));
  made.owner = &owner;
  ++owner.pins;
  made.dynamic = &r;
  push_box(L, std::move(made), 2);
  lua_pushvalue(L, -2);
  lua_setiuservalue(L, -2, 1);
  lua_remove(L, -2);
}

void open_query(lua_State* L, int module) {
  register_class(L, query_class());
  register_element_source(L, query_as_element);
  register_select_source(L, query_as_select);
  static constexpr MethodDef kFunctions[] = {
      {"select", guarded<make_select>,
       "select(item…)  a SELECT to be run by db.session:execute, scalars or scalar"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
