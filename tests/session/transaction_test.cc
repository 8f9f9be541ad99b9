// Commit, rollback, savepoints, and the state after a failed flush.
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
  Blog() {
    schema::TableDef user = schema::make_def(
        "user", {schema::make_key("id"), schema::make_column("username", types::string(64))});
    user.uniques.push_back(schema::make_unique_constraint({"username"}));
    models.declare("User", std::move(user), {test::with_backref("posts", "Post", "author")});
    schema::TableDef post = schema::make_def(
        "post", {schema::make_key("id"), schema::make_column("body", types::string(140))});
    test::add_reference(post, "user_id", "user.id");
    models.declare("Post", std::move(post));
    open();
  }
  Instance& user(const char* name) { return add("User", {{"username", text(name)}}); }
  Lines names() { return rows("SELECT username FROM user ORDER BY id"); }
};

}  // namespace

TEST_CASE("a transaction begins at first use and ends with commit") {
  Blog o;
  CHECK_FALSE(o.session->in_transaction());
  o.user("susan");
  o.session->commit();
  CHECK(o.log.take(true) ==
        Lines{"BEGIN IMMEDIATE", "INSERT INTO user (username) VALUES (?) ['susan']", "COMMIT"});
  CHECK_FALSE(o.session->in_transaction());
  o.session->commit();
  CHECK(o.log.take(true).empty());
}

TEST_CASE("begin is explicit, and not twice") {
  Blog o;
  o.session->begin();
  CHECK(o.session->in_transaction());
  CHECK(caught([&] { o.session->begin(); }).kind() == ErrorKind::kInvalidRequestError);
  o.session->rollback();
  CHECK_NOTHROW(o.session->begin());
}

TEST_CASE("a rollback takes new objects out, with their values") {
  Blog o;
  Instance &flushed = o.user("flushed"), &waiting = o.make("User");
  o.session->flush();
  o.session->add(waiting);
  o.session->rollback();
  CHECK(flushed.lifecycle == Lifecycle::kTransient);
  CHECK(waiting.lifecycle == Lifecycle::kTransient);
  CHECK(Orm::get(flushed, "username") == "'flushed'");
  CHECK(o.session->all().empty());
  CHECK(o.names().empty());
  o.session->add(flushed);
  o.session->commit();
  CHECK(o.names() == Lines{"'flushed'"});
}

TEST_CASE("a rollback brings deleted objects back and forgets changes") {
  Blog o;
  Instance &gone = o.user("gone"), &changed = o.user("changed"), &marked = o.user("marked");
  o.session->commit();
  o.session->remove(gone);
  Orm::set(changed, "username", text("other"));
  o.session->flush();
  o.session->remove(marked);
  o.session->rollback();
  CHECK(gone.lifecycle == Lifecycle::kPersistent);
  CHECK(o.session->get(o.model("User"), {integer(1)}) == &gone);
  CHECK(Orm::get(gone, "username") == "'gone'");
  CHECK(Orm::get(changed, "username") == "'changed'");
  CHECK(o.session->deleted().empty());
  CHECK(o.session->dirty().empty());
  Orm::set(gone, "username", text("again"));
  o.session->commit();
  CHECK(o.names() == Lines{"'again'", "'changed'", "'marked'"});
}

TEST_CASE("links that were rolled back can be made again by adding") {
  Orm o;
  o.models.declare_courses();
  o.open();
  Instance &ann = o.add("Student"), &maths = o.make("Course");
  Orm::append(ann, "courses", maths);
  o.session->flush();
  o.session->rollback();
  CHECK(o.rows("SELECT * FROM enrolment").empty());
  o.session->add(ann);
  o.session->flush();
  CHECK(o.rows("SELECT * FROM enrolment") == Lines{"1, 1"});
}

TEST_CASE("a savepoint that is released belongs to the transaction") {
  Blog o;
  Instance& outer = o.user("outer");
  o.session->begin_nested();
  CHECK(o.session->nested_depth() == 1);
  Instance& inner = o.user("inner");
  o.session->commit_nested();
  CHECK(o.session->nested_depth() == 0);
  CHECK(o.log.take(true) ==
        Lines{"BEGIN IMMEDIATE", "INSERT INTO user (username) VALUES (?) ['outer']",
              "SAVEPOINT sa_savepoint_1", "INSERT INTO user (username) VALUES (?) ['inner']",
              "RELEASE SAVEPOINT sa_savepoint_1"});
  o.session->rollback();
  CHECK(outer.lifecycle == Lifecycle::kTransient);
  CHECK(inner.lifecycle == Lifecycle::kTransient);
  CHECK(caught([&] { o.session->commit_nested(); }).kind() == ErrorKind::kInvalidRequestError);
}

