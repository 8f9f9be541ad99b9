// A pool of driver connections: `size` kept, `max_overflow` more while needed, waiting at most
// `timeout` seconds for one. Thread-safe. Generations instead of clocks say which connections a
// dispose has made stale. Who checks a connection out gives it back through `check_in` exactly
// once, rolled back (engine::Connection does).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "orm/base/log.h"
#include "orm/driver/driver.h"

namespace moonbase::engine {

struct PooledConnection;
class InterruptSlots;

struct PoolStatistics {
  int size, checked_in, checked_out, overflow;
};

struct PoolOptions {
  enum class Kind : uint8_t {
    kQueue,      // connections wait for their next user
    kStatic,     // one connection, shared by all users of a thread
    kNull,       // nothing is kept
    kAssertion,  // one connection, for one user at a time: a second one is an error
  } kind = Kind::kQueue;
  int size = 5, max_overflow = 10;    // size 0 or max_overflow -1: no limit
  double timeout = 30, recycle = -1;  // seconds
  bool pre_ping = false, lifo = false;
  bool keeps_transactions = false;  // a connection may come back with a transaction open
  // Where the program is that checks a connection out ("app.lua:12"); may be empty.
  std::function<std::string()> place = {};
  // Told in words what the pool does, while `is_logging` (null: never).
  const std::atomic<bool>* is_logging = nullptr;
  std::function<void(std::string_view)> log = {};
  double (*clock)() = base::clock_seconds;
  InterruptSlots* interrupts = nullptr;  // not owned; outlives the pool
};

using ConnectFunction = std::function<std::unique_ptr<driver::DriverConnection>()>;

class Pool {
 public:
  virtual ~Pool() = default;
  virtual std::string kind() const = 0;  // "QueuePool", "StaticPool", "NullPool", "AssertionPool"
  virtual PoolStatistics statistics() const = 0;

  // A connection of this thread's own (StaticPool: one that other users on this thread may hold
  // too). Throws kTimeoutError naming the limits and who holds the connections, or what connecting
  // threw.
  virtual std::shared_ptr<PooledConnection> check_out() = 0;
  virtual void check_in(std::shared_ptr<PooledConnection> connection) noexcept = 0;
  // Closes idle connections; those in use are closed when they come back.
  virtual void dispose() = 0;
  // The server has closed this connection, and with it, one may think, all that are as old: idle
  // ones are closed, those in use when they come back. Nothing where the pool has been emptied
  // since this one was opened.
  virtual void invalidate(PooledConnection& connection) = 0;
};

std::unique_ptr<Pool> make_pool(PoolOptions options, ConnectFunction connect);

}  // namespace moonbase::engine
