// A session's day with a database that fails at one call, whichever it is: afterwards the database
// holds what was committed and nothing else, and the session goes on after a rollback.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/session/failing_driver.h"
#include "tests/support/orm_fixture.h"

using namespace moonbase;
using state::Instance;
using test::Instances;
using test::Lines;
using test::Orm;
using test::text;

namespace {

struct Day {
  test::Failures failures;
  test::FailingDialect dialect{failures};
  Orm o{engine::create_engine(engine::parse_url("sqlite://"), {}, dialect)};
  int commits = 0;

  Day() {
    o.models.declare_tree();
    o.models.declare_courses();
    o.open();
  }

  void commit() {
    o.session->commit();
    ++commits;
  }

  // Objects are added, linked, moved, parted and deleted, inside savepoints and outside, with
  // queries in between; four commits.
  void pass() {
    session::Session& s = *o.session;
    Instance &root = o.add("Node", {{"name", text("root")}}), &leaf = o.make("Node");
    Instance &ada = o.add("Student", {{"name", text("ada")}}), &logic = o.make("Course");
    Orm::append(root, "children", leaf);
    Orm::append(ada, "courses", logic);
    s.flush();
    Orm::set(ada, "name", text("lovelace"));
    commit();

    s.begin_nested();
    Orm::append(ada, "courses", o.make("Course", {{"title", text("poetry")}}));
    o.all(o.query("Course"));
    s.rollback();
    s.begin_nested();
    Instance& alan = o.add("Student", {{"name", text("alan")}});
    Orm::append(logic, "students", alan);
    s.commit_nested();
    commit();

    Orm::point(root, "parent", &leaf);
    Orm::point(leaf, "parent", nullptr);
    Orm::take_out(ada, "courses", logic);
    s.flush();
    s.rollback();
    Orm::set(leaf, "name", text("leaf"));
    Orm::take_out(alan, "courses", logic);
    o.all(o.query("Node"));
    commit();

    s.remove(leaf);
    s.remove(root);
    s.remove(ada);
    commit();
  }

  Lines contents() {
    Lines all;
    for (const char* table : {"node", "student", "course", "enrolment"})
      for (const std::string& row : o.rows(std::string("SELECT * FROM ") + table))
        all.push_back(std::string(table) + ": " + row);
    return all;
  }

  // What a program sees is what the database has.
  void check_objects() {
    Lines seen;
    for (Instance* i : o.all(o.query("Student")))
      for (Instance* course : o.list(*i, "courses"))
        seen.push_back(std::to_string(Orm::id(*i)) + ", " + std::to_string(Orm::id(*course)));
    CHECK(seen == o.rows("SELECT * FROM enrolment ORDER BY student_id, course_id"));
    for (Instance* i : o.all(o.query("Node"))) {
      Instance* parent = Orm::ref(*i, "parent");
      if (parent == nullptr) continue;
      const Instances children = o.list(*parent, "children");
      CHECK(std::find(children.begin(), children.end(), i) != children.end());
    }
    CHECK(o.session->dirty().empty());
    CHECK(o.session->pending().empty());
    CHECK(o.session->deleted().empty());
  }
};

}  // namespace

TEST_CASE("whichever call to the database fails, what is committed is whole") {
  std::vector<Lines> after{Lines()};  // by the number of commits
  int last_commits = 0;
  for (int n = 1;; ++n) {
    INFO("call " << n);
    Day day;
    day.failures.calls = 0;
    day.failures.fail_at = n;
    const std::string message = test::caught([&] { day.pass(); }).message();
    day.failures.fail_at = 0;
    if (message == "nothing was thrown") {
      CHECK(day.commits == 4);
      CHECK(n > 40);
      break;
    }
    CHECK(message.find("the disk is on fire") != std::string::npos);
    day.o.session->rollback_all();
    // The first failure after a commit shows what that one left behind, the others agree with it.
    const auto commits = static_cast<size_t>(day.commits);
    if (commits >= after.size()) after.push_back(day.contents());
    REQUIRE(commits + 1 == after.size());
    CHECK(day.contents() == after[commits]);
    CHECK(day.commits >= last_commits);
    last_commits = day.commits;
    day.check_objects();
    day.o.add("Student", {{"name", text("next")}});
    day.o.session->commit();
    CHECK(day.contents().size() == after[commits].size() + 1);
    day.check_objects();
  }
  CHECK(after.size() == 4);
  CHECK(after[1] == Lines{"node: 1, 'root', NULL", "node: 2, NULL, 1", "student: 1, 'lovelace'",
                          "course: 1, NULL", "enrolment: 1, 1"});
  CHECK(after[2] == Lines{"node: 1, 'root', NULL", "node: 2, NULL, 1", "student: 1, 'lovelace'",
                          "student: 2, 'alan'", "course: 1, NULL", "enrolment: 1, 1",
                          "enrolment: 2, 1"});
  CHECK(after[3] == Lines{"node: 1, 'root', NULL", "node: 2, 'leaf', 1", "student: 1, 'lovelace'",
                          "student: 2, 'alan'", "course: 1, NULL", "enrolment: 1, 1"});
}
