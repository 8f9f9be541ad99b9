// Rows become objects, each row one object.
#include <catch2/catch.hpp>

#include "tests/query/query_fixture.h"

using namespace moonbase;
using base::Tag;
using base::Value;
using query::Query;
using query::RowStream;
using state::Instance;
using test::caught;
using test::Instances;
using test::integer;
using test::QueryFixture;
using test::text;

namespace {

struct Blog : QueryFixture {
  Blog() {
    models.declare_microblog();
    create_tables();
    run("INSERT INTO user (id, username) VALUES (1, 'susan'), (2, 'john');"
        "INSERT INTO post (id, body, user_id) VALUES (1, 'first', 1), (2, 'second', 1), (3, "
        "'lost', NULL)");
  }
};

}  // namespace

TEST_CASE("a row is loaded once: the second time it is the same object") {
  Blog f;
  const Instances first = query::load_all(f, f.of("User"));
  REQUIRE(first.size() == 2);
  CHECK(first[0]->slot(0) == integer(1));
  CHECK(first[0]->slot(1) == text("susan"));
  CHECK(first[0]->lifecycle == state::Lifecycle::kPersistent);
  CHECK(f.loaded_count == 2);
  CHECK(query::load_all(f, f.of("User")) == first);
  CHECK(f.loaded_count == 2);
}

TEST_CASE("relationships of a loaded object are not loaded") {
  Blog f;
  Instance& user = *query::load_all(f, f.of("User"))[0];
  CHECK(user.slot(user.mapper->attribute("posts").slot).tag() == Tag::kNotLoaded);
}

TEST_CASE("text of loaded objects outlives the cursor") {
  Blog f;
  Instances users;
  {
    RowStream rows(f, f.of("User"));
    while (rows.next()) users.push_back(rows.object(0));
  }
  f.run("UPDATE user SET username = 'overwritten with something long'");
  CHECK(users[0]->slot(1) == text("susan"));
  CHECK(users[1]->slot(1) == text("john"));
}

TEST_CASE("what is loaded is not overwritten, changes least of all") {
  Blog f;
  const Instances users = query::load_all(f, f.of("User"));
  users[0]->write(1, text("mine"));
  f.run("UPDATE user SET username = 'theirs'");
  query::load_all(f, f.of("User"));
  CHECK(users[0]->slot(1) == text("mine"));
  CHECK(users[1]->slot(1) == text("john"));
}

TEST_CASE("what is not loaded is filled") {
  Blog f;
  const Instances users = query::load_all(f, f.of("User"));
  f.run("UPDATE user SET username = 'theirs'");
  users[0]->slot(1) = Value::marker(Tag::kNotLoaded);
  ++f.epoch;  // expires both
  query::load_all(f, f.of("User"));
  CHECK(users[0]->slot(1) == text("theirs"));
  CHECK(users[1]->slot(1) == text("theirs"));
  CHECK_FALSE(users[1]->is_expired());
}

TEST_CASE("populate_existing overwrites, changes and relationships too") {
  Blog f;
  Instance& susan = *query::load_all(f, f.of("User"))[0];
  susan.write(1, text("mine"));
  f.run("UPDATE user SET username = 'theirs'");
  Query q = f.of("User");
  q.populate_existing = true;
  query::load_all(f, q);
  CHECK(susan.slot(1) == text("theirs"));
  CHECK(susan.history == nullptr);
  CHECK_FALSE(susan.modified);
}

TEST_CASE("the missing side of an outer join is no object") {
  Blog f;
  Query q = f.of("Post");
  q.entities.push_back(query::entity(f.models["User"]));
  query::JoinStep step;
  step.relationship = &f.models.relationship("Post.author");
  step.outer = true;
  q.add_join(step);
  q.order_by.push_back(f.column("Post", "id"));
  RowStream rows(f, q);
  std::vector<bool> has_user;
  while (rows.next()) {
    CHECK(rows.object(0) != nullptr);
    has_user.push_back(rows.object(1) != nullptr);
  }
  CHECK(has_user == std::vector<bool>{true, true, false});
}

TEST_CASE("objects that a join repeats are given once") {
  Blog f;
  Query q = f.of("User");
  query::JoinStep step;
  step.relationship = &f.models.relationship("User.posts");
  q.add_join(step);
  CHECK(query::load_all(f, q).size() == 1);
  RowStream rows(f, q);
  int n = 0;
  while (rows.next()) ++n;
  CHECK(n == 2);
}

TEST_CASE("cells of columns have names and types") {
  Blog f;
  Query q;
  q.entities.push_back(query::entity(f.column("User", "username")));
  q.entities.push_back(
      query::entity(expr::label(expr::function("count", {f.column("User", "id")}), "n")));
  RowStream rows(f, q);
  CHECK(rows.names() == std::vector<std::string>{"username", "n"});
  CHECK(rows.type(0)->repr() == "String(64)");
  REQUIRE(rows.next());
  CHECK(rows.cells()[1] == integer(2));
  CHECK_FALSE(rows.is_object(1));
  CHECK_FALSE(rows.next());
}

TEST_CASE("keys of several columns and of text find their object") {
  QueryFixture f;
  f.models.declare("Pair", schema::make_def("pair", {schema::make_key("a"),
                                                     schema::make_key("b", types::string(9)),
                                                     schema::make_column("v")}));
  f.create_tables();
  f.run("INSERT INTO pair VALUES (1, 'x', 5), (1, 'y', 6)");
  const Instances pairs = query::load_all(f, f.of("Pair"));
  REQUIRE(pairs.size() == 2);
  CHECK(query::load_all(f, f.of("Pair")) == pairs);
  CHECK(f.identity().of(f.models["Pair"]).find(std::vector<Value>{integer(1), text("y")}) ==
        pairs[1]);
}

TEST_CASE("a value that the column's type cannot read names the attribute") {
  QueryFixture f;
  f.models.declare("Day", schema::make_def("day", {schema::make_key("id"),
                                                   schema::make_column("at", types::date())}));
  f.create_tables();
  f.run("INSERT INTO day VALUES (1, 'yesterday')");
  const base::Error e = caught([&] { query::load_all(f, f.of("Day")); });
  CHECK(e.kind() == base::ErrorKind::kValueError);
  CHECK(e.context().at(0) == "reading Day.at");
}

TEST_CASE("running a query asks for a flush first, unless told not to") {
  Blog f;
  query::load_all(f, f.of("User"));
  CHECK(f.before_count == 1);
  CHECK(f.autoflushed);
  Query q = f.of("User");
  q.autoflush = false;
  query::load_all(f, q);
  CHECK_FALSE(f.autoflushed);
}
