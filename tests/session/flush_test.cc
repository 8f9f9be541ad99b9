// What a flush writes: in which order, with which statements.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using base::ErrorKind;
using base::Value;
using mapper::RelationshipDef;
using state::Instance;
using test::add_reference;
using test::caught;
using test::integer;
using test::Lines;
using test::Orm;
using test::text;

namespace {

struct Blog : Orm {
  explicit Blog(const std::string& lazy = "select") {
    models.declare_microblog(lazy);
    open();
  }
};

const std::string kInsertUser = "INSERT INTO user (username) VALUES (?)";
const std::string kInsertPost = "INSERT INTO post (body, user_id) VALUES (?, ?)";

}  // namespace

TEST_CASE("inserts go in the order of add, rows of one shape by one statement") {
  Blog o;
  Instance &a = o.add("User", {{"username", text("a")}}),
           &b = o.add("User", {{"username", text("b")}}), &c = o.add("User");
  o.session->flush();
  CHECK(o.sent() == Lines{kInsertUser + " ['a'] x3"});
  CHECK(Orm::id(a) == 1);
  CHECK(Orm::id(b) == 2);
  CHECK(Orm::id(c) == 3);
  CHECK(Orm::get(c, "username") == "NULL");
  CHECK(o.rows("SELECT * FROM user") == Lines{"1, 'a'", "2, 'b'", "3, NULL"});
}

TEST_CASE("a flush with nothing to do sends nothing") {
  Blog o;
  o.session->flush();
  CHECK(o.log.take(true).empty());
}

TEST_CASE("parents are inserted first and lend their key, however the two were linked") {
  Blog o;
  Instance &post = o.make("Post", {{"body", text("hello")}}),
           &user = o.make("User", {{"username", text("susan")}});
  SECTION("by the reference") { Orm::point(post, "author", &user); }
  SECTION("by the list") { Orm::append(user, "posts", post); }
  o.session->add(post);
  o.session->add(user);
  o.session->flush();
  CHECK(o.sent() == Lines{kInsertUser + " ['susan']", kInsertPost + " ['hello', 1]"});
  CHECK(Orm::peek(post, "user_id") == "1");
}

TEST_CASE("a list without the other side copies its key, too") {
  Orm o;
  o.models.declare("User", schema::make_def("user", {schema::make_key("id")}),
                   {test::relationship("posts", "Post")});
  schema::TableDef post_def = schema::make_def("post", {schema::make_key("id")});
  add_reference(post_def, "user_id", "user.id");
  o.models.declare("Post", std::move(post_def));
  o.open();
  Instance &user = o.add("User"), &post = o.make("Post");
  Orm::append(user, "posts", post);
  o.session->commit();
  CHECK(o.rows("SELECT * FROM post") == Lines{"1, 1"});
  Orm::take_out(user, "posts", post);
  o.session->flush();
  CHECK(o.rows("SELECT * FROM post") == Lines{"1, NULL"});
  CHECK(Orm::peek(post, "user_id") == "NULL");
}

TEST_CASE("updates are written by key, only what changed, one statement per shape") {
  Blog o;
  Instance &a = o.add("User"), &b = o.add("User"), &c = o.add("User");
  o.session->flush();
  o.sent();
  Orm::set(c, "username", text("c"));
  Orm::set(a, "username", text("a"));
  Orm::set(b, "username", text("b"));
  o.session->flush();
  CHECK(o.sent() == Lines{"UPDATE user SET username=? WHERE user.id = ? ['a', 1] x3"});
  CHECK(o.rows("SELECT * FROM user") == Lines{"1, 'a'", "2, 'b'", "3, 'c'"});
}

TEST_CASE("a value that an update gives up may be taken by an insert") {
  Orm o;
  schema::TableDef def = schema::make_def(
      "user", {schema::make_key("id"), schema::make_column("name", types::string(9))});
  def.uniques.push_back(schema::make_unique_constraint({"name"}));
  o.models.declare("User", std::move(def));
  o.open();
  Instance& first = o.add("User", {{"name", text("susan")}});
  o.session->flush();
  Orm::set(first, "name", text("sue"));
  o.add("User", {{"name", text("susan")}});
  CHECK_NOTHROW(o.session->flush());
}

