// What random histories found, each by itself: objects and rows that did not agree, and rows that
// went though they should have stayed.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using state::Instance;
using state::Lifecycle;
using test::integer;
using test::Lines;
using test::Orm;
using test::text;

namespace {

// Owner 1-n (or 1-1) Item by `items` and, unless `one` is empty, back by it.
void declare_owner(Orm& o, bool uselist, const std::string& one, const std::string& cascade) {
  o.models.declare("Owner", schema::make_def("owner", {schema::make_key("code", types::string(9))}),
                   {test::relationship("items", "Item", [&](mapper::RelationshipDef& d) {
                     d.backref = one;
                     d.cascade = cascade;
                     if (!uselist) d.uselist = false;
                   })});
  schema::TableDef item = schema::make_def("item", {schema::make_key("id")});
  schema::Column code = schema::make_column("owner_code", types::string(9));
  item.columns.push_back(code);
  item.foreign_keys.push_back(schema::make_foreign_key({"owner_code"}, {"owner.code"}));
  item.foreign_keys.back().onupdate = "CASCADE";
  o.models.declare("Item", std::move(item));
  o.open();
}

}  // namespace

TEST_CASE("an object whose key changed and that was deleted comes back under its old key") {
  Orm o;
  declare_owner(o, true, "owner", "");
  Instance& i = o.add("Owner", {{"code", text("a")}});
  o.session->commit();
  o.session->begin_nested();
  Orm::set(i, "code", text("b"));
  o.session->remove(i);
  o.session->flush();
  o.session->rollback();
  CHECK(Orm::get(i, "code") == "'a'");
  CHECK(o.session->get(o.model("Owner"), {text("a")}) == &i);
}

TEST_CASE("a member that has moved on stays when its former owner is deleted") {
  for (const char* one : {"", "owner"}) {
    Orm o;
    declare_owner(o, true, one, "all");
    Instance &a = o.add("Owner", {{"code", text("a")}}), &b = o.add("Owner", {{"code", text("b")}});
    Instance& item = o.make("Item");
    Orm::append(a, "items", item);
    o.session->flush();
    Orm::take_out(a, "items", item);
    Orm::append(b, "items", item);
    o.session->remove(a);
    o.session->flush();
    CHECK(o.rows("SELECT id, owner_code FROM item") == Lines{"1, 'b'"});
  }
}

TEST_CASE("a partner that is replaced is an orphan though it has not heard of it") {
  Orm o;
  declare_owner(o, false, "owner", "all, delete-orphan");
  Instance& a = o.add("Owner", {{"code", text("a")}});
  Instance &old = o.make("Item"), &next = o.add("Item");
  Orm::point(a, "items", &old);
  o.session->commit();
  CHECK(Orm::ref(old, "owner") == &a);
  Orm::point(next, "owner", &a);
  o.session->flush();
  CHECK(old.lifecycle == Lifecycle::kDeleted);
  CHECK(o.rows("SELECT owner_code FROM item") == Lines{"'a'"});
}

TEST_CASE("a partner that is set again stays") {
  Orm o;
  declare_owner(o, false, "owner", "all, delete-orphan");
  Instance &a = o.add("Owner", {{"code", text("a")}}), &item = o.make("Item");
  Orm::point(a, "items", &item);
  o.session->commit();
  Orm::get(item, "owner_code");
  Orm::point(a, "items", nullptr);
  Orm::point(item, "owner", &a);
  CHECK(Orm::ref(a, "items") == &item);
  o.session->flush();
  CHECK(o.rows("SELECT id, owner_code FROM item") == Lines{"1, 'a'"});
}

TEST_CASE("a deleted member goes nowhere with its owner") {
  Orm o;
  declare_owner(o, true, "owner", "all");
  Instance &a = o.add("Owner", {{"code", text("a")}}), &item = o.make("Item");
  Orm::append(a, "items", item);
  o.session->flush();
  o.session->remove(item);
  o.session->flush();
  o.session->expunge(a);
  CHECK(item.lifecycle == Lifecycle::kDeleted);
  o.session->add(a);
  CHECK(item.lifecycle == Lifecycle::kDeleted);
  o.session->commit();
  CHECK(o.rows("SELECT * FROM item").empty());
}

