// Who leaves with a flush, by the plan alone: orphans, rows that change hands, values that are used
// again.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using state::Instance;
using state::Lifecycle;
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

// A user with a unique name, whose posts are deleted as orphans; `backref` may be empty.
void declare_blog(Orm& o, const std::string& backref) {
  schema::TableDef user = schema::make_def(
      "user", {schema::make_key("id"), schema::make_column("name", types::string(20))});
  user.columns[1].unique = true;
  o.models.declare("User", std::move(user),
                   {test::relationship("posts", "Post", [&](mapper::RelationshipDef& d) {
                     d.backref = backref;
                     d.cascade = "all, delete-orphan";
                   })});
  schema::TableDef post =
      schema::make_def("post", {schema::make_key("id"), schema::make_column("n")});
  test::add_reference(post, "user_id", "user.id");
  o.models.declare("Post", std::move(post));
  o.open();
}

}  // namespace

TEST_CASE("an orphan is told at the flush, not when it is taken out") {
  for (const char* backref : {"", "author"}) {
    Orm o;
    declare_blog(o, backref);
    Instance &ann = o.add("User", {{"name", text("ann")}}), &bob = o.add("User");
    Instance &p = o.make("Post"), &q = o.make("Post");
    Orm::append(ann, "posts", p);
    Orm::append(ann, "posts", q);
    o.session->flush();
    Orm::take_out(ann, "posts", p);
    CHECK(o.session->deleted().empty());
    CHECK(texts(o.session->plan()) == Lines{"DELETE post <Post 1>"});
    Orm::append(bob, "posts", p);
    CHECK(texts(o.session->plan()) == Lines{"UPDATE post <Post 1>: user_id = 2"});
    Orm::take_out(ann, "posts", q);
    CHECK(texts(o.session->plan()) ==
          Lines{"UPDATE post <Post 1>: user_id = 2", "DELETE post <Post 2>"});
    o.session->flush();
    CHECK(q.lifecycle == Lifecycle::kDeleted);
    CHECK(o.rows("SELECT id, user_id FROM post") == Lines{"1, 2"});
    o.session->rollback();
  }
}

TEST_CASE("a new object that nobody owns any more is not written") {
  for (const char* backref : {"", "author"}) {
    Orm o;
    declare_blog(o, backref);
    Instance& ann = o.add("User", {{"name", text("ann")}});
    Instance &p = o.make("Post"), &alone = o.add("Post");
    Orm::append(ann, "posts", p);
    CHECK(p.lifecycle == Lifecycle::kPending);
    Orm::take_out(ann, "posts", p);
    CHECK(p.lifecycle == Lifecycle::kPending);
    o.session->flush();
    CHECK(p.lifecycle == Lifecycle::kTransient);
    CHECK(p.host == nullptr);
    CHECK(alone.lifecycle == Lifecycle::kPersistent);
    CHECK(o.rows("SELECT id, user_id FROM post") == Lines{"1, NULL"});
  }
}

TEST_CASE("a new object takes over the row of one that goes") {
  Orm o;
  declare_blog(o, "author");
  Instance& old = o.add("User", {{"id", integer(5)}, {"name", text("ann")}});
  o.session->flush();
  o.session->remove(old);
  Instance& fresh = o.add("User", {{"id", integer(5)}, {"name", text("ann")}});
  o.log.take();
  o.session->flush();
  CHECK(o.log.take() == Lines{"UPDATE user SET name=? WHERE user.id = ? ['ann', 5]"});
  CHECK(old.lifecycle == Lifecycle::kDeleted);
  CHECK(fresh.lifecycle == Lifecycle::kPersistent);
  CHECK(o.session->identity().of(o.model("User")).find(5) == &fresh);
  o.session->rollback();
  CHECK(fresh.lifecycle == Lifecycle::kTransient);
}

TEST_CASE("a unique value is free for the row that takes it over") {
  Orm o;
  declare_blog(o, "author");
  Instance& ann = o.add("User", {{"name", text("ann")}});
  Instance& p = o.make("Post");
  Orm::append(ann, "posts", p);
  o.session->commit();
  Orm::get(ann, "name");
  o.session->remove(ann);
  o.add("User", {{"name", text("ann")}});
  o.log.take();
  o.session->flush();
  CHECK(o.log.take() == Lines{"DELETE FROM post WHERE post.id = ? [1]",
                              "DELETE FROM user WHERE user.id = ? [1]",
                              "INSERT INTO user (name) VALUES (?) ['ann']"});
}

TEST_CASE("where something that stays is in the way, the error names both") {
  Orm o;
  declare_blog(o, "author");
  schema::TableDef log =
      schema::make_def("log", {schema::make_key("id"), schema::make_column("n")});
  test::add_reference(log, "user_id", "user.id", false);
  o.models.declare("Log", std::move(log));
  engine::create_tables(*o.engine, *o.models.metadata);
  Instance& ann = o.add("User", {{"name", text("ann")}});
  o.session->flush();
  Instance& entry = o.add("Log", {{"user_id", integer(Orm::id(ann))}});
  o.session->flush();
  o.session->remove(ann);
  Orm::set(entry, "n", integer(3));
  o.add("User", {{"name", text("ann")}});
  const base::Error e = test::caught([&] { o.session->flush(); });
  CHECK(e.kind() == base::ErrorKind::kIntegrityError);
  CHECK(e.message() == "UNIQUE constraint failed: user.name");
  CHECK(e.paragraph().find("takes over the name of <User 1>") != std::string::npos);
  CHECK(e.hint().find("<Log 1> still refers to <User 1>") != std::string::npos);
}
