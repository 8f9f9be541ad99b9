#include "shell/editor/painter.h"

#include <algorithm>
#include <utility>

namespace moonbase::editor {

namespace {

// One write for each frame; the terminal shows it at once, the cursor does not wander.
constexpr std::string_view kBegin = "\x1b[?2026h\x1b[?25l";
constexpr std::string_view kEnd = "\x1b[?25h\x1b[?2026l";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

// Where the rows of a line end that begins at `row`.
size_t line_end(const Frame& frame, size_t row) {
  size_t end = row + 1;
  while (end < frame.rows.size() && frame.rows[end].wrapped) ++end;
  return end;
}

bool same_line(const Frame& a, const Frame& b, size_t begin, size_t end) {
  if (end > a.rows.size() || (end < a.rows.size() && a.rows[end].wrapped)) return false;
  auto offset = [](const Frame& frame, size_t row) {
    return frame.rows.begin() + static_cast<ptrdiff_t>(row);
  };
  return std::equal(offset(a, begin), offset(a, end), offset(b, begin));
}

struct Position {
  size_t row, cell;
};

// The first cell of a line that `before` does not have.
Position first_difference(const Frame& before, const Frame& after, size_t begin, size_t end) {
  for (size_t row = begin; row < end; ++row) {
    // What is written into the first column wraps only when the row above is written to its end.
    Position start =
        row > begin ? Position{row - 1, after.rows[row - 1].cells.size() - 1} : Position{row, 0};
    if (row >= before.rows.size() || before.rows[row].wrapped != after.rows[row].wrapped)
      return start;
    const auto& old_cells = before.rows[row].cells;
    const auto& cells = after.rows[row].cells;
    size_t common = std::min(old_cells.size(), cells.size());
    size_t cell = 0;
    while (cell < common && old_cells[cell] == cells[cell]) ++cell;
    if (cell == 0 && (!cells.empty() || !old_cells.empty())) return start;
    if (cell < std::max(cells.size(), old_cells.size())) return {row, cell};
  }
  return {end - 1, after.rows[end - 1].cells.size()};
}

// Moves a terminal from one frame to the next.
class Writer {
 public:
  // `existing` rows are on the screen already, counted from where the frame begins; the cursor is
  // in `row`.
  Writer(std::string& out, int columns, bool colours, size_t existing, size_t row)
      : out_(out), columns_(columns), colours_(colours), existing_(existing), row_(row) {}

  void update(const Frame& before, const Frame& after) {
    for (size_t begin = 0; begin < after.rows.size();) {
      size_t end = line_end(after, begin);
      if (!same_line(before, after, begin, end)) {
        write_line(before, after, first_difference(before, after, begin, end), end);
      }
      begin = end;
    }
    if (existing_ > after.rows.size()) {
      move(after.rows.size(), 0);
      style(Style::kPlain);
      out_ += kClearBelow;
    }
    style(Style::kPlain);
  }

  void move(size_t row, int column) {
    if (row == row_ && column == column_) return;
    if (row < row_) {
      sequence(row_ - row, 'A');
    } else if (row > row_) {
      size_t down = std::min(row, existing_ - 1) - row_;
      if (down > 0) sequence(down, 'B');
      // New rows scroll the screen at its bottom; their background is the terminal's own.
      if (row >= existing_) style(Style::kPlain);
      for (; existing_ <= row; ++existing_) out_ += "\r\n";
    }
    row_ = row;
    column_ = column;
    out_ += '\r';
    if (column > 0) sequence(static_cast<size_t>(column), 'C');
  }

 private:
  void sequence(size_t count, char final) {
    out_ += "\x1b[";
    if (count != 1) out_ += std::to_string(count);
    out_ += final;
  }

  void style(Style style) {
    if (style == style_) return;
    std::string_view parameters = sgr(style, colours_);
    std::string_view old = sgr(style_, colours_);
    style_ = style;
    if (parameters == old) return;
    out_ += old.empty() ? "\x1b[" : "\x1b[0";
    if (!old.empty() && !parameters.empty()) out_ += ';';
    out_ += parameters;
    out_ += 'm';
  }

  void write_line(const Frame& before, const Frame& frame, Position from, size_t end) {
    int column = 0;
    const auto& first = frame.rows[from.row].cells;
    for (size_t i = 0; i < from.cell; ++i) column += first[i].width;
    // Behind the last column there is no place to move to, and nothing is missing there.
    if (column < columns_) move(from.row, column);
    for (size_t row = from.row; row < end; ++row, from.cell = 0) {
      write_row(frame.rows[row], from.cell, column);
      column = 0;
      if (row + 1 == end) break;
      // The next character wraps; where none comes, a blank does it, and stays: tmux takes a row
      // without any cell for a line of its own when it wraps anew.
      if (frame.rows[row + 1].cells.empty()) {
        style(Style::kPlain);
        out_ += ' ';
        if (columns_ > 1) out_ += kClearLine;
        out_ += '\r';
      }
      row_ = row + 1;
      column_ = 0;
      existing_ = std::max(existing_, row_ + 1);
    }
    int old_width = end <= before.rows.size() ? before.rows[end - 1].width : 0;
    const Row& last = frame.rows[end - 1];
    bool blank_written = last.wrapped && last.cells.empty();
    if (last.width < old_width && !blank_written) {
      style(Style::kPlain);
      out_ += kClearLine;
    }
  }

