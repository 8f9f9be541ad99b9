#include "bindings/session_scope.h"

#include <algorithm>

#include <time.h>

#include "bindings/context.h"
#include "bindings/guard.h"
#include "bindings/lua_session.h"
#include "bindings/prelude.h"
#include "bindings/scope.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using session::Session;

// A transaction, a savepoint or a stretch without autoflush, until it is ended. The session is the
// box's user value.
struct ScopeBox {
  enum class Kind : uint8_t { kTransaction, kSavepoint, kNoAutoflush } kind;
  Session* session;
  uint64_t transaction;  // Session::transaction_id
  bool is_over;
};
template <>
const ClassDef& class_of<ScopeBox>();

namespace {

bool is_active(const ScopeBox& scope) {
  if (scope.is_over) return false;
  return scope.kind == ScopeBox::Kind::kNoAutoflush ||
         scope.session->depth_of(scope.transaction) >= 0;
}

// The savepoint at that depth, and those inside it.
void roll_back(Session& s, int depth) {
  while (s.nested_depth() > depth) s.rollback();
  s.rollback();
}

// Ends the scope, and with it the savepoints inside that nobody ended; nothing happens when it was
// ended inside, by a commit or rollback of the session.
void end_scope(ScopeBox& scope, bool commit) {
  const bool was_active = is_active(scope);
  if (scope.is_over) return;
  scope.is_over = true;
  Session& s = *scope.session;
  if (scope.kind == ScopeBox::Kind::kNoAutoflush) {
    s.pop_no_autoflush();
    return;
  }
  if (!was_active) return;
  const int depth = s.depth_of(scope.transaction);
  if (!commit || !s.is_active()) {
    roll_back(s, depth);
    return;
  }
  try {
    while (s.nested_depth() > depth) s.commit_nested();
    depth > 0 ? s.commit_nested() : s.commit();
  } catch (const Error&) {
    // What the block wrote is undone, as after an error inside; the error goes on.
    if (s.depth_of(scope.transaction) >= 0) roll_back(s, depth);
    throw;
  }
}

int scope_close(lua_State* L) {
  end_scope(check_box<ScopeBox>(L, 1), is_normal_exit(L));
  return 0;
}

int scope_commit(lua_State* L) {
  auto& scope = check_box<ScopeBox>(L, 1);
  if (!is_active(scope))
    throw Error(ErrorKind::kInvalidRequestError,
                "this transaction is ended already: nothing can be committed with it");
  end_scope(scope, true);
  return 0;
}

int scope_rollback(lua_State* L) {
  end_scope(check_box<ScopeBox>(L, 1), false);
  return 0;
}

// What run_in_scope calls: the scope, and whether the function ended well.
int scope_finish(lua_State* L) {
  end_scope(check_box<ScopeBox>(L, 1), lua_toboolean(L, 2) != 0);
  return 0;
}

int scope_is_active(lua_State* L) {
  lua_pushboolean(L, is_active(check_box<ScopeBox>(L, 1)));
  return 1;
}

int scope_nested(lua_State* L) {
  lua_pushboolean(L, check_box<ScopeBox>(L, 1).kind == ScopeBox::Kind::kSavepoint);
  return 1;
}

int scope_session(lua_State* L) {
  check_box<ScopeBox>(L, 1);
  lua_getiuservalue(L, 1, 1);
  return 1;
}

// The same transaction may be in several objects: what begin_nested() returned, what an event was
// given.
int scope_eq(lua_State* L) {
  const auto* a = test_box<ScopeBox>(L, 1);
  const auto* b = test_box<ScopeBox>(L, 2);
  lua_pushboolean(L, a != nullptr && b != nullptr && a->kind == b->kind &&
                         a->session == b->session && a->transaction == b->transaction);
  return 1;
}

int scope_tostring(lua_State* L) {
  const auto& scope = check_box<ScopeBox>(L, 1);
  static constexpr const char* kNames[] = {"transaction", "savepoint", "no_autoflush"};
  push_string(L, std::string("<") + kNames[static_cast<int>(scope.kind)] +
                     (is_active(scope) ? ", active>" : ", ended>"));
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"commit", guarded<scope_commit>, "commit()  keep what was done since it began"},
    {"rollback", guarded<scope_rollback>, "rollback()  undo what was done since it began"},
};
constexpr MethodDef kGetters[] = {
    {"is_active", guarded<scope_is_active>, "is_active  false once it was ended"},
    {"nested", guarded<scope_nested>, "nested  true for a savepoint"},
    {"session", guarded<scope_session>, "session  whose transaction it is"},
};
constexpr MethodDef kMetamethods[] = {
    {"__close", guarded<scope_close>,
     "at the end of the block: commit, or roll back when it was left by an error"},
    {"__tostring", guarded<scope_tostring>, "tostring(t)"},
    {"__eq", guarded<scope_eq>, "t == u  whether both are the same transaction"},
};

