#include "bindings/lua_session.h"

#include <algorithm>

#include "bindings/execute.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_query.h"
#include "bindings/query_box.h"
#include "bindings/rows.h"
#include "bindings/session_scope.h"
#include "bindings/stack.h"
#include "bindings/warnings.h"
#include "orm/base/error.h"
#include "orm/query/row_loader.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using session::Session;
using state::Instance;

Session& check_session(lua_State* L, int index) { return *check_box<SessionBox>(L, index).session; }

namespace {

// ---- objects ----

int session_add(lua_State* L) {
  Session& s = check_session(L, 1);
  if (lua_gettop(L) < 2)
    throw Error(ErrorKind::kTypeError, "add takes an object: db.session:add(u)");
  for (int k = 2; k <= lua_gettop(L); ++k) check_instance(L, k);
  for (int k = 2; k <= lua_gettop(L); ++k) s.add(check_instance(L, k));
  return 0;
}

// The objects of a list: nothing happens unless all of them are objects.
std::vector<Instance*> check_instances(lua_State* L, int index, const char* method) {
  if (!lua_istable(L, index))
    throw Error(ErrorKind::kTypeError,
                std::string(method) + " takes a list of objects, got " + type_name_of(L, index))
        .with_hint(std::string("db.session:") + method + "{u1, u2}; one object goes to add");
  std::vector<Instance*> list;
  const lua_Integer n = luaL_len(L, index);
  list.reserve(static_cast<size_t>(n));
  for (lua_Integer k = 1; k <= n; ++k) {
    lua_geti(L, index, k);
    Instance* i = test_instance(L, -1);
    if (i == nullptr)
      throw Error(ErrorKind::kUnmappedInstanceError,
                  std::string(method) + ": item " + std::to_string(k) +
                      " is no mapped object, but " + type_name_of(L, -1));
    list.push_back(i);
    lua_pop(L, 1);
  }
  return list;
}

int session_add_all(lua_State* L) {
  Session& s = check_session(L, 1);
  for (Instance* i : check_instances(L, 2, "add_all")) s.add(*i);
  return 0;
}

int session_delete(lua_State* L) {
  Session& s = check_session(L, 1);
  s.registry().configure();
  s.remove(check_instance(L, 2));
  return 0;
}

int session_expunge(lua_State* L) {
  Session& s = check_session(L, 1);
  s.expunge(check_instance(L, 2));
  return 0;
}

int session_expunge_all(lua_State* L) {
  check_session(L, 1).expunge_all();
  return 0;
}

std::vector<std::string> opt_names(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return {};
  if (lua_type(L, index) == LUA_TSTRING) return {std::string(check_string(L, index))};
  return check_strings(L, index);
}

int session_expire(lua_State* L) {
  Session& s = check_session(L, 1);
  s.expire(check_instance(L, 2), opt_names(L, 3));
  return 0;
}

int session_expire_all(lua_State* L) {
  check_session(L, 1).expire_all();
  return 0;
}

int session_refresh(lua_State* L) {
  Session& s = check_session(L, 1);
  s.refresh(check_instance(L, 2), opt_names(L, 3));
  return 0;
}

int session_merge(lua_State* L) {
  Session& s = check_session(L, 1);
  Instance& given = check_instance(L, 2);
  bool load = true;
  if (!lua_isnoneornil(L, 3)) {
    Kwargs kw(L, 3, "merge");
    load = kw.take_boolean("load", true);
    kw.finish();
  }
  push_instance(L, s.merge(given, load));
  return 1;
}

int session_contains(lua_State* L) {
  const Session& s = check_session(L, 1);
  lua_pushboolean(L, s.contains(check_instance(L, 2)));
  return 1;
}

int session_is_modified(lua_State* L) {
  const Session& s = check_session(L, 1);
  lua_pushboolean(L, s.is_modified(check_instance(L, 2)));
  return 1;
}

int session_get(lua_State* L) {
  Session& s = check_session(L, 1);
  const mapper::Mapper& m = check_model(L, 2);
  if (lua_gettop(L) < 3)
    throw Error(ErrorKind::kTypeError, "get takes a class and a primary key")
        .with_hint("db.session:get(" + m.name() + ", 1)");
  bool populate_existing = false;
  if (!lua_isnoneornil(L, 4)) {
    Kwargs kw(L, 4, "get");
    populate_existing = kw.take_boolean("populate_existing", false);
    kw.finish();
  }
  push_key_lookup(L, s, m, 3, populate_existing);
  return 1;
}

// An object that is loaded, by its integer key, is found without the guard: nothing here throws.
int session_get_loaded(lua_State* L) {
  if (lua_gettop(L) == 3 && lua_isinteger(L, 3)) {
    const auto* box = test_box<SessionBox>(L, 1);
    const mapper::Mapper* m = test_model(L, 2);
    if (box != nullptr && m != nullptr) {
      const uint32_t handle = box->session->find_handle(*m, lua_tointeger(L, 3));
      if (handle != 0 && push_proxy_over(L, *box->area, handle)) return 1;
    }
  }
  return guarded<session_get>(L);
}

// ---- writing and transactions ----

int session_flush(lua_State* L) {
  check_session(L, 1).flush();
  return 0;
}

int session_commit(lua_State* L) {
  check_session(L, 1).commit();
  return 0;
}

int session_rollback(lua_State* L) {
  check_session(L, 1).rollback();
  return 0;
}

int session_close(lua_State* L) {
  check_session(L, 1).close();
  return 0;
}

int session_in_transaction(lua_State* L) {
  lua_pushboolean(L, check_session(L, 1).in_transaction());
  return 1;
}

// Before DDL on a connection of its own: what this session only read must not lock it out.
int session_end_read(lua_State* L) {
  check_session(L, 1).idle();
  return 0;
}

int session_plan(lua_State* L) {
  const std::vector<session::PlannedStep> steps = check_session(L, 1).plan();
  lua_createtable(L, static_cast<int>(steps.size()), 0);
  for (size_t k = 0; k < steps.size(); ++k) {
    const session::PlannedStep& step = steps[k];
    lua_createtable(L, 0, 5);
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

// ---- statements ----

// The table a statement is about, which decides the database it goes to.
const schema::Table* statement_table(const expr::Statement& statement) {
  switch (statement.kind) {
    case expr::StatementKind::kInsert:
      return static_cast<const expr::Insert&>(statement).table.get();
    case expr::StatementKind::kUpdate:
      return static_cast<const expr::Update&>(statement).table.get();
    case expr::StatementKind::kDelete:
      return static_cast<const expr::Delete&>(statement).table.get();
    case expr::StatementKind::kSelect:
      for (const expr::FromPtr& f :
           expr::effective_froms(static_cast<const expr::Select&>(statement)))
        if (f->table) return f->table.get();
      return nullptr;
    case expr::StatementKind::kText:
      return nullptr;
  }
  return nullptr;
}

// Leaves the statement's Result on the stack.
void push_statement_result(lua_State* L) {
  Session& s = check_session(L, 1);
  if (const query::Query* q = test_query(L, 2)) {
    query::RowStream rows(s, *q, check_parameters(L, 3));
    push_result(L, rows);
    return;
  }
  const expr::StatementPtr statement = check_statement(L, 2);
  s.before_execute(true);
  push_execution(L, s.connection(statement_table(*statement)), statement,
                 lua_isnoneornil(L, 3) ? 0 : 3);
}

int session_execute(lua_State* L) {
  lua_settop(L, 3);
  push_statement_result(L);
  return 1;
}

// execute(…) and then one method of the result.
int execute_and(lua_State* L, const char* method) {
  lua_settop(L, 3);
  push_statement_result(L);
  lua_getfield(L, -1, method);
  lua_insert(L, -2);
  lua_call(L, 1, 1);
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
  for (int k = 2, n = lua_gettop(L); k <= n; ++k) add_entities(L, k, q.entities);
  push_query(L, std::move(q), 1);
  return 1;
}

// ---- getters ----

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

int session_is_active(lua_State* L) {
  lua_pushboolean(L, check_session(L, 1).is_active());
  return 1;
}

int session_identity_map(lua_State* L) {
  std::vector<Instance*> list = check_session(L, 1).all();
  std::erase_if(list, [](const Instance* i) { return !i->has_identity; });
  push_set(L, list);
  return 1;
}

int session_bind(lua_State* L) {
  push_engine(L, check_session(L, 1).connection(nullptr).engine().shared_from_this());
  return 1;
}

int session_tostring(lua_State* L) {
  const Session& s = check_session(L, 1);
  push_string(L, "<Session: " + std::to_string(s.pending().size()) + " new, " +
                     std::to_string(s.dirty().size()) + " dirty, " +
                     std::to_string(s.deleted().size()) + " deleted>");
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"add", guarded<session_add>,
     "add(object…)  put objects under the session's care; they are written at the next flush"},
    {"add_all", guarded<session_add_all>, "add_all(list)  add each object of a list"},
    {"delete", guarded<session_delete>,
     "delete(object)  mark an object: its row is deleted at the next flush"},
    {"expunge", guarded<session_expunge>,
     "expunge(object)  take an object out of the session; its row stays"},
    {"expunge_all", guarded<session_expunge_all>, "expunge_all()  take all objects out"},
    {"expire", guarded<session_expire>,
     "expire(object[, names])  forget loaded values: they are read again when they are needed"},
    {"expire_all", guarded<session_expire_all>, "expire_all()  expire every object"},
    {"refresh", guarded<session_refresh>,
     "refresh(object[, names])  read an object's row again now"},
    {"merge", guarded<session_merge>,
     "merge(object[, {load = true}])  copy an object's state onto this session's own object of "
     "that key, and return it"},
    {"contains", guarded<session_contains>,
     "contains(object)  true when the object is in this session"},
    {"is_modified", guarded<session_is_modified>,
     "is_modified(object)  true when a flush would write something for it"},
    {"get", session_get_loaded,
     "get(class, key)  the object with this primary key, or nil; loaded objects need no statement"},
    {"flush", guarded<session_flush>, "flush()  write pending changes, inside the transaction"},
    {"commit", guarded<session_commit>,
     "commit()  flush, and make the transaction's changes last; objects are read again afterwards"},
    {"rollback", guarded<session_rollback>,
     "rollback()  undo the transaction (or the innermost savepoint); objects go back with it"},
    {"close", guarded<session_close>,
     "close()  undo what is not committed, let go of all objects; the session can be used again"},
    {"remove", guarded<session_close>, "remove()  the same as close"},
    {"begin", guarded<session_begin>,
     "begin([function])  open a transaction; with a function, commit after it and roll back on an "
     "error"},
    {"begin_nested", guarded<session_begin_nested>,
     "begin_nested([function])  a savepoint; with a function, release it afterwards and roll back "
     "to it on an error"},
    {"no_autoflush", guarded<session_no_autoflush>,
     "no_autoflush([function])  queries inside do not write pending changes first"},
    {"in_transaction", guarded<session_in_transaction>,
     "in_transaction()  true while a transaction is open"},
    {"_end_read", guarded<session_end_read>,
     "_end_read()  end a transaction that has only read, at the database"},
    {"plan", guarded<session_plan>,
     "plan()  what a flush would do, in order, as a list of steps; nothing is sent"},
    {"execute", guarded<session_execute>,
     "execute(statement[, parameters])  run a statement, give its Result"},
    {"scalar", guarded<session_scalar>,
     "scalar(statement[, parameters])  the first value of the first row, or nil"},
    {"scalars", guarded<session_scalars>,
     "scalars(statement[, parameters])  the first value of each row, as a Result"},
    {"query", guarded<session_query>, "query(item…)  a query over classes and expressions"},
    {"bulk_insert", guarded<session_bulk_insert>,
     "bulk_insert(class, rows[, columns])  insert many rows without objects; returns how many"},
    {"bulk_insert_mappings", guarded<session_bulk_insert>,
     "bulk_insert_mappings(class, rows)  the same as bulk_insert"},
    {"bulk_update_mappings", guarded<session_bulk_update>,
     "bulk_update_mappings(class, rows)  update rows by the primary key in each table"},
    {"bulk_save_objects", guarded<session_bulk_save>,
     "bulk_save_objects(list)  insert new objects' rows; the objects stay outside the session"},
};

constexpr MethodDef kGetters[] = {
    {"new", guarded<session_new>, "new  the objects that will be inserted"},
    {"dirty", guarded<session_dirty>, "dirty  the loaded objects that were changed"},
    {"deleted", guarded<session_deleted>, "deleted  the objects that will be deleted"},
    {"is_active", guarded<session_is_active>,
     "is_active  false after a failed flush, until rollback()"},
    {"identity_map", guarded<session_identity_map>,
     "identity_map  the objects that stand for rows"},
    {"bind", guarded<session_bind>, "bind  the engine"},
};

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<session_tostring>, "tostring(session)"}};

