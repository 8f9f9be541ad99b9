#include "orm/engine/pool.h"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "orm/engine/connection_state.h"
#include "tests/engine/support.h"

using namespace moonbase;
using base::ErrorKind;
using engine::Connection;
using engine::EngineOptions;
using engine::EnginePtr;
using test::error_of;
using test::open_engine;

namespace {

struct Scripted {
  explicit Scripted(EngineOptions options = {})
      : script(std::make_shared<driver::FakeScript>()),
        dialect(script),
        engine(
            engine::create_engine(engine::parse_url("fake://h/d"), std::move(options), dialect)) {}
  std::shared_ptr<driver::FakeScript> script;
  test::FakeDialect dialect;
  EnginePtr engine;
};

EngineOptions limits(int size, int overflow, double timeout = 0.01) {
  EngineOptions options;
  options.pool_size = size;
  options.max_overflow = overflow;
  options.pool_timeout = timeout;
  return options;
}

}  // namespace

TEST_CASE("a connection that was given back is used again, with its prepared statements") {
  Scripted s;
  for (int i = 0; i < 3; ++i) {
    auto connection = s.engine->connect();
    connection->execute_sql("SELECT 1");
  }
  CHECK(s.script->open_connections == 1);
  CHECK(s.script->prepared == 1);
  CHECK(s.engine->pool().kind() == "QueuePool");
}

TEST_CASE("a pool keeps its size, opens its overflow, and then says what its limits are") {
  Scripted s(limits(2, 1));
  std::vector<std::unique_ptr<Connection>> used;
  for (int i = 0; i < 3; ++i) used.push_back(s.engine->connect());
  auto statistics = s.engine->pool().statistics();
  CHECK(statistics.checked_out == 3);
  CHECK(statistics.overflow == 1);

  base::Error error = error_of([&] { s.engine->connect(); });
  CHECK(error.kind() == ErrorKind::kTimeoutError);
  CHECK(error.message() ==
        "QueuePool limit of size 2 overflow 1 reached, connection timed out, timeout 0.01");
  CHECK(error.hint().find("3 connections are in use") != std::string::npos);

  used.clear();
  CHECK(s.script->open_connections == 2);
  CHECK(s.engine->pool().statistics().checked_in == 2);
}

TEST_CASE("a pool that has none left says who holds the connections, and since when") {
  Scripted s(limits(4, 0));
  std::string place = "app.lua:3";
  s.engine->set_place([&] { return place; });
  std::vector<std::unique_ptr<Connection>> used;
  used.push_back(s.engine->connect());
  place = "app.lua:7";
  used.push_back(s.engine->connect());
  used.push_back(s.engine->connect());
  place = "";
  used.push_back(s.engine->connect());
  CHECK(error_of([&] { s.engine->connect(); }).hint() ==
        "4 connections are in use: 1 by app.lua:3 for 0.0 seconds, 2 by app.lua:7 for 0.0 seconds, "
        "1 for 0.0 seconds. Close connections and sessions after use, or raise pool_size or "
        "max_overflow.");
}

namespace {

// The seconds a pool of a test goes by.
double now = 0;
double test_clock() { return now; }

engine::PoolOptions timed(int size) {
  engine::PoolOptions options;
  options.size = size;
  options.max_overflow = 0;
  options.timeout = 0;
  options.clock = test_clock;
  return options;
}

}  // namespace

TEST_CASE("the longest holder of a connection is named first, with its time") {
  auto script = std::make_shared<driver::FakeScript>();
  engine::PoolOptions options = timed(2);
  std::string place = "old.lua:1";
  options.place = [&] { return place; };
  auto pool = engine::make_pool(options, [&] { return driver::fake_connect(script); });
  now = 100;
  auto first = pool->check_out();
  place = "new.lua:2";
  now = 112.5;
  auto second = pool->check_out();
  now = 115;
  CHECK(error_of([&] { pool->check_out(); })
            .hint()
            .starts_with("2 connections are in use: 1 by old.lua:1 for 15.0 seconds, 1 by "
                         "new.lua:2 for 2.5 seconds."));
  // What came back is nobody's.
  pool->check_in(std::move(first));
  first = pool->check_out();
  CHECK(error_of([&] { pool->check_out(); })
            .hint()
            .starts_with("2 connections are in use: 2 by new.lua:2 for 2.5 seconds."));
  pool->check_in(std::move(first));
  pool->check_in(std::move(second));
}