const ClassDef kScopeClass = {
    .name = "SessionTransaction",
    .doc =
        "A transaction or savepoint that ends with its block: local t <close> = "
        "db.session:begin_nested()",
    .methods = kMethods,
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "t",
};

// With a function at 2: runs it inside the scope. Otherwise gives the scope itself.
int open_scope(lua_State* L, ScopeBox::Kind kind) {
  SessionBox& box = check_box<SessionBox>(L, 1);
  const bool with_function = !lua_isnoneornil(L, 2);
  if (with_function) check_function(L, 2);
  lua_settop(L, 2);
  Session& s = *box.session;
  switch (kind) {
    case ScopeBox::Kind::kTransaction:
      s.begin();
      break;
    case ScopeBox::Kind::kSavepoint:
      s.begin_nested();
      break;
    case ScopeBox::Kind::kNoAutoflush:
      s.push_no_autoflush();
      break;
  }
  push_box(L, ScopeBox{kind, &s, s.transaction_id(), false}, 1);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  if (!with_function) return 1;
  lua_replace(L, 1);
  lua_toclose(L, 1);  // a coroutine that is closed while the function waits rolls back
  return run_in_scope(L, guarded<scope_finish>);
}

}  // namespace

template <>
const ClassDef& class_of<ScopeBox>() {
  return kScopeClass;
}

int session_in_nested_transaction(lua_State* L) {
  lua_pushboolean(L, check_session(L, 1).nested_depth() > 0);
  return 1;
}

void push_transaction(lua_State* L, Session& session, uint64_t transaction, bool is_nested) {
  if (transaction == 0 || !push_session(L, session)) {
    lua_pushnil(L);
    return;
  }
  const auto kind = is_nested ? ScopeBox::Kind::kSavepoint : ScopeBox::Kind::kTransaction;
  push_box(L, ScopeBox{kind, &session, transaction, false}, 1);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
}

int session_get_transaction(lua_State* L) {
  Session& s = check_session(L, 1);
  push_transaction(L, s, s.root_transaction_id(), false);
  return 1;
}

int session_get_nested_transaction(lua_State* L) {
  Session& s = check_session(L, 1);
  push_transaction(L, s, s.nested_depth() > 0 ? s.transaction_id() : 0, true);
  return 1;
}

int session_begin(lua_State* L) { return open_scope(L, ScopeBox::Kind::kTransaction); }
int session_begin_nested(lua_State* L) { return open_scope(L, ScopeBox::Kind::kSavepoint); }
int session_no_autoflush(lua_State* L) { return open_scope(L, ScopeBox::Kind::kNoAutoflush); }

namespace {

// Calls a function of scripts/prelude/session.lua, which is read when it is first needed, with the
// arguments on the stack. It may yield.
int call_prelude(lua_State* L, const char* name) {
  push_prelude_global(L, "require");
  lua_pushliteral(L, "moonbase.session");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, name);
  lua_replace(L, -2);
  lua_insert(L, 1);
  const auto results = [](lua_State* S, int, lua_KContext) { return lua_gettop(S); };
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, results);
  return lua_gettop(L);
}

}  // namespace

int session_run_transaction(lua_State* L) {
  check_session(L, 1);
  check_function(L, 2);
  return call_prelude(L, "run_transaction");
}

namespace {

int has_pending_work(lua_State* L) {
  lua_pushboolean(L, check_session(L, 1).has_pending_work());
  return 1;
}

int make_sessionmaker(lua_State* L) { return call_prelude(L, "sessionmaker"); }
int make_scoped_session(lua_State* L) { return call_prelude(L, "scoped_session"); }

// In short steps, so that an interrupt is heard soon.
int wait_a_while(lua_State* L) {
  constexpr double kStep = 0.02;
  for (double left = check_number(L, 1); left > 0; left -= kStep) {
    if (Context::of(L).interrupted())
      throw Error(ErrorKind::kInterrupted, "interrupted while waiting to try again");
    const double step = std::min(left, kStep);
    timespec t{.tv_sec = 0, .tv_nsec = static_cast<long>(step * 1e9)};
    nanosleep(&t, nullptr);
  }
  return 0;
}

}  // namespace

void open_session_scope(lua_State* L, int module) {
  register_class(L, kScopeClass);
  static constexpr MethodDef kFunctions[] = {
      {"_has_pending_work", guarded<has_pending_work>,
       "_has_pending_work(session)  whether anything of it is not committed"},
      {"_wait", guarded<wait_a_while>, "_wait(seconds)  waits, unless interrupted"},
      {"scoped_session", guarded<make_scoped_session>,
       "scoped_session(factory[, scopefunc])  stands for the session of the present scope, made by "
       "factory when first used; remove() closes it"},
      {"sessionmaker", guarded<make_sessionmaker>,
       "sessionmaker{bind = engine, …}  makes sessions that are alike: S = sessionmaker{…}, s = "
       "S{…}; S:configure{…}, S:begin(function(s) … end)"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
