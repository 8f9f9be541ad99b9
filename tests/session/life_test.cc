// The states of an object: transient, pending, persistent, deleted, detached.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using base::ErrorKind;
using base::Value;
using state::Instance;
using state::Lifecycle;
using test::caught;
using test::Instances;
using test::integer;
using test::Lines;
using test::Orm;
using test::text;

namespace {

struct Blog : Orm {
  explicit Blog(session::SessionOptions options = {}) {
    models.declare_microblog();
    open(options);
  }
};

}  // namespace

TEST_CASE("an object goes from transient to detached") {
  Blog o;
  Instance& user = o.make("User", {{"username", text("susan")}});
  CHECK(user.lifecycle == Lifecycle::kTransient);
  o.session->add(user);
  CHECK(user.lifecycle == Lifecycle::kPending);
  CHECK(o.session->pending() == Instances{&user});
  o.session->flush();
  CHECK(user.lifecycle == Lifecycle::kPersistent);
  CHECK(o.session->pending().empty());
  CHECK(o.session->contains(user));
  CHECK(o.session->find_loaded(o.model("User"), 1) == &user);
  o.session->remove(user);
  CHECK(user.lifecycle == Lifecycle::kPersistent);
  CHECK(o.session->deleted() == Instances{&user});
  o.session->flush();
  CHECK(user.lifecycle == Lifecycle::kDeleted);
  CHECK_FALSE(o.session->contains(user));
  o.session->commit();
  CHECK(user.lifecycle == Lifecycle::kDetached);
  CHECK(user.host == nullptr);
}

TEST_CASE("what a new object refers to is added with it") {
  Blog o;
  Instance &user = o.make("User"), &a = o.make("Post"), &b = o.make("Post");
  Orm::append(user, "posts", a);
  Orm::append(user, "posts", b);
  o.session->add(user);
  CHECK(o.session->pending() == Instances{&user, &a, &b});
}

TEST_CASE("what is linked to an object of the session comes in, but not along a backref") {
  Blog o;
  Instance& user = o.add("User");
  Instance &post = o.make("Post"), &other = o.make("Post");
  Orm::append(user, "posts", post);
  CHECK(post.lifecycle == Lifecycle::kPending);
  Orm::point(other, "author", &user);
  CHECK(other.lifecycle == Lifecycle::kTransient);
  o.session->flush();
  REQUIRE(o.log.warnings.size() == 1);
  CHECK(o.log.warnings[0] ==
        "<Post (transient)> is linked by User.posts of <User (pending)> but was never added to the "
        "session: it is "
        "not written");
  CHECK(o.rows("SELECT count(*) FROM post") == Lines{"1"});
}

TEST_CASE("an object belongs to one session") {
  Blog o;
  Instance& user = o.add("User");
  o.session->flush();
  const auto other = o.make_session();
  const base::Error e = caught([&] { other->add(user); });
  CHECK(e.kind() == ErrorKind::kInvalidRequestError);
  CHECK(e.message() == "<User 1> belongs to another session already");
}

TEST_CASE("only one object stands for a row") {
  Blog o;
  Instance& user = o.add("User");
  o.session->commit();
  o.session->expunge(user);
  Instance* again = o.session->get(o.model("User"), {integer(1)});
  REQUIRE(again != nullptr);
  CHECK(again != &user);
  const base::Error e = caught([&] { o.session->add(user); });
  CHECK(e.message() == "<User 1> is in this session already, as another object");
  CHECK(user.host == nullptr);
}

TEST_CASE("deleting needs a row, and happens once") {
  Blog o;
  Instance& user = o.make("User");
  CHECK(caught([&] { o.session->remove(user); }).message() ==
        "<User (transient)> has no row that could be deleted");
  o.session->add(user);
  CHECK(caught([&] { o.session->remove(user); }).hint() ==
        "it was only added: session:expunge(x) takes it out again");
  o.session->flush();
  o.session->remove(user);
  o.session->remove(user);
  CHECK(o.session->deleted().size() == 1);
  o.session->add(user);
  CHECK(o.session->deleted().empty());
  o.session->remove(user);
  CHECK(o.session->deleted().size() == 1);
  o.session->flush();
  CHECK(caught([&] { o.session->add(user); }).message() ==
        "<User 1> has been deleted in this transaction");
}

