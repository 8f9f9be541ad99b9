#include "orm/driver/fake.h"

#include <catch2/catch.hpp>

using moonbase::base::Error;
using moonbase::base::ErrorKind;
using moonbase::base::Value;
using namespace moonbase::driver;

TEST_CASE("the fake records statements with their values and answers from its script") {
  auto script = std::make_shared<FakeScript>();
  script->results["SELECT name FROM user WHERE id = ?"] = {{"name"},
                                                           {{Value::text("ann")}, {Value()}}};
  auto connection = fake_connect(script);
  auto select = connection->prepare("SELECT name FROM user WHERE id = ?");
  select->bind(0, Value::integer(7));

  REQUIRE(select->step());
  CHECK(select->column(0) == Value::text("ann"));
  REQUIRE(select->step());
  CHECK(select->is_null(0));
  CHECK_FALSE(select->step());
  CHECK(script->log ==
        std::vector<std::string>{"connect", "SELECT name FROM user WHERE id = ? [7]"});
}

TEST_CASE("the fake fails the call it was told to fail") {
  auto script = std::make_shared<FakeScript>();
  script->fail_call = 3;
  auto connection = fake_connect(script);
  connection->begin(true);
  CHECK_THROWS_AS(connection->execute_script("DELETE FROM user"), Error);
  CHECK(connection->in_transaction());
  connection->rollback();
  CHECK_FALSE(connection->in_transaction());
}

TEST_CASE("a failure of the fake can end its transaction") {
  auto script = std::make_shared<FakeScript>();
  script->failures.emplace("DELETE FROM user", Error(ErrorKind::kOperationalError, "disk full"));
  script->failure_ends_transaction = true;
  auto connection = fake_connect(script);
  connection->begin(false);
  CHECK_THROWS_AS(connection->execute_script("DELETE FROM user"), Error);
  CHECK_FALSE(connection->in_transaction());
}
