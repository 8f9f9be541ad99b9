#include <catch2/catch.hpp>

#include "tests/shell/editor/fuzz.h"

TEST_CASE("whatever is typed, for a long time, the screen equals a full repaint") {
  for (unsigned seed = 100; seed < 150; ++seed) moonbase::editor::fuzz_editor(seed, 2'000);
}
