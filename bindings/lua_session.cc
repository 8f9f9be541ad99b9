#include "bindings/lua_session.h"

#include <algorithm>

#include "bindings/event_hub.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/load_alarm.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_query.h"
#include "bindings/origins.h"
#include "bindings/query_box.h"
#include "bindings/query_stream.h"
#include "bindings/rows.h"
#include "bindings/session_binds.h"
#include "bindings/session_class.h"
#include "bindings/session_parts.h"
#include "bindings/session_router.h"
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

Session& check_session(lua_State* L, int index) {
  end_left_loops(L);
  return *check_box<SessionBox>(L, index).session;
}

namespace {

// ---- objects ----

void add(lua_State* L, Session& s, Instance& i) {
  s.add(i);
  if (Origins* origins = orm_area(L).origins) origins->note_added(i);
}

int session_add(lua_State* L) {
  Session& s = check_session(L, 1);
  if (lua_gettop(L) < 2)
    throw Error(ErrorKind::kTypeError, "add takes an object: db.session:add(u)");
  for (int k = 2; k <= lua_gettop(L); ++k) check_instance(L, k);
  for (int k = 2; k <= lua_gettop(L); ++k) add(L, s, check_instance(L, k));
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
  for (Instance* i : check_instances(L, 2, "add_all")) add(L, s, *i);
  return 0;
}

int session_delete(lua_State* L) {
  Session& s = check_session(L, 1);
  s.registry().configure_what_can_be();
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

int session_invalidate(lua_State* L) {
  check_session(L, 1).invalidate();
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

// ---- getters ----

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
    {"get_one", guarded<session_get_one>,
     "get_one(class, key)  the object with this primary key; NoResultFound when there is none"},
    {"flush", guarded<session_flush>, "flush()  write pending changes, inside the transaction"},
    {"commit", guarded<session_commit>,
     "commit()  flush, and make the transaction's changes last; objects are read again afterwards"},
    {"rollback", guarded<session_rollback>,
     "rollback()  undo the transaction (or the innermost savepoint); objects go back with it"},
    {"close", guarded<session_close>,
     "close()  undo what is not committed, let go of all objects; the session can be used again"},
    {"remove", guarded<session_close>, "remove()  the same as close"},
    {"reset", guarded<session_close>, "reset()  the same as close"},
    {"invalidate", guarded<session_invalidate>,
     "invalidate()  close, and throw the connections away instead of using them again"},
    {"begin", guarded<session_begin>,
     "begin([function])  open a transaction; with a function, commit after it and roll back on an "
     "error"},
    {"begin_nested", guarded<session_begin_nested>,
     "begin_nested([function])  a savepoint; with a function, release it afterwards and roll back "
     "to it on an error"},
    {"no_autoflush", guarded<session_no_autoflush>,
     "no_autoflush([function])  queries inside do not write pending changes first"},
    {"run_transaction", guarded<session_run_transaction>,
     "run_transaction(function[, retries])  a transaction around function(session), repeated when "
     "the database could not serialize it or was locked; retries: a number, or {retries = 3, "
     "backoff = 0.05}"},
    {"in_transaction", guarded<session_in_transaction>,
     "in_transaction()  true while a transaction is open"},
    {"in_nested_transaction", guarded<session_in_nested_transaction>,
     "in_nested_transaction()  true inside a savepoint"},
    {"get_transaction", guarded<session_get_transaction>,
     "get_transaction()  the transaction that is open, or nil"},
    {"get_nested_transaction", guarded<session_get_nested_transaction>,
     "get_nested_transaction()  the innermost savepoint, or nil"},
    {"connection", guarded<session_connection>,
     "connection([class][, {bind_arguments = {bind = engine}, execution_options = {isolation_level "
     "=, yield_per =}}])  the connection of the transaction, which begins if there is none; "
     "options "
     "are for the transaction's first use of that database"},
    {"get_bind", guarded<session_get_bind>,
     "get_bind([class or table[, writes]])  the engine that serves it, or the default one; also "
     "get_bind{mapper =, clause =, bind =, writes =}; assign function(session, class, writes) to "
     "choose it: nil leaves the choice to bind_mapper, bind_table and the bind keys"},
    {"bind_mapper", guarded<session_bind_mapper>,
     "bind_mapper(class, engine)  this session finds the rows of the class there, and those of the "
     "classes it shares its tables with; before its bind key"},
    {"bind_table", guarded<session_bind_table>,
     "bind_table(table, engine)  this session finds the rows of the table there"},
    {"identity_key", guarded<session_identity_key>,
     "identity_key(object) or identity_key(class, key)  what an object is known by: {class, {key "
     "values}}"},
    {"iter", guarded<session_iterate>,
     "iter()  goes over the objects of the session: for object in session:iter() do"},
    {"_end_read", guarded<session_end_read>,
     "_end_read()  end a transaction that has only read, at the database"},
    {"plan", guarded<session_plan>,
     "plan()  what a flush would do, in order, as a list of steps {action, table, object, values, "
     "text, why}; nothing is sent"},
    {"execute", guarded<session_execute>,
     "execute(statement[, parameters[, options]])  run a statement, give its Result; a list of "
     "parameters runs it for each; options as execution_options{…}, and bind_arguments = {bind = "
     "engine} or {mapper = class}"},
    {"explain", guarded<session_explain>,
     "explain(statement)  how the database would run it: print shows the steps"},
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
    {"info", guarded<session_info>, "info  a table for the program's own use"},
    {"autoflush", guarded<session_autoflush>,
     "autoflush  whether queries write pending changes first; can be set"},
    {"expire_on_commit", guarded<session_expire_on_commit>,
     "expire_on_commit  whether objects are read again after a commit"},
};

constexpr MethodDef kSetters[] = {
    {"get_bind", guarded<session_set_get_bind>,
     "get_bind = function(session, class, writes)  chooses the engine of each statement"},
    {"autoflush", guarded<session_set_autoflush>, "autoflush = boolean"},
};

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<session_tostring>, "tostring(session)"},
    {"__pairs", guarded<session_pairs>, "pairs(session)  its objects, as they are now"},
};