TEST_CASE("moving a member writes its foreign key once") {
  Blog o;
  Instance &susan = o.add("User"), &john = o.add("User"), &post = o.make("Post");
  Orm::append(susan, "posts", post);
  o.session->flush();
  o.sent();
  SECTION("by the list") { Orm::append(john, "posts", post); }
  SECTION("by the reference") { Orm::point(post, "author", &john); }
  o.session->flush();
  CHECK(o.sent() == Lines{"UPDATE post SET user_id=? WHERE post.id = ? [2, 1]"});
  CHECK(o.list(susan, "posts").empty());
  CHECK(o.list(john, "posts") == test::Instances{&post});
}

TEST_CASE("clearing a reference writes NULL") {
  Blog o;
  Instance &susan = o.add("User"), &post = o.make("Post");
  Orm::append(susan, "posts", post);
  o.session->flush();
  o.sent();
  SECTION("by the list") { Orm::take_out(susan, "posts", post); }
  SECTION("by the reference") { Orm::point(post, "author", nullptr); }
  o.session->flush();
  CHECK(o.sent() == Lines{"UPDATE post SET user_id=? WHERE post.id = ? [NULL, 1]"});
}

TEST_CASE("a foreign key set as a plain column moves the object") {
  Blog o;
  Instance &susan = o.add("User"), &john = o.add("User"), &post = o.make("Post");
  Orm::append(susan, "posts", post);
  o.session->flush();
  Orm::set(post, "user_id", integer(2));
  CHECK(Orm::ref(post, "author") == &susan);
  o.session->flush();
  CHECK(Orm::ref(post, "author") == &john);
}

TEST_CASE("a bare foreign key is written as it is") {
  Blog o;
  o.add("User");
  o.session->flush();
  Instance& post = o.add("Post", {{"user_id", integer(1)}});
  o.session->flush();
  CHECK(o.rows("SELECT user_id FROM post") == Lines{"1"});
  CHECK(Orm::ref(post, "author") == o.session->find_loaded(o.model("User"), 1));
}

TEST_CASE("a tree is inserted layer by layer, each in the order of add") {
  Orm o;
  o.models.declare_tree();
  o.open();
  Instance &leaf = o.add("Node", {{"name", text("leaf")}}),
           &branch = o.add("Node", {{"name", text("branch")}});
  Instance &root = o.add("Node", {{"name", text("root")}}),
           &other = o.add("Node", {{"name", text("other")}});
  Orm::point(leaf, "parent", &branch);
  Orm::append(root, "children", branch);
  o.session->flush();
  CHECK(o.rows("SELECT name, parent_id FROM node ORDER BY id") ==
        Lines{"'root', NULL", "'other', NULL", "'branch', 1", "'leaf', 3"});
  CHECK(Orm::id(other) == 2);
  // Children go first when all are deleted.
  o.session->commit();
  for (Instance* i : {&root, &other, &branch, &leaf}) o.session->remove(*i);
  CHECK_NOTHROW(o.session->flush());
  CHECK(o.rows("SELECT * FROM node").empty());
}

TEST_CASE("a row may refer to itself") {
  Orm o;
  o.models.declare_tree();
  o.open();
  Instance& node = o.add("Node", {{"name", text("me")}});
  Orm::point(node, "parent", &node);
  o.session->flush();
  CHECK(o.sent() == Lines{"INSERT INTO node (name, parent_id) VALUES (?, ?) ['me', NULL]",
                          "UPDATE node SET parent_id=? WHERE node.id = ? [1, 1]"});
  o.session->remove(node);
  o.session->flush();
  CHECK(o.rows("SELECT * FROM node").empty());
}

