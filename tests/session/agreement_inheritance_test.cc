// What random histories found of classes that inherit, each by itself.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using schema::make_column;
using schema::make_def;
using schema::make_key;
using state::Instance;
using state::Lifecycle;
using test::integer;
using test::Lines;
using test::Orm;
using test::text;

namespace {

// Animal <- Dog <- Puppy, each with a table of its own, by a text that the program gives; the name
// of an animal is unique. An animal has a dog for a friend, which has admirers.
class Kennel : public Orm {
 public:
  explicit Kennel(mapper::InheritanceOptions of_dog = {}) {
    schema::TableDef animal = make_def(
        "animal",
        {make_key("code", types::string(9)), make_column("kind", types::string(9)),
         make_column("name", types::string(9)), make_column("friend_code", types::string(9))});
    animal.columns[2].unique = true;
    animal.foreign_keys.push_back(schema::make_foreign_key({"friend_code"}, {"dog.code"}));
    animal.foreign_keys.back().onupdate = "CASCADE";
    const auto friendship = test::relationship("friend", "Dog", [](mapper::RelationshipDef& d) {
      d.remote_side = {"Dog.code"};
      d.foreign_keys = {"Animal.friend_code"};
      d.backref = "admirers";
    });
    declare("Animal", "", std::move(animal), {}, friendship);
    declare("Dog", "Animal", below("dog", "animal", "tricks"), std::move(of_dog));
    declare("Puppy", "Dog", below("puppy", "dog", "weeks"), {});
    open();
  }

 private:
  static schema::TableDef below(const std::string& name, const std::string& base,
                                const std::string& column) {
    schema::TableDef table =
        make_def(name, {make_key("code", types::string(9)), make_column(column)});
    table.foreign_keys.push_back(schema::make_foreign_key({"code"}, {base + ".code"}));
    table.foreign_keys.back().onupdate = "CASCADE";
    return table;
  }

  void declare(const std::string& name, const std::string& base, schema::TableDef table,
               mapper::InheritanceOptions options, const test::RelationshipPtr& extra = nullptr) {
    mapper::ModelDef def;
    def.name = name;
    def.table = models.metadata->add(std::move(table));
    def.metadata = models.metadata;
    def.inheritance = std::move(options);
    def.inheritance.polymorphic_identity = text(name);
    if (base.empty())
      def.inheritance.polymorphic_on = "kind";
    else
      def.base = models.registry.find(base).get();
    for (const schema::Column& c : def.table->columns())
      def.properties.push_back({c.key, c.key, nullptr});
    if (extra) def.properties.push_back({extra->name, "", extra});
    models.registry.declare(std::move(def), false);
  }
};

}  // namespace

TEST_CASE("a key that changes is in the tables below when their turn comes") {
  Kennel k;
  Instance& rex = k.add("Puppy", {{"code", text("rex")}, {"tricks", integer(1)}});
  k.session->commit();
  Orm::set(rex, "code", text("max"));
  Orm::set(rex, "weeks", integer(5));
  k.log.take();
  k.session->flush();
  CHECK(k.log.take() == Lines{"UPDATE animal SET code=? WHERE animal.code = ? ['max', 'rex']",
                              "UPDATE puppy SET weeks=? WHERE puppy.code = ? [5, 'max']"});
  CHECK(k.rows("SELECT code FROM animal") == Lines{"'max'"});
  CHECK(k.rows("SELECT code, tricks FROM dog") == Lines{"'max', 1"});
  CHECK(k.rows("SELECT code, weeks FROM puppy") == Lines{"'max', 5"});
  k.session->rollback();
  CHECK(Orm::get(rex, "code") == "'rex'");
  CHECK(Orm::get(rex, "weeks") == "NULL");
}

TEST_CASE("a row that refers to itself from one table to another can be deleted") {
  Kennel k;
  Instance& rex = k.add("Dog", {{"code", text("rex")}});
  Orm::point(rex, "friend", &rex);
  k.session->commit();
  k.session->remove(rex);
  k.session->flush();
  CHECK(rex.lifecycle == Lifecycle::kDeleted);
  CHECK(k.rows("SELECT * FROM animal") == Lines{});
}

TEST_CASE("a unique value of a shared table is free for a row of another class") {
  Kennel k;
  Instance& rex = k.add("Dog", {{"code", text("d")}, {"name", text("rex")}});
  k.session->commit();
  Orm::get(rex, "name");
  k.session->remove(rex);
  k.add("Animal", {{"code", text("a")}, {"name", text("rex")}});
  k.session->flush();
  CHECK(k.rows("SELECT code, kind, name FROM animal") == Lines{"'a', 'Animal', 'rex'"});
}

TEST_CASE("what a class below reads along is not read with the class above") {
  mapper::InheritanceOptions of_dog;
  of_dog.load_inline = of_dog.with_all = true;
  Kennel k(std::move(of_dog));
  k.add("Puppy", {{"code", text("rex")}, {"tricks", integer(1)}, {"weeks", integer(5)}});
  k.session->commit();
  const test::Instances animals = k.all(k.query("Animal"));
  REQUIRE(animals.size() == 1);
  CHECK(Orm::peek(*animals[0], "tricks") == "1");
  CHECK(Orm::peek(*animals[0], "weeks") == "?");
  CHECK(Orm::get(*animals[0], "weeks") == "5");
  k.session->expire_all();
  CHECK(Orm::peek(*k.all(k.query("Dog"))[0], "weeks") == "5");
}

TEST_CASE("a list of a class has again what comes back of a class below") {
  Kennel k;
  Instance &rex = k.add("Dog", {{"code", text("rex")}}),
           &pup = k.add("Puppy", {{"code", text("pup")}});
  Orm::point(pup, "friend", &rex);
  k.session->commit();
  k.session->begin_nested();
  k.session->remove(pup);
  k.session->flush();
  CHECK(k.list(rex, "admirers") == test::Instances{});
  k.session->rollback();
  CHECK(k.list(rex, "admirers") == test::Instances{&pup});
}
