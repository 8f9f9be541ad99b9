// The same as random_history_test.cc with many more histories: runs with `scripts/test --long`.
// MOONBASE_SEEDS=FIRST,COUNT runs others, be it the one that failed:
//   MOONBASE_SEEDS=4711,1 build/release/tests/test_session -# "[#random_history_long_test]"
#include <cstdio>
#include <cstdlib>

#include <catch2/catch.hpp>

#include "tests/session/random_history.h"

namespace {

struct Seeds {
  unsigned first, count;
};

Seeds seeds(unsigned first, unsigned count) {
  if (const char* given = std::getenv("MOONBASE_SEEDS"))
    REQUIRE(std::sscanf(given, "%u,%u", &first, &count) == 2);
  WARN("seeds " << first << " to " << first + count - 1);
  return {first, count};
}

}  // namespace

TEST_CASE("a hundred thousand random histories leave objects and rows in agreement", "[.long]") {
  const auto [first, count] = seeds(1000, 100000);
  CHECK(moonbase::test::run_histories(first, count) == "");
}

TEST_CASE("two thousand random histories leave objects and the rows of a server in agreement",
          "[.long]") {
  const auto [first, count] = seeds(1000, 2000);
  CHECK(moonbase::test::run_histories_on_server(first, count) == "");
}