TEST_CASE("many to many: rows of the association table follow") {
  Orm o;
  o.models.declare_courses();
  o.open();
  Instance &ann = o.add("Student", {{"name", text("ann")}}),
           &bob = o.add("Student", {{"name", text("bob")}});
  Instance& maths = o.make("Course", {{"title", text("maths")}});
  Orm::append(ann, "courses", maths);
  Orm::append(maths, "students", bob);
  o.session->flush();
  CHECK(o.sent() == Lines{"INSERT INTO student (name) VALUES (?) ['ann'] x2",
                          "INSERT INTO course (title) VALUES (?) ['maths']",
                          "INSERT INTO enrolment (student_id, course_id) VALUES (?, ?) [1, 1] x2"});
  Orm::take_out(maths, "students", ann);
  o.session->flush();
  CHECK(o.sent() == Lines{"DELETE FROM enrolment WHERE enrolment.student_id = ? AND "
                          "enrolment.course_id = ? [1, 1]"});
  o.session->commit();
  SECTION("an end that goes takes its rows along") { o.session->remove(bob); }
  SECTION("so does the other end") { o.session->remove(maths); }
  SECTION("and both together") {
    o.session->remove(maths);
    o.session->remove(bob);
  }
  o.session->flush();
  CHECK(o.rows("SELECT * FROM enrolment").empty());
}

TEST_CASE("one to one: a replaced partner is let go, loaded or not") {
  Orm o;
  o.models.declare_passports();
  o.open();
  Instance &ann = o.add("Person"), &old_pass = o.make("Passport", {{"number", text("old")}});
  Orm::point(ann, "passport", &old_pass);
  o.session->commit();
  Instance& new_pass = o.make("Passport", {{"number", text("new")}});
  SECTION("loaded") {
    CHECK(Orm::ref(ann, "passport") == &old_pass);
    Orm::point(ann, "passport", &new_pass);
  }
  SECTION("not loaded") { Orm::point(ann, "passport", &new_pass); }
  SECTION("not loaded, from the other side") {
    o.session->add(new_pass);
    Orm::point(new_pass, "holder", &ann);
  }
  o.session->flush();
  CHECK(o.rows("SELECT number, person_id FROM passport ORDER BY id") ==
        Lines{"'old', NULL", "'new', 1"});
  CHECK(Orm::ref(ann, "passport") == &new_pass);
}

TEST_CASE("children of a deleted parent lose their reference first") {
  Blog o;
  Instance &susan = o.add("User"), &a = o.make("Post"), &b = o.make("Post");
  Orm::append(susan, "posts", a);
  Orm::append(susan, "posts", b);
  o.session->commit();
  o.session->remove(susan);
  o.sent();
  o.session->flush();
  const Lines sent = o.sent();
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].starts_with("SELECT post.id"));
  CHECK(sent[1] == "UPDATE post SET user_id=? WHERE post.id = ? [NULL, 1] x2");
  CHECK(sent[2] == "DELETE FROM user WHERE user.id = ? [1]");
  CHECK(o.rows("SELECT user_id FROM post") == Lines{"NULL", "NULL"});
}

TEST_CASE("a child that the list never told of is released, too") {
  Blog o("dynamic");
  Instance &susan = o.add("User"), &a = o.make("Post");
  Orm::append(susan, "posts", a);
  o.session->commit();
  o.session->remove(susan);
  o.session->flush();
  CHECK(o.rows("SELECT user_id FROM post") == Lines{"NULL"});
}

TEST_CASE("a reference to an object that goes in the same flush is cleared") {
  Blog o;
  Instance &susan = o.add("User"), &john = o.add("User"), &post = o.make("Post");
  Orm::append(susan, "posts", post);
  o.session->flush();
  Orm::point(post, "author", &john);
  o.session->remove(john);
  o.session->flush();
  CHECK(o.rows("SELECT user_id FROM post") == Lines{"NULL"});
}