TEST_CASE("rolling a savepoint back restores what changed since, and nothing else") {
  Blog o;
  Instance &before = o.user("before"), &changed = o.user("changed"), &gone = o.user("gone"),
           &untouched = o.user("untouched");
  o.session->flush();
  o.session->begin_nested();
  Instance& inner = o.user("inner");
  Orm::set(changed, "username", text("other"));
  o.session->remove(gone);
  o.session->flush();
  Instance& waiting = o.user("waiting");
  Orm::set(before, "username", text("unflushed"));
  o.session->rollback();
  CHECK(o.session->nested_depth() == 0);
  CHECK(o.session->in_transaction());
  CHECK(inner.lifecycle == Lifecycle::kTransient);
  CHECK(waiting.lifecycle == Lifecycle::kTransient);
  CHECK(gone.lifecycle == Lifecycle::kPersistent);
  CHECK(o.session->find_loaded(o.model("User"), 3) == &gone);
  CHECK_FALSE(untouched.is_expired());
  CHECK(Orm::get(before, "username") == "'before'");
  CHECK(Orm::get(changed, "username") == "'changed'");
  CHECK(Orm::get(gone, "username") == "'gone'");
  o.session->commit();
  CHECK(o.names() == Lines{"'before'", "'changed'", "'gone'", "'untouched'"});
}

TEST_CASE("a list does not keep what a savepoint's rollback took out") {
  Blog o;
  Instance& user = o.user("susan");
  o.session->flush();
  CHECK(o.list(user, "posts").empty());
  o.session->begin_nested();
  Instance& post = o.make("Post");
  Orm::append(user, "posts", post);
  o.session->flush();
  o.session->rollback();
  CHECK(o.list(user, "posts").empty());
  CHECK(post.lifecycle == Lifecycle::kTransient);
}

TEST_CASE("a list that was loaded inside a savepoint is read again after its rollback") {
  Blog o;
  Instance &user = o.user("susan"), &post = o.make("Post");
  Orm::append(user, "posts", post);
  o.session->commit();
  Orm::get(user, "username");
  o.session->begin_nested();
  o.session->remove(post);
  o.session->flush();
  CHECK(o.list(user, "posts").empty());
  o.session->rollback();
  CHECK(o.list(user, "posts") == Instances{&post});
}

TEST_CASE("savepoints nest, each undone by itself") {
  Blog o;
  Instance& user = o.user("zero");
  o.session->begin_nested();
  Orm::set(user, "username", text("one"));
  o.session->begin_nested();
  Orm::set(user, "username", text("two"));
  o.session->flush();
  o.session->rollback();
  CHECK(Orm::get(user, "username") == "'one'");
  o.session->rollback();
  CHECK(Orm::get(user, "username") == "'zero'");
  o.session->commit();
  CHECK(o.names() == Lines{"'zero'"});
}

TEST_CASE("what a released savepoint deleted comes back with the outer rollback") {
  Blog o;
  Instance& user = o.user("susan");
  o.session->commit();
  o.session->begin_nested();
  o.session->remove(user);
  o.session->commit_nested();
  CHECK(user.lifecycle == Lifecycle::kDeleted);
  o.session->rollback();
  CHECK(user.lifecycle == Lifecycle::kPersistent);
  CHECK(Orm::get(user, "username") == "'susan'");
}

TEST_CASE("an object added and deleted in one transaction is transient after its rollback") {
  Blog o;
  Instance& user = o.user("susan");
  o.session->flush();
  o.session->remove(user);
  o.session->flush();
  CHECK(user.lifecycle == Lifecycle::kDeleted);
  o.session->rollback();
  CHECK(user.lifecycle == Lifecycle::kTransient);
  CHECK(o.session->find_loaded(o.model("User"), 1) == nullptr);
}

TEST_CASE("commit with open savepoints commits everything") {
  Blog o;
  o.user("a");
  o.session->begin_nested();
  o.user("b");
  o.session->commit();
  CHECK(o.session->nested_depth() == 0);
  CHECK_FALSE(o.session->in_transaction());
  o.session->rollback();
  CHECK(o.names() == Lines{"'a'", "'b'"});
}

TEST_CASE("a key that SQLite gives out again belongs to the new object") {
  Blog o;
  Instance& first = o.user("first");
  o.session->commit();
  o.session->remove(first);
  o.session->flush();
  Instance& second = o.user("second");
  o.session->flush();
  CHECK(Orm::id(second) == 1);
  CHECK(o.session->get(o.model("User"), {integer(1)}) == &second);
  o.session->rollback();
  CHECK(o.session->get(o.model("User"), {integer(1)}) == &first);
  CHECK(Orm::get(first, "username") == "'first'");
}

