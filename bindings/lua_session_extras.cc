// What a session offers beside its daily work: lookups that must succeed, the engine and the
// connection behind it, the identity of objects, and moving objects between states by hand.
#include "bindings/connection_options.h"
#include "bindings/guard.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_session.h"
#include "bindings/query_box.h"
#include "bindings/session_parts.h"
#include "bindings/session_router.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using base::Value;
using mapper::Mapper;
using session::Session;
using state::Instance;

namespace {

// The table of the class or object at `index`; null when there is none: the default database.
const schema::Table* opt_table(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return nullptr;
  if (const Instance* i = test_instance(L, index)) return i->mapper->table().get();
  return check_model(L, index).table().get();
}

void push_key(lua_State* L, const Mapper& m, const std::vector<Value>& key) {
  lua_createtable(L, 2, 0);
  push_model(L, m);
  lua_rawseti(L, -2, 1);
  lua_createtable(L, static_cast<int>(key.size()), 0);
  for (size_t k = 0; k < key.size(); ++k) {
    push_value(L, key[k], m.type(m.primary_key()[k]).get(), true);
    lua_rawseti(L, -2, static_cast<lua_Integer>(k) + 1);
  }
  lua_rawseti(L, -2, 2);
}

// identity_key(object) or identity_key(class, key), from argument `first` on.
int identity_key_of(lua_State* L, int first) {
  if (const Instance* i = test_instance(L, first)) {
    if (!i->has_identity)
      throw Error(ErrorKind::kInvalidRequestError,
                  state::describe(*i) + " stands for no row: it has no identity key");
    push_key(L, *i->mapper, state::committed_key(*i));
    return 1;
  }
  const Mapper& m = check_model(L, first);
  std::vector<Value> key;
  const size_t width = m.primary_key().size();
  const bool is_list = lua_istable(L, first + 1);
  if ((is_list ? static_cast<size_t>(luaL_len(L, first + 1)) : size_t{1}) != width ||
      lua_isnoneornil(L, first + 1))
    throw Error(ErrorKind::kArgumentError, "identity_key: " + m.name() + " has a key of " +
                                               std::to_string(width) +
                                               (width == 1 ? " value" : " values"))
        .with_hint("identity_key(object), or identity_key(class, key)");
  for (size_t k = 0; k < width; ++k) {
    if (is_list)
      lua_geti(L, first + 1, static_cast<lua_Integer>(k) + 1);
    else
      lua_pushvalue(L, first + 1);
    key.push_back(check_column_value(L, -1, m, m.primary_key()[k]));
    lua_pop(L, 1);
  }
  push_key(L, m, key);
  return 1;
}

int snapshot_next(lua_State* L) {
  const lua_Integer at = lua_isnil(L, 2) ? 1 : check_integer(L, 2) + 1;
  if (lua_geti(L, 1, at) == LUA_TNIL) return 1;
  lua_pushinteger(L, at);
  lua_insert(L, -2);
  return 2;
}

// The iterator of session:iter(): upvalue 1 the list, 2 the position.
int next_object(lua_State* L) {
  const lua_Integer at = lua_tointeger(L, lua_upvalueindex(2)) + 1;
  lua_pushinteger(L, at);
  lua_replace(L, lua_upvalueindex(2));
  lua_geti(L, lua_upvalueindex(1), at);
  return 1;
}

int identity_key(lua_State* L) { return identity_key_of(L, 1); }

int object_session(lua_State* L) {
  if (!push_session_of(L, check_instance(L, 1))) lua_pushnil(L);
  return 1;
}

int make_transient(lua_State* L) {
  Session::make_transient(check_instance(L, 1));
  return 0;
}

int make_transient_to_detached(lua_State* L) {
  Session::make_transient_to_detached(check_instance(L, 1));
  return 0;
}

int close_all_sessions(lua_State* L) {
  push_sessions(L);
  const int sessions = lua_gettop(L);
  // Closing may make and free sessions: over a list of its own.
  lua_newtable(L);
  lua_Integer n = 0;
  for (lua_pushnil(L); lua_next(L, sessions) != 0;) lua_rawseti(L, sessions + 1, ++n);
  for (lua_Integer k = 1; k <= n; ++k) {
    lua_rawgeti(L, sessions + 1, k);
    check_session(L, -1).close();
    lua_pop(L, 1);
  }
  return 0;
}

constexpr MethodDef kFunctions[] = {
    {"identity_key", guarded<identity_key>,
     "identity_key(object) or identity_key(class, key)  what an object is known by: {class, {key "
     "values}}"},
    {"object_session", guarded<object_session>,
     "object_session(object)  the session an object is in, or nil"},
    {"make_transient", guarded<make_transient>,
     "make_transient(object)  takes an object out of its session and makes it a new one with the "
     "same values"},
    {"make_transient_to_detached", guarded<make_transient_to_detached>,
     "make_transient_to_detached(object)  lets a new object with a key stand for the row of that "
     "key, without reading it"},
    {"close_all_sessions", guarded<close_all_sessions>,
     "close_all_sessions()  closes every session there is"},
};

}  // namespace

