#include "bindings/session_router.h"

#include "bindings/call.h"
#include "bindings/context.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_session.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/mapper/mapper.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using session::Access;

// The class whose rows are in the table; the default database (no table) and tables without a class
// are nil.
void push_class_of(lua_State* L, session::Session& session, const schema::Table* table) {
  if (table != nullptr) {
    for (const mapper::MapperPtr& m : session.registry().mappers()) {
      if (m->table().get() == table) return push_model(L, *m);
    }
  }
  lua_pushnil(L);
}

class LuaRouter {
 public:
  LuaRouter(lua_State* L, session::Session& session)
      : context_(&Context::of(L)), session_(&session) {}

  engine::EnginePtr operator()(const schema::Table* table, Access access) {
    // What the function itself asks of the session is served as without it.
    if (is_asking_) return nullptr;
    struct Asking {
      bool& is_asking;
      explicit Asking(bool& flag) : is_asking(flag) { is_asking = true; }
      ~Asking() { is_asking = false; }
    } asking(is_asking_);
    lua_State* L = context_->running();
    const int top = lua_gettop(L);
    luaL_checkstack(L, 8, "no room to choose an engine");
    if (!push_session(L, *session_)) return nullptr;
    lua_getiuservalue(L, -1, kRouterUserValue);
    lua_insert(L, -2);
    push_class_of(L, *session_, table);
    lua_pushboolean(L, access == Access::kWrite);
    call_lua(L, 3, 1);
    engine::EnginePtr chosen;
    if (!lua_isnil(L, -1)) {
      const auto* box = test_box<EngineBox>(L, -1);
      if (box == nullptr) {
        const std::string got = type_name_of(L, -1);
        lua_settop(L, top);
        throw Error(ErrorKind::kTypeError, "get_bind returned a " + got + " instead of an engine")
            .with_hint("return db.engine or db.engines.key, or nil for the database of the class");
      }
      chosen = box->engine;
    }
    lua_settop(L, top);
    return chosen;
  }

 private:
  Context* context_;
  session::Session* session_;
  bool is_asking_ = false;
};

}  // namespace

void set_router(lua_State* L, int object, int function) {
  object = lua_absindex(L, object);
  function = lua_absindex(L, function);
  if (!lua_isnil(L, function) && !lua_isfunction(L, function)) {
    throw Error(ErrorKind::kTypeError,
                std::string("get_bind takes a function, not a ") + type_name_of(L, function))
        .with_hint(
            "function db.session:get_bind(class, writes) return not writes and db.engines.standby "
            "or nil end");
  }
  session::Session& session = check_session(L, object);
  lua_pushvalue(L, function);
  lua_setiuservalue(L, object, kRouterUserValue);
  session.set_router(lua_isnil(L, function) ? session::Router() : LuaRouter(L, session));
}

Access access_of(const expr::Statement& statement) {
  if (statement.kind != expr::StatementKind::kSelect) return Access::kWrite;
  const auto& select = static_cast<const expr::Select&>(statement);
  return select.for_update || select.text ? Access::kWrite : Access::kRead;
}

}  // namespace moonbase::bindings