TEST_CASE("a key that changed in a savepoint is forgotten by those who read it there") {
  Orm o;
  declare_owner(o, true, "", "");
  Instance &a = o.add("Owner", {{"code", text("a")}}), &item = o.make("Item");
  Orm::append(a, "items", item);
  o.session->commit();
  o.session->begin_nested();
  Orm::set(a, "code", text("b"));
  o.session->flush();
  CHECK(Orm::get(item, "owner_code") == "'b'");
  o.session->rollback();
  CHECK(Orm::get(item, "owner_code") == "'a'");
}

TEST_CASE("an UPDATE of post_update counts as a version, of an expired object too") {
  Orm o;
  schema::TableDef node =
      schema::make_def("node", {schema::make_key("id"), schema::make_column("version")});
  test::add_reference(node, "next_id", "node.id");
  mapper::ModelDef def;
  def.name = "Node";
  def.table = o.models.metadata->add(std::move(node));
  def.metadata = o.models.metadata;
  for (const char* name : {"id", "version", "next_id"})
    def.properties.push_back({name, name, nullptr});
  def.properties.push_back({"next", "", test::relationship("next", "Node", [](auto& d) {
                              d.remote_side = {"id"};
                              d.post_update = true;
                            })});
  def.options.version_id_col = "version";
  o.models.registry.declare(std::move(def), false);
  o.open();
  Instance& n = o.add("Node");
  o.session->commit();
  Orm::point(n, "next", &n);
  o.session->commit();
  CHECK(o.rows("SELECT * FROM node") == Lines{"1, 2, 1"});
  CHECK(Orm::get(n, "version") == "2");
  Orm::point(n, "next", nullptr);
  o.execute("UPDATE node SET version = 7");
  CHECK(test::caught([&] { o.session->flush(); }).kind() == base::ErrorKind::kStaleDataError);
}

TEST_CASE("a unique value that was overwritten unread passes from a deleted row to a new one") {
  Orm o;
  schema::TableDef user = schema::make_def("user", {schema::make_key("id")});
  user.columns.push_back(schema::make_column("name", types::string(9)));
  user.columns.back().unique = true;
  o.models.declare("User", std::move(user));
  o.open();
  Instance& former = o.add("User", {{"name", text("susan")}});
  o.session->commit();
  Orm::set(former, "name", base::Value());
  o.session->remove(former);
  o.add("User", {{"name", text("susan")}});
  o.log.take();
  o.session->flush();
  CHECK(o.log.take() == Lines{"SELECT user.name AS user_name FROM user WHERE user.id = ? [1]",
                              "DELETE FROM user WHERE user.id = ? [1]",
                              "INSERT INTO user (name) VALUES (?) ['susan']"});
}

TEST_CASE("rows whose references were overwritten unread are deleted in the order of the rows") {
  Orm o;
  schema::TableDef node = schema::make_def("node", {schema::make_key("id")});
  test::add_reference(node, "parent_id", "node.id");
  o.models.declare("Node", std::move(node));
  o.open();
  std::vector<Instance*> nodes;
  for (int n = 1; n <= 4; ++n) nodes.push_back(&o.add("Node", {{"id", integer(n)}}));
  o.session->flush();
  Orm::set(*nodes[0], "parent_id", integer(2));
  Orm::set(*nodes[3], "parent_id", integer(3));
  o.session->commit();
  for (Instance* n : nodes) {
    Orm::set(*n, "parent_id", base::Value());
    o.session->remove(*n);
  }
  o.session->flush();
  CHECK(o.rows("SELECT * FROM node").empty());
}

