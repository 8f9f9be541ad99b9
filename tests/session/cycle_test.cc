// Rows that refer to each other in a circle.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
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

// Team.captain -> Player, Player.team -> Team.
struct Teams : Orm {
  explicit Teams(bool captain_nullable, bool team_nullable = false) {
    schema::TableDef team = schema::make_def("team", {schema::make_key("id")});
    add_reference(team, "captain_id", "player.id", captain_nullable);
    schema::TableDef player = schema::make_def("player", {schema::make_key("id")});
    add_reference(player, "team_id", "team.id", team_nullable);
    models.declare("Team", std::move(team),
                   {test::relationship("captain", "Player", [](RelationshipDef& d) {
                     d.foreign_keys = {"Team.captain_id"};
                   })});
    models.declare("Player", std::move(player),
                   {test::relationship("team", "Team", [](RelationshipDef& d) {
                     d.foreign_keys = {"Player.team_id"};
                   })});
    open();
  }
};

}  // namespace

TEST_CASE("a circle is cut at the key that may be NULL, and closed afterwards") {
  Teams o(true);
  Instance &team = o.add("Team"), &player = o.add("Player");
  Orm::point(team, "captain", &player);
  Orm::point(player, "team", &team);
  o.session->flush();
  CHECK(o.sent() == Lines{"INSERT INTO team (captain_id) VALUES (?) [NULL]",
                          "INSERT INTO player (team_id) VALUES (?) [1]",
                          "UPDATE team SET captain_id=? WHERE team.id = ? [1, 1]"});
  CHECK(Orm::peek(team, "captain_id") == "1");
  CHECK_FALSE(o.session->is_modified(team));
  CHECK(o.rows("SELECT * FROM team, player") == Lines{"1, 1, 1, 1"});
}

TEST_CASE("deleting a circle opens it first") {
  Teams o(true);
  Instance &team = o.add("Team"), &player = o.add("Player");
  Orm::point(team, "captain", &player);
  Orm::point(player, "team", &team);
  o.session->commit();
  SECTION("loaded") {
    Orm::get(team, "captain_id");
    Orm::get(player, "team_id");
  }
  SECTION("expired") {}
  o.session->remove(team);
  o.session->remove(player);
  o.sent();
  o.session->flush();
  Lines sent = o.sent();
  std::erase_if(sent, [](const std::string& s) { return s.starts_with("SELECT"); });
  CHECK(sent == Lines{"UPDATE team SET captain_id=NULL WHERE team.id = ? [1]",
                      "DELETE FROM player WHERE player.id = ? [1]",
                      "DELETE FROM team WHERE team.id = ? [1]"});
}

TEST_CASE("a circle of keys that must not be NULL is an error that names the rows") {
  Teams o(false);
  Instance &team = o.add("Team"), &player = o.add("Player"), &bystander = o.add("Player");
  Orm::point(team, "captain", &player);
  Orm::point(player, "team", &team);
  Orm::point(bystander, "team", &team);
  const base::Error e = caught([&] { o.session->flush(); });
  CHECK(e.kind() == base::ErrorKind::kCircularDependencyError);
  CHECK(e.message() ==
        "these rows refer to each other in a circle, and no foreign key among them may be NULL: "
        "<Team (pending)>, "
        "<Player (pending)>");
  o.session->rollback();
  CHECK(team.flush_index == 0);
  CHECK(player.flush_index == 0);
}

TEST_CASE("two rows of one table that refer to each other") {
  Orm o;
  o.models.declare_tree();
  o.open();
  Instance &a = o.add("Node", {{"name", text("a")}}), &b = o.add("Node", {{"name", text("b")}});
  Orm::point(a, "parent", &b);
  Orm::point(b, "parent", &a);
  o.session->flush();
  CHECK(o.rows("SELECT name, parent_id FROM node") == Lines{"'a', 2", "'b', 1"});
  o.session->commit();
  o.session->remove(a);
  o.session->remove(b);
  o.session->flush();
  CHECK(o.rows("SELECT * FROM node").empty());
}

TEST_CASE("a circle among many rows is cut once") {
  Orm o;
  o.models.declare_tree();
  o.open();
  std::vector<Instance*> nodes;
  for (int n = 0; n < 50; ++n) nodes.push_back(&o.add("Node"));
  for (size_t n = 0; n < 50; ++n) Orm::point(*nodes[n], "parent", nodes[(n + 1) % 50]);
  o.session->flush();
  int updates = 0;
  for (const std::string& line : o.sent()) updates += line.starts_with("UPDATE") ? 1 : 0;
  CHECK(updates == 1);
  CHECK(o.rows("SELECT count(*) FROM node WHERE parent_id IS NULL") == Lines{"0"});
}

TEST_CASE("a cut row that failed can be added again") {
  Teams o(true, true);
  Instance &team = o.add("Team"), &player = o.add("Player");
  Orm::point(team, "captain", &player);
  Orm::point(player, "team", &team);
  o.session->flush();
  o.session->rollback();
  CHECK(o.rows("SELECT * FROM team").empty());
  o.session->add(team);
  o.session->flush();
  CHECK(o.rows("SELECT team.captain_id = player.id, player.team_id = team.id FROM team, player") ==
        Lines{"1, 1"});
}

TEST_CASE("a tree whose objects were not loaded is deleted from the leaves") {
  Orm o;
  schema::TableDef node = schema::make_def("node", {schema::make_key("id")});
  add_reference(node, "parent_id", "node.id",
                false);  // a bare key, never NULL: the root refers to itself
  o.models.declare("Node", std::move(node));
  o.open();
  o.execute("INSERT INTO node VALUES (1, 1), (2, 1), (3, 2)");
  test::Instances nodes = o.all(o.query("Node"));
  o.session->commit();
  for (Instance* i : nodes) o.session->remove(*i);
  CHECK_NOTHROW(o.session->flush());
  CHECK(o.rows("SELECT * FROM node").empty());
}

TEST_CASE("deletes go by the keys the database still holds, not by changed ones") {
  Orm o;
  o.models.declare_tree();
  o.open();
  Instance &root = o.add("Node"), &leaf = o.make("Node");
  Orm::append(root, "children", leaf);
  o.session->commit();
  session::Session::NoAutoflush guard(*o.session);
  Orm::get(leaf, "parent_id");
  Orm::set(leaf, "parent_id", Value());
  o.session->remove(root);
  o.session->remove(leaf);
  CHECK_NOTHROW(o.session->flush());
  CHECK(o.rows("SELECT * FROM node").empty());
}
