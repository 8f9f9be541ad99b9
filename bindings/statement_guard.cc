#include "bindings/statement_guard.h"

#include <utility>

#include "bindings/context.h"
#include "bindings/hooks.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

StatementGuard::StatementGuard(lua_State* L, engine::Connection& connection)
    : connection_(connection) {
  bool at_risk = Context::of(L).area<Hooks>().interactive && connection.has_written() &&
                 connection.engine().traits().name == "postgresql";
  if (at_risk) savepoint_ = connection.savepoint();
}

StatementGuard::~StatementGuard() {
  if (savepoint_.empty()) return;
  try {
    connection_.rollback_to_savepoint(savepoint_);
    connection_.release_savepoint(savepoint_);
  } catch (const base::Error&) {
    // The connection is gone: the error of the statement says so.
  }
}

void StatementGuard::done() {
  if (!savepoint_.empty()) connection_.release_savepoint(std::exchange(savepoint_, {}));
}

}  // namespace moonbase::bindings
