// A flush that is cut off at any of its calls to the database: after the rollback objects and rows
// agree, and the same work can be done again.
#include <catch2/catch.hpp>

#include "tests/session/failing_driver.h"
#include "tests/support/orm_fixture.h"

using namespace moonbase;
using state::Instance;
using state::Lifecycle;
using test::caught;
using test::Lines;
using test::Orm;
using test::text;

namespace {

// A tree with a change of every kind waiting: an insert, an update, a move, a delete.
struct Work {
  test::Failures failures;
  test::FailingDialect dialect{failures};
  Orm o{engine::create_engine(engine::parse_url("sqlite://"), {}, dialect)};
  Instance *root, *leaf, *doomed, *fresh = nullptr;

  Work() {
    o.models.declare_tree();
    o.open();
    root = &o.add("Node", {{"name", text("root")}});
    leaf = &o.make("Node", {{"name", text("leaf")}});
    doomed = &o.make("Node", {{"name", text("doomed")}});
    Orm::append(*root, "children", *leaf);
    Orm::append(*root, "children", *doomed);
    o.session->commit();
  }
  void prepare() {
    session::Session::NoAutoflush guard(*o.session);
    if (fresh == nullptr) fresh = &o.make("Node", {{"name", text("fresh")}});
    o.session->add(*fresh);
    Orm::append(*root, "children", *fresh);
    Orm::set(*leaf, "name", text("renamed"));
    Orm::point(*leaf, "parent", fresh);
    o.session->remove(*doomed);
  }
  void check_untouched() {
    CHECK(o.rows("SELECT name, parent_id FROM node ORDER BY id") ==
          Lines{"'root', NULL", "'leaf', 1", "'doomed', 1"});
    CHECK(fresh->lifecycle == Lifecycle::kTransient);
    CHECK(doomed->lifecycle == Lifecycle::kPersistent);
    CHECK(Orm::get(*leaf, "name") == "'leaf'");
    CHECK(Orm::ref(*leaf, "parent") == root);
    CHECK(o.list(*root, "children") == test::Instances{leaf, doomed});
    CHECK(o.session->dirty().empty());
    CHECK(o.session->pending().empty());
    CHECK(o.session->deleted().empty());
  }
};

}  // namespace

TEST_CASE("a flush that fails at any call leaves objects and rows in agreement") {
  Work whole;
  whole.prepare();
  whole.failures.calls = 0;
  whole.o.session->commit();
  const int calls = whole.failures.calls;
  REQUIRE(calls > 5);
  for (int n = 1; n <= calls; ++n) {
    INFO("call " << n << " of " << calls);
    Work work;
    work.prepare();
    work.failures.calls = 0;
    work.failures.fail_at = n;
    CHECK(caught([&] { work.o.session->commit(); }).message().find("the disk is on fire") !=
          std::string::npos);
    CHECK_FALSE(work.o.session->is_active());
    work.o.session->rollback();
    work.check_untouched();
    work.prepare();
    work.o.session->commit();
    CHECK(work.o.rows("SELECT name, parent_id FROM node ORDER BY id").size() == 3);
    CHECK(work.o.rows("PRAGMA foreign_key_check").empty());
    CHECK(Orm::ref(*work.leaf, "parent") == work.fresh);
    CHECK(work.doomed->lifecycle == Lifecycle::kDetached);
  }
}

TEST_CASE("so does one inside a savepoint, and what was before it stays") {
  int calls = 0;
  for (int n = 0; n <= calls; ++n) {
    INFO("call " << n << " of " << calls);
    Work work;
    Instance& before = work.o.add("Node", {{"name", text("before")}});
    work.o.session->begin_nested();
    work.prepare();
    work.failures.calls = 0;
    work.failures.fail_at = n;
    if (n == 0) {
      work.o.session->flush();
      calls = work.failures.calls;
      continue;
    }
    CHECK(caught([&] { work.o.session->flush(); }).message().find("the disk is on fire") !=
          std::string::npos);
    work.o.session->rollback();
    CHECK(before.lifecycle == Lifecycle::kPersistent);
    CHECK(work.fresh->lifecycle == Lifecycle::kTransient);
    CHECK(Orm::get(*work.leaf, "name") == "'leaf'");
    CHECK(Orm::ref(*work.leaf, "parent") == work.root);
    work.prepare();
    work.o.session->commit();
    CHECK(work.o.rows("SELECT count(*) FROM node") == Lines{"4"});
  }
}

TEST_CASE("a connection that is lost for good does not take the objects with it") {
  Work work;
  const bool nested = GENERATE(false, true);
  if (nested) work.o.session->begin_nested();
  work.prepare();
  work.failures.calls = 0;
  work.failures.fail_at = 3;
  work.failures.for_good = true;
  CHECK(caught([&] { work.o.session->flush(); }).message() == "the disk is on fire");
  CHECK_FALSE(work.o.session->is_active());
  caught([&] { work.o.session->rollback_all(); });
  CHECK(work.o.session->is_active());
  CHECK_FALSE(work.o.session->in_transaction());
  CHECK(work.fresh->lifecycle == Lifecycle::kTransient);
  CHECK(work.doomed->lifecycle == Lifecycle::kPersistent);
  CHECK(work.o.session->deleted().empty());
}

TEST_CASE("a savepoint that cannot be rolled back still gives its objects back") {
  Work work;
  work.o.session->begin_nested();
  work.prepare();
  work.o.session->flush();
  work.failures.fail_at = 1;
  work.failures.for_good = true;
  CHECK(caught([&] { work.o.session->rollback(); }).message() == "the disk has burnt down");
  CHECK(work.o.session->nested_depth() == 0);
  CHECK(work.fresh->lifecycle == Lifecycle::kTransient);
  CHECK(work.doomed->lifecycle == Lifecycle::kPersistent);
}
