#include <catch2/catch.hpp>

#include "tests/shell/editor/fuzz.h"

TEST_CASE("whatever is typed, the screen equals a full repaint") {
  for (unsigned seed : {1u, 2u, 3u, 4u}) moonbase::editor::fuzz_editor(seed, 1'000);
}
