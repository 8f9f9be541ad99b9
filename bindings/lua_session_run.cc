// The session's statements and queries, its plan, and its sets of objects. Rows of the class in
// lua_session.cc.
#include <utility>

#include "bindings/connection_options.h"
#include "bindings/dml_execute.h"
#include "bindings/event_hub.h"
#include "bindings/execute.h"
#include "bindings/guard.h"
#include "bindings/lua_explain.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_query.h"
#include "bindings/lua_session.h"
#include "bindings/query_box.h"
#include "bindings/rows.h"
#include "bindings/session_binds.h"
#include "bindings/session_parts.h"
#include "bindings/session_router.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using session::Session;
using state::Instance;

namespace {

// What execute{…} asks for beside the options of its statement.
struct ExecuteOptions {
  engine::EnginePtr bind;  // null: whatever serves the statement
  int stream_rows = 0;
};

// Leaves the statement's Result on the stack. An engine is where it runs, whatever else is said.
// `stream_rows` is for texts: other statements have options of their own.
void push_statement_result(lua_State* L, ExecuteOptions options) {
  Session& s = check_session(L, 1);
  if (EventHub& hub = event_hub(L); hub.hears(kDoOrmExecuteEvent)) hub.tell_orm_execute(L, 1, 2, 3);
  const Session::BoundTo bound(s, std::move(options.bind));
  int stream_rows = options.stream_rows;
  if (test_query(L, 2) != nullptr) {
    push_execution_of_query(L, 1, 2, 3);
    return;
  }
  const int parameters = lua_isnoneornil(L, 3) ? 0 : 3;
  if (const auto* box = test_box<StatementBox>(L, 2);
      box != nullptr && written_class(*box) != nullptr)
    return push_class_execution(L, s, *box, parameters);
  const expr::StatementPtr statement = check_statement(L, 2, parameters);
  s.before_execute(true);
  engine::Connection& connection = s.connection(statement_table(*statement), access_of(*statement));
  if (const auto* box = test_box<StatementBox>(L, 2)) stream_rows = box->options.stream_rows;
  push_execution(L, connection, statement, parameters, Uneven::kRefused, stream_rows);
}

// Gives the statement at 2 the execution options at 4. Returns those of a text, which has none
// itself: how many rows to read at a time.
int take_execution_options(lua_State* L) {
  if (lua_getfield(L, 4, "execution_options") == LUA_TTABLE) lua_replace(L, 4);
  lua_settop(L, 4);
  if (test_query(L, 2) == nullptr && test_box<StatementBox>(L, 2) == nullptr) {
    check_statement(L, 2);
    const int stream_rows = check_stream_rows(L, 4, "execute");
    lua_settop(L, 3);
    return stream_rows;
  }
  lua_getfield(L, 2, "execution_options");
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 4);
  lua_call(L, 2, 1);
  lua_replace(L, 2);
  lua_settop(L, 3);
  return 0;
}

// Replaces the options at 4 by those without bind_arguments; the engine that these ask for, or
// null.
engine::EnginePtr take_bind_arguments(lua_State* L) {
  if (lua_getfield(L, 4, "bind_arguments") == LUA_TNIL) {
    lua_pop(L, 1);
    return nullptr;
  }
  engine::EnginePtr engine = check_bind_arguments(L, check_session(L, 1), 5, "bind_arguments");
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, 4) != 0;) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, 6);
  }
  lua_pushnil(L);
  lua_setfield(L, 6, "bind_arguments");
  lua_replace(L, 4);
  lua_settop(L, 4);
  return engine;
}

// execute(statement, parameters, options): the statement with these execution options.
ExecuteOptions take_options(lua_State* L) {
  ExecuteOptions options;
  lua_settop(L, 4);
  if (lua_isnil(L, 4)) {
    lua_settop(L, 3);
    return options;
  }
  check_table(L, 4);
  options.bind = take_bind_arguments(L);
  lua_pushnil(L);
  const bool has_more = lua_next(L, 4) != 0;
  lua_settop(L, 4);
  if (has_more) options.stream_rows = take_execution_options(L);
  lua_settop(L, 3);
  return options;
}

// execute(…) and then one method of the result.
int execute_and(lua_State* L, const char* method) {
  push_statement_result(L, take_options(L));
  lua_getfield(L, -1, method);
  lua_insert(L, -2);
  lua_call(L, 1, 1);
  return 1;
}

