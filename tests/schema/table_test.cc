#include <catch2/catch.hpp>

#include "tests/support/schema_builders.h"

using namespace moonbase::schema;
namespace types = moonbase::types;
using moonbase::base::Value;

TEST_CASE("a table knows its columns by key, then by name") {
  Column email = make_column("email_address", types::string(64));
  email.key = "email";
  Table user(make_def("user", {make_key("id"), email}));

  CHECK(user.full_name() == "user");
  CHECK(user.columns()[1].position == 1);
  CHECK(user.columns()[1].table == &user);
  CHECK(user.columns()[1].full_name() == "user.email_address");
  CHECK(&user.column("email") == &user.columns()[1]);
  CHECK(&user.column("email_address") == &user.columns()[1]);
  CHECK(user.columns()[0].key == "id");
  CHECK(user.find_column("name") == nullptr);
  CHECK(error_of([&] { user.column("emial"); }) ==
        "ArgumentError: Table 'user' has no column 'emial'; did you mean 'email'?");
}

TEST_CASE("every table has a uid of its own") {
  Table a(make_def("a", {make_key("id")}));
  Table b(make_def("a", {make_key("id")}));
  CHECK(a.uid() != b.uid());
}

TEST_CASE("a table's schema is part of its full name") {
  TableDef def = make_def("user", {make_key("id")});
  def.schema = "hr";
  Table user(def);
  CHECK(user.full_name() == "hr.user");
  CHECK(user.columns()[0].full_name() == "hr.user.id");
}

TEST_CASE("the primary key follows the columns' flags, in column order") {
  Table membership(
      make_def("membership", {make_key("user_id"), make_column("since"), make_key("group_id")}));
  REQUIRE(membership.primary_key().size() == 2);
  CHECK(membership.primary_key()[0]->name == "user_id");
  CHECK(membership.primary_key()[1]->name == "group_id");
  CHECK_FALSE(membership.column("user_id").nullable);
  CHECK(membership.column("since").nullable);
  CHECK(Table(make_def("log", {make_column("line")})).primary_key().empty());
}

TEST_CASE("a key column stays nullable when the user said so") {
  Column code = make_key("code", types::string());
  code.nullable_given = true;
  CHECK(Table(make_def("t", {code})).column("code").nullable);
}

TEST_CASE("a PrimaryKeyConstraint gives the key its order and name") {
  TableDef def = make_def("membership", {make_column("user_id"), make_column("group_id")});
  def.primary_key = PrimaryKeyConstraint{"pk_member", {"group_id", "user_id"}};
  Table membership(def);
  CHECK(membership.primary_key_name() == "pk_member");
  CHECK(membership.primary_key_constraint().columns ==
        std::vector<std::string>{"group_id", "user_id"});
  CHECK(membership.column("user_id").primary_key);
  CHECK_FALSE(membership.column("user_id").nullable);

  SECTION("without columns it only names the flagged ones") {
    TableDef named = make_def("user", {make_key("id")});
    named.primary_key = PrimaryKeyConstraint{"pk_user", {}};
    Table user(named);
    CHECK(user.primary_key_constraint().name == "pk_user");
    CHECK(user.primary_key_constraint().columns == std::vector<std::string>{"id"});
  }
  SECTION("it may not leave a flagged column out") {
    def.columns.push_back(make_key("role_id"));
    CHECK(error_of([&] { Table t(def); }) ==
          "ArgumentError: Column 'membership.role_id' is a primary_key, but the table's "
          "PrimaryKeyConstraint leaves it out");
  }
}

TEST_CASE("unique and index on a column") {
  Column u = make_column("u"), i = make_column("i"), both = make_column("both");
  u.unique = i.index = both.unique = both.index = true;
  Table t(make_def("t", {make_key("id"), u, i, both}));

  REQUIRE(t.uniques().size() == 1);
  CHECK(t.uniques()[0].name.empty());
  CHECK(t.uniques()[0].columns == std::vector<std::string>{"u"});
  REQUIRE(t.indexes().size() == 2);
  CHECK(t.indexes()[0].parts[0].column == "i");
  CHECK_FALSE(t.indexes()[0].unique);
  CHECK(t.indexes()[1].parts[0].column == "both");
  CHECK(t.indexes()[1].unique);

  SECTION("are not doubled when a table is built from another's definition") {
    Table copy(t.def());
    CHECK(copy.uniques().size() == 1);
    CHECK(copy.indexes().size() == 2);
  }
}

