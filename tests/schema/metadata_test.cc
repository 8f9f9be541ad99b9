#include <catch2/catch.hpp>

#include "tests/support/schema_builders.h"

using namespace moonbase::schema;
namespace types = moonbase::types;

TEST_CASE("metadata finds its tables and keeps the order of declaration") {
  MetaData metadata;
  TablePtr user = metadata.add(make_def("user", {make_key("id")}));
  TablePtr address = metadata.add(make_def("address", {make_key("id")}));
  CHECK(metadata.find("user") == user);
  CHECK(metadata.find("usr") == nullptr);
  CHECK(metadata.tables() == std::vector<TablePtr>{user, address});

  metadata.remove("user");
  metadata.remove("user");
  CHECK(metadata.find("user") == nullptr);
  CHECK(metadata.tables() == std::vector<TablePtr>{address});
  metadata.clear();
  CHECK(metadata.find("address") == nullptr);
  CHECK(metadata.tables().empty());
}

TEST_CASE("a table's name is taken once") {
  MetaData metadata;
  TablePtr first = metadata.add(make_def("user", {make_key("id")}));
  metadata.add(make_def("post", {make_key("id")}));
  CHECK(error_of([&] { metadata.add(make_def("user", {make_key("id")})); }) ==
        "InvalidRequestError: Table 'user' is already declared");
  CHECK(metadata.find("user") == first);

  SECTION("unless it is replaced, by a table of another uid in the same place") {
    TablePtr second = metadata.add(make_def("user", {make_key("number")}), true);
    CHECK(metadata.find("user") == second);
    CHECK(metadata.tables()[0] == second);
    CHECK(metadata.tables().size() == 2);
    CHECK(second->uid() != first->uid());
  }
}

TEST_CASE("a table without a schema gets the metadata's") {
  MetaData metadata({}, "hr");
  metadata.add(make_def("user", {make_key("id")}));
  TablePtr post = metadata.add(make_linked("post", {"user"}));
  REQUIRE(metadata.find("hr.post") == post);
  CHECK(metadata.resolve(*post, post->foreign_keys()[0], 0).full_name() == "hr.user.id");
}

TEST_CASE("a table can get another column and stays the same table") {
  MetaData metadata;
  metadata.add(make_def("person", {make_key("id")}));
  Column email = make_column("email");
  email.index = true;
  TablePtr before = metadata.add(make_def("user", {make_key("id"), email}));
  TablePtr after = metadata.extend(*before, make_column("person_id", nullptr),
                                   make_foreign_key({"person_id"}, {"person.id"}));
  CHECK(after->uid() == before->uid());
  CHECK(metadata.find("user") == after);
  CHECK(metadata.tables().size() == 2);
  CHECK(after->column("person_id").position == 2);
  CHECK(after->column("person_id").type == types::integer());
  CHECK(after->column("id").table == after.get());
  CHECK(after->indexes().size() == 1);
  CHECK(before->columns().size() == 2);

  SECTION("also through the older object") {
    TablePtr third = metadata.extend(*before, make_column("phone"));
    CHECK(third->columns().size() == 4);
  }
  SECTION("but not when it has been removed") {
    metadata.remove("user");
    CHECK(error_of([&] { metadata.extend(*after, make_column("phone")); }) ==
          "InvalidRequestError: Table 'user' is not part of this MetaData: column 'phone' can't be "
          "added to it");
  }
}

TEST_CASE("a foreign key to nowhere names both ends") {
  MetaData metadata;
  metadata.add(make_def("user", {make_key("id")}));
  TableDef def = make_def("post", {make_key("id"), make_column("user_id")});

  SECTION("when the table is missing") {
    def.foreign_keys = {make_foreign_key({"user_id"}, {"usr.id"})};
    TablePtr post = metadata.add(def);
    std::string message =
        "NoReferencedTableError: Foreign key 'post.user_id' refers to table 'usr', which is not "
        "there; did you mean 'user'?";
    CHECK(error_of([&] { metadata.resolve(*post, post->foreign_keys()[0], 0); }) == message);
    CHECK(error_of([&] { metadata.sorted(); }) == message);
  }
  SECTION("when the column is missing") {
    def.foreign_keys = {make_foreign_key({"user_id"}, {"user.idd"})};
    TablePtr post = metadata.add(def);
    CHECK(error_of([&] { metadata.resolve(*post, post->foreign_keys()[0], 0); }) ==
          "NoReferencedColumnError: Foreign key 'post.user_id' refers to column 'user.idd', which "
          "is not there; did you mean 'id'?");
  }
}

TEST_CASE("a column without a type takes that of the column it refers to") {
  MetaData metadata;
  TableDef note = make_def("note", {make_key("id"), make_column("post_code", nullptr)});
  note.foreign_keys = {make_foreign_key({"post_code"}, {"post.user_code"})};
  TableDef post = make_def("post", {make_key("user_code", nullptr)});
  post.foreign_keys = {make_foreign_key({"user_code"}, {"user.code"})};
  TableDef user = make_def("user", {make_key("code", types::string(8))});

  SECTION("whatever the order of declaration") {
    TablePtr last = metadata.add(note);
    metadata.add(post);
    CHECK(last->column("post_code").type == nullptr);
    CHECK(error_of([&] { metadata.column_type(*last, last->column("post_code")); }) ==
          "NoReferencedTableError: Foreign key 'post.user_code' refers to table 'user', which is "
          "not there");
    TablePtr first = metadata.add(user);
    CHECK(last->column("post_code").type == first->column("code").type);
    CHECK(metadata.column_type(*last, last->column("post_code")) == first->column("code").type);
  }
  SECTION("at once when the other one is there") {
    TablePtr first = metadata.add(user);
    CHECK(metadata.add(post)->column("user_code").type == first->column("code").type);
  }
  SECTION("and has an unknown type when it refers to itself") {
    post.foreign_keys = {make_foreign_key({"user_code"}, {"post.user_code"})};
    TablePtr circle = metadata.add(post);
    CHECK(metadata.column_type(*circle, circle->column("user_code")) == types::null());
  }
  SECTION("and has an unknown type when it refers to none") {
    TablePtr t = metadata.add(make_def("t", {make_column("x", nullptr)}));
    CHECK(t->column("x").type == types::null());
  }
}
