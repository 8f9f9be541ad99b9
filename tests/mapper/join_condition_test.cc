// Which columns a relationship keeps in step.
#include <catch2/catch.hpp>

#include "tests/support/model_builders.h"

using namespace moonbase;
using mapper::Direction;
using mapper::RelationshipDef;
using schema::make_column;
using schema::make_def;
using schema::make_key;
using test::caught;
using test::Models;
using test::relationship;

namespace {

// Order (shop, number) and its lines, by a key of two columns.
void declare_orders(Models& m) {
  m.declare("Order", make_def("order", {make_key("shop"), make_key("number")}));
  schema::TableDef line =
      make_def("line", {make_key("id"), make_column("order_number"), make_column("order_shop")});
  line.foreign_keys = {
      schema::make_foreign_key({"order_shop", "order_number"}, {"order.shop", "order.number"})};
  m.declare("Line", std::move(line), {test::with_backref("order", "Order", "lines")});
  m.registry.configure();
}

}  // namespace

TEST_CASE("a key of two columns is kept in step column by column") {
  Models m;
  declare_orders(m);
  const mapper::Relationship& order = m.relationship("Line.order");
  REQUIRE(order.pairs.size() == 2);
  CHECK(order.pairs[0].source->name == "shop");
  CHECK(order.pairs[0].destination->name == "order_shop");
  CHECK(order.pairs[1].destination->name == "order_number");
  CHECK(order.use_get);
  CHECK(m.relationship("Order.lines").direction == Direction::kOneToMany);
}

TEST_CASE("a reference to a column that is not the key is not served from the identity map") {
  Models m;
  schema::TableDef user =
      make_def("user", {make_key("id"), make_column("name", types::string(20))});
  user.uniques = {schema::make_unique_constraint({"name"})};
  m.declare("User", std::move(user));
  schema::TableDef post =
      make_def("post", {make_key("id"), make_column("author_name", types::string(20))});
  post.foreign_keys = {schema::make_foreign_key({"author_name"}, {"user.name"})};
  m.declare("Post", std::move(post), {relationship("author", "User")});
  m.registry.configure();
  CHECK_FALSE(m.relationship("Post.author").use_get);
}

TEST_CASE("keys both ways are ambiguous, and foreign_keys says which is meant") {
  const auto declare = [](Models& m, std::vector<std::string> foreign_keys) {
    schema::TableDef team = make_def("team", {make_key("id")});
    test::add_reference(team, "captain_id", "player.id");
    schema::TableDef player = make_def("player", {make_key("id")});
    test::add_reference(player, "team_id", "team.id");
    m.declare("Team", std::move(team), {relationship("captain", "Player", [&](RelationshipDef& d) {
                d.foreign_keys = foreign_keys;
              })});
    m.declare("Player", std::move(player));
  };
  Models ambiguous;
  declare(ambiguous, {});
  CHECK(caught([&] { ambiguous.registry.configure(); }).kind() ==
        base::ErrorKind::kAmbiguousForeignKeysError);
  Models chosen;
  declare(chosen, {"Team.captain_id"});
  chosen.registry.configure();
  CHECK(chosen.relationship("Team.captain").direction == Direction::kManyToOne);
}

TEST_CASE("uselist makes a relationship to one of a one-to-many") {
  Models m;
  m.declare_passports();
  CHECK(m.relationship("Person.passport").direction == Direction::kOneToMany);
  CHECK_FALSE(m.relationship("Person.passport").uselist);
  CHECK_FALSE(m.relationship("Passport.holder").uselist);
}

TEST_CASE("order_by names columns of the target, descending if asked") {
  Models m;
  m.declare("User", make_def("user", {make_key("id")}),
            {relationship("posts", "Post", [](RelationshipDef& d) {
              d.order_by = {"Post.id desc", "user_id"};
            })});
  schema::TableDef post = make_def("post", {make_key("id")});
  test::add_reference(post, "user_id", "user.id");
  m.declare("Post", std::move(post));
  m.registry.configure();
  const auto& order = m.relationship("User.posts").order_by;
  REQUIRE(order.size() == 2);
  CHECK(order[0]->kind == expr::Kind::kOrdering);
  CHECK(order[1]->column_name() == "user_id");
}