int set_contains(lua_State* L) {
  check_table(L, 1);
  for (lua_Integer k = 1, n = static_cast<lua_Integer>(lua_rawlen(L, 1)); k <= n; ++k) {
    lua_rawgeti(L, 1, k);
    if (lua_rawequal(L, -1, 2)) {
      lua_pushboolean(L, 1);
      return 1;
    }
    lua_pop(L, 1);
  }
  lua_pushboolean(L, 0);
  return 1;
}

// Upvalue 1 is the table of the methods. The end of the list is nil, a wrong name is not.
int set_index(lua_State* L) {
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  if (lua_isnil(L, -1) && lua_type(L, 2) == LUA_TSTRING)
    throw_no_attribute("this set of objects", check_string(L, 2),
                       string_keys(L, lua_upvalueindex(1)));
  return 1;
}

}  // namespace

int session_explain(lua_State* L) {
  Session& s = check_session(L, 1);
  push_explanation(L, s, *check_statement(L, 2), {}, 3);
  return 1;
}

int session_execute(lua_State* L) {
  push_statement_result(L, take_options(L));
  return 1;
}

int session_scalar(lua_State* L) { return execute_and(L, "scalar"); }
int session_scalars(lua_State* L) { return execute_and(L, "scalars"); }

int session_query(lua_State* L) {
  check_session(L, 1);
  if (lua_gettop(L) < 2)
    throw Error(ErrorKind::kArgumentError, "query needs something to select")
        .with_hint("db.session:query(User), db.session:query(User.id, User.name)");
  query::Query q;
  RowShape shape;
  for (int k = 2, n = lua_gettop(L); k <= n; ++k) add_entities(L, k, q.entities, shape);
  push_query(L, std::move(q), 1, std::move(shape));
  return 1;
}

int session_plan(lua_State* L) {
  const std::vector<session::PlannedStep> steps = check_session(L, 1).plan();
  lua_createtable(L, static_cast<int>(steps.size()), 0);
  for (size_t k = 0; k < steps.size(); ++k) {
    const session::PlannedStep& step = steps[k];
    lua_createtable(L, 0, 6);
    push_string(L, step.why);
    lua_setfield(L, -2, "why");
    push_string(L, step.action);
    lua_setfield(L, -2, "action");
    push_string(L, step.table);
    lua_setfield(L, -2, "table");
    push_string(L, step.text);
    lua_setfield(L, -2, "text");
    if (step.instance != nullptr) {
      push_instance(L, const_cast<Instance&>(*step.instance));
      lua_setfield(L, -2, "object");
    }
    lua_newtable(L);
    for (const auto& [name, text] : step.values) {
      push_string(L, text);
      lua_setfield(L, -2, name.c_str());
    }
    lua_setfield(L, -2, "values");
    if (luaL_newmetatable(L, "moonbase.plan_step")) {
      static constexpr MethodDef kRows[] = {{"__tostring",
                                             [](lua_State* S) {
                                               lua_getfield(S, 1, "text");
                                               return 1;
                                             },
                                             "tostring(step)  the step as one line"}};
      add_functions(L, lua_gettop(L), kRows);
    }
    lua_setmetatable(L, -2);
    lua_rawseti(L, -2, static_cast<lua_Integer>(k) + 1);
  }
  return 1;
}

void push_set(lua_State* L, const std::vector<Instance*>& list) {
  lua_createtable(L, static_cast<int>(list.size()), 0);
  for (size_t k = 0; k < list.size(); ++k) {
    push_instance(L, *list[k]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(k) + 1);
  }
  if (luaL_newmetatable(L, "moonbase.set")) {
    lua_newtable(L);
    static constexpr MethodDef kRows[] = {{"contains", guarded<set_contains>,
                                           "contains(object)  true when the object is in the set"}};
    add_functions(L, lua_gettop(L), kRows);
    lua_pushcclosure(L, guarded<set_index>, 1);
    lua_setfield(L, -2, "__index");
  }
  lua_setmetatable(L, -2);
}

int session_new(lua_State* L) {
  push_set(L, check_session(L, 1).pending());
  return 1;
}

int session_dirty(lua_State* L) {
  push_set(L, check_session(L, 1).dirty());
  return 1;
}

int session_deleted(lua_State* L) {
  push_set(L, check_session(L, 1).deleted());
  return 1;
}

}  // namespace moonbase::bindings
