// What a person types must not cost the work before it: PostgreSQL spoils a transaction at the
// first error. While the prompt runs inputs, the engines of this state undo the statement that
// failed (Engine::guard_statements). One object for each Lua state; its thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "orm/engine/connection.h"

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

// Runs of one statement that a person asks for together: where statements are guarded, the error of
// one undoes all. An object on the stack around them; the constructor throws what the database
// throws, the destructor nothing.
class RunsTogether {
 public:
  // `connection` must outlive it.
  explicit RunsTogether(engine::Connection& connection);
  RunsTogether(const RunsTogether&) = delete;
  RunsTogether& operator=(const RunsTogether&) = delete;
  // Undoes the runs, unless `done` was called.
  ~RunsTogether();
  void done();

 private:
  engine::Connection& connection_;
  std::string savepoint_;  // empty when there is none
};

}  // namespace moonbase::bindings
