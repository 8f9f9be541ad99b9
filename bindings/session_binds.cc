#include "bindings/session_binds.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "bindings/connection_options.h"
#include "bindings/execute.h"
#include "bindings/guard.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_explain.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_session.h"
#include "bindings/query_box.h"
#include "bindings/session_router.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using engine::EnginePtr;
using mapper::Mapper;
using query::Access;
using session::Session;
using state::Instance;

namespace {

EnginePtr check_engine(lua_State* L, int index, const std::string& where) {
  if (const auto* box = test_box<EngineBox>(L, index)) return box->engine;
  throw Error(ErrorKind::kTypeError, where + " takes an engine, got " + type_name_of(L, index))
      .with_hint("db.engine, db.engines.key, or moonbase.create_engine(url)");
}

// The class at `index`, which must be one of the session's database.
const Mapper& check_own_model(lua_State* L, Session& session, int index) {
  const Mapper& m = check_model(L, index);
  if (&m.registry() == &session.registry()) return m;
  throw Error(ErrorKind::kArgumentError, m.name() + " is a class of another database object")
      .with_hint("bind it in a session of that one");
}

const schema::Table& check_bound_table(lua_State* L, int index) {
  if (const auto* box = test_box<TableBox>(L, index)) return *box->table;
  if (const Mapper* m = test_model(L, index))
    throw Error(ErrorKind::kTypeError, "bind_table takes a table, got the class " + m->name())
        .with_hint("session:bind_mapper(" + m->name() + ", engine)");
  throw Error(ErrorKind::kTypeError, "bind_table takes a table, got " + type_name_of(L, index))
      .with_hint("session:bind_table(User.__table__, engine)");
}

// The table of the class, object, table or statement at `index`; null when there is none: the
// default database.
const schema::Table* opt_table(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return nullptr;
  if (const Instance* i = test_instance(L, index)) return i->mapper->table().get();
  if (const auto* box = test_box<TableBox>(L, index)) return box->table.get();
  if (test_box<StatementBox>(L, index) != nullptr || test_query(L, index) != nullptr)
    return statement_table(*check_statement(L, index));
  return check_model(L, index).table().get();
}

bool is_plain_table(lua_State* L, int index) {
  if (!lua_istable(L, index)) return false;
  if (lua_getmetatable(L, index) == 0) return true;
  lua_pop(L, 1);
  return false;
}

// {mapper =, clause =, bind =, writes =} at `index`.
EnginePtr take_arguments(lua_State* L, Session& session, int index, const char* method,
                         bool takes_writes) {
  Kwargs kw(L, index, method);
  kw.expect_positional(0, 0);
  EnginePtr bind;
  const schema::Table* table = nullptr;
  if (kw.take("bind")) {
    bind = check_engine(L, -1, std::string(method) + ": bind");
    lua_pop(L, 1);
  }
  if (kw.take("clause")) {
    table = opt_table(L, -1);
    lua_pop(L, 1);
  }
  if (kw.take("mapper")) {
    table = opt_table(L, -1);
    lua_pop(L, 1);
  }
  const bool writes = takes_writes && kw.take_boolean("writes", false);
  kw.finish();
  return bind ? bind : session.engine(table, writes ? Access::kWrite : Access::kRead);
}

}  // namespace

int session_bind_mapper(lua_State* L) {
  Session& s = check_session(L, 1);
  const Mapper& m = check_own_model(L, s, 2);
  s.binds().bind(m, check_engine(L, 3, "bind_mapper"));
  return 0;
}

int session_bind_table(lua_State* L) {
  Session& s = check_session(L, 1);
  const schema::Table& table = check_bound_table(L, 2);
  s.binds().bind(table, check_engine(L, 3, "bind_table"));
  return 0;
}

int session_connection(lua_State* L) {
  Session& s = check_session(L, 1);
  lua_settop(L, 3);
  // connection{options}, connection(class, {options})
  if (is_plain_table(L, 2)) {
    lua_replace(L, 3);
    lua_pushnil(L);
    lua_insert(L, 2);
  }
  const schema::Table* table = opt_table(L, 2);
  if (is_nil_or_null(L, 3)) {
    push_borrowed_connection(L, s.shared_connection(table));
    return 1;
  }
  Kwargs kw(L, 3, "connection");
  kw.expect_positional(0, 0);
  EnginePtr engine;
  if (kw.take("bind_arguments"))
    engine = check_bind_arguments(L, s, lua_gettop(L), "connection: bind_arguments");
  std::optional<engine::ExecutionOptions> options;
  if (kw.take("execution_options"))
    options = merged({}, check_execution_options(L, lua_gettop(L), "execution_options"));
  kw.finish();
  const Session::BoundTo bound(s, std::move(engine));
  push_borrowed_connection(
      L, options ? s.shared_connection(table, *options) : s.shared_connection(table));
  return 1;
}

int session_get_bind(lua_State* L) {
  Session& s = check_session(L, 1);
  if (is_plain_table(L, 2)) {
    push_engine(L, take_arguments(L, s, 2, "get_bind", true));
    return 1;
  }
  const bool writes = lua_toboolean(L, 3) != 0;
  push_engine(L, s.engine(opt_table(L, 2), writes ? Access::kWrite : Access::kRead));
  return 1;
}

int session_set_get_bind(lua_State* L) {
  set_router(L, 1, 2);
  return 0;
}

void take_binds(lua_State* L, Session& session, int index) {
  index = lua_absindex(L, index);
  if (!is_plain_table(L, index))
    throw Error(ErrorKind::kTypeError,
                "Session: 'binds' is a table of engines, got " + type_name_of(L, index))
        .with_hint("binds = {[User] = db.engine, [membership] = db.engines.logs}");
  // In the order of declaration, classes first: a Lua table has none.
  std::vector<std::tuple<const Mapper*, const schema::Table*, EnginePtr>> binds;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const auto* box = test_box<TableBox>(L, -2);
    if (box == nullptr && test_model(L, -2) == nullptr)
      throw Error(ErrorKind::kArgumentError,
                  "Session: binds has a " + type_name_of(L, -2) + " in place of a class or a table")
          .with_hint("binds = {[User] = db.engine, [membership] = db.engines.logs}");
    const Mapper* m = box == nullptr ? &check_own_model(L, session, -2) : nullptr;
    binds.emplace_back(m, box == nullptr ? nullptr : box->table.get(),
                       check_engine(L, -1, "Session: binds"));
  }
  std::ranges::sort(binds, {}, [](const auto& b) {
    const auto& [m, table, engine] = b;
    return std::pair(m == nullptr, m != nullptr ? m->uid() : table->uid());
  });
  for (auto& [m, table, engine] : binds) {
    if (m != nullptr)
      session.binds().bind(*m, std::move(engine));
    else
      session.binds().bind(*table, std::move(engine));
  }
}

EnginePtr check_bind_arguments(lua_State* L, Session& session, int index, const char* method) {
  if (!is_plain_table(L, index))
    throw Error(ErrorKind::kTypeError,
                std::string(method) + " takes its arguments by name, got " + type_name_of(L, index))
        .with_hint("bind_arguments = {bind = db.engines.logs}, or {mapper = User}");
  return take_arguments(L, session, index, method, false);
}

}  // namespace moonbase::bindings
