#include "orm/schema/naming.h"

#include <catch2/catch.hpp>

#include "tests/support/schema_builders.h"

using namespace moonbase::schema;

namespace {

const NamingConvention kAll = {
    {"ix", "ix_%(column_0_label)s"},
    {"uq", "uq_%(table_name)s_%(column_0_name)s"},
    {"ck", "ck_%(table_name)s_%(constraint_name)s"},
    {"fk", "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"},
    {"pk", "pk_%(table_name)s"},
};

// hr.user (id, email_address [key: email], phone, city_id)
Table user_table(std::string schema = "") {
  Column email = make_column("email_address");
  email.key = "email";
  TableDef def =
      make_def("user", {make_key("id"), email, make_column("phone"), make_column("city_id")});
  def.schema = std::move(schema);
  return Table(std::move(def));
}

std::string unique_name(const std::string& convention, std::vector<std::string> columns) {
  return final_name(user_table(), make_unique_constraint(std::move(columns)), {{"uq", convention}},
                    0);
}

}  // namespace

TEST_CASE("without a convention only indexes get names") {
  Table user = user_table();
  CHECK(final_name(user, make_unique_constraint({"phone"}), {}, 0) == "");
  CHECK(final_name(user, make_check("id > 0"), {}, 0) == "");
  CHECK(final_name(user, user.primary_key_constraint(), {}, 0) == "");
  CHECK(final_name(user, make_foreign_key({"city_id"}, {"city.id"}), NamingConvention{}, 0) == "");
  CHECK(final_name(user, make_index({"phone", "id"}), {}, 0) == "ix_user_phone");
  CHECK(final_name(user_table("hr.old"), make_index({"phone"}), {}, 0) == "ix_hr_old_user_phone");
}

TEST_CASE("the usual conventions") {
  Table user = user_table();
  CHECK(final_name(user, make_index({"phone"}), kAll, 0) == "ix_user_phone");
  CHECK(final_name(user, make_unique_constraint({"phone"}), kAll, 0) == "uq_user_phone");
  CHECK(final_name(user, make_check("id > 0", "positive"), kAll, 0) == "ck_user_positive");
  CHECK(final_name(user, make_foreign_key({"city_id"}, {"city.id"}), kAll, 0) ==
        "fk_user_city_id_city");
  CHECK(final_name(user, make_foreign_key({"city_id"}, {"geo.city.id"}), kAll, 0) ==
        "fk_user_city_id_city");
  CHECK(final_name(user, user.primary_key_constraint(), kAll, 0) == "pk_user");
}

TEST_CASE("the tokens for columns") {
  CHECK(unique_name("%(column_0_name)s", {"email_address", "phone"}) == "email_address");
  CHECK(unique_name("%(column_1_name)s", {"email_address", "phone"}) == "phone");
  CHECK(unique_name("%(column_2_name)s!", {"email_address", "phone"}) == "!");
  CHECK(unique_name("%(column_0_key)s", {"email_address"}) == "email");
  CHECK(unique_name("%(column_0_label)s", {"email_address"}) == "user_email_address");
  CHECK(unique_name("%(column_0_N_name)s", {"phone", "id"}) == "phone_id");
  CHECK(unique_name("%(column_0N_name)s", {"phone", "id"}) == "phoneid");
  CHECK(unique_name("%(column_0_N_key)s", {"email_address", "id"}) == "email_id");
  CHECK(unique_name("%(column_0_N_label)s", {"phone", "id"}) == "user_phone_user_id");
  CHECK(unique_name("100%%_%(table_name)s", {"phone"}) == "100%_user");
}

