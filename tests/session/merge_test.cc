// Copies of objects into a session.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using base::Value;
using state::Instance;
using state::Lifecycle;
using test::Instances;
using test::integer;
using test::Lines;
using test::Orm;
using test::text;

namespace {

struct Blog : Orm {
  Blog() {
    models.declare_microblog();
    open();
  }
};

}  // namespace

TEST_CASE("a new object is copied as a pending one") {
  Blog o;
  Instance& given = o.make("User", {{"username", text("susan")}});
  Instance& mine = o.session->merge(given);
  CHECK(&mine != &given);
  CHECK(given.lifecycle == Lifecycle::kTransient);
  CHECK(mine.lifecycle == Lifecycle::kPending);
  o.session->commit();
  CHECK(o.rows("SELECT * FROM user") == Lines{"1, 'susan'"});
}

TEST_CASE("an object whose row is there is copied over it") {
  Blog o;
  Instance& there = o.add("User", {{"username", text("susan")}});
  o.session->commit();
  Instance& given = o.make("User", {{"id", integer(1)}, {"username", text("john")}});
  CHECK(&o.session->merge(given) == &there);
  CHECK(Orm::get(there, "username") == "'john'");
  o.session->commit();
  CHECK(o.rows("SELECT * FROM user") == Lines{"1, 'john'"});
}

TEST_CASE("what the given object never set stays as it is") {
  Blog o;
  Instance& there = o.add("User", {{"username", text("susan")}});
  o.session->commit();
  o.session->merge(o.make("User", {{"id", integer(1)}}));
  CHECK(Orm::get(there, "username") == "'susan'");
  CHECK(o.session->dirty().empty());
}

TEST_CASE("an object with a key but no row is inserted with it") {
  Blog o;
  o.session->merge(o.make("User", {{"id", integer(7)}}));
  o.session->commit();
  CHECK(o.rows("SELECT id FROM user") == Lines{"7"});
}

TEST_CASE("what is in the session already is returned, pending or not") {
  Blog o;
  Instance& user = o.add("User");
  CHECK(&o.session->merge(user) == &user);
  o.session->flush();
  CHECK(&o.session->merge(user) == &user);
}

TEST_CASE("merge follows its cascade, in circles too") {
  Blog o;
  Instance &user = o.make("User", {{"username", text("susan")}}),
           &post = o.make("Post", {{"body", text("x")}});
  Orm::append(user, "posts", post);
  Instance& mine = o.session->merge(post);
  Instance* author = Orm::ref(mine, "author");
  REQUIRE(author != nullptr);
  CHECK(author != &user);
  CHECK(o.list(*author, "posts") == Instances{&mine});
  CHECK(post.lifecycle == Lifecycle::kTransient);
  o.session->commit();
  CHECK(o.rows("SELECT username, body FROM user JOIN post ON user_id = user.id") ==
        Lines{"'susan', 'x'"});
}

TEST_CASE("a list that is given replaces the list that is there") {
  Blog o;
  Instance &user = o.add("User"), &kept = o.make("Post"), &dropped = o.make("Post");
  Orm::append(user, "posts", kept);
  Orm::append(user, "posts", dropped);
  o.session->commit();
  Instance &given = o.make("User", {{"id", integer(1)}}),
           &copy = o.make("Post", {{"id", integer(1)}, {"body", text("new")}});
  Orm::append(given, "posts", copy);
  o.session->merge(given);
  o.session->commit();
  CHECK(o.rows("SELECT id, body, user_id FROM post") == Lines{"1, 'new', 1", "2, NULL, NULL"});
}

TEST_CASE("a detached object comes back by merge") {
  Blog o;
  Instance& user = o.add("User", {{"username", text("susan")}});
  o.session->commit();
  Orm::get(user, "username");
  o.session->close();
  Orm::set(user, "username", text("john"));
  Instance& mine = o.session->merge(user);
  CHECK(&mine != &user);
  o.session->commit();
  CHECK(o.rows("SELECT username FROM user") == Lines{"'john'"});
}

TEST_CASE("without loading the given values are taken as the row's") {
  Blog o;
  Instance& user = o.add("User", {{"username", text("susan")}});
  o.session->commit();
  Orm::get(user, "username");
  o.session->expunge(user);
  o.sent();
  Instance& mine = o.session->merge(user, false);
  CHECK(mine.lifecycle == Lifecycle::kPersistent);
  CHECK(Orm::get(mine, "username") == "'susan'");
  CHECK(o.session->dirty().empty());
  CHECK(o.sent().empty());
}
