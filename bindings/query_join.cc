// join and its kin: what is joined to what, from the arguments of a call.
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_model.h"
#include "bindings/query_box.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using query::Entity;
using query::JoinStep;
using query::Query;

namespace {

// The arguments of a join as a run of stack positions, whichever form they were written in.
struct JoinArguments {
  int next = 0, last = 0;  // stack indexes
  bool outer = false, full = false;
};

JoinArguments read_arguments(lua_State* L, const char* name, bool outer) {
  JoinArguments args{2, lua_gettop(L), outer, false};
  Kwargs kw(L, 2, name);
  if (kw.braced()) {
    if (!outer) args.outer = kw.take_boolean("isouter", false);
    args.full = kw.take_boolean("full", false);
    kw.finish();
    luaL_checkstack(L, kw.count() + 20, "too many arguments");
    args.next = lua_gettop(L) + 1;
    for (int i = 1; i <= kw.count(); ++i) kw.push(i);
    args.last = lua_gettop(L);
  }
  if (args.next > args.last)
    throw Error(ErrorKind::kArgumentError,
                std::string(name) + " needs a class, a relationship or a table");
  return args;
}

bool take_relationship(lua_State* L, JoinArguments& args, JoinStep& step) {
  const auto* box = args.next <= args.last ? test_box<RelationshipBox>(L, args.next) : nullptr;
  if (box == nullptr) return false;
  step.relationship = box->relationship;
  step.relationship_from = box->owner;
  if (box->far.mapper != nullptr) step.target = box->far;
  step.on = box->condition;
  ++args.next;
  return true;
}

// Whether the next argument begins a step of its own.
bool begins_step(lua_State* L, int index) {
  return test_box<RelationshipBox>(L, index) != nullptr || lua_type(L, index) == LUA_TSTRING ||
         test_class(L, index) || test_from(L, index);
}

void take_condition(lua_State* L, JoinArguments& args, JoinStep& step) {
  if (args.next > args.last || begins_step(L, args.next)) return;
  expr::ElementPtr on = check_condition(L, args.next, "join");
  step.on = step.on ? expr::and_({step.on, std::move(on)}) : std::move(on);
  ++args.next;
}

// A relationship, then perhaps the alias that it leads to, then perhaps a further condition.
JoinStep relationship_step(lua_State* L, JoinArguments& args, JoinStep step) {
  if (args.next <= args.last && step.target.mapper == nullptr) {
    std::optional<Entity> alias = test_class(L, args.next);
    if (alias && alias->mapper != nullptr && alias->mapper->is_a(*step.relationship->target)) {
      step.target = std::move(*alias);
      ++args.next;
    }
  }
  take_condition(L, args, step);
  return step;
}

JoinStep named_step(lua_State* L, const Query& q, JoinArguments& args) {
  const Entity& owner = q.primary_entity();
  const mapper::Attribute& a = owner.mapper->attribute(check_string(L, args.next));
  if (a.relationship == nullptr)
    throw Error(ErrorKind::kArgumentError,
                "join takes a relationship or a class, and " + a.name + " is a column");
  ++args.next;
  JoinStep step;
  step.relationship = a.relationship;
  step.relationship_from = owner.from;
  return relationship_step(L, args, std::move(step));
}

JoinStep next_step(lua_State* L, const Query& q, JoinArguments& args) {
  JoinStep step;
  if (take_relationship(L, args, step)) return relationship_step(L, args, std::move(step));
  if (lua_type(L, args.next) == LUA_TSTRING) return named_step(L, q, args);
  if (std::optional<Entity> target = test_class(L, args.next)) {
    step.target = std::move(*target);
  } else if (expr::FromPtr from = test_from(L, args.next)) {
    step.table = std::move(from);
  } else {
    throw Error(ErrorKind::kArgumentError,
                "join takes a class, a relationship or a table, got " + type_name_of(L, args.next))
        .with_hint(
            "query:join(Post), query:join(User.posts) or query:join(Post, "
            "Post.user_id:eq(User.id))");
  }
  ++args.next;
  // join(alias, User.posts): the relationship is the condition.
  if (step.target.mapper != nullptr && args.next <= args.last) {
    const auto* box = test_box<RelationshipBox>(L, args.next);
    if (box != nullptr && step.target.mapper->is_a(*box->relationship->target)) {
      const Entity target = step.target;
      take_relationship(L, args, step);
      step.target = target;
    }
  }
  take_condition(L, args, step);
  return step;
}

void configure(const Query& q) {
  for (const Entity& e : q.entities)
    if (e.mapper != nullptr) e.mapper->registry().configure(*e.mapper);
}

void add_steps(lua_State* L, Query& q, JoinArguments& args, expr::FromPtr left) {
  configure(q);
  do {
    JoinStep step = next_step(L, q, args);
    step.left = std::move(left);
    left = nullptr;
    step.outer = args.outer;
    step.full = args.full;
    q.add_join(step);
  } while (args.next <= args.last);
}

int join_with(lua_State* L, const char* name, bool outer) {
  check_box<QueryBox>(L, 1);
  JoinArguments args = read_arguments(L, name, outer);
  return derive(L, [&](Query& q) { add_steps(L, q, args, nullptr); });
}

int query_join(lua_State* L) { return join_with(L, "join", false); }
int query_outerjoin(lua_State* L) { return join_with(L, "outerjoin", true); }

// A class, an alias, a table or a subquery as what a query starts from.
Entity check_from_item(lua_State* L, int index, const char* where) {
  if (std::optional<Entity> e = test_class(L, index)) return std::move(*e);
  if (expr::FromPtr from = test_from(L, index)) return query::from_entity(std::move(from));
  Error error(
      ErrorKind::kArgumentError,
      std::string(where) + " takes a class, a table or a subquery, got " + type_name_of(L, index));
  if (test_query(L, index) != nullptr)
    throw std::move(error).with_hint("a query is selected from as a subquery: query:subquery()");
  throw error;
}

int join_from_with(lua_State* L, const char* name, bool outer) {
  check_box<QueryBox>(L, 1);
  JoinArguments args = read_arguments(L, name, outer);
  if (args.last - args.next < 1)
    throw Error(ErrorKind::kArgumentError,
                std::string(name) + " needs what to start from and what to join")
        .with_hint(std::string("db.select(User.id):") + name + "(User, Post)");
  const Entity left = check_from_item(L, args.next++, name);
  return derive(L, [&](Query& q) { add_steps(L, q, args, left.from); });
}

int query_join_from(lua_State* L) { return join_from_with(L, "join_from", false); }
int query_outerjoin_from(lua_State* L) { return join_from_with(L, "outerjoin_from", true); }

int query_select_from(lua_State* L) {
  if (lua_gettop(L) < 2)
    throw Error(ErrorKind::kArgumentError, "select_from needs a class, a table or a subquery");
  return derive(L, [&](Query& q) {
    q.check_open("select_from");
    for (int k = 2, n = lua_gettop(L); k <= n; ++k)
      q.add_from(check_from_item(L, k, "select_from"));
  });
}

// db.join(User, Post[, condition]), db.join{User, Post, isouter = true}: for select_from.
int push_join(lua_State* L, const char* name, bool outer) {
  Kwargs kw(L, 1, name);
  kw.expect_positional(2, 3);
  if (!outer) outer = kw.take_boolean("isouter", false);
  const bool full = kw.take_boolean("full", false);
  kw.finish();
  luaL_checkstack(L, 3, "too many arguments");
  const int first = lua_gettop(L) + 1;
  for (int i = 1; i <= kw.count(); ++i) kw.push(i);
  const Entity left = check_from_item(L, first, name), right = check_from_item(L, first + 1, name);
  Query q;
  JoinStep step;
  step.left = left.from;
  step.outer = outer;
  step.full = full;
  if (kw.count() == 3) {
    JoinArguments args{first + 2, first + 2};
    if (take_relationship(L, args, step))
      step.target = right;
    else
      step.on = check_condition(L, first + 2, name);
  }
  if (right.mapper != nullptr)
    step.target = right;
  else
    step.table = right.from;
  q.add_join(step);
  push_from(L, q.from);
  return 1;
}

int moonbase_join(lua_State* L) { return push_join(L, "join", false); }
int moonbase_outerjoin(lua_State* L) { return push_join(L, "outerjoin", true); }

constexpr MethodDef kJoinMethods[] = {
    {"join", guarded<query_join>,
     "join(User.posts) or join(Post[, condition])  with the rows of another table that belong to "
     "it; join{Post, isouter = true, full = true}"},
    {"outerjoin", guarded<query_outerjoin>,
     "outerjoin(…)  as join, and rows without a partner stay, with NULL"},
    {"join_from", guarded<query_join_from>,
     "join_from(User, Post[, condition])  a join that says what it starts from"},
    {"outerjoin_from", guarded<query_outerjoin_from>,
     "outerjoin_from(User, Post[, condition])  as join_from, and rows of the first without a "
     "partner stay"},
    {"select_from", guarded<query_select_from>,
     "select_from(class, …)  where the rows come from, before any join"},
};

constexpr MethodDef kFunctions[] = {
    {"join", guarded<moonbase_join>,
     "join(User, Post[, condition])  a FROM clause for select_from; join{User, Post, isouter =, "
     "full =}"},
    {"outerjoin", guarded<moonbase_outerjoin>,
     "outerjoin(User, Post[, condition])  a FROM clause with all rows of the first"},
};

}  // namespace

std::span<const MethodDef> query_join_methods() { return kJoinMethods; }

void open_join(lua_State* L, int module) { add_functions(L, module, kFunctions); }

}  // namespace moonbase::bindings
