// The same as random_history_test.cc with many more histories: runs with `scripts/test --long`.
// MOONBASE_SEEDS=FIRST,COUNT runs others, be it the one that failed:
//   MOONBASE_SEEDS=4711,1 build/release/tests/test_session -# "[#random_history_long_test]"
#include <cstdio>
#include <cstdlib>

#include <catch2/catch.hpp>

#include "tests/session/random_history.h"

TEST_CASE("a hundred thousand random histories leave objects and rows in agreement", "[.long]") {
  unsigned first = 1000, count = 100000;
  if (const char* seeds = std::getenv("MOONBASE_SEEDS"))
    REQUIRE(std::sscanf(seeds, "%u,%u", &first, &count) == 2);
  WARN("seeds " << first << " to " << first + count - 1);
  CHECK(moonbase::test::run_histories(first, count) == "");
}
