// Who is told what an engine's connections do, while they do it: before and after each statement,
// at the ends of transactions and savepoints, when they leave the pool and come back. Unlike a
// LogSink, which hears of what was done, a listener hears before, and knows the connection. One for
// each engine, null mostly; not owned; called on the thread that runs the statement. What it throws
// leaves through the statement's caller.
#pragma once

#include <span>
#include <string_view>

#include "orm/base/error.h"
#include "orm/base/value.h"

namespace moonbase::driver {
class DriverConnection;
}

namespace moonbase::engine {

class Engine;
class Connection;

struct Execution {
  std::string_view statement;
  std::span<const base::Value> parameters;  // in the order of the placeholders
  bool is_many = false;                     // one of many runs that share a statement
};

enum class Control : uint8_t {
  kBegin,
  kCommit,
  kRollback,
  kSavepoint,
  kRollbackSavepoint,
  kReleaseSavepoint,
};

// What becomes of a connection of the pool.
enum class PoolUse : uint8_t {
  kFirstConnect,  // the engine's first one was opened
  kCheckout,      // it is taken
  kReset,         // it is about to be given back, and what is open on it rolled back
  kCheckin,       // it is given back
};

class EngineListener {
 public:
  virtual ~EngineListener() = default;
  // A connection to the database was opened.
  virtual void connected(Engine& engine, driver::DriverConnection& opened) = 0;
  virtual void executing(Connection& connection, const Execution& execution) = 0;
  virtual void executed(Connection& connection, const Execution& execution) = 0;
  // A transaction is about to begin, to be committed or to be rolled back; or a savepoint of this
  // name to be made, rolled back to or released.
  virtual void controlled(Connection& connection, Control control, std::string_view savepoint) = 0;
  // What it throws at kReset and kCheckin ends the program. These are not told of a connection that
  // nobody closed.
  virtual void pooled(Engine& engine, PoolUse use, driver::DriverConnection& connection) = 0;
  // The error goes on when this returns.
  virtual void failed(Connection& connection, const Execution& execution,
                      const base::Error& error) = 0;
};

}  // namespace moonbase::engine
