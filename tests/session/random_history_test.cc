// Objects and rows agree, whatever is done to them in whatever order.
#include <catch2/catch.hpp>

#include "tests/session/random_history.h"

TEST_CASE("random histories leave objects and rows in agreement") {
  CHECK(moonbase::test::run_histories(1, 300) == "");
}
