#include <catch2/catch.hpp>

#include "tests/support/schema_builders.h"

using namespace moonbase::schema;

namespace {

std::string names(const std::vector<TablePtr>& tables) {
  std::string text;
  for (const TablePtr& table : tables) text += (text.empty() ? "" : " ") + table->name();
  return text;
}

std::string deferred(const MetaData::Sorted& sorted) {
  std::string text;
  for (const auto& [table, fk] : sorted.deferred) {
    text += (text.empty() ? "" : " ") + table->name() + "." + fk->columns[0];
  }
  return text;
}

MetaData declared(const std::vector<TableDef>& defs) {
  MetaData metadata;
  for (const TableDef& def : defs) metadata.add(def);
  return metadata;
}

}  // namespace

TEST_CASE("referred tables come first, ties in name order") {
  MetaData m =
      declared({make_linked("post", {"user", "topic"}), make_linked("comment", {"post"}),
                make_linked("user", {}), make_linked("topic", {}), make_linked("audit", {})});
  CHECK(names(m.sorted().tables) == "audit topic user post comment");
  CHECK(m.sorted().deferred.empty());
}

TEST_CASE("a table that refers to itself is no cycle") {
  MetaData m = declared({make_linked("node", {"node"})});
  CHECK(names(m.sorted().tables) == "node");
  CHECK(m.sorted().deferred.empty());
}

TEST_CASE("only the tables asked for are sorted") {
  MetaData m = declared(
      {make_linked("post", {"user"}), make_linked("user", {}), make_linked("tag", {"post"})});
  std::vector<TablePtr> some = {m.find("tag"), m.find("post")};
  CHECK(names(m.sorted(&some).tables) == "post tag");
}

TEST_CASE("in a cycle one key has to wait") {
  SECTION("the one whose table has fewer of them") {
    TableDef post = make_linked("post", {"user"});
    post.columns.push_back(make_column("editor_id"));
    post.foreign_keys.push_back(make_foreign_key({"editor_id"}, {"user.id"}));
    MetaData m = declared({post, make_linked("user", {"post"}), make_linked("tag", {"post"})});
    MetaData::Sorted sorted = m.sorted();
    CHECK(names(sorted.tables) == "user post tag");
    CHECK(deferred(sorted) == "user.post_id");
  }
  SECTION("the one on all cycles") {
    // a -> b closes both b -> c -> a and b -> d -> a.
    MetaData m = declared({make_linked("a", {"b"}), make_linked("b", {"c", "d"}),
                           make_linked("c", {"a"}), make_linked("d", {"a"})});
    MetaData::Sorted sorted = m.sorted();
    CHECK(deferred(sorted) == "a.b_id");
    CHECK(names(sorted.tables) == "a c d b");
  }
  SECTION("the one that has a name") {
    TableDef b = make_linked("b", {"a"});
    b.foreign_keys[0].name = "fk_b_a";
    MetaData m = declared({make_linked("a", {"b"}), b});
    CHECK(deferred(m.sorted()) == "b.a_id");
  }
  SECTION("the one marked use_alter") {
    TableDef b = make_linked("b", {"a"});
    b.foreign_keys[0].use_alter = true;
    MetaData m = declared({make_linked("a", {"b"}), b});
    CHECK(deferred(m.sorted()) == "b.a_id");
    CHECK(names(m.sorted().tables) == "b a");
  }
  SECTION("one for each of two separate cycles") {
    MetaData m = declared({make_linked("a", {"b"}), make_linked("b", {"a"}),
                           make_linked("x", {"y"}), make_linked("y", {"x", "a"})});
    MetaData::Sorted sorted = m.sorted();
    CHECK(deferred(sorted) == "a.b_id x.y_id");
    CHECK(names(sorted.tables) == "a x b y");
  }
}

TEST_CASE("the order does not depend on the order of declaration") {
  std::vector<TableDef> defs = {make_linked("a", {"b", "c"}), make_linked("b", {"c", "a"}),
                                make_linked("c", {"a"}), make_linked("d", {"b"})};
  MetaData forth = declared(defs);
  MetaData back = declared({defs.rbegin(), defs.rend()});
  CHECK(names(forth.sorted().tables) == names(back.sorted().tables));
  CHECK(deferred(forth.sorted()) == deferred(back.sorted()));
  CHECK(forth.sorted().deferred.size() == 2);
}