TEST_CASE("a deleted row whose unique value is taken over is let go of by rows nobody has read") {
  Orm o;
  schema::TableDef user = schema::make_def("user", {schema::make_key("id")});
  user.columns.push_back(schema::make_column("name", types::string(9)));
  user.columns.back().unique = true;
  o.models.declare("User", std::move(user));
  schema::TableDef post = schema::make_def("post", {schema::make_key("id")});
  test::add_reference(post, "user_id", "user.id");
  o.models.declare("Post", std::move(post));
  o.open();
  Instance& former = o.add("User", {{"name", text("susan")}});
  o.session->flush();
  Instance &gone = o.add("Post", {{"user_id", integer(1)}}),
           &stays = o.add("Post", {{"user_id", integer(1)}});
  o.session->commit();
  Orm::set(stays, "user_id", base::Value());
  o.session->remove(gone);
  o.session->remove(former);
  o.add("User", {{"name", text("susan")}});
  o.session->flush();
  CHECK(o.rows("SELECT id, name FROM user") == Lines{"1, 'susan'"});
  CHECK(o.rows("SELECT * FROM post") == Lines{"2, NULL"});
}

TEST_CASE("who is let go by its own side, unheard by an expired owner, is an orphan") {
  Orm o;
  o.models.declare("Item", schema::make_def("item", {schema::make_key("id")}));
  schema::TableDef owner = schema::make_def("owner", {schema::make_key("id")});
  test::add_reference(owner, "item_id", "item.id");
  o.models.declare("Owner", std::move(owner),
                   {test::relationship("item", "Item", [](mapper::RelationshipDef& d) {
                     d.cascade = "all, delete-orphan";
                     d.single_parent = true;
                     d.backref = "owner";
                     d.backref_options = test::relationship(
                         "owner", "", [](mapper::RelationshipDef& back) { back.uselist = false; });
                   })});
  o.open();
  Instance &a = o.add("Owner"), &item = o.make("Item");
  Orm::point(a, "item", &item);
  o.session->commit();
  Orm::point(item, "owner", nullptr);
  o.session->flush();
  CHECK(item.lifecycle == Lifecycle::kDeleted);
  CHECK(o.rows("SELECT item_id FROM owner") == Lines{"NULL"});
  CHECK(o.rows("SELECT id FROM item") == Lines{});
}

TEST_CASE("a dict that is loaded can be read when a member that nobody has looked at is deleted") {
  struct ByNumber : mapper::CollectionClass {
    ByNumber() : CollectionClass(mapper::Shape::kDict) {}
    base::Value key_of(Instance& member) const override {
      return member.read(Orm::slot(member, "n"));
    }
  };
  Orm o;
  o.models.declare("Owner", schema::make_def("owner", {schema::make_key("id")}),
                   {test::relationship("items", "Item", [](mapper::RelationshipDef& d) {
                     d.backref = "owner";
                     d.collection_class = std::make_shared<ByNumber>();
                   })});
  schema::TableDef table =
      schema::make_def("item", {schema::make_key("id"), schema::make_column("n")});
  test::add_reference(table, "owner_id", "owner.id");
  o.models.declare("Item", std::move(table));
  o.open();
  Instance &owner = o.add("Owner"), &item = o.add("Item", {{"n", integer(7)}});
  o.session->commit();
  o.list(owner, "items");
  Orm::point(item, "owner", &owner);
  o.session->remove(item);
  o.session->flush();
  state::Collection& items = state::collection_of(owner, Orm::relation(owner, "items"));
  CHECK(items.items() == test::Instances{&item});
  CHECK(items.keys().key_of(item) == nullptr);
  CHECK(items.keys().find(integer(7)) == nullptr);
}

TEST_CASE(
    "a new object whose only owner is given another one, from the other side, is not written") {
  Orm o;
  o.models.declare("Item", schema::make_def("item", {schema::make_key("id")}));
  schema::TableDef owner = schema::make_def("owner", {schema::make_key("id")});
  test::add_reference(owner, "item_id", "item.id");
  o.models.declare("Owner", std::move(owner),
                   {test::relationship("item", "Item", [](mapper::RelationshipDef& d) {
                     d.cascade = "all, delete-orphan";
                     d.single_parent = true;
                     d.backref = "owners";
                   })});
  o.open();
  Instance &a = o.add("Owner"), &before = o.add("Item"), &next = o.add("Item");
  Orm::point(a, "item", &before);
  Orm::append(next, "owners", a);
  o.session->flush();
  CHECK(before.lifecycle == Lifecycle::kTransient);
  CHECK(o.rows("SELECT id, item_id FROM owner") == Lines{"1, 1"});
  CHECK(o.rows("SELECT id FROM item") == Lines{"1"});
}