TEST_CASE("a connection is replaced when it is older than pool_recycle, not before") {
  auto script = std::make_shared<driver::FakeScript>();
  engine::PoolOptions options = timed(1);
  options.recycle = 60;
  auto pool = engine::make_pool(options, [&] { return driver::fake_connect(script); });
  now = 0;
  pool->check_in(pool->check_out());
  now = 60;
  pool->check_in(pool->check_out());
  CHECK(script->log == std::vector<std::string>{"connect"});
  now = 61;
  pool->check_in(pool->check_out());
  CHECK(script->log == std::vector<std::string>{"connect", "close", "connect"});
}

TEST_CASE("the death of a connection empties the pool once, not of those opened since") {
  auto script = std::make_shared<driver::FakeScript>();
  auto pool = engine::make_pool(timed(4), [&] { return driver::fake_connect(script); });
  auto first = pool->check_out(), second = pool->check_out();
  pool->check_in(pool->check_out());
  CHECK(pool->statistics().checked_in == 1);
  pool->invalidate(*first);
  CHECK(pool->statistics().checked_in == 0);
  pool->check_in(pool->check_out());
  pool->invalidate(*second);
  CHECK(pool->statistics().checked_in == 1);
  pool->check_in(std::move(first));
  pool->check_in(std::move(second));
  CHECK(pool->statistics().checked_in == 1);
  CHECK(script->open_connections == 1);
}

TEST_CASE("whatever connecting throws, its place in the pool is free again") {
  struct Odd {};  // as a listener's Lua function may throw
  bool fails = true;
  auto script = std::make_shared<driver::FakeScript>();
  auto pool = engine::make_pool(timed(1), [&] {
    if (fails) throw Odd();
    return driver::fake_connect(script);
  });
  for (int i = 0; i < 3; ++i) CHECK_THROWS_AS(pool->check_out(), Odd);
  fails = false;
  CHECK_NOTHROW(pool->check_in(pool->check_out()));
}

TEST_CASE("a pool of size 0 has no limit") {
  Scripted s(limits(0, 0));
  std::vector<std::unique_ptr<Connection>> used;
  for (int i = 0; i < 20; ++i) used.push_back(s.engine->connect());
  CHECK(s.script->open_connections == 20);
}

TEST_CASE("a failed connect takes no place in the pool") {
  Scripted s(limits(1, 0));
  s.script->failures.emplace("connect",
                             base::Error(ErrorKind::kOperationalError, "no route to host"));
  for (int i = 0; i < 3; ++i)
    CHECK(error_of([&] { s.engine->connect(); }).message() == "no route to host");
  s.script->failures.clear();
  CHECK_NOTHROW(s.engine->connect());
}

TEST_CASE("a waiting thread gets the connection that comes back") {
  Scripted s(limits(1, 0, 30));
  auto first = s.engine->connect();
  std::atomic<bool> is_served = false;
  std::thread waiter([&] {
    auto second = s.engine->connect();
    is_served = true;
  });
  CHECK_FALSE(is_served);
  first->close();
  waiter.join();
  CHECK(is_served);
  CHECK(s.script->open_connections == 1);
}

TEST_CASE("an interrupt ends the wait for a connection, and the pool is as it was") {
  Scripted s(limits(1, 0, 60));
  auto first = s.engine->connect();
  std::atomic<bool> is_over = false;
  std::thread interrupter([&] {
    while (!is_over) s.engine->interrupt();
  });
  base::Error error = error_of([&] { s.engine->connect(); });
  is_over = true;
  interrupter.join();
  CHECK(error.kind() == ErrorKind::kInterrupted);
  CHECK(s.engine->pool().statistics().checked_out == 1);
  first->close();
  CHECK_NOTHROW(s.engine->connect());
}

TEST_CASE("many threads share few connections, never more than the limit") {
  test::TempFolder folder;
  EnginePtr engine = open_engine("sqlite:///" + folder.file("app.db"), limits(2, 1, 30));
  auto first = engine->connect();
  first->execute_script("CREATE TABLE hits (n INTEGER); INSERT INTO hits VALUES (0)");
  first->commit();
  first->close();
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        auto connection = engine->connect();
        int used = engine->pool().statistics().checked_out;
        for (int seen = most; used > seen && !most.compare_exchange_weak(seen, used);) {
        }
        connection->execute_sql("UPDATE hits SET n = n + 1");
        connection->commit();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(most <= 3);
  auto connection = engine->connect();
  CHECK(test::scalar(*connection, "SELECT n FROM hits") == base::Value::integer(100));
}