  void write_row(const Row& row, size_t cell, int column) {
    for (; cell < row.cells.size(); ++cell) {
      const Cell& shown = row.cells[cell];
      style(shown.style);
      out_ += shown.text;
      column += shown.width;
      if (shown.joined && column < columns_) {
        out_ += '\r';
        sequence(static_cast<size_t>(column), 'C');
      }
    }
    // Behind the last column a terminal waits for the next character: no place to count on.
    column_ = column < columns_ ? column : kUnknown;
  }

  std::string& out_;
  int columns_;
  bool colours_;
  size_t existing_;
  size_t row_;
  static constexpr int kUnknown = -1;
  int column_ = kUnknown;
  Style style_ = Style::kPlain;
};

// Wraps the cells of one line to another width.
class Rewrapped {
 public:
  explicit Rewrapped(int columns) : columns_(columns) {}

  void add(int width) {
    if (used_ + width > columns_ && used_ > 0) {
      ++row_;
      used_ = 0;
    }
    used_ += width;
  }
  // Of the cell that was added last.
  size_t row() const { return row_; }
  int used() const { return used_; }  // columns of its row, up to its end

 private:
  int columns_;
  size_t row_ = 0;
  int used_ = 0;
};

// Where the cursor is after the terminal has wrapped the lines of the frame to another width.
struct Place {
  size_t row;
  int column;
};
Place rewrapped_cursor(const Frame& frame, int columns) {
  size_t row = 0;
  for (size_t begin = 0;;) {
    size_t end = line_end(frame, begin);
    Rewrapped line(columns);
    for (size_t i = begin; i < end; ++i) {
      int column = 0;
      for (const Cell& cell : frame.rows[i].cells) {
        line.add(cell.width);
        if (i == frame.cursor_row && column == frame.cursor_column)
          return {row + line.row(), line.used() - cell.width};
        column += cell.width;
      }
      // The blank that began an empty row.
      if (frame.rows[i].wrapped && frame.rows[i].cells.empty()) line.add(1);
      // Behind the last character the cursor begins no row.
      if (i == frame.cursor_row && i + 1 == end)
        return {row + line.row(), std::min(line.used(), columns - 1)};
    }
    row += line.row() + 1;
    begin = end;
  }
}

}  // namespace

// Where the screen has another size now, what is known of it is of no use: it is cleared.
std::string Painter::begin(Size size) {
  std::string out(kBegin);
  if (shown_.rows.empty() || size == size_) return out;
  size_t up = in_place_ ? shown_.cursor_row : rewrapped_cursor(shown_, size.columns).row;
  out += '\r';
  if (up > 0) out += "\x1b[" + std::to_string(up) + "A";
  out += kClearBelow;
  forget();
  return out;
}

std::string Painter::paint(const View& view, Size size) {
  size.columns = std::max(size.columns, 1);
  std::string out = begin(size);
  Frame next = fit(lay_out(view, size.columns), size.rows);
  Writer writer(out, size.columns, colours_, std::max<size_t>(shown_.rows.size(), 1),
                shown_.cursor_row);
  writer.update(shown_, next);
  writer.move(next.cursor_row, next.cursor_column);
  out += kEnd;
  shown_ = std::move(next);
  size_ = size;
  return out;
}

std::string Painter::leave(const View& view, Size size) {
  size.columns = std::max(size.columns, 1);
  std::string out = begin(size);
  Frame all = lay_out(view, size.columns);
  if (all.rows.size() > static_cast<size_t>(std::max(size.rows, 1)) && !shown_.rows.empty()) {
    // Rows that are not on the screen go through it once.
    Writer(out, size.columns, colours_, shown_.rows.size(), shown_.cursor_row).move(0, 0);
    out += kClearBelow;
    forget();
  }
  Writer writer(out, size.columns, colours_, std::max<size_t>(shown_.rows.size(), 1),
                shown_.cursor_row);
  writer.update(shown_, all);
  writer.move(all.rows.size(), 0);
  out += kClearBelow;
  out += kEnd;
  forget();
  return out;
}

// Where both would give this column, most terminals are right.
void Painter::resized(int cursor_column, Size size) {
  if (shown_.rows.empty() || size.columns < 1) return;
  bool stayed = cursor_column == std::min(shown_.cursor_column, size.columns - 1);
  in_place_ = stayed && cursor_column != rewrapped_cursor(shown_, size.columns).column;
}

void Painter::forget() {
  shown_ = Frame{};
  in_place_ = false;
}

}  // namespace moonbase::editor
