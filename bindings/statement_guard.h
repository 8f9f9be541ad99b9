// A statement that a person types must not cost the work before it: PostgreSQL spoils a transaction
// at the first error. While the prompt runs inputs, a statement on a connection that has written
// runs behind a savepoint, and is undone alone when it fails. Elsewhere nothing happens.
//
// An object on the stack around one statement, on the state's thread. The constructor throws what
// the database throws; the destructor throws nothing.
#pragma once

#include <string>

#include "bindings/lua_api.h"
#include "orm/engine/connection.h"

namespace moonbase::bindings {

class StatementGuard {
 public:
  /// `connection` must outlive the guard.
  StatementGuard(lua_State* L, engine::Connection& connection);
  StatementGuard(const StatementGuard&) = delete;
  StatementGuard& operator=(const StatementGuard&) = delete;
  /// Undoes the statement, unless `done` was called.
  ~StatementGuard();

  /// The statement has not failed.
  void done();

 private:
  engine::Connection& connection_;
  std::string savepoint_;  // empty when there is none
};

}  // namespace moonbase::bindings
