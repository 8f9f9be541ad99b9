// A View becomes rows.
#include <algorithm>
#include <utility>

#include "shell/editor/glyph.h"
#include "shell/editor/painter.h"

namespace moonbase::editor {

namespace {

class Canvas {
 public:
  explicit Canvas(int columns) : columns_(columns) { new_line(); }

  Frame take() { return std::move(frame_); }

  // Text without line ends.
  void put(std::string_view text, Style style) {
    for (size_t at = 0; at < text.size();) at += put_glyph(text, at, style);
  }

  // Returns the glyph's bytes.
  size_t put_glyph(std::string_view text, size_t at, Style style, bool mark = false) {
    Glyph glyph = glyph_at(text, at);
    if (!glyph.spelled.empty()) {
      make_room(1);
      if (mark) mark_cursor();
      for (char c : glyph.spelled) put_cell(Cell{std::string(1, c), 1, style, false});
      return glyph.length;
    }
    bool too_wide = glyph.width > columns_;
    std::string_view bytes = text.substr(at, glyph.length);
    Cell cell = too_wide ? Cell{"?", 1, style, false}
                         : Cell{std::string(bytes), glyph.width, style, glyph.joined};
    make_room(cell.width);
    if (mark) mark_cursor();
    put_cell(std::move(cell));
    return glyph.length;
  }

  void mark_cursor() {
    make_room(1);
    frame_.cursor_row = frame_.rows.size() - 1;
    frame_.cursor_column = row().width;
  }

  void new_line() {
    constexpr size_t kUsual = 80;
    frame_.rows.emplace_back().cells.reserve(std::min(static_cast<size_t>(columns_), kUsual));
  }

  // One row, cut where the screen ends.
  void put_cut(const std::vector<Span>& spans) {
    new_line();
    for (const Span& span : spans) {
      for (size_t at = 0; at < span.text.size();) {
        Glyph glyph = glyph_at(span.text, at);
        if (row().width + glyph.width > columns_) return;
        at += put_glyph(span.text, at, span.style);
      }
    }
  }

 private:
  Row& row() { return frame_.rows.back(); }

  // Blanks where a wide character did not fit: the terminal wraps only what is full.
  void make_room(int width) {
    if (row().width + width <= columns_) return;
    while (row().width < columns_) push(Cell{" ", 1, Style::kPlain, false});
    new_line();
    row().wrapped = true;
  }

  void put_cell(Cell cell) {
    make_room(cell.width);
    push(std::move(cell));
  }

  void push(Cell cell) {
    row().width += cell.width;
    row().cells.push_back(std::move(cell));
  }

  int columns_;
  Frame frame_;
};

}  // namespace

Frame lay_out(const View& view, int columns) {
  Canvas canvas(std::max(columns, 1));
  for (const Span& span : view.prompt) canvas.put(span.text, span.style);
  const std::string& text = view.text;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\n') {
      if (at == view.cursor) canvas.mark_cursor();
      canvas.new_line();
      canvas.put(view.continuation, Style::kContinuation);
      ++at;
      continue;
    }
    Style style = at < view.styles.size() ? view.styles[at] : Style::kPlain;
    bool here = at <= view.cursor && view.cursor < next_glyph(text, at);
    at += canvas.put_glyph(text, at, style, here);
  }
  if (view.cursor >= text.size()) canvas.mark_cursor();
  for (size_t at = 0; at < view.ghost.size();) {
    if (view.ghost[at] == '\n') {
      canvas.new_line();
      canvas.put(view.continuation, Style::kGhost);
      ++at;
    } else {
      at += canvas.put_glyph(view.ghost, at, Style::kGhost);
    }
  }
  for (const auto& line : view.below) canvas.put_cut(line);
  return canvas.take();
}

Frame fit(Frame frame, int rows) {
  auto height = static_cast<size_t>(std::max(rows, 1));
  size_t count = frame.rows.size();
  if (count <= height) return frame;
  size_t half = height / 2;
  size_t top = std::min(frame.cursor_row - std::min(frame.cursor_row, half), count - height);
  auto begin = frame.rows.begin() + static_cast<ptrdiff_t>(top);
  frame.rows.erase(begin + static_cast<ptrdiff_t>(height), frame.rows.end());
  frame.rows.erase(frame.rows.begin(), frame.rows.begin() + static_cast<ptrdiff_t>(top));
  frame.rows.front().wrapped = false;
  frame.cursor_row -= top;
  return frame;
}

}  // namespace moonbase::editor