TEST_CASE("a secondary table without a key to a side, or that is not there, is an error") {
  Models m;
  m.metadata->add(make_def("pair", {make_key("a"), make_key("b")}));
  m.declare(
      "User", make_def("user", {make_key("id")}),
      {relationship("groups", "Group", [](RelationshipDef& d) { d.secondary_name = "pair"; })});
  m.declare("Group", make_def("grp", {make_key("id")}));
  CHECK(caught([&] { m.registry.configure(); }).kind() == base::ErrorKind::kNoForeignKeysError);
  Models missing;
  missing.declare("User", make_def("user", {make_key("id")}),
                  {relationship("groups", "Group",
                                [](RelationshipDef& d) { d.secondary_name = "membership"; })});
  missing.declare("Group", make_def("grp", {make_key("id")}));
  CHECK(caught([&] { missing.registry.configure(); }).message() ==
        "relationship User.groups: there is no table 'membership' to be its secondary");
}

namespace {

// User and Post by a column that is no foreign key of the database; `options` of User.posts.
void declare_written(Models& m, const std::function<void(RelationshipDef&)>& options) {
  m.declare("Post", make_def("post", {make_key("id"), make_column("author_id")}));
  m.declare("User", make_def("user", {make_key("id"), make_column("rank")}),
            {relationship("posts", "Post", options)});
}

expr::ElementPtr column(const Models& m, const std::string& model, const std::string& name) {
  return m[model].element(m[model].attribute(name).slot);
}

expr::ElementPtr equal(expr::ElementPtr left, expr::ElementPtr right) {
  return expr::binary(expr::Op::kEq, std::move(left), std::move(right));
}

}  // namespace

TEST_CASE("a written condition that only compares the keys is like one found by foreign keys") {
  Models m;
  declare_written(m, [&](RelationshipDef& d) {
    d.backref = "author";
    d.foreign_keys = {"Post.author_id"};
    d.complete = [&m](const mapper::Mapper&, RelationshipDef& copy) {
      copy.primaryjoin = equal(column(m, "Post", "author_id"), column(m, "User", "id"));
    };
  });
  m.registry.configure();
  const mapper::Relationship& posts = m.relationship("User.posts");
  CHECK(posts.is_plain_join());
  CHECK(posts.direction == Direction::kOneToMany);
  CHECK(posts.pairs[0].destination->name == "author_id");
  CHECK(m.relationship("Post.author").use_get);
  // Users are saved before their posts, whatever the database knows of it.
  CHECK(m.registry.flush_position(m["User"]) < m.registry.flush_position(m["Post"]));
}

TEST_CASE("a condition that says more is kept, with its two sides told apart") {
  Models m;
  declare_written(m, [&](RelationshipDef& d) {
    d.backref = "author";
    d.complete = [&m](const mapper::Mapper&, RelationshipDef& copy) {
      copy.primaryjoin =
          expr::and_({equal(column(m, "User", "id"),
                            expr::mark_columns(column(m, "Post", "author_id"), expr::kForeign)),
                      equal(column(m, "User", "rank"),
                            expr::bind(base::Value::integer(1), types::integer()))});
    };
  });
  m.registry.configure();
  const mapper::Relationship& posts = m.relationship("User.posts");
  const mapper::Relationship& author = m.relationship("Post.author");
  REQUIRE_FALSE(posts.is_plain_join());
  CHECK(posts.pairs.size() == 1);
  CHECK(posts.near_slots ==
        std::vector<int>{m["User"].attribute("id").slot, m["User"].attribute("rank").slot});
  CHECK(author.near == posts.far);
  CHECK(author.near_slots == std::vector<int>{m["Post"].attribute("author_id").slot});
  CHECK_FALSE(author.use_get);
}

TEST_CASE("what cannot be configured hinders its own class alone") {
  Models m;
  m.declare("User", make_def("user", {make_key("id")}), {relationship("pets", "Pet")});
  m.declare("Other", make_def("other", {make_key("id")}));
  CHECK(caught([&] { m.registry.configure(m["User"]); }).kind() ==
        base::ErrorKind::kInvalidRequestError);
  m.registry.configure(m["Other"]);
  m.registry.configure_what_can_be();
  CHECK(m["Other"].is_configured());
}

TEST_CASE("two relationships that write one column are told of, once") {
  Models m;
  std::vector<std::string> warnings;
  m.registry.set_on_warning([&](const std::string& message) { warnings.push_back(message); });
  m.declare("User", make_def("user", {make_key("id")}), {relationship("posts", "Post")});
  schema::TableDef post = make_def("post", {make_key("id")});
  test::add_reference(post, "user_id", "user.id");
  m.declare("Post", std::move(post), {relationship("user", "User")});
  m.registry.configure();
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("overlaps = 'posts' in Post.user") != std::string::npos);
  m.declare("Other", make_def("other", {make_key("id")}));
  m.registry.configure();
  CHECK(warnings.size() == 1);
}
