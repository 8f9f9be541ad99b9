#include "bindings/session_scope.h"

#include "bindings/guard.h"
#include "bindings/lua_session.h"
#include "bindings/scope.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using session::Session;

// A transaction, a savepoint or a stretch without autoflush, until it is ended. The session is the box's user value.
struct ScopeBox {
  enum class Kind : uint8_t { kTransaction, kSavepoint, kNoAutoflush } kind;
  Session* session;
  int depth;  // of savepoints when it began
  bool is_over;
};
template <>
const ClassDef& class_of<ScopeBox>();

namespace {

// Ends the scope. Savepoints inside that nobody ended go with it.
void end_scope(ScopeBox& scope, bool commit) {
  if (scope.is_over) return;
  scope.is_over = true;
  Session& s = *scope.session;
  switch (scope.kind) {
    case ScopeBox::Kind::kNoAutoflush: s.pop_no_autoflush(); return;
    case ScopeBox::Kind::kSavepoint:
      if (s.nested_depth() < scope.depth) return;  // rolled back or committed inside
      while (s.nested_depth() > scope.depth) s.rollback();
      commit && s.is_active() ? s.commit_nested() : s.rollback();
      return;
    case ScopeBox::Kind::kTransaction:
      if (!s.in_transaction()) return;
      commit && s.is_active() ? s.commit() : s.rollback_all();
      return;
  }
}

int scope_close(lua_State* L) {
  end_scope(check_box<ScopeBox>(L, 1), is_normal_exit(L));
  return 0;
}

int scope_commit(lua_State* L) {
  end_scope(check_box<ScopeBox>(L, 1), true);
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
  lua_pushboolean(L, !check_box<ScopeBox>(L, 1).is_over);
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"commit", guarded<scope_commit>, "commit()  keep what was done since it began"},
    {"rollback", guarded<scope_rollback>, "rollback()  undo what was done since it began"},
};
constexpr MethodDef kGetters[] = {{"is_active", guarded<scope_is_active>, "is_active  false once it was ended"}};
constexpr MethodDef kMetamethods[] = {
    {"__close", guarded<scope_close>, "at the end of the block: commit, or roll back when it was left by an error"},
};

const ClassDef kScopeClass = {
    .name = "SessionTransaction",
    .doc = "A transaction or savepoint that ends with its block: local t <close> = db.session:begin_nested()",
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
    case ScopeBox::Kind::kTransaction: s.begin(); break;
    case ScopeBox::Kind::kSavepoint: s.begin_nested(); break;
    case ScopeBox::Kind::kNoAutoflush: s.push_no_autoflush(); break;
  }
  push_box(L, ScopeBox{kind, &s, s.nested_depth(), false}, 1);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  if (!with_function) return 1;
  lua_replace(L, 1);
  return run_in_scope(L, guarded<scope_finish>);
}

}  // namespace

template <>
const ClassDef& class_of<ScopeBox>() {
  return kScopeClass;
}

int session_begin(lua_State* L) { return open_scope(L, ScopeBox::Kind::kTransaction); }
int session_begin_nested(lua_State* L) { return open_scope(L, ScopeBox::Kind::kSavepoint); }
int session_no_autoflush(lua_State* L) { return open_scope(L, ScopeBox::Kind::kNoAutoflush); }

void open_session_scope(lua_State* L) { register_class(L, kScopeClass); }

}  // namespace moonbase::bindings
