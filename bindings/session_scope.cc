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
    {"is_active", guarded<scope_is_active>, "is_active  false once it was ended"}};
constexpr MethodDef kMetamethods[] = {
    {"__close", guarded<scope_close>,
     "at the end of the block: commit, or roll back when it was left by an error"},
    {"__tostring", guarded<scope_tostring>, "tostring(t)"},
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

int session_begin(lua_State* L) { return open_scope(L, ScopeBox::Kind::kTransaction); }
int session_begin_nested(lua_State* L) { return open_scope(L, ScopeBox::Kind::kSavepoint); }
int session_no_autoflush(lua_State* L) { return open_scope(L, ScopeBox::Kind::kNoAutoflush); }

void open_session_scope(lua_State* L) { register_class(L, kScopeClass); }

}  // namespace moonbase::bindings