const ClassDef kSessionClass = {
    .name = "Session",
    .doc = "The objects a program works with and the transaction they are in.",
    .methods = kMethods,
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "db.session",
    .destroy = kDestroy<SessionBox>,
};

// The weak table from sessions' addresses to their objects in Lua.
void push_sessions(lua_State* L) {
  static const char kKey = 0;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kKey) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kKey);
}

// Session{bind = engine, autoflush = true, expire_on_commit = true}
int make_session(lua_State* L) {
  Kwargs kw(L, 1, "Session");
  OrmArea& area = orm_area(L);
  DatabasePtr database = area.current;
  engine::EnginePtr bind;
  if (kw.take("_database")) {
    database = check_box<DatabaseBox>(L, -1).database;
    lua_pop(L, 1);
  }
  if (kw.take("bind")) {
    bind = check_box<EngineBox>(L, -1).engine;
    database = area.database_of(bind);
    lua_pop(L, 1);
  }
  session::SessionOptions options;
  options.autoflush = kw.take_boolean("autoflush", true);
  options.expire_on_commit = kw.take_boolean("expire_on_commit", true);
  kw.expect_positional(0, 0);
  kw.finish();
  if (!database)
    throw Error(ErrorKind::kInvalidRequestError,
                "a session needs classes: make a moonbase.Database first");
  session::EngineFor engine_for;
  if (bind)
    engine_for = [bind](const schema::Table*) { return bind; };
  else
    engine_for = [core = std::weak_ptr<Database>(database)](const schema::Table* table) {
      static const std::string kDefault;
      const DatabasePtr there = core.lock();
      if (!there)
        throw Error(ErrorKind::kUnboundExecutionError, "the session's database object is gone");
      return there->engine(table == nullptr ? kDefault : table->bind_key());
    };
  auto made =
      std::make_unique<Session>(area.heap(), *database->registry, std::move(engine_for), options);
  made->set_warning_sink(&warning_sink(L));
  Session* address = made.get();
  push_box(L, SessionBox{std::move(made), database, &area});
  give_method_table(L, kSessionClass);
  push_sessions(L);
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, address);
  lua_pop(L, 1);
  return 1;
}

}  // namespace

