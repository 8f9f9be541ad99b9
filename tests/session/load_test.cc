// Reading: get, lazy relationships, expiry, refresh, autoflush.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using base::ErrorKind;
using base::Value;
using session::SessionOptions;
using state::Instance;
using test::caught;
using test::Instances;
using test::integer;
using test::Lines;
using test::Orm;
using test::text;

namespace {

const std::string kSelectUser =
    "SELECT user.id AS user_id, user.username AS user_username FROM user";

struct Blog : Orm {
  Instance *susan, *first, *second;
  explicit Blog(SessionOptions options = {}, const std::string& lazy = "select") {
    models.declare_microblog(lazy);
    open(options);
    susan = &add("User", {{"username", text("susan")}});
    first = &make("Post", {{"body", text("first")}});
    second = &make("Post", {{"body", text("second")}});
    append(*susan, "posts", *first);
    append(*susan, "posts", *second);
    session->commit();
    log.take();
  }
};

}  // namespace

TEST_CASE("get asks the identity map, then the database") {
  Blog o;
  Orm::get(*o.susan, "username");
  o.sent();
  CHECK(o.session->get(o.model("User"), {integer(1)}) == o.susan);
  CHECK(o.sent().empty());
  o.session->expunge(*o.susan);
  Instance* again = o.session->get(o.model("User"), {integer(1)});
  CHECK(o.sent() == Lines{kSelectUser + " WHERE user.id = ? [1]"});
  REQUIRE(again != nullptr);
  CHECK(Orm::get(*again, "username") == "'susan'");
  CHECK(o.session->get(o.model("User"), {integer(99)}) == nullptr);
  CHECK(o.session->get(o.model("User"), {Value()}) == nullptr);
}

TEST_CASE("get casts its key by the column's type") {
  Blog o;
  CHECK(o.session->get(o.model("User"), {Value::real(1.0)}) == o.susan);
  const base::Error e = caught([&] { o.session->get(o.model("User"), {integer(1), integer(2)}); });
  CHECK(e.message() == "User has a key of 1 column (id), and get() was given 2 values");
}

TEST_CASE("get of an expired object looks whether its row is still there") {
  Blog o;
  CHECK(o.session->get(o.model("User"), {integer(1)}) == o.susan);
  CHECK(o.sent().size() == 1);
  o.session->expire_all();
  o.execute("DELETE FROM post");
  o.execute("DELETE FROM user");
  CHECK(o.session->get(o.model("User"), {integer(1)}) == nullptr);
}

TEST_CASE("commit expires: the first read loads the whole row, the key costs nothing") {
  Blog o;
  CHECK(Orm::get(*o.first, "id") == "1");
  CHECK(o.sent().empty());
  CHECK(Orm::get(*o.first, "body") == "'first'");
  CHECK(Orm::get(*o.first, "user_id") == "1");
  CHECK(o.sent().size() == 1);
}

TEST_CASE("without expire_on_commit values stay") {
  Blog o(SessionOptions{true, false});
  CHECK(Orm::get(*o.susan, "username") == "'susan'");
  CHECK(o.sent().empty());
}

TEST_CASE("a row that is gone says so") {
  Blog o;
  o.execute("DELETE FROM post");
  const base::Error e = caught([&] { Orm::get(*o.first, "body"); });
  CHECK(e.kind() == ErrorKind::kObjectDeletedError);
  CHECK(e.message() == "the row of <Post 1> is not there any more");
}

TEST_CASE("a list is loaded at first use, once") {
  Blog o;
  CHECK(o.list(*o.susan, "posts") == Instances{o.first, o.second});
  CHECK(o.list(*o.susan, "posts").size() == 2);
  CHECK(o.sent() == Lines{"SELECT post.id AS post_id, post.body AS post_body, post.user_id AS "
                          "post_user_id FROM post "
                          "WHERE post.user_id = ? [1]"});
}

TEST_CASE("a reference to an object that is loaded sends nothing") {
  Blog o;
  Orm::get(*o.first, "body");
  o.sent();
  CHECK(Orm::ref(*o.first, "author") == o.susan);
  CHECK(o.sent().empty());
  o.session->expunge(*o.susan);
  Orm::get(*o.second, "body");
  o.sent();
  Instance* author = Orm::ref(*o.second, "author");
  REQUIRE(author != nullptr);
  CHECK(author != o.susan);
  CHECK(o.sent() == Lines{kSelectUser + " WHERE user.id = ? [1]"});
}

TEST_CASE("a NULL reference sends nothing, either") {
  Blog o;
  Instance& lost = o.add("Post");
  o.session->flush();
  o.sent();
  CHECK(Orm::ref(lost, "author") == nullptr);
  CHECK(o.sent().empty());
}

