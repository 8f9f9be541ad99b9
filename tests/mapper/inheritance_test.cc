// Classes that inherit from each other: what a tree shares, and what each class has of its own.
#include <catch2/catch.hpp>

#include "tests/support/model_builders.h"

using namespace moonbase;
using base::ErrorKind;
using base::Value;
using mapper::Mapper;
using schema::make_column;
using schema::make_def;
using schema::make_key;
using test::add_reference;
using test::caught;
using test::Models;
using test::relationship;
using test::with_backref;

namespace {

// A tree over the table "animal"; a class of its own table refers to it.
class Tree : public Models {
 public:
  const Mapper& root() {
    mapper::ModelDef def;
    def.name = "Animal";
    def.table = metadata->add(make_def(
        "animal", {make_key("id"), make_column("kind", types::string(10)), make_column("age")}));
    def.inheritance.polymorphic_on = "kind";
    def.inheritance.polymorphic_identity = Value::text("animal");
    return declare_columns(std::move(def), {"id", "kind", "age"});
  }

  const Mapper& single(const std::string& name, const Mapper& base, const std::string& column) {
    mapper::ModelDef def;
    def.name = name;
    def.base = &base;
    def.table = metadata->extend(*base.table(), make_column(column));
    def.inheritance.polymorphic_identity = Value::text(name);
    return declare_columns(std::move(def), {column});
  }

  const Mapper& joined(const std::string& name, const Mapper& base, const std::string& column) {
    schema::TableDef table = make_def(name, {make_key("id"), make_column(column)});
    table.foreign_keys.push_back(
        schema::make_foreign_key({"id"}, {base.table()->full_name() + ".id"}));
    mapper::ModelDef def;
    def.name = name;
    def.base = &base;
    def.table = metadata->add(std::move(table));
    def.inheritance.polymorphic_identity = Value::text(name);
    return declare_columns(std::move(def), {"id", column});
  }

 private:
  const Mapper& declare_columns(mapper::ModelDef def, const std::vector<std::string>& columns) {
    def.metadata = metadata;
    for (const std::string& c : columns) def.properties.push_back({c, c, nullptr});
    return *registry.declare(std::move(def), false);
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("an attribute stands in the same slot of every class of a tree") {
  Tree t;
  const Mapper& animal = t.root();
  const Mapper& cat = t.single("Cat", animal, "lives");
  const Mapper& dog = t.joined("Dog", animal, "tricks");
  CHECK(cat.attribute_names() == Names{"id", "kind", "age", "lives"});
  CHECK(dog.attribute_names() == Names{"id", "kind", "age", "tricks"});
  CHECK(cat.attribute("age").slot == animal.attribute("age").slot);
  CHECK(cat.attribute("lives").slot != dog.attribute("tricks").slot);
  CHECK_FALSE(dog.has_slot(cat.attribute("lives").slot));
  CHECK(dog.attribute_at(dog.attribute("tricks").slot).name == "tricks");
  CHECK(&dog.root() == &animal);
  CHECK(dog.root_uid() == animal.root_uid());
}

TEST_CASE("what a class gains later, those below it have, too") {
  Tree t;
  const Mapper& animal = t.root();
  const Mapper& cat = t.single("Cat", animal, "lives");
  schema::TableDef owner = make_def("owner", {make_key("id")});
  add_reference(owner, "animal_id", "animal.id");
  t.declare("Owner", std::move(owner), {with_backref("animal", "Animal", "owners")});
  t.registry.configure();
  REQUIRE(cat.find("owners") != nullptr);
  CHECK(cat.attribute("owners").slot == animal.attribute("owners").slot);
  CHECK(cat.relationship(cat.attribute("owners").slot) ==
        animal.relationship(animal.attribute("owners").slot));
  CHECK(cat.attribute("lives").slot != animal.attribute("owners").slot);
}

TEST_CASE("a class in the table of another is told apart by the discriminator") {
  Tree t;
  const Mapper& animal = t.root();
  const Mapper& cat = t.single("Cat", animal, "lives");
  const Mapper& lion = t.single("Lion", cat, "mane");
  CHECK(cat.is_single());
  CHECK_FALSE(animal.class_identities());
  CHECK(cat.class_identities() == std::vector<Value>{Value::text("Cat"), Value::text("Lion")});
  CHECK(animal.find_identity(Value::text("Lion")) == &lion);
  CHECK(animal.find_identity(Value::text("Yeti")) == nullptr);
  CHECK(lion.is_a(animal));
  CHECK_FALSE(animal.is_a(lion));
  // The table is one, and all classes see its columns as they are now.
  CHECK(animal.table() == lion.table());
  CHECK(animal.table()->columns().size() == 5);
}

TEST_CASE("a class with a table of its own has its rows in both") {
  Tree t;
  const Mapper& animal = t.root();
  const Mapper& dog = t.joined("Dog", animal, "tricks");
  const Mapper& puppy = t.joined("Puppy", dog, "weeks");
  REQUIRE(puppy.parts().size() == 3);
  CHECK(puppy.parts()[0].table == animal.table());
  CHECK(puppy.parts()[2].table == puppy.table());
  const int key = puppy.primary_key()[0];
  CHECK(puppy.parts()[1].column(key)->full_name() == "Dog.id");
  CHECK(puppy.parts()[1].column(puppy.attribute("weeks").slot) == nullptr);
  // The keys that hold a row together are none that lead from it.
  CHECK(puppy.foreign_keys().empty());
  CHECK(puppy.from()->kind == expr::FromKind::kJoin);
}

TEST_CASE("a row that refers to a class below may be written after it") {
  Tree t;
  const Mapper& animal = t.root();
  const Mapper& dog = t.joined("Dog", animal, "tricks");
  schema::TableDef toy = make_def("toy", {make_key("id")});
  add_reference(toy, "animal_id", "animal.id");
  const Mapper& toys = t.declare("Toy", std::move(toy));
  CHECK(t.registry.flush_position(dog) < t.registry.flush_position(toys));
  for (const mapper::Component& c : t.registry.flush_order()) CHECK_FALSE(c.is_cyclic);
}

TEST_CASE("a class that is refused leaves the table as it was") {
  Tree t;
  const Mapper& animal = t.root();
  t.single("Cat", animal, "lives");
  const schema::TablePtr before = animal.table();
  mapper::ModelDef def;
  def.name = "Other";
  def.base = &animal;
  def.metadata = t.metadata;
  def.table = t.metadata->extend(*animal.table(), make_column("x"));
  def.properties.push_back({"x", "x", nullptr});
  def.inheritance.polymorphic_identity = Value::text("Cat");
  const base::Error e = caught([&] { t.registry.declare(std::move(def), false); });
  CHECK(e.kind() == ErrorKind::kArgumentError);
  CHECK(e.message() == "model Other: the polymorphic_identity 'Cat' is that of Cat");
  CHECK(animal.table() == before);
  CHECK(t.registry.find("Other") == nullptr);
}

TEST_CASE("a class with a table of its own needs a key to the one above") {
  Tree t;
  const Mapper& animal = t.root();
  mapper::ModelDef def;
  def.name = "Dog";
  def.base = &animal;
  def.metadata = t.metadata;
  def.table = t.metadata->add(make_def("dog", {make_key("id")}));
  def.properties.push_back({"id", "id", nullptr});
  const base::Error e = caught([&] { t.registry.declare(std::move(def), false); });
  CHECK(e.kind() == ErrorKind::kNoForeignKeysError);
}