int session_get_one(lua_State* L) {
  Session& s = check_session(L, 1);
  const Mapper& m = check_model(L, 2);
  if (lua_gettop(L) < 3)
    throw Error(ErrorKind::kTypeError, "get_one takes a class and a primary key")
        .with_hint("db.session:get_one(" + m.name() + ", 1)");
  bool populate_existing = false;
  if (!lua_isnoneornil(L, 4)) {
    Kwargs kw(L, 4, "get_one");
    populate_existing = kw.take_boolean("populate_existing", false);
    kw.finish();
  }
  push_key_lookup(L, s, m, 3, populate_existing);
  if (lua_isnil(L, -1))
    throw Error(ErrorKind::kNoResultFound, "there is no " + m.name() + " with this primary key")
        .with_hint("session:get(" + m.name() + ", key) gives nil instead");
  return 1;
}

int session_connection(lua_State* L) {
  Session& s = check_session(L, 1);
  lua_settop(L, 3);
  // connection{execution_options = {…}}, connection(class, {execution_options = {…}})
  const bool is_alone = lua_istable(L, 2) && test_model(L, 2) == nullptr;
  if (is_alone) {
    lua_replace(L, 3);
    lua_pushnil(L);
    lua_insert(L, 2);
  }
  if (is_nil_or_null(L, 3)) {
    push_borrowed_connection(L, s.shared_connection(opt_table(L, 2)));
    return 1;
  }
  Kwargs kw(L, 3, "connection");
  kw.expect_positional(0, 0);
  GivenOptions given;
  if (kw.take("execution_options"))
    given = check_execution_options(L, lua_gettop(L), "execution_options");
  kw.finish();
  push_borrowed_connection(
      L, s.shared_connection(opt_table(L, 2), merged(engine::ExecutionOptions(), given)));
  return 1;
}

int session_get_bind(lua_State* L) {
  const Session& s = check_session(L, 1);
  const bool writes = lua_toboolean(L, 3) != 0;
  push_engine(L, s.engine(opt_table(L, 2), writes ? query::Access::kWrite : query::Access::kRead));
  return 1;
}

int session_set_get_bind(lua_State* L) {
  set_router(L, 1, 2);
  return 0;
}

int session_identity_key(lua_State* L) {
  check_session(L, 1);
  return identity_key_of(L, 2);
}

int session_iterate(lua_State* L) {
  push_set(L, check_session(L, 1).all());
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, guarded<next_object>, 2);
  return 1;
}

int session_pairs(lua_State* L) {
  lua_pushcfunction(L, guarded<snapshot_next>);
  push_set(L, check_session(L, 1).all());
  lua_pushnil(L);
  return 3;
}

int session_info(lua_State* L) {
  check_session(L, 1);
  if (lua_getiuservalue(L, 1, 1) == LUA_TTABLE) return 1;
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, 1);
  return 1;
}

int session_autoflush(lua_State* L) {
  lua_pushboolean(L, check_session(L, 1).options().autoflush);
  return 1;
}

int session_set_autoflush(lua_State* L) {
  check_session(L, 1).set_autoflush(check_boolean(L, 2));
  return 0;
}

int session_expire_on_commit(lua_State* L) {
  lua_pushboolean(L, check_session(L, 1).options().expire_on_commit);
  return 1;
}

void open_session_extras(lua_State* L, int module) { add_functions(L, module, kFunctions); }

}  // namespace moonbase::bindings
