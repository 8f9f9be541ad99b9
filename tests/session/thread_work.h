// Threads with a session each on one engine's pool: what they do in a round, and what must be there
// in the end.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "orm/engine/pool.h"
#include "tests/support/orm_fixture.h"

namespace moonbase::test {

// Classes, objects and a session of one thread; the engine and its statement cache are everybody's.
class Worker {
 public:
  Worker(engine::EnginePtr engine, int number)
      : engine_(std::move(engine)), prefix_("user " + std::to_string(number) + " ") {
    models_.declare_microblog();
    models_.registry.set_on_grown([this](const mapper::Mapper& m) { heap_.grow(m); });
    models_.registry.configure();
  }

  // Commits a user with two posts, reads and changes it in another transaction, and takes a third
  // one back. Throws what the database says.
  void round() {
    session::Session session(heap_, models_.registry,
                             [this](const schema::Table*) { return engine_; });
    const std::string name = prefix_ + std::to_string(committed);
    state::Instance& user = make("User", "username", name);
    for (const char* body : {"one", "two"}) {
      state::Instance& post = make("Post", "body", body);
      state::append(user, *user.mapper->attribute("posts").relationship, post);
    }
    session.add(user);
    session.flush();
    // A commit may sweep objects that nobody holds.
    const base::Value id = user.read(user.mapper->primary_key()[0]);
    session.commit();
    ++committed;

    session.expunge_all();
    state::Instance* again = session.get(models_["User"], {id});
    is_right &= again != nullptr && Orm::get(*again, "username") == "'" + name + "'";
    const mapper::Relationship& posts = *again->mapper->attribute("posts").relationship;
    session.load_relationship(*again, posts);
    is_right &= state::collection_of(*again, posts).items().size() == 2;
    Orm::set(*again, "username", base::Value::text(name + "!"));
    session.commit();

    session.add(make("User", "username", "nobody"));
    session.flush();
    session.rollback();
  }

  int committed = 0;
  bool is_right = true;

 private:
  state::Instance& make(const char* model, const char* attribute, const std::string& value) {
    state::Instance& i = heap_.create(models_[model]);
    Orm::set(i, attribute, base::Value::text(value));
    return i;
  }

  engine::EnginePtr engine_;
  std::string prefix_;
  Models models_;
  state::InstanceHeap heap_;
};

// Eight threads on a pool of four, each until `is_done(rounds)`. No error may come, every
// acknowledged commit and nothing else must be there, and no connection be missing.
inline void run_threads(const std::string& url, const std::function<bool(int)>& is_done) {
  constexpr int kThreads = 8;
  engine::EngineOptions options;
  options.pool_size = 4;
  options.max_overflow = 0;
  const engine::EnginePtr engine = engine::create_engine(engine::parse_url(url), options);
  {
    Models models;
    models.declare_microblog();
    engine::create_tables(*engine, *models.metadata);
  }
  std::atomic<int> committed = 0, most = 0;
  std::atomic<bool> is_right = true;
  std::vector<std::string> errors(kThreads);
  std::vector<std::thread> threads;
  for (int n = 0; n < kThreads; ++n) {
    threads.emplace_back([&, n] {
      try {
        Worker worker(engine, n);
        for (int round = 0; !is_done(round); ++round) {
          worker.round();
          const int used = engine->pool().statistics().checked_out;
          for (int seen = most; used > seen && !most.compare_exchange_weak(seen, used);) {
          }
        }
        committed += worker.committed;
        if (!worker.is_right) is_right = false;
      } catch (const base::Error& error) {
        errors[static_cast<size_t>(n)] = error.paragraph();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& error : errors) CHECK(error == "");
  CHECK(is_right);
  CHECK(most <= 4);
  CHECK(engine->pool().statistics().checked_out == 0);
  CHECK(engine->pool().statistics().checked_in <= 4);
  auto connection = engine->connect();
  engine::Cursor cursor = connection->execute_sql(
      "SELECT (SELECT count(*) FROM \"user\" WHERE username LIKE 'user % %!'), "
      "(SELECT count(*) FROM \"user\"), (SELECT count(*) FROM post)");
  REQUIRE(cursor.next());
  CHECK(cursor.raw(0).as_int() == committed);
  CHECK(cursor.raw(1).as_int() == committed);
  CHECK(cursor.raw(2).as_int() == 2 * committed);
}

}  // namespace moonbase::test
