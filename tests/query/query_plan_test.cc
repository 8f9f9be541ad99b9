// Queries as SQL: what SQLAlchemy would send.
#include <catch2/catch.hpp>

#include "tests/query/query_fixture.h"

using namespace moonbase;
using base::ErrorKind;
using query::JoinStep;
using query::Query;
using test::caught;
using test::integer;
using test::QueryFixture;
using test::text;

namespace {

const std::string kUser = "SELECT user.id AS user_id, user.username AS user_username FROM user";
const std::string kPost =
    "SELECT post.id AS post_id, post.body AS post_body, post.user_id AS post_user_id FROM post";

struct Blog : QueryFixture {
  Blog() { models.declare_microblog(); }
  JoinStep along(const std::string& relationship, bool outer = false) {
    JoinStep step;
    step.relationship = &models.relationship(relationship);
    step.outer = outer;
    return step;
  }
};

}  // namespace

TEST_CASE("a class selects its columns under their labels") {
  Blog f;
  CHECK(f.sql(f.of("User")) == kUser);
}

TEST_CASE("conditions are joined by AND, values are bound") {
  Blog f;
  Query q = f.of("User");
  q.add_where(f.equals("User", "username", text("susan")));
  q.add_where(f.equals("User", "id", integer(1)));
  CHECK(f.sql(q) == kUser + " WHERE user.username = ? AND user.id = ?");
}

TEST_CASE("order, limit and offset") {
  Blog f;
  Query q = f.of("User");
  q.order_by.push_back(expr::ordering(expr::Op::kDesc, f.column("User", "username")));
  q.limit = 5;
  q.offset = 10;
  CHECK(f.sql(q) == kUser + " ORDER BY user.username DESC LIMIT ? OFFSET ?");
}

TEST_CASE("filter after limit is refused") {
  Blog f;
  Query q = f.of("User");
  q.limit = 5;
  CHECK(caught([&] { q.add_where(f.equals("User", "id", integer(1))); }).kind() ==
        ErrorKind::kInvalidRequestError);
}

TEST_CASE("several entities, and columns with labels") {
  Blog f;
  Query q = f.of("User");
  q.entities.push_back(query::entity(f.column("Post", "body")));
  q.entities.push_back(
      query::entity(expr::label(expr::function("count", {f.column("Post", "id")}), "n")));
  const query::QueryPlan plan = query::plan(q);
  CHECK(plan.names == std::vector<std::string>{"User", "body", "n"});
  CHECK(plan.entities[1].first_column == 2);
  CHECK(plan.entities[0].key_columns == std::vector<int>{0});
  CHECK(f.sql(*plan.select) ==
        "SELECT user.id AS user_id, user.username AS user_username, post.body AS post_body, "
        "count(post.id) AS n "
        "FROM user, post");
}

TEST_CASE("a query of nothing is an error") {
  Blog f;
  CHECK(caught([&] { f.sql(Query()); }).kind() == ErrorKind::kInvalidRequestError);
}

TEST_CASE("a join along a relationship") {
  Blog f;
  Query q = f.of("User");
  q.add_join(f.along("User.posts"));
  CHECK(f.sql(q) == kUser + " JOIN post ON user.id = post.user_id");
  CHECK(q.join_point.mapper == &f.models["Post"]);
  Query outer = f.of("Post");
  outer.add_join(f.along("Post.author", true));
  CHECK(f.sql(outer) == kPost + " LEFT OUTER JOIN user ON user.id = post.user_id");
}

TEST_CASE("a join to a class goes by the foreign key, in either direction") {
  Blog f;
  Query q = f.of("User");
  JoinStep step;
  step.target = query::entity(f.models["Post"]);
  q.add_join(step);
  CHECK(f.sql(q) == kUser + " JOIN post ON user.id = post.user_id");
  Query back = f.of("Post");
  step.target = query::entity(f.models["User"]);
  back.add_join(step);
  CHECK(f.sql(back) == kPost + " JOIN user ON user.id = post.user_id");
}

TEST_CASE("a join by a condition") {
  Blog f;
  Query q = f.of("User");
  JoinStep step;
  step.target = query::entity(f.models["Post"]);
  step.on = f.equals("Post", "body", text("x"));
  q.add_join(step);
  CHECK(f.sql(q) == kUser + " JOIN post ON post.body = ?");
}

