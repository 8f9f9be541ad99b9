#include "bindings/statement_guard.h"

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

}  // namespace moonbase::bindings
