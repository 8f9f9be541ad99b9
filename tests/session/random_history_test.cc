// Objects and rows agree, whatever is done to them in whatever order.
#include "tests/session/random_history.h"

#include <catch2/catch.hpp>

TEST_CASE("random histories leave objects and rows in agreement") {
  CHECK(moonbase::test::run_histories(1, 300) == "");
}

TEST_CASE("random histories leave objects and the rows of a server in agreement") {
  CHECK(moonbase::test::run_histories_on_server(1, 40) == "");
}