TEST_CASE("the autoincrement column") {
  auto numbered = [](const TableDef& def) {
    Table table(def);
    return table.autoincrement_column() ? table.autoincrement_column()->name : "";
  };
  Column id = make_key("id");

  SECTION("is a single integer key") {
    CHECK(numbered(make_def("t", {id, make_column("n")})) == "id");
    CHECK(numbered(make_def("t", {make_key("id", types::big_integer())})) == "id");
    CHECK(numbered(make_def("t", {make_key("id", types::string())})) == "");
  }
  SECTION("is not one of a composite key, unless asked for") {
    Column asked = make_key("b");
    CHECK(numbered(make_def("t", {id, asked})) == "");
    asked.autoincrement = Autoincrement::kYes;
    CHECK(numbered(make_def("t", {id, asked})) == "b");
  }
  SECTION("can be switched off") {
    id.autoincrement = Autoincrement::kNo;
    CHECK(numbered(make_def("t", {id})) == "");
  }
  SECTION("is not a key that refers to another table or has a default, unless asked for") {
    TableDef def = make_def("employee", {id});
    def.foreign_keys = {make_foreign_key({"id"}, {"person.id"})};
    CHECK(numbered(def) == "");
    def.columns[0].autoincrement = Autoincrement::kYes;
    CHECK(numbered(def) == "id");

    id.default_value = Default{Default::Kind::kConstant, Value::integer(7), nullptr, {}, nullptr};
    CHECK(numbered(make_def("t", {id})) == "");
  }
  SECTION("must be whole numbers, and one only") {
    Column text = make_key("code", types::string(3)), other = make_key("other");
    id.autoincrement = text.autoincrement = other.autoincrement = Autoincrement::kYes;
    CHECK(error_of([&] { Table t(make_def("t", {text})); }) ==
          "ArgumentError: Column 't.code' of type String(3) can't have autoincrement = true");
    CHECK(error_of([&] {
            Table t(make_def("t", {id, other}));
          }) ==
          "ArgumentError: Only one column may have autoincrement = true; 't.id' and 't.other' do");
  }
}

TEST_CASE("constraints are declared with keys and hold names") {
  Column email = make_column("email_address");
  email.key = "email";
  TableDef def = make_def("user", {make_key("id"), email});
  def.uniques = {make_unique_constraint({"email"})};
  def.indexes = {make_index({"email", "id"})};
  def.foreign_keys = {make_foreign_key({"email"}, {"address.email"})};
  Table user(def);
  CHECK(user.uniques()[0].columns[0] == "email_address");
  CHECK(user.indexes()[0].parts[0].column == "email_address");
  CHECK(user.foreign_keys()[0].columns[0] == "email_address");
}

TEST_CASE("a foreign key's phrases are written in upper case") {
  TableDef def = make_linked("post", {"user"});
  def.foreign_keys[0].ondelete = "set null";
  def.foreign_keys[0].initially = "deferred";
  CHECK(Table(def).foreign_keys()[0].ondelete == "SET NULL");
  CHECK(Table(def).foreign_keys()[0].initially == "DEFERRED");
  def.foreign_keys[0].ondelete = "cascad";
  CHECK(error_of([&] { Table t(def); }) ==
        "ArgumentError: Table 'post': ondelete can't be 'CASCAD'; it is one of CASCADE, SET NULL, "
        "SET DEFAULT, RESTRICT, NO ACTION");
}

TEST_CASE("a foreign key's target is split at its last dot") {
  ForeignKeyConstraint fk = make_foreign_key({"user_id"}, {"hr.user.id"});
  CHECK(fk.target_table() == "hr.user");
  CHECK(fk.target_column(0) == "id");
  fk.targets = {"user"};
  CHECK(fk.target_table() == "user");
  CHECK(fk.target_column(0) == "user_id");
}

TEST_CASE("what a table refuses") {
  TableDef def = make_def("user", {make_key("id"), make_column("email")});
  auto refusal = [&] { return error_of([&] { Table t(def); }); };

  SECTION("no name") {
    def.name = "";
    CHECK(refusal() == "ArgumentError: A table needs a name");
  }
  SECTION("a column without a name") {
    def.columns.push_back(make_column(""));
    CHECK(refusal() == "ArgumentError: A column of table 'user' has no name");
  }
  SECTION("a column twice") {
    def.columns.push_back(make_column("email"));
    CHECK(refusal() == "ArgumentError: Table 'user' has two columns named 'email'");
  }
  SECTION("a key twice") {
    def.columns.push_back(make_column("mail"));
    def.columns.back().key = "email";
    CHECK(refusal() == "ArgumentError: Table 'user' has two columns with the key 'email'");
  }
  SECTION("an unknown column in a constraint") {
    def.uniques = {make_unique_constraint({"emial"}, "uq_email")};
    CHECK(refusal() ==
          "ArgumentError: A unique constraint 'uq_email' of table 'user' names column 'emial', "
          "which is not there; did you mean 'email'?");
  }
  SECTION("an unknown column in an index") {
    def.indexes = {make_index({"phone"})};
    CHECK(refusal() ==
          "ArgumentError: An index of table 'user' names column 'phone', which is not there");
  }
  SECTION("a column twice in one constraint") {
    def.primary_key = PrimaryKeyConstraint{"", {"id", "id"}};
    CHECK(refusal() == "ArgumentError: The primary key of table 'user' names column 'id' twice");
  }
  SECTION("a foreign key with more columns than targets") {
    def.foreign_keys = {make_foreign_key({"id", "email"}, {"person.id"})};
    CHECK(
        refusal() ==
        "ArgumentError: A foreign key of table 'user' has 2 columns and refers to 1; it needs one "
        "target for each column");
  }
  SECTION("a foreign key to two tables") {
    def.foreign_keys = {make_foreign_key({"id", "email"}, {"person.id", "address.email"})};
    CHECK(refusal() ==
          "ArgumentError: A foreign key of table 'user' refers to two tables, 'person' and "
          "'address'");
  }
  SECTION("a computed column with a default") {
    def.columns[1].computed = Computed{{"lower(name)", {}}, {}};
    def.columns[1].server_default = SqlFragment{"''", {}};
    CHECK(refusal() ==
          "ArgumentError: Column 'user.email' has more than one of server_default, Identity and "
          "Computed");
  }
}