TEST_CASE("the delete cascade takes the children along, pending ones out") {
  Orm o;
  o.models.declare("User", schema::make_def("user", {schema::make_key("id")}),
                   {test::relationship("posts", "Post", [](RelationshipDef& d) {
                     d.cascade = "all";
                     d.backref = "author";
                   })});
  schema::TableDef post_def = schema::make_def("post", {schema::make_key("id")});
  add_reference(post_def, "user_id", "user.id", false);
  o.models.declare("Post", std::move(post_def));
  o.open();
  Instance &susan = o.add("User"), &a = o.make("Post"), &b = o.make("Post");
  Orm::append(susan, "posts", a);
  o.session->commit();
  Orm::append(susan, "posts", b);
  {
    session::Session::NoAutoflush guard(*o.session);
    o.session->remove(susan);
  }
  CHECK(b.lifecycle == state::Lifecycle::kTransient);
  o.sent();
  o.session->flush();
  CHECK(o.sent() ==
        Lines{"DELETE FROM post WHERE post.id = ? [1]", "DELETE FROM user WHERE user.id = ? [1]"});
  CHECK(a.lifecycle == state::Lifecycle::kDeleted);
}

TEST_CASE("deletes follow bare foreign keys, children first") {
  Orm o;
  o.models.declare("User", schema::make_def("user", {schema::make_key("id")}));
  schema::TableDef post_def = schema::make_def("post", {schema::make_key("id")});
  add_reference(post_def, "user_id", "user.id", false);
  o.models.declare("Post", std::move(post_def));
  o.open();
  Instance& susan = o.add("User");
  o.session->flush();
  Instance& post = o.add("Post", {{"user_id", integer(1)}});
  o.session->commit();
  o.session->remove(susan);
  o.session->remove(post);
  o.sent();
  o.session->flush();
  CHECK(o.sent() ==
        Lines{"DELETE FROM post WHERE post.id = ? [1]", "DELETE FROM user WHERE user.id = ? [1]"});
}

TEST_CASE("passive_deletes leaves unloaded children to the database") {
  Orm o;
  o.models.declare(
      "User", schema::make_def("user", {schema::make_key("id")}),
      {test::relationship("posts", "Post", [](RelationshipDef& d) { d.passive_deletes = true; })});
  schema::TableDef post_def = schema::make_def("post", {schema::make_key("id")});
  add_reference(post_def, "user_id", "user.id");
  post_def.foreign_keys[0].ondelete = "CASCADE";
  o.models.declare("Post", std::move(post_def));
  o.open();
  Instance &susan = o.add("User"), &post = o.make("Post");
  Orm::append(susan, "posts", post);
  o.session->commit();
  o.session->remove(susan);
  o.sent();
  o.session->flush();
  CHECK(o.sent() == Lines{"DELETE FROM user WHERE user.id = ? [1]"});
  CHECK(o.rows("SELECT * FROM post").empty());
}

TEST_CASE("a changed key is written by the old one, and found under the new") {
  Blog o;
  Instance& susan = o.add("User", {{"id", integer(1)}});
  o.session->flush();
  o.sent();
  Orm::set(susan, "id", integer(9));
  o.session->flush();
  CHECK(o.sent() == Lines{"UPDATE user SET id=? WHERE user.id = ? [9, 1]"});
  CHECK(o.session->find_loaded(o.model("User"), 9) == &susan);
  CHECK(o.session->find_loaded(o.model("User"), 1) == nullptr);
  SECTION("a rollback brings the old key back") {
    o.session->commit();
    Orm::set(susan, "id", integer(5));
    o.session->flush();
    o.session->rollback();
    CHECK(o.session->find_loaded(o.model("User"), 9) == &susan);
    CHECK(Orm::get(susan, "id") == "9");
  }
}

TEST_CASE("composite keys: insert, update, delete") {
  Orm o;
  o.models.declare("Pair", schema::make_def("pair", {schema::make_key("a"),
                                                     schema::make_key("b", types::string(9)),
                                                     schema::make_column("v")}));
  o.open();
  Instance& pair = o.add("Pair", {{"a", integer(1)}, {"b", text("x")}, {"v", integer(5)}});
  o.session->flush();
  Orm::set(pair, "v", integer(6));
  o.session->flush();
  CHECK(o.session->get(o.model("Pair"), {integer(1), text("x")}) == &pair);
  o.session->remove(pair);
  o.session->flush();
  CHECK(o.sent() == Lines{"INSERT INTO pair (a, b, v) VALUES (?, ?, ?) [1, 'x', 5]",
                          "UPDATE pair SET v=? WHERE pair.a = ? AND pair.b = ? [6, 1, 'x']",
                          "DELETE FROM pair WHERE pair.a = ? AND pair.b = ? [1, 'x']"});
}