TEST_CASE("after a failed flush the session waits for rollback") {
  Blog o;
  o.user("susan");
  o.session->commit();
  Instance &twin = o.user("susan"), &other = o.user("other");
  const base::Error failure = caught([&] { o.session->flush(); });
  CHECK(failure.kind() == ErrorKind::kIntegrityError);
  CHECK_FALSE(o.session->is_active());
  const base::Error refused = caught([&] { o.all(o.query("User")); });
  CHECK(refused.kind() == ErrorKind::kPendingRollbackError);
  CHECK(refused.message() ==
        "this session's transaction was rolled back by a failed flush (" + failure.message() + ")");
  for (const auto& action : std::vector<std::function<void()>>{
           [&] { o.session->flush(); }, [&] { o.session->commit(); },
           [&] { o.session->begin_nested(); }, [&] { o.session->add(twin); },
           [&] { o.session->get(o.model("User"), {integer(1)}); }})
    CHECK(caught(action).kind() == ErrorKind::kPendingRollbackError);
  o.session->rollback();
  CHECK(o.session->is_active());
  CHECK(twin.lifecycle == Lifecycle::kTransient);
  CHECK(Orm::get(twin, "username") == "'susan'");
  o.session->add(other);
  o.session->commit();
  CHECK(o.names() == Lines{"'susan'", "'other'"});
}

TEST_CASE("a failed flush inside a savepoint costs that savepoint only") {
  Blog o;
  Instance& outer = o.user("susan");
  o.session->flush();
  o.session->begin_nested();
  Instance& inner = o.user("inner");
  o.session->flush();
  o.user("susan");
  CHECK(caught([&] { o.session->flush(); }).kind() == ErrorKind::kIntegrityError);
  CHECK(caught([&] { o.session->flush(); }).kind() == ErrorKind::kPendingRollbackError);
  o.session->rollback();
  CHECK(o.session->nested_depth() == 0);
  CHECK(o.session->is_active());
  CHECK(inner.lifecycle == Lifecycle::kTransient);
  CHECK(outer.lifecycle == Lifecycle::kPersistent);
  o.session->commit();
  CHECK(o.names() == Lines{"'susan'"});
}

TEST_CASE("rollback_all ends every savepoint, also after a failure") {
  Blog o;
  o.user("a");
  o.session->begin_nested();
  o.session->begin_nested();
  o.user("a");
  caught([&] { o.session->flush(); });
  o.session->rollback_all();
  CHECK(o.session->is_active());
  CHECK_FALSE(o.session->in_transaction());
  CHECK(o.names().empty());
}

TEST_CASE("idle ends a transaction that only read, and forgets nothing") {
  Blog o;
  Instance& user = o.user("susan");
  o.session->commit();
  Orm::get(user, "username");
  o.log.take();
  o.session->idle();
  CHECK(o.log.take(true) == Lines{"COMMIT"});
  CHECK(Orm::get(user, "username") == "'susan'");
  CHECK(o.log.take(true).empty());
  o.user("john");
  o.session->flush();
  o.log.take();
  o.session->idle();
  CHECK(o.log.take(true).empty());
}

TEST_CASE("pending work is new, changed or deleted objects, and rows not committed") {
  Blog o;
  CHECK_FALSE(o.session->has_pending_work());
  Instance& user = o.user("susan");
  CHECK(o.session->has_pending_work());
  o.session->flush();
  CHECK(o.session->has_pending_work());
  o.session->commit();
  CHECK_FALSE(o.session->has_pending_work());
  Orm::set(user, "username", text("john"));
  CHECK(o.session->has_pending_work());
  o.session->rollback();
  CHECK_FALSE(o.session->has_pending_work());
}

TEST_CASE("two databases, each with its tables, commit together") {
  Orm o;
  schema::TableDef log = schema::make_def(
      "log", {schema::make_key("id"), schema::make_column("line", types::string(20))});
  log.bind_key = "logs";
  o.models.declare("User", schema::make_def("user", {schema::make_key("id")}));
  o.models.declare("Log", std::move(log));
  const engine::EnginePtr logs = engine::create_engine(engine::parse_url("sqlite://"));
  const auto keeper = logs->connect();
  const std::vector<schema::TablePtr> users{o.model("User").table()}, lines{o.model("Log").table()};
  engine::create_tables(*o.engine, *o.models.metadata, {&users});
  engine::create_tables(*logs, *o.models.metadata, {&lines});
  o.session =
      std::make_unique<session::Session>(o.heap, o.models.registry, [&](const schema::Table* t) {
        return t != nullptr && t->bind_key() == "logs" ? logs : o.engine;
      });
  test::StatementLog heard;
  logs->add_sink(&heard);
  o.add("User");
  o.session->flush();
  o.session->begin_nested();
  Instance& line = o.add("Log", {{"line", text("x")}});
  o.session->flush();
  CHECK(heard.take() == Lines{"INSERT INTO log (line) VALUES (?) ['x']"});
  o.session->rollback();
  CHECK(line.lifecycle == Lifecycle::kTransient);
  o.session->add(line);
  o.session->commit();
  CHECK(o.all(o.query("Log")) == Instances{&line});
  CHECK(o.all(o.query("User")).size() == 1);
  o.session.reset();
  logs->remove_sink(&heard);
}
