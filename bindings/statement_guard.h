// What a person types must not cost the work before it: PostgreSQL spoils a transaction at the
// first error. While the prompt runs inputs, the engines of this state undo the statement that
// failed (Engine::guard_statements). One object for each Lua state; its thread.
#pragma once

#include <memory>
#include <vector>

#include "orm/engine/engine.h"

namespace moonbase::bindings {

class StatementGuard {
 public:
  // An engine that Lua has come to know.
  void watch(const engine::EnginePtr& engine);
  // For those that are known and those to come.
  void set_on(bool on);

 private:
  std::vector<std::weak_ptr<engine::Engine>> engines_;
  bool on_ = false;
};

}  // namespace moonbase::bindings