int make_session(lua_State* L);

const ClassDef kSessionClass = {
    .name = "Session",
    .doc =
        "The objects a program works with and the transaction they are in. Session{bind = engine, "
        "binds = {[User] = engine, [table] = engine}, autoflush = true, expire_on_commit = true, "
        "info = {…}, get_bind = function, class_ = {methods}, registry = Base.registry}  another "
        "session; Session.add(s, "
        "object) is s:add(object)",
    .methods = kMethods,
    .getters = kGetters,
    .setters = kSetters,
    .metamethods = kMetamethods,
    .statics = kMethods,
    .constructor = make_session,
    .usage = "db.session",
    .destroy = kDestroy<SessionBox>,
};

// Its address is where moonbase.Session is kept.
const char kClassPlace = 0;

}  // namespace

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

bool push_session(lua_State* L, const Session& session) {
  push_sessions(L);
  const bool found = lua_rawgetp(L, -1, &session) == LUA_TUSERDATA;
  lua_remove(L, -2);
  if (!found) lua_pop(L, 1);
  return found;
}

namespace {

// The core behind Base.registry.
DatabasePtr check_registry(lua_State* L, int index) {
  if (lua_istable(L, index)) {
    lua_pushvalue(L, index);
    lua_pushliteral(L, "_core");
    lua_rawget(L, -2);
    const auto* box = test_box<DatabaseBox>(L, -1);
    lua_pop(L, 2);
    if (box != nullptr) return box->database;
  }
  throw Error(ErrorKind::kTypeError,
              "Session: 'registry' is what classes were declared in, got " + type_name_of(L, index))
      .with_hint("registry = Base.registry");
}

// The engine of a session, or, without one, those of the database by their bind keys.
session::EngineFor engines_for(const DatabasePtr& database, const engine::EnginePtr& bind) {
  if (bind) return [bind](const schema::Table*) { return bind; };
  return [core = std::weak_ptr<Database>(database)](const schema::Table* table) {
    static const std::string kDefault;
    const DatabasePtr there = core.lock();
    if (!there)
      throw Error(ErrorKind::kUnboundExecutionError, "the session's database object is gone");
    return there->engine(table == nullptr ? kDefault : table->bind_key());
  };
}

// Session{bind = engine, binds = {…}, autoflush = true, …}
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
  if (kw.take("registry")) {
    database = check_registry(L, -1);
    lua_pop(L, 1);
  }
  session::SessionOptions options;
  options.autoflush = kw.take_boolean("autoflush", true);
  options.expire_on_commit = kw.take_boolean("expire_on_commit", true);
  kw.expect_positional(0, 0);
  int info = 0;  // where its table lies on the stack
  if (kw.take("info")) {
    if (!lua_istable(L, -1)) kw.throw_keyword("info", "a table", -1);
    info = lua_gettop(L);
  }
  int binds = 0, router = 0, cls = 0;  // the same
  if (kw.take("binds")) binds = lua_gettop(L);
  if (kw.take("class_")) cls = lua_gettop(L);
  if (kw.take("get_bind")) router = lua_gettop(L);
  kw.finish();
  if (!database)
    throw Error(ErrorKind::kInvalidRequestError,
                "a session needs classes: make a moonbase.Database first");
  auto made = std::make_unique<Session>(area.heap(), *database->registry,
                                        engines_for(database, bind), options);
  if (binds) take_binds(L, *made, binds);
  made->set_warning_sink(&warning_sink(L));
  Session* address = made.get();
  made->set_listener(&Context::of(L).area<EventHub>());
  made->set_load_observer(&load_alarm(L));
  made->set_origin([&area](const state::Instance& i) {
    return area.origins != nullptr ? area.origins->describe(i) : std::string();
  });
  push_box(L, SessionBox{std::move(made), database, &area}, kRouterUserValue);
  if (info) {
    lua_pushvalue(L, info);
    lua_setiuservalue(L, -2, 1);
  }
  give_method_table(L, kSessionClass);
  push_sessions(L);
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, address);
  lua_pop(L, 1);
  if (cls) give_session_class(L, -1, cls);
  if (router) set_router(L, -1, router);
  return 1;
}

}  // namespace

template <>
const ClassDef& class_of<SessionBox>() {
  return kSessionClass;
}

void push_session_of_database(lua_State* L, const Database& database) {
  if (database.session.empty())
    throw Error(ErrorKind::kInvalidRequestError,
                "a class of declarative_base() has no session of its own to query with")
        .with_hint("session = moonbase.Session{bind = engine}; session:query(User)");
  database.session.push(L);
  if (lua_isfunction(L, -1)) lua_call(L, 0, 1);
}

bool is_session_class(lua_State* L, int index) {
  index = lua_absindex(L, index);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kClassPlace);
  const bool is = lua_rawequal(L, -1, index) != 0;
  lua_pop(L, 1);
  return is;
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
    push_session_of_database(S, *database);
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
  open_session_scope(L, module);
  open_session_extras(L, module);
  push_class(L, kSessionClass);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kClassPlace);
  lua_setfield(L, module, "Session");
}

}  // namespace moonbase::bindings