TEST_CASE("joins that cannot be made say why") {
  Blog f;
  f.models.declare("Pet", schema::make_def("pet", {schema::make_key("id")}));
  Query q = f.of("User");
  JoinStep step;
  step.target = query::entity(f.models["Pet"]);
  CHECK(caught([&] { q.add_join(step); }).kind() == ErrorKind::kNoForeignKeysError);
  Query twice = f.of("User");
  twice.add_join(f.along("User.posts"));
  CHECK(caught([&] { twice.add_join(f.along("User.posts")); }).message() ==
        "Post is in the query already: joining it again needs an alias");
  Query wrong = f.of("User");
  wrong.add_join(f.along("User.posts"));
  CHECK(caught([&] {
          Query pets = f.of("Pet");
          JoinStep s = f.along("User.posts");
          pets.from = f.models["Pet"].from();
          pets.add_join(s);
        }).message() == "cannot join along User.posts: the query does not select from User");
}

TEST_CASE("a join through an association table uses an alias of it") {
  QueryFixture f;
  f.models.declare_courses();
  Query q = f.of("Student");
  JoinStep step;
  step.relationship = &f.models.relationship("Student.courses");
  q.add_join(step);
  CHECK(f.sql(q) ==
        "SELECT student.id AS student_id, student.name AS student_name FROM student "
        "JOIN enrolment AS enrolment_1 ON student.id = enrolment_1.student_id "
        "JOIN course ON course.id = enrolment_1.course_id");
}

TEST_CASE("a tree is joined to itself through an alias") {
  QueryFixture f;
  f.models.declare_tree();
  const mapper::Mapper& node = f.models["Node"];
  Query q = f.of("Node");
  JoinStep step;
  step.relationship = &f.models.relationship("Node.parent");
  const expr::FromPtr parent = expr::alias(node.from(), "parent");
  step.target = query::entity(node, parent, "parent");
  q.add_join(step);
  q.add_where(expr::binary(expr::Op::kEq, query::attribute_element(node, parent, 1),
                           expr::bind(text("root"), types::text())));
  CHECK(f.sql(q) ==
        "SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM "
        "node "
        "JOIN node AS parent ON parent.id = node.parent_id WHERE parent.name = ?");
}

TEST_CASE("an alias as entity has labels of its own") {
  Blog f;
  Query q;
  q.entities.push_back(
      query::entity(f.models["User"], expr::alias(f.models["User"].from(), "u2"), "u2"));
  CHECK(f.sql(q) == "SELECT u2.id AS u2_id, u2.username AS u2_username FROM user AS u2");
}

TEST_CASE("count asks for the number itself where that is the same") {
  Blog f;
  Query q = f.of("User");
  q.add_where(f.equals("User", "id", integer(1)));
  q.order_by.push_back(f.column("User", "id"));
  CHECK(f.sql(*query::count_select(q)) == "SELECT count(*) AS count_1 FROM user WHERE user.id = ?");
  q.add_join(f.along("User.posts"));
  CHECK(
      f.sql(*query::count_select(q)) ==
      "SELECT count(*) AS count_1 FROM user JOIN post ON user.id = post.user_id WHERE user.id = ?");
}

TEST_CASE("count wraps what limits, groups or makes distinct") {
  Blog f;
  const std::string wrapped = "SELECT count(*) AS count_1 FROM (" + kUser;
  Query limited = f.of("User");
  limited.limit = 3;
  CHECK(f.sql(*query::count_select(limited)) == wrapped + " LIMIT ?) AS anon_1");
  Query distinct = f.of("User");
  distinct.distinct = true;
  CHECK(f.sql(*query::count_select(distinct)) ==
        "SELECT count(*) AS count_1 FROM (SELECT DISTINCT user.id AS user_id, user.username AS "
        "user_username FROM "
        "user) AS anon_1");
  Query grouped = f.of("User");
  grouped.group_by.push_back(f.column("User", "username"));
  grouped.order_by.push_back(f.column("User", "id"));
  CHECK(f.sql(*query::count_select(grouped)) == wrapped + " GROUP BY user.username) AS anon_1");
  Query columns;
  columns.entities.push_back(query::entity(expr::function("count", {f.column("User", "id")})));
  CHECK(f.sql(*query::count_select(columns)) ==
        "SELECT count(*) AS count_1 FROM (SELECT count(user.id) AS count_1 FROM user) AS anon_1");
}

TEST_CASE("exists drops the order and selects 1") {
  Blog f;
  Query q = f.of("User");
  q.add_where(f.equals("User", "id", integer(1)));
  q.order_by.push_back(f.column("User", "id"));
  CHECK(f.sql(query::exists_element(q)) == "EXISTS (SELECT 1 FROM user WHERE user.id = ?)");
}

