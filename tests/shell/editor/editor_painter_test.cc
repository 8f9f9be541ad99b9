// What is sent to a terminal, judged by what a terminal makes of it.
#include <catch2/catch.hpp>

#include "shell/editor/painter.h"
#include "tests/shell/editor/grid.h"

namespace moonbase::editor {
namespace {

View view_of(std::string text, size_t cursor) {
  View view;
  view.prompt = {{"> ", Style::kPlain}};
  view.continuation = ". ";
  view.text = std::move(text);
  view.cursor = cursor;
  return view;
}

struct Fixture {
  Painter painter{true};
  Size size{6, 10};
  Grid grid{size};

  void paint(const View& view) { grid.feed(painter.paint(view, size)); }
  std::string cursor() const {
    return std::to_string(grid.cursor_row()) + ":" + std::to_string(grid.cursor_column());
  }
};

TEST_CASE_METHOD(Fixture, "the prompt, the text, the cursor") {
  paint(view_of("ab\nc", 1));
  CHECK(grid.screen() == "> ab\n. c");
  CHECK(cursor() == "0:3");
}

TEST_CASE_METHOD(Fixture, "a long line wraps, and the cursor behind a full row is on the next") {
  paint(view_of("12345678", 8));
  CHECK(grid.screen() == "> 12345678");
  CHECK(cursor() == "1:0");
  paint(view_of("1234567890", 2));
  CHECK(grid.screen() == "> 12345678\n90");
  CHECK(cursor() == "0:4");
}

TEST_CASE_METHOD(Fixture,
                 "a wide character that does not fit goes to the next row, the cursor too") {
  paint(view_of("1234567世", 7));
  CHECK(grid.screen() == "> 1234567\n世");
  CHECK(cursor() == "1:0");
}

TEST_CASE_METHOD(Fixture, "only what changed is sent") {
  auto frame = [](const std::string& bytes) {
    return "\x1b[?2026h\x1b[?25l" + bytes + "\x1b[?25h\x1b[?2026l";
  };
  paint(view_of("ab", 2));
  CHECK(painter.paint(view_of("abc", 3), size) == frame("\r\x1b[4Cc"));
  CHECK(painter.paint(view_of("ab", 2), size) == frame("\r\x1b[4C\x1b[K"));
}

TEST_CASE_METHOD(Fixture, "nothing changed, nothing but the cursor is sent") {
  paint(view_of("a\nb", 3));
  std::string sent = painter.paint(view_of("a\nb", 0), size);
  CHECK(sent == "\x1b[?2026h\x1b[?25l\x1b[A\r\x1b[2C\x1b[?25h\x1b[?2026l");
}

TEST_CASE_METHOD(Fixture,
                 "a text that is taller than the screen shows the part around the cursor") {
  paint(view_of("1\n2\n3\n4\n5\n6\n7\n8\n9", 17));
  CHECK(grid.screen() == ". 4\n. 5\n. 6\n. 7\n. 8\n. 9");
  paint(view_of("1\n2\n3\n4\n5\n6\n7\n8\n9", 0));
  CHECK(grid.screen() == "> 1\n. 2\n. 3\n. 4\n. 5\n. 6");
  CHECK(cursor() == "0:2");
}

TEST_CASE_METHOD(Fixture, "what is entered stays whole, however tall") {
  paint(view_of("1\n2\n3\n4\n5\n6\n7\n8\n9", 0));
  grid.feed(painter.leave(view_of("1\n2\n3\n4\n5\n6\n7\n8\n9", 17), size));
  CHECK(grid.screen() == ". 5\n. 6\n. 7\n. 8\n. 9");
  CHECK(cursor() == "5:0");
  // It all went through the screen.
  grid.resize({10, 10});
  CHECK(grid.screen() == "> 1\n. 2\n. 3\n. 4\n. 5\n. 6\n. 7\n. 8\n. 9");
}

TEST_CASE_METHOD(Fixture, "suggestions and menus vanish when the input is left") {
  View view = view_of("ab", 2);
  view.ghost = "c";
  view.below = {{{"one", Style::kMenu}}, {{"two, which is too long", Style::kMenuChosen}}};
  paint(view);
  CHECK(grid.styled(0) == "> ab[2]c");
  CHECK(grid.styled(2) == "[7]two, which");
  CHECK(cursor() == "0:4");
  grid.feed(painter.leave(view_of("ab", 2), size));
  CHECK(grid.screen() == "> ab");
  CHECK(cursor() == "1:0");
}

TEST_CASE_METHOD(Fixture, "when the terminal gets narrower and wraps the rows anew, none is left") {
  grid.feed("above\r\n");
  paint(view_of("12345678\nabc", 12));
  for (int columns : {7, 4, 3, 9, 10}) {
    size.columns = columns;
    grid.resize(size);
    paint(view_of("12345678\nabc", 12));
  }
  CHECK(grid.screen() == "above\n> 12345678\n. abc");
}

TEST_CASE_METHOD(Fixture, "one column is enough") {
  size = {2, 1};
  grid = Grid(size);
  paint(view_of("ab世", 0));
  CHECK(grid.screen() == "\na");
  paint(view_of("ab世", 2));
  CHECK(grid.screen() == "b\n?");
}

TEST_CASE_METHOD(Fixture, "sequences in the text are shown, not sent") {
  paint(view_of("\x1b[2J\xff", 0));
  CHECK(grid.screen() == "> ^[[2J\\xf\nf");
}

TEST_CASE("without colours only bold, dim, underlined and reverse are left") {
  View view = view_of("x", 1);
  view.styles = {Style::kKeyword};
  CHECK(Painter(true).paint(view, {}).find("\x1b[35m") != std::string::npos);
  CHECK(Painter(false).paint(view, {}).find("\x1b[35m") == std::string::npos);
  for (int i = 0; i <= static_cast<int>(Style::kHint); ++i) {
    std::string_view parameters = sgr(static_cast<Style>(i), false);
    CHECK((parameters.empty() || std::string_view("1247").find(parameters) != std::string::npos));
  }
}

}  // namespace
}  // namespace moonbase::editor