TEST_CASE("what is given back with an open transaction is rolled back first") {
  Scripted s;
  s.engine->connect()->execute_sql("DELETE FROM t");
  CHECK(s.script->log ==
        std::vector<std::string>{"connect", "BEGIN IMMEDIATE", "DELETE FROM t", "ROLLBACK"});
}

TEST_CASE("a connection whose rollback fails is not used again") {
  Scripted s;
  s.script->failures.emplace("ROLLBACK", base::Error(ErrorKind::kOperationalError, "gone"));
  s.engine->connect()->execute_sql("DELETE FROM t");
  CHECK(s.script->open_connections == 0);
  CHECK(s.engine->pool().statistics().checked_in == 0);
}

TEST_CASE("an invalidated connection is closed for good") {
  Scripted s;
  auto connection = s.engine->connect();
  connection->invalidate();
  connection->close();
  CHECK(connection->is_closed());
  CHECK(s.script->open_connections == 0);
  CHECK(error_of([&] { connection->execute_sql("SELECT 1"); }).kind() ==
        ErrorKind::kResourceClosedError);
}

TEST_CASE("dispose closes idle connections at once and those in use when they come back") {
  Scripted s;
  auto busy = s.engine->connect();
  s.engine->connect()->close();
  CHECK(s.script->open_connections == 2);
  s.engine->dispose();
  CHECK(s.script->open_connections == 1);
  busy->close();
  CHECK(s.script->open_connections == 0);
  CHECK_NOTHROW(s.engine->connect());
}

TEST_CASE("pre-ping replaces a dead connection and pings no new one") {
  EngineOptions options;
  options.pool_pre_ping = true;
  Scripted s(options);
  s.engine->connect()->close();
  CHECK(s.script->log == std::vector<std::string>{"connect"});
  s.engine->connect()->close();
  CHECK(s.script->log == std::vector<std::string>{"connect", "ping"});
  s.script->failures.emplace("ping", base::Error(ErrorKind::kOperationalError, "server gone"));
  s.engine->connect()->close();
  CHECK(s.script->log == std::vector<std::string>{"connect", "ping", "ping", "close", "connect"});
}

TEST_CASE("connections past their age are replaced") {
  EngineOptions options;
  options.pool_recycle = 0;
  Scripted s(options);
  s.engine->connect()->close();
  s.engine->connect()->close();
  CHECK(s.script->log == std::vector<std::string>{"connect", "close", "connect"});
}

TEST_CASE("the longest idle connection is next, or with lifo the last one used") {
  for (bool lifo : {false, true}) {
    EngineOptions options;
    options.pool_use_lifo = lifo;
    Scripted s(options);
    auto first = s.engine->connect();
    auto second = s.engine->connect();
    driver::DriverConnection* first_driver = &first->driver();
    driver::DriverConnection* second_driver = &second->driver();
    first->close();
    second->close();
    CHECK(&s.engine->connect()->driver() == (lifo ? second_driver : first_driver));
  }
}

TEST_CASE("a null pool keeps nothing") {
  EngineOptions options;
  options.null_pool = true;
  Scripted s(options);
  s.engine->connect()->close();
  CHECK(s.script->open_connections == 0);
  CHECK(s.engine->pool().kind() == "NullPool");
}

TEST_CASE("a static pool is one connection for all users of a thread") {
  EngineOptions options;
  options.static_pool = true;
  Scripted s(options);
  auto first = s.engine->connect(), second = s.engine->connect();
  CHECK(&first->driver() == &second->driver());
  CHECK(s.script->open_connections == 1);
  CHECK(s.engine->pool().kind() == "StaticPool");
}

TEST_CASE("a database in memory is one connection for a thread, and others wait") {
  EngineOptions options;
  options.pool_timeout = 0.01;
  EnginePtr engine = open_engine("sqlite://", options);
  CHECK(engine->pool().kind() == "StaticPool");
  CHECK(engine->location() == ":memory:");
  auto connection = engine->connect();
  connection->execute_script("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  auto second = engine->connect();
  CHECK(test::scalar(*second, "SELECT a FROM t") == base::Value::integer(1));

  ErrorKind kind = ErrorKind::kInternalError;
  std::thread other([&] { kind = error_of([&] { engine->connect(); }).kind(); });
  other.join();
  CHECK(kind == ErrorKind::kTimeoutError);
  second->close();
  connection->commit();
  connection->close();
  std::thread later([&] { engine->connect()->execute_sql("INSERT INTO t VALUES (2)"); });
  later.join();
  CHECK(test::scalar(*engine->connect(), "SELECT count(*) FROM t") == base::Value::integer(1));
}