TEST_CASE("the tokens for referred columns") {
  Table user = user_table();
  ForeignKeyConstraint fk = make_foreign_key({"city_id", "phone"}, {"city.id", "city.code"});
  auto name = [&](std::string convention) {
    return final_name(user, fk, NamingConvention{{"fk", convention}}, 0);
  };
  CHECK(name("%(referred_column_0_name)s") == "id");
  CHECK(name("%(referred_column_1_name)s") == "code");
  CHECK(name("%(referred_column_0_N_name)s") == "id_code");
  CHECK(name("%(column_0_N_name)s") == "city_id_phone");

  SECTION("are the database's names where the metadata is known") {
    MetaData metadata(NamingConvention{{"fk", "fk_%(referred_column_0_name)s"}});
    Column number = make_key("city_number");
    number.key = "id";
    metadata.add(make_def("city", {number}));
    fk = make_foreign_key({"city_id"}, {"city.id"});
    CHECK(final_name(user, fk, metadata, 0) == "fk_city_number");
  }
}

TEST_CASE("an explicit name wins") {
  Table user = user_table();
  CHECK(final_name(user, make_unique_constraint({"phone"}, "one_phone"), kAll, 0) == "one_phone");
  CHECK(final_name(user, make_index({"phone"}, "by_phone"), kAll, 0) == "by_phone");

  SECTION("unless the convention builds on it") {
    NamingConvention n = {{"uq", "uq_%(constraint_name)s"}};
    CHECK(final_name(user, make_unique_constraint({"phone"}, "one_phone"), n, 0) == "uq_one_phone");
  }
  SECTION("and a final name is never converted") {
    CheckConstraint check = make_check("id > 0", "ck_user_positive");
    check.name_is_final = true;
    CHECK(final_name(user, check, kAll, 0) == "ck_user_positive");
  }
}

TEST_CASE("what a convention can't do") {
  Table user = user_table();
  CHECK(error_of([&] { final_name(user, make_check("id > 0"), kAll, 0); }) ==
        "InvalidRequestError: The naming convention for 'ck' uses %(constraint_name)s, but a check "
        "constraint of table 'user' has no name");
  CHECK(error_of([] { unique_name("uq_%(tabel_name)s", {"phone"}); }) ==
        "InvalidRequestError: The naming convention for 'uq' uses %(tabel_name)s, which means "
        "nothing "
        "for a unique constraint of table 'user'");
  CHECK(error_of([] { unique_name("%(column_0_colour)s", {"phone"}); }) != "");
  CHECK(error_of([] { unique_name("%(column_x_name)s", {"phone"}); }) != "");
  CHECK(error_of([] { unique_name("%(referred_table_name)s", {"phone"}); }) != "");
  CHECK(error_of([] { unique_name("uq_%table", {"phone"}); }) ==
        "InvalidRequestError: The naming convention 'uq_%table' for 'uq' has a '%' that begins no "
        "token");

  Index expression;
  expression.parts.emplace_back();
  expression.parts[0].expression.text = "lower(phone)";
  CHECK(error_of([&] { final_name(user, expression, {}, 0); }) ==
        "InvalidRequestError: There is no column to name an index of table 'user' after");
}

TEST_CASE("long names are cut the same way every time") {
  Table user = user_table();
  NamingConvention n = {{"uq", "uq_%(table_name)s_%(column_0_N_name)s"}};
  UniqueConstraint unique = make_unique_constraint({"email_address", "phone"});
  CHECK(final_name(user, unique, n, 27) == "uq_user_email_address_phone");
  std::string cut = final_name(user, unique, n, 26);
  CHECK(cut == "uq_user_email_address_be68");
  CHECK(cut.size() == 26);

  SECTION("and two that begin alike stay apart") {
    CHECK(final_name(user, make_unique_constraint({"email_address", "city_id"}), n, 26) != cut);
  }
  SECTION("and not within a character") {
    unique.name = "naïve";
    unique.name_is_final = true;
    CHECK(final_name(user, unique, n, 0) == "naïve");
    unique.name = "naïve name";
    CHECK(final_name(user, unique, n, 8).substr(0, 3) == "na_");
  }
  SECTION("but a name the user chose is refused") {
    unique.name = "the_uniqueness_of_the_address";
    CHECK(
        error_of([&] { final_name(user, unique, n, 20); }) ==
        "IdentifierError: The name of a unique constraint 'the_uniqueness_of_the_address' of table "
        "'user' is longer than the 20 bytes this database allows");
  }
}