TEST_CASE("relationships that are loaded immediately may lead round over several classes") {
  Orm o;
  const char* const kRound[] = {"a", "b", "c", "a"};
  for (int n = 0; n < 3; ++n) {
    const std::string name = kRound[n], next = kRound[n + 1];
    schema::TableDef table = schema::make_def(name, {schema::make_key("id")});
    test::add_reference(table, "next_id", next + ".id");
    o.models.declare(name, std::move(table), {test::relationship("next", next, [](auto& d) {
                       d.lazy = "immediate";
                       d.post_update = true;
                     })});
  }
  o.open();
  Instance &a = o.add("a"), &b = o.add("b"), &c = o.add("c"), &other = o.add("a");
  Orm::point(a, "next", &b);
  Orm::point(b, "next", &c);
  Orm::point(c, "next", &other);
  Orm::point(other, "next", &b);
  o.session->commit();
  CHECK(o.all(o.query("a")) == test::Instances{&a, &other});
  CHECK(Orm::ref(c, "next") == &other);
  o.session->expire_all();
  CHECK(Orm::ref(c, "next") == &other);
  CHECK(Orm::ref(b, "next") == &c);
}

TEST_CASE("of targets that are loaded by keys, some in memory already, each comes to its owners") {
  Orm o;
  o.models.declare("User", schema::make_def("user", {schema::make_key("id")}));
  schema::TableDef post = schema::make_def("post", {schema::make_key("id")});
  test::add_reference(post, "user_id", "user.id");
  o.models.declare("Post", std::move(post),
                   {test::relationship("author", "User", [](auto& d) { d.lazy = "selectin"; })});
  o.open();
  test::Instances users, posts;
  for (int n = 0; n < 4; ++n) {
    users.push_back(&o.add("User"));
    posts.push_back(&o.add("Post"));
    Orm::point(*posts.back(), "author", users.back());
  }
  o.session->commit();
  CHECK(Orm::id(*users[0]) == 1);
  CHECK(Orm::id(*users[2]) == 3);
  o.log.take();
  CHECK(o.all(o.query("Post")) == posts);
  CHECK(o.log.take().back() ==
        "SELECT user.id AS user_id FROM user WHERE user.id IN (?, ?) [2, 4]");
  for (size_t n = 0; n < 4; ++n) CHECK(Orm::ref(*posts[n], "author") == users[n]);
}

TEST_CASE("a member that brings a joined collection is once in a list that is loaded by keys") {
  Orm o;
  const auto declare = [&](const char* name, const char* of, const char* members,
                           const char* lazy) {
    schema::TableDef table = schema::make_def(name, {schema::make_key("id")});
    if (*of != 0) test::add_reference(table, "of_id", std::string(of) + ".id");
    std::vector<test::RelationshipPtr> lists;
    if (*members != 0)
      lists.push_back(
          test::relationship("list", members, [&](mapper::RelationshipDef& d) { d.lazy = lazy; }));
    o.models.declare(name, std::move(table), std::move(lists));
  };
  declare("car", "", "wheel", "selectin");
  declare("wheel", "car", "bolt", "joined");
  declare("bolt", "wheel", "", "select");
  o.open();
  Instance &car = o.add("car"), &wheel = o.make("wheel");
  Orm::append(car, "list", wheel);
  Orm::append(wheel, "list", o.make("bolt"));
  Orm::append(wheel, "list", o.make("bolt"));
  o.session->commit();
  o.all(o.query("car"));
  CHECK(o.list(car, "list") == test::Instances{&wheel});
  CHECK(o.list(wheel, "list").size() == 2);
}
