// Texts for reading in lines that fit a terminal.
#include "shell/fold.h"

#include <catch2/catch.hpp>

namespace moonbase::shell {

TEST_CASE("A long line is broken at blanks, and what goes on is indented") {
  CHECK(folded("one two three four five six seven", 20) == "one two three four\n  five six seven");
  CHECK(folded("short\n\nand this is as long as it may be", 32) ==
        "short\n\nand this is as long as it may be");
}

TEST_CASE("What a name is followed by stays below itself") {
  CHECK(folded("  posts  list of Post, the other side of Post.author", 36) ==
        "  posts  list of Post, the other\n         side of Post.author");
  CHECK(folded("  posts  list of Post, the other side of Post.author", 20) ==
        "  posts  list of\n    Post, the other\n    side of\n    Post.author");
}

TEST_CASE("Columns are counted, not bytes") {
  CHECK(folded("äöü äöü äöü äöü", 15) == "äöü äöü äöü äöü");
  CHECK(folded("月月月 月月月", 12) == "月月月\n  月月月");
}

TEST_CASE("A word that does not fit is left to the terminal") {
  CHECK(folded("a http://example.org/a/long/path b", 10) ==
        "a\n  http://example.org/a/long/path\n  b");
  CHECK(folded("word", 1) == "word");
  CHECK(folded("", 5).empty());
}

TEST_CASE("Without a width nothing is broken") {
  CHECK(folded("one two three four five six seven", 0) == "one two three four five six seven");
}

}  // namespace moonbase::shell
