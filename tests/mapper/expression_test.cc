// Attributes that are expressions, deferred attributes and other names for attributes.
#include <catch2/catch.hpp>

#include "tests/support/model_builders.h"

using namespace moonbase;
using base::ErrorKind;
using mapper::Attribute;
using mapper::Mapper;
using test::caught;
using test::Models;

namespace {

using Slots = std::vector<int>;

std::shared_ptr<mapper::ExpressionDef> doubled(const std::string& name) {
  auto def = std::make_shared<mapper::ExpressionDef>();
  def->name = name;
  def->make = [](const Mapper& m) {
    const expr::ElementPtr id = m.element(m.attribute("id").slot);
    return expr::binary(expr::Op::kAdd, id, id);
  };
  return def;
}

}  // namespace

TEST_CASE("an expression is read with its class once it is configured") {
  Models m;
  m.declare_microblog();
  const Mapper& user = m["User"];
  m.registry.add_expression(user, doubled("twice"));
  const Attribute& twice = user.attribute("twice");
  CHECK(user.load_list()->slots == user.column_slots());
  m.registry.configure();
  CHECK(user.expression_slots() == Slots{twice.slot});
  CHECK(user.load_list()->slots == Slots{0, 1, twice.slot});
  CHECK(user.column(twice.slot) == nullptr);
  CHECK(user.element(twice.slot)->name == "twice");
  CHECK(user.type(twice.slot)->base_kind() == types::TypeKind::kInteger);
}

TEST_CASE("an expression that cannot be made yet is tried again") {
  Models m;
  m.declare_microblog();
  auto def = std::make_shared<mapper::ExpressionDef>();
  def->name = "late";
  def->make = [&m](const Mapper&) {
    const mapper::MapperPtr tag = m.registry.find("Tag");
    if (!tag) throw base::Error(ErrorKind::kArgumentError, "no Tag yet");
    return tag->element(0);
  };
  m.registry.add_expression(m["User"], def);
  CHECK(caught([&] { m.registry.configure(); }).message() == "no Tag yet");
  CHECK(caught([&] { m.registry.configure(); }).message() == "no Tag yet");
  m.declare("Tag", schema::make_def("tag", {schema::make_key("id")}));
  m.registry.configure();
  CHECK(m["User"].load_list()->slots.size() == 3);
}

TEST_CASE("deferred attributes are left out of the class's list, never the key") {
  Models m;
  m.declare_microblog();
  const Mapper& user = m["User"];
  schema::TablePtr extended = m.metadata->extend(
      *user.table(), schema::make_column("photo", types::string(20)), std::nullopt);
  m.registry.add_column(user, extended, "photo", "photo", {.deferred = true, .group = "media"});
  CHECK(user.load_list()->slots == Slots{0, 1});
  CHECK(user.column_slots().size() == 3);
  CHECK(user.attribute("photo").loading.group == "media");
  CHECK(user.load_list_of({user.attribute("photo").slot})->slots ==
        Slots{0, user.attribute("photo").slot});
  CHECK(user.load_list_of({})->key_positions == std::vector<size_t>{0});
}

TEST_CASE("a synonym finds the attribute it stands for") {
  Models m;
  m.declare_microblog();
  const Mapper& user = m["User"];
  m.registry.add_synonym(user, "login", "username");
  m.registry.add_synonym(user, "articles", "posts");
  CHECK(user.attribute("login").name == "username");
  CHECK(user.attribute("articles").relationship == &m.relationship("User.posts"));
  CHECK(user.slot_count() == 3);
}

TEST_CASE("a synonym of what is not there fails at configuration until it is mended") {
  Models m;
  m.declare_microblog();
  m.registry.add_synonym(m["User"], "login", "usrname");
  CHECK(caught([&] { m.registry.configure(); }).message().find("'usrname'") != std::string::npos);
  m.registry.add_synonym(m["User"], "login", "username");
  m.registry.configure();
  CHECK(m["User"].attribute("login").name == "username");
}

TEST_CASE("names are taken once") {
  Models m;
  m.declare_microblog();
  m.registry.add_synonym(m["User"], "login", "username");
  for (const char* name : {"username", "posts", "login"}) {
    CHECK(caught([&] { m.registry.add_expression(m["User"], doubled(name)); }).kind() ==
          ErrorKind::kArgumentError);
    CHECK(caught([&] { m.registry.add_synonym(m["User"], name, "id"); }).kind() ==
          ErrorKind::kArgumentError);
  }
}
