// A small terminal for tests: interprets what a painter sends and keeps the cells. It wraps as real
// ones do, when the character behind the last column comes, and wraps its lines anew when it is
// resized. An escape sequence that it does not know fails the test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/editor/painter.h"

namespace moonbase::editor {

class Grid {
 public:
  explicit Grid(Size size) : size_(size) { lines_.emplace_back(); }

  void feed(std::string_view bytes);
  void resize(Size size);

  size_t cursor_row() const { return row_ - top_; }
  int cursor_column() const { return pending_wrap_ ? size_.columns - 1 : column_; }
  // What a row of the screen shows, without the blanks at its end; "" below the last one.
  std::string text(size_t row) const;
  // The same with the styles, as "[parameters]" before the cells that have them.
  std::string styled(size_t row) const;
  // All rows of the screen to the last that is not blank, joined by line ends.
  std::string screen() const;
  // Whether the cursor was sent above the first row.
  bool was_clamped() const { return clamped_; }
  bool cursor_visible() const { return cursor_visible_; }

 private:
  struct GridCell {
    std::string text = " ";  // empty in the second half of a wide character
    std::string style;
  };
  struct GridLine {
    std::vector<GridCell> cells;
    bool wrapped = false;  // goes on in the next one
  };

  size_t escape(std::string_view bytes);
  void csi(std::string_view parameters, char final);
  void put(std::string_view character, int width);
  void line_feed();
  void set_style(std::string_view parameters);
  GridCell& cell(int column);

  Size size_;
  std::vector<GridLine> lines_;  // those that scrolled away, too
  size_t top_ = 0;
  size_t row_ = 0;
  int column_ = 0;
  bool pending_wrap_ = false;
  bool joins_ = false;  // behind a zero-width joiner
  bool clamped_ = false;
  bool cursor_visible_ = true;
  std::string style_;
};

}  // namespace moonbase::editor
