// The screen below the prompt. A View says what there is to see, a Frame is its rows of cells, and
// a Painter sends what turns the frame that a terminal shows into the next one. Pure: bytes come
// out, nothing is read or written. One Painter for a terminal, one thread; nothing throws but
// bad_alloc.
//
// Rows that belong to one line are wrapped by the terminal itself, so that it can wrap them anew
// when its width changes and copies of them have no line ends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shell/editor/style.h"

namespace moonbase::editor {

struct Size {
  int rows = 24;
  int columns = 80;
  bool operator==(const Size&) const = default;
};

struct Span {
  std::string text;
  Style style = Style::kPlain;
};

struct View {
  std::vector<Span> prompt;
  std::string continuation;  // what the second and later lines begin with
  std::string text;
  std::vector<Style> styles;  // of each byte of the text; kPlain where it is shorter
  size_t cursor = 0;
  std::string ghost;                     // behind the text
  std::vector<std::vector<Span>> below;  // lines under it, cut at the width
};

struct Cell {
  std::string text;
  int width = 1;
  Style style = Style::kPlain;
  bool joined = false;  // see Glyph
  bool operator==(const Cell&) const = default;
};

struct Row {
  std::vector<Cell> cells;
  int width = 0;
  bool wrapped = false;  // goes on with the line of the row above
  bool operator==(const Row&) const = default;
};

struct Frame {
  std::vector<Row> rows;
  size_t cursor_row = 0;
  int cursor_column = 0;
};

// All rows of the view.
Frame lay_out(const View& view, int columns);
// Those around the cursor when there are more than the screen has.
Frame fit(Frame frame, int rows);

class Painter {
 public:
  explicit Painter(bool colours) : colours_(colours) {}

  // What a terminal needs whose cursor stands where the last call left it, or at the beginning of
  // an empty line after `forget`.
  std::string paint(const View& view, Size size);
  // The whole view for good, however long it is, and the cursor on an empty line below it. The
  // painter has forgotten it then.
  std::string leave(const View& view, Size size);
  // The terminal has another size, and its cursor is in this column now: what it shows was wrapped
  // anew, as most do it, or was not.
  void resized(int cursor_column, Size size);
  // Something else wrote to the terminal, which is at the beginning of an empty line now.
  void forget();

 private:
  std::string begin(Size size);

  bool colours_;
  Frame shown_;  // no rows: nothing is
  Size size_;
  bool in_place_ = false;  // the rows are where they were before the terminal was resized
};

}  // namespace moonbase::editor