TEST_CASE("queued additions are merged when the list is loaded") {
  Blog o;
  session::Session::NoAutoflush guard(*o.session);
  Instance& third = o.make("Post", {{"body", text("third")}});
  Orm::append(*o.susan, "posts", third);
  Orm::take_out(*o.susan, "posts", *o.first);
  CHECK(o.list(*o.susan, "posts") == Instances{o.second, &third});
  o.session->flush();
  CHECK(o.rows("SELECT body FROM post WHERE user_id = 1 ORDER BY id") ==
        Lines{"'second'", "'third'"});
}

TEST_CASE("a loaded list shows what was flushed for it") {
  Blog o;
  Instance& third = o.make("Post", {{"body", text("third")}});
  Orm::append(*o.susan, "posts", third);
  CHECK(o.list(*o.susan, "posts") == Instances{o.first, o.second, &third});
}

TEST_CASE("a many-to-many list, and one in an order") {
  Orm o;
  o.models.declare_courses();
  o.open();
  Instance &ann = o.add("Student"), &maths = o.make("Course"), &art = o.make("Course");
  Orm::append(ann, "courses", maths);
  Orm::append(ann, "courses", art);
  o.session->commit();
  o.sent();
  CHECK(o.list(ann, "courses") == Instances{&maths, &art});
  CHECK(o.sent() ==
        Lines{"SELECT course.id AS course_id, course.title AS course_title FROM course, enrolment "
              "WHERE ? = enrolment.student_id AND course.id = enrolment.course_id [1]"});
}

TEST_CASE("order_by of a relationship orders its rows") {
  Orm o;
  o.models.declare("User", schema::make_def("user", {schema::make_key("id")}),
                   {test::relationship("posts", "Post", [](mapper::RelationshipDef& d) {
                     d.order_by = {"id desc"};
                   })});
  schema::TableDef post_def = schema::make_def("post", {schema::make_key("id")});
  test::add_reference(post_def, "user_id", "user.id");
  o.models.declare("Post", std::move(post_def));
  o.open();
  Instance &user = o.add("User"), &a = o.make("Post"), &b = o.make("Post");
  Orm::append(user, "posts", a);
  Orm::append(user, "posts", b);
  o.session->commit();
  CHECK(o.list(user, "posts") == Instances{&b, &a});
}

TEST_CASE("a dynamic relationship is a query") {
  Blog o({}, "dynamic");
  query::Query q = o.session->relationship_query(*o.susan, Orm::relation(*o.susan, "posts"));
  q.add_where(o.equals("Post", "body", text("second")));
  CHECK(o.all(q) == Instances{o.second});
  Instance& third = o.make("Post");
  Orm::append(*o.susan, "posts", third);
  CHECK(o.all(o.session->relationship_query(*o.susan, Orm::relation(*o.susan, "posts"))).size() ==
        3);
  Orm::take_out(*o.susan, "posts", *o.first);
  CHECK(o.all(o.session->relationship_query(*o.susan, Orm::relation(*o.susan, "posts"))).size() ==
        2);
}

TEST_CASE("a tree walks up by the identity map and down by queries") {
  Orm o;
  o.models.declare_tree();
  o.open();
  Instance &root = o.add("Node"), &leaf = o.make("Node");
  Orm::append(root, "children", leaf);
  o.session->commit();
  CHECK(o.list(root, "children") == Instances{&leaf});
  o.sent();
  CHECK(Orm::ref(leaf, "parent") == &root);
  CHECK(o.sent().empty());
  CHECK(Orm::ref(root, "parent") == nullptr);
  CHECK(o.list(leaf, "children").empty());
}

TEST_CASE("a query flushes what waits, unless told not to") {
  Blog o;
  o.add("User", {{"username", text("john")}});
  SECTION("by itself") { CHECK(o.all(o.query("User")).size() == 2); }
  SECTION("not in a scope without autoflush") {
    session::Session::NoAutoflush guard(*o.session);
    CHECK(o.all(o.query("User")).size() == 1);
  }
  SECTION("not by a query that asks for that") {
    query::Query q = o.query("User");
    q.autoflush = false;
    CHECK(o.all(q).size() == 1);
  }
}

TEST_CASE("a session without autoflush leaves it to flush()") {
  Blog o(SessionOptions{false, true});
  o.add("User", {{"username", text("john")}});
  CHECK(o.all(o.query("User")).size() == 1);
  o.session->flush();
  CHECK(o.all(o.query("User")).size() == 2);
}

TEST_CASE("an autoflush that fails says where it came from") {
  Blog o;
  Instance& twin = o.add("User", {{"id", integer(1)}});
  const base::Error e = caught([&] { o.all(o.query("User")); });
  CHECK(e.kind() == ErrorKind::kIntegrityError);
  CHECK(e.context().back() ==
        "autoflush before a query; session:no_autoflush(function) holds it back");
  CHECK(twin.lifecycle == state::Lifecycle::kTransient);
}

