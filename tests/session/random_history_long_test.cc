// The same as random_history_test.cc with many more histories: runs with `scripts/test --long`.
#include <catch2/catch.hpp>

#include "tests/session/random_history.h"

TEST_CASE("twenty thousand random histories leave objects and rows in agreement", "[.long]") {
  CHECK(moonbase::test::run_histories(1000, 20000) == "");
}