template <>
const ClassDef& class_of<SessionBox>() {
  return kSessionClass;
}

bool push_session_of(lua_State* L, const Instance& instance) {
  push_sessions(L);
  auto* session = dynamic_cast<Session*>(instance.host);
  const bool found = session != nullptr && lua_rawgetp(L, -1, session) == LUA_TUSERDATA;
  if (!found) {
    lua_settop(L, session != nullptr ? -3 : -2);
    return false;
  }
  lua_remove(L, -2);
  return true;
}

// What the shell may ask of the sessions: see hooks.h.
void install_hooks(lua_State* L) {
  Hooks& hooks = Context::of(L).area<Hooks>();
  const auto with_session = [](lua_State* S, auto&& f) {
    const DatabasePtr& database = orm_area(S).current;
    if (!database || database->session.empty()) return;
    database->session.push(S);
    f(check_session(S, -1));
    lua_pop(S, 1);
  };
  hooks.after_input.push_back(
      [with_session](lua_State* S) { with_session(S, [](Session& s) { s.idle(); }); });
  hooks.uncommitted = [with_session](lua_State* S) {
    std::string text;
    with_session(S, [&](Session& s) {
      const auto say = [&](size_t n, const char* what) {
        if (n > 0) text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + what;
      };
      say(s.pending().size(), "new");
      say(s.dirty().size(), "changed");
      say(s.deleted().size(), "deleted");
      if (text.empty() && s.has_pending_work()) text = "flushed changes";
    });
    return text;
  };
  hooks.before_printing_list = [](lua_State* S, int index) { refresh_expired(S, index); };
}

void open_session(lua_State* L, int module) {
  install_hooks(L);
  register_class(L, kSessionClass);
  open_session_scope(L);
  static constexpr MethodDef kFunctions[] = {
      {"Session", guarded<make_session>,
       "Session{bind = engine, autoflush = true, expire_on_commit = true}  another session"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