TEST_CASE("any and has are EXISTS over the far side") {
  Blog f;
  const mapper::Relationship& posts = f.models.relationship("User.posts");
  Query q = f.of("User");
  q.add_where(query::relationship_exists(posts, f.models["User"].from(),
                                         {f.equals("Post", "body", text("x"))}));
  CHECK(f.sql(q) ==
        kUser +
            " WHERE EXISTS (SELECT 1 FROM post WHERE user.id = post.user_id AND post.body = ?)");
  QueryFixture courses;
  courses.models.declare_courses();
  Query c = courses.of("Student");
  c.add_where(query::relationship_exists(courses.models.relationship("Student.courses"),
                                         courses.models["Student"].from(), {}));
  CHECK(courses.sql(c).find(
            "EXISTS (SELECT 1 FROM course, enrolment WHERE student.id = enrolment.student_id AND "
            "course.id = enrolment.course_id)") != std::string::npos);
}

TEST_CASE("any over a tree speaks of the children") {
  QueryFixture f;
  f.models.declare_tree();
  Query q = f.of("Node");
  q.add_where(query::relationship_exists(f.models.relationship("Node.children"),
                                         f.models["Node"].from(),
                                         {f.equals("Node", "name", text("leaf"))}));
  CHECK(f.sql(q) ==
        "SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM "
        "node "
        "WHERE EXISTS (SELECT 1 FROM node AS node_1 WHERE node.id = node_1.parent_id AND "
        "node_1.name = ?)");
}

TEST_CASE("a reference compared with an object compares its key") {
  Blog f;
  const mapper::Relationship& author = f.models.relationship("Post.author");
  const expr::FromPtr post = f.models["Post"].from();
  CHECK(f.sql(query::relationship_equals(author, post, {integer(3)})) == "post.user_id = ?");
  CHECK(f.sql(query::relationship_equals(author, post, {})) == "post.user_id IS NULL");
}

TEST_CASE("attributes by name: the class of the query, or the one joined last") {
  Blog f;
  Query q = f.of("User");
  CHECK(f.sql(q.attribute("username")) == "user.username");
  q.add_join(f.along("User.posts"));
  CHECK(f.sql(q.attribute("body")) == "post.body");
  CHECK(caught([&] { q.attribute("bodi"); }).message() ==
        "Post has no attribute 'bodi'; did you mean 'body'?");
  CHECK(caught([&] { f.of("User").attribute("posts"); }).message() ==
        "User.posts is a relationship, not a column");
  Query columns;
  columns.entities.push_back(query::entity(f.column("User", "id")));
  CHECK(f.sql(columns.attribute("username")) == "user.username");
  Query nothing;
  nothing.entities.push_back(query::entity(expr::function("now", {})));
  CHECK(caught([&] { nothing.attribute("x"); }).kind() == ErrorKind::kInvalidRequestError);
}

TEST_CASE("UPDATE and DELETE of what a query selects") {
  Blog f;
  Query q = f.of("User");
  q.add_where(f.equals("User", "id", integer(1)));
  CHECK(f.sql(*query::update_statement(q, {{1, expr::bind(text("x"), types::text())}})) ==
        "UPDATE user SET username=? WHERE user.id = ?");
  CHECK(f.sql(*query::delete_statement(q)) == "DELETE FROM user WHERE user.id = ?");
  CHECK(f.sql(*query::key_select(q)) == "SELECT user.id FROM user WHERE user.id = ?");
}

TEST_CASE("UPDATE and DELETE refuse what they cannot hold, by name") {
  Blog f;
  const auto refused = [&](const std::function<void(Query&)>& change) {
    Query q = f.of("User");
    change(q);
    return caught([&] { query::delete_statement(q); }).message();
  };
  CHECK(refused([](Query& q) { q.limit = 1; }) == "query:delete() cannot be combined with limit()");
  CHECK(refused([](Query& q) { q.offset = 1; }) ==
        "query:delete() cannot be combined with offset()");
  CHECK(refused([&](Query& q) { q.order_by.push_back(f.column("User", "id")); }) ==
        "query:delete() cannot be combined with order_by()");
  CHECK(refused([&](Query& q) { q.group_by.push_back(f.column("User", "id")); }) ==
        "query:delete() cannot be combined with group_by()");
  CHECK(refused([](Query& q) { q.distinct = true; }) ==
        "query:delete() cannot be combined with distinct()");
  CHECK(refused([&](Query& q) { q.add_join(f.along("User.posts")); }) ==
        "query:delete() cannot be combined with join() or select_from()");
  CHECK(refused([&](Query& q) { q.entities.push_back(query::entity(f.models["Post"])); }) ==
        "query:delete() needs a query of exactly one class");
}
