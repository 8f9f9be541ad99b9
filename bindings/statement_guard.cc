#include "bindings/statement_guard.h"

#include <utility>

#include "orm/base/error.h"

namespace moonbase::bindings {

void StatementGuard::watch(const engine::EnginePtr& engine) {
  std::erase_if(engines_, [](const auto& known) { return known.expired(); });
  for (const auto& known : engines_)
    if (known.lock() == engine) return;
  engines_.push_back(engine);
  engine->guard_statements(on_);
}

void StatementGuard::set_on(bool on) {
  on_ = on;
  for (const auto& known : engines_)
    if (const engine::EnginePtr engine = known.lock()) engine->guard_statements(on);
}

RunsTogether::RunsTogether(engine::Connection& connection) : connection_(connection) {
  if (connection.engine().guards_statements() && connection.own_isolation_level() != "AUTOCOMMIT")
    savepoint_ = connection.savepoint();
}

RunsTogether::~RunsTogether() {
  if (savepoint_.empty()) return;
  try {
    connection_.rollback_to_savepoint(savepoint_);
    connection_.release_savepoint(savepoint_);
  } catch (const base::Error&) {
    // The connection is gone: the error of the run says so.
    return;
  }
}

void RunsTogether::done() {
  if (!savepoint_.empty()) connection_.release_savepoint(std::exchange(savepoint_, {}));
}

}  // namespace moonbase::bindings