TEST_CASE("an expunged object is on its own, and can come back") {
  Blog o;
  Instance& user = o.add("User", {{"username", text("susan")}});
  o.session->commit();
  Orm::get(user, "username");
  o.session->expunge(user);
  CHECK(user.lifecycle == Lifecycle::kDetached);
  CHECK(o.session->find_loaded(o.model("User"), 1) == nullptr);
  CHECK(Orm::get(user, "username") == "'susan'");
  Orm::set(user, "username", text("john"));
  CHECK(caught([&] { Orm::ref(user, "posts"); }).kind() == ErrorKind::kDetachedInstanceError);
  o.session->add(user);
  CHECK(user.lifecycle == Lifecycle::kPersistent);
  o.session->flush();
  CHECK(o.rows("SELECT username FROM user") == Lines{"'john'"});
  CHECK(caught([&] { o.session->expunge(o.make("User")); }).kind() ==
        ErrorKind::kInvalidRequestError);
}

TEST_CASE("a pending object that is expunged is not written") {
  Blog o;
  Instance& user = o.add("User");
  o.session->expunge(user);
  CHECK(user.lifecycle == Lifecycle::kTransient);
  o.session->flush();
  CHECK(o.rows("SELECT * FROM user").empty());
  o.session->add(user);
  CHECK(o.session->pending() == Instances{&user});
  o.session->flush();
  CHECK(o.rows("SELECT id FROM user") == Lines{"1"});
}

TEST_CASE("a closed session leaves its objects detached, whatever state they were in") {
  Blog o;
  Instance &kept = o.add("User", {{"username", text("susan")}}), &gone = o.add("User");
  o.session->commit();
  o.session->remove(gone);
  o.session->flush();
  Instance& fresh = o.add("User");
  o.session->close();
  CHECK(kept.lifecycle == Lifecycle::kDetached);
  CHECK(gone.lifecycle == Lifecycle::kDetached);
  CHECK(fresh.lifecycle == Lifecycle::kTransient);
  CHECK(kept.host == nullptr);
  CHECK(gone.host == nullptr);
  CHECK(fresh.host == nullptr);
  const base::Error e = caught([&] { Orm::get(kept, "username"); });
  CHECK(e.kind() == ErrorKind::kDetachedInstanceError);
  CHECK(e.hint().find("its session was closed") != std::string::npos);
  CHECK(o.rows("SELECT count(*) FROM user") == Lines{"2"});
}

TEST_CASE("expunge_all empties the session") {
  Blog o;
  Instance& user = o.add("User");
  o.session->flush();
  Instance& fresh = o.add("Post");
  o.session->expunge_all();
  CHECK(user.lifecycle == Lifecycle::kDetached);
  CHECK(fresh.lifecycle == Lifecycle::kTransient);
  CHECK(o.session->all().empty());
}

TEST_CASE("all() lists new objects, then the others by class and key") {
  Blog o;
  Instance &a = o.add("User"), &b = o.add("User"), &p = o.add("Post");
  o.session->flush();
  Instance& fresh = o.add("User");
  CHECK(o.session->all() == Instances{&fresh, &a, &b, &p});
}

TEST_CASE("dirty is what was touched, is_modified what really changed") {
  Blog o;
  Instance& user = o.add("User", {{"username", text("susan")}});
  o.session->flush();
  CHECK(o.session->dirty().empty());
  Orm::set(user, "username", text("john"));
  CHECK(o.session->dirty() == Instances{&user});
  CHECK(o.session->is_modified(user));
  Orm::set(user, "username", text("susan"));
  CHECK(o.session->dirty() == Instances{&user});
  CHECK_FALSE(o.session->is_modified(user));
  o.sent();
  o.session->flush();
  CHECK(o.sent().empty());
  CHECK(o.session->dirty().empty());
  Orm::append(user, "posts", o.make("Post"));
  CHECK(o.session->is_modified(user));
}

TEST_CASE("objects nobody holds are freed, those with work to do are kept") {
  Blog o;
  for (int n = 0; n < 10; ++n) --o.add("User").pins;
  CHECK(o.heap.sweep() == 0);
  o.session->flush();
  CHECK(o.heap.sweep() == 0);  // a rollback would need them
  o.session->commit();
  CHECK(o.heap.sweep() == 10);
  CHECK(o.session->identity().size() == 0);
}