TEST_CASE("a foreign key that is part of the key cannot be cleared") {
  Orm o;
  o.models.declare("Order", schema::make_def("order", {schema::make_key("id")}),
                   {test::with_backref("lines", "Line", "order")});
  schema::TableDef line =
      schema::make_def("line", {schema::make_key("order_id"), schema::make_key("number")});
  line.foreign_keys.push_back(schema::make_foreign_key({"order_id"}, {"order.id"}));
  o.models.declare("Line", std::move(line));
  o.open();
  Instance &order = o.add("Order"), &first = o.make("Line", {{"number", integer(1)}});
  Orm::append(order, "lines", first);
  o.session->flush();
  CHECK(o.rows("SELECT * FROM line") == Lines{"1, 1"});
  Orm::take_out(order, "lines", first);
  const base::Error e = caught([&] { o.session->flush(); });
  CHECK(e.kind() == ErrorKind::kFlushError);
  CHECK(e.message() ==
        "clearing Line.order would set line.order_id, which copies order.id and is part of the key "
        "of <Line 1, 1>, to NULL");
}

TEST_CASE("a row that somebody else deleted is stale") {
  Blog o;
  Instance& susan = o.add("User", {{"username", text("susan")}});
  o.session->commit();
  Orm::get(susan, "username");
  o.execute("DELETE FROM user");
  SECTION("an update fails") {
    Orm::set(susan, "username", text("john"));
    const base::Error e = caught([&] { o.session->flush(); });
    CHECK(e.kind() == ErrorKind::kStaleDataError);
    CHECK(e.message() == "UPDATE of <User 1> on table 'user' matched 0 rows instead of 1");
  }
  SECTION("a delete warns") {
    session::Session::NoAutoflush guard(*o.session);
    o.session->remove(susan);
    o.session->flush();
    REQUIRE(o.log.warnings.size() == 1);
    CHECK(o.log.warnings[0].starts_with("DELETE of <User 1> on table 'user' matched 0 rows"));
  }
}

TEST_CASE("what the database refuses names the row") {
  Orm o;
  schema::TableDef def = schema::make_def(
      "user", {schema::make_key("id"), schema::make_column("name", types::string(9))});
  def.columns[1].nullable = false;
  o.models.declare("User", std::move(def));
  o.open();
  o.add("User");
  const base::Error e = caught([&] { o.session->flush(); });
  CHECK(e.kind() == ErrorKind::kIntegrityError);
  CHECK(e.context().at(0) == "INSERT of <User (pending)>");
  CHECK(e.statement() == "INSERT INTO user (name) VALUES (?)");
  CHECK(e.hint() ==
        "User.name must not be NULL: <User (pending)> needs a value\n"
        "nothing of this flush was kept; call db.session:rollback() to go on");
}

TEST_CASE("batches are cut by shape, so the number of statements is that of shapes") {
  Blog o;
  for (int n = 0; n < 6; ++n) {
    if (n % 2 == 0)
      o.add("User", {{"username", text("x")}});
    else
      o.add("User");
  }
  o.session->flush();
  CHECK(o.sent().size() == 1);  // a missing value is NULL: one shape
}

TEST_CASE("objects linked and unlinked before the flush leave no trace") {
  Orm o;
  o.models.declare_courses();
  o.open();
  Instance &ann = o.add("Student"), &maths = o.add("Course");
  o.session->flush();
  o.sent();
  Orm::append(ann, "courses", maths);
  Orm::take_out(maths, "students", ann);
  o.session->flush();
  CHECK(o.sent().empty());
}