TEST_CASE("refresh reads the row now, and drops changes") {
  Blog o;
  Orm::get(*o.susan, "username");
  o.execute("UPDATE user SET username = 'sue'");
  CHECK(Orm::get(*o.susan, "username") == "'susan'");
  o.session->refresh(*o.susan);
  CHECK(Orm::get(*o.susan, "username") == "'sue'");
  o.execute("UPDATE user SET username = 'susanna'");
  o.session->refresh(*o.susan, {"username"});
  CHECK(Orm::get(*o.susan, "username") == "'susanna'");
  o.execute("DELETE FROM post");
  o.execute("DELETE FROM user");
  CHECK(caught([&] { o.session->refresh(*o.susan); }).message() ==
        "cannot refresh <User 1>: its row is not there any more");
  CHECK(caught([&] { o.session->refresh(o.make("User")); }).kind() ==
        ErrorKind::kInvalidRequestError);
}

TEST_CASE("expire forgets, all or by name") {
  Blog o;
  Orm::get(*o.first, "body");
  Orm::set(*o.first, "body", text("changed"));
  SECTION("all") {
    o.session->expire(*o.first);
    CHECK(Orm::get(*o.first, "body") == "'first'");
  }
  SECTION("by name") {
    o.session->expire(*o.first, {"body", "id"});
    CHECK(Orm::peek(*o.first, "body") == "?");
    CHECK(Orm::peek(*o.first, "id") == "1");
    CHECK(Orm::peek(*o.first, "user_id") == "1");
    CHECK(Orm::get(*o.first, "body") == "'first'");
  }
  SECTION("a relationship") {
    Orm::ref(*o.first, "author");
    o.session->expire(*o.first, {"author"});
    CHECK(Orm::peek(*o.first, "author") == "?");
    CHECK(Orm::peek(*o.first, "body") == "'changed'");
  }
  SECTION("what is not there is an error") {
    CHECK(caught([&] { o.session->expire(*o.first, {"bodi"}); }).message() ==
          "Post has no attribute 'bodi'; did you mean 'body'?");
  }
  CHECK(caught([&] { o.session->expire(o.make("User")); }).kind() ==
        ErrorKind::kInvalidRequestError);
}

TEST_CASE("expire_all drops changes, and leaves new objects alone") {
  Blog o;
  Orm::set(*o.susan, "username", text("changed"));
  Instance& fresh = o.add("User", {{"username", text("john")}});
  o.session->expire_all();
  CHECK(Orm::get(fresh, "username") == "'john'");
  CHECK(Orm::get(*o.susan, "username") == "'susan'");
  CHECK(o.rows("SELECT username FROM user") == Lines{"'susan'"});
}

TEST_CASE("loading another class's rows does not disturb changes") {
  Blog o;
  session::Session::NoAutoflush guard(*o.session);
  Orm::set(*o.susan, "username", text("changed"));
  o.all(o.query("User"));
  CHECK(Orm::get(*o.susan, "username") == "'changed'");
  o.session->flush();
  CHECK(o.rows("SELECT username FROM user") == Lines{"'changed'"});
}

TEST_CASE("a key of two columns: get, lazy reference and list") {
  Orm o;
  o.models.declare(
      "Order", schema::make_def("order", {schema::make_key("shop"), schema::make_key("number")}));
  schema::TableDef line =
      schema::make_def("line", {schema::make_key("id"), schema::make_column("order_shop"),
                                schema::make_column("order_number")});
  line.foreign_keys = {
      schema::make_foreign_key({"order_shop", "order_number"}, {"order.shop", "order.number"})};
  o.models.declare("Line", std::move(line), {test::with_backref("order", "Order", "lines")});
  o.open();
  Instance &order = o.add("Order", {{"shop", integer(1)}, {"number", integer(7)}}),
           &item = o.make("Line");
  Orm::append(order, "lines", item);
  o.session->commit();
  CHECK(o.rows("SELECT order_shop, order_number FROM line") == Lines{"1, 7"});
  CHECK(o.session->get(o.model("Order"), {integer(1), integer(7)}) == &order);
  CHECK(Orm::ref(item, "order") == &order);
  CHECK(o.list(order, "lines") == Instances{&item});
}

TEST_CASE("a column that a class gains later is read and written like the others") {
  Blog o;
  Orm::get(*o.susan, "username");
  const mapper::Mapper& user = o.model("User");
  o.execute("ALTER TABLE user ADD COLUMN age INTEGER");
  o.models.registry.add_column(
      user, o.models.metadata->extend(*user.table(), schema::make_column("age")), "age", "age");
  CHECK(Orm::peek(*o.susan, "age") == "?");
  CHECK(Orm::get(*o.susan, "age") == "NULL");
  Orm::set(*o.susan, "age", integer(30));
  o.add("User", {{"username", text("john")}, {"age", integer(40)}});
  o.session->commit();
  CHECK(o.rows("SELECT username, age FROM user") == Lines{"'susan', 30", "'john', 40"});
  CHECK(o.list(*o.susan, "posts").size() == 2);
}
