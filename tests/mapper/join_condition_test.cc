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
