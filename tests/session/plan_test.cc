// What a flush would do, shown: no SQL is sent and nothing is called.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using state::Instance;
using test::integer;
using test::Lines;
using test::Orm;
using test::text;

namespace {

Lines texts(const std::vector<session::PlannedStep>& steps) {
  Lines lines;
  for (const session::PlannedStep& step : steps) lines.push_back(step.text);
  return lines;
}

}  // namespace

TEST_CASE("a plan lists the rows in order, with keys to come") {
  Orm o;
  auto counting = std::make_shared<test::CountingDefault>([](int n) { return integer(n); });
  schema::TableDef user = schema::make_def(
      "user", {schema::make_key("id"), schema::make_column("username", types::string(9))});
  o.models.declare("User", std::move(user), {test::with_backref("posts", "Post", "author")});
  schema::TableDef post =
      schema::make_def("post", {schema::make_key("id"), schema::make_column("n")});
  post.columns[1].default_value = test::function_default(counting);
  test::add_reference(post, "user_id", "user.id");
  o.models.declare("Post", std::move(post));
  o.open();
  Instance &susan = o.add("User", {{"username", text("susan")}}), &p = o.make("Post");
  Orm::append(susan, "posts", p);
  const Lines expected{
      "INSERT user <User (pending)>: username = 'susan'",
      "INSERT post <Post (pending)>: n = ‹default›, user_id = ‹key of <User (pending)>›"};
  CHECK(texts(o.session->plan()) == expected);
  CHECK(texts(o.session->plan()) == expected);
  CHECK(counting->calls == 0);
  CHECK(o.log.take(true).empty());
  CHECK(susan.flush_index == 0);
  CHECK(Orm::peek(p, "n") == "-");
  o.session->flush();
  CHECK(counting->calls == 1);
  CHECK(o.session->plan().empty());
}

TEST_CASE("updates show what changes, deletes what they would have to load") {
  Orm o;
  o.models.declare_microblog();
  o.open();
  Instance &susan = o.add("User"), &john = o.add("User"),
           &p = o.make("Post", {{"body", text("x")}});
  Orm::append(susan, "posts", p);
  o.session->commit();
  Orm::get(p, "body");
  Orm::get(john, "username");
  Orm::set(p, "body", text("y"));
  Orm::point(p, "author", &john);
  o.session->remove(susan);
  o.log.take();
  CHECK(texts(o.session->plan()) == Lines{"UPDATE post <Post 1>: body = 'y', user_id = 2",
                                          "DELETE user <User 1>", "‹would load User.posts›"});
  CHECK(o.log.take(true).empty());
}

TEST_CASE("links are steps, too; what did not really change is none") {
  Orm o;
  o.models.declare_courses();
  o.open();
  Instance &ann = o.add("Student", {{"name", text("ann")}}), &maths = o.add("Course");
  o.session->flush();
  Orm::append(ann, "courses", maths);
  Orm::set(ann, "name", text("anna"));
  Orm::set(ann, "name", text("ann"));
  const auto steps = o.session->plan();
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].action == "LINK");
  CHECK(steps[0].table == "enrolment");
  CHECK(steps[0].text == "LINK enrolment <Student 1> and <Course 1>");
}

TEST_CASE("a plan of a circle that cannot be cut is the error the flush would give") {
  Orm o;
  schema::TableDef node = schema::make_def("node", {schema::make_key("id")});
  test::add_reference(node, "next_id", "node.id", false);
  o.models.declare("Node", std::move(node),
                   {test::relationship("next", "Node", [](mapper::RelationshipDef& d) {
                     d.remote_side = {"id"};
                   })});
  o.open();
  Instance &a = o.add("Node"), &b = o.add("Node");
  Orm::point(a, "next", &b);
  Orm::point(b, "next", &a);
  CHECK(test::caught([&] { o.session->plan(); }).kind() ==
        base::ErrorKind::kCircularDependencyError);
  CHECK(a.flush_index == 0);
  CHECK(o.session->is_active());
}
