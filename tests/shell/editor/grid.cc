#include "tests/shell/editor/grid.h"

#include <algorithm>

#include <catch2/catch.hpp>
#include <utf8proc.h>

namespace moonbase::editor {

void Grid::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    char c = bytes[0];
    size_t length = 1;
    if (c == '\x1b') {
      length = escape(bytes);
    } else if (c == '\r') {
      column_ = 0;
      pending_wrap_ = false;
    } else if (c == '\n') {
      line_feed();
    } else {
      utf8proc_int32_t point = 0;
      auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                                    static_cast<utf8proc_ssize_t>(bytes.size()), &point);
      INFO("byte " << int{static_cast<unsigned char>(c)});
      REQUIRE(taken > 0);
      REQUIRE(point >= 0x20);
      REQUIRE((point < 0x7f || point >= 0xa0));
      length = static_cast<size_t>(taken);
      put(bytes.substr(0, length), utf8proc_charwidth(point));
    }
    bytes.remove_prefix(length);
  }
}

size_t Grid::escape(std::string_view bytes) {
  REQUIRE(bytes.size() > 2);
  REQUIRE(bytes[1] == '[');
  size_t end = 2;
  while (end < bytes.size() && (bytes[end] < '@' || bytes[end] > '~')) ++end;
  REQUIRE(end < bytes.size());
  csi(bytes.substr(2, end - 2), bytes[end]);
  return end + 1;
}

void Grid::csi(std::string_view parameters, char final) {
  size_t count = parameters.empty() ? 1 : static_cast<size_t>(std::atoi(parameters.data()));
  switch (final) {
    case 'A':
      if (count > row_ - top_) clamped_ = true;
      row_ -= std::min(count, row_ - top_);
      break;
    case 'B':
      // What is below is there; a painter does not move to rows that it did not make.
      row_ += count;
      REQUIRE(row_ < lines_.size());
      break;
    case 'C':
      column_ = std::min(column_ + static_cast<int>(count), size_.columns - 1);
      break;
    case 'K': {
      auto& cells = lines_[row_].cells;
      cells.resize(std::min(cells.size(), static_cast<size_t>(column_)));
      lines_[row_].wrapped = false;
      break;
    }
    case 'J':
      csi("", 'K');
      lines_.resize(row_ + 1);
      break;
    case 'm':
      set_style(parameters);
      return;
    case 'h':
    case 'l':
      if (parameters == "?25") cursor_visible_ = final == 'h';
      REQUIRE((parameters == "?25" || parameters == "?2026"));
      return;
    default:
      FAIL("the grid does not know the sequence ESC [ " << parameters << ' ' << final);
  }
  pending_wrap_ = false;
}

void Grid::set_style(std::string_view parameters) {
  if (parameters.empty() || parameters == "0") {
    style_.clear();
  } else if (parameters.starts_with("0;")) {
    style_ = parameters.substr(2);
  } else {
    // Styles add up: the painter begins one only where none is on.
    REQUIRE(style_.empty());
    style_ = parameters;
  }
}

Grid::GridCell& Grid::cell(int column) {
  auto& cells = lines_[row_].cells;
  if (cells.size() <= static_cast<size_t>(column)) cells.resize(static_cast<size_t>(column) + 1);
  return cells[static_cast<size_t>(column)];
}

void Grid::put(std::string_view character, int width) {
  bool joiner = character == "\u200d";
  if (width <= 0 || std::exchange(joins_, joiner)) {
    joins_ = joiner;
    int before = (pending_wrap_ ? size_.columns : column_) - 1;
    REQUIRE(before >= 0);
    if (cell(before).text.empty()) --before;
    cell(before).text += character;
    return;
  }
  if (pending_wrap_ || column_ + width > size_.columns) {
    // A wide character that does not fit is the painter's mistake: it is to fill the row.
    REQUIRE(pending_wrap_);
    lines_[row_].wrapped = true;
    column_ = 0;
    pending_wrap_ = false;
    line_feed();
  }
  // Half of a wide character cannot stay.
  if (cell(column_).text.empty() && column_ > 0) cell(column_ - 1).text = " ";
  cell(column_) = {std::string(character), style_};
  if (width == 2) cell(column_ + 1) = {"", style_};
  auto& cells = lines_[row_].cells;
  auto next = static_cast<size_t>(column_ + width);
  if (next < cells.size() && cells[next].text.empty()) cells[next].text = " ";
  column_ += width;
  pending_wrap_ = column_ == size_.columns;
}

void Grid::line_feed() {
  ++row_;
  if (row_ == lines_.size()) lines_.emplace_back();
  if (row_ >= top_ + static_cast<size_t>(size_.rows)) ++top_;
  pending_wrap_ = false;
}

// As tmux does it: lines are wrapped anew, the cursor stays at its character.
void Grid::resize(Size size) {
  std::vector<GridLine> old = std::move(lines_);
  lines_.clear();
  size_t cursor_line = row_;
  auto columns = static_cast<size_t>(size.columns);
  for (size_t begin = 0; begin < old.size();) {
    std::vector<GridCell> cells;
    size_t offset = std::string::npos;
    size_t i = begin;
    for (bool more = true; more; ++i) {
      if (i == cursor_line) offset = cells.size() + static_cast<size_t>(column_);
      more = old[i].wrapped && i + 1 < old.size();
      cells.insert(cells.end(), old[i].cells.begin(), old[i].cells.end());
    }
    begin = i;
    lines_.emplace_back();
    for (size_t at = 0; at < cells.size(); ++at) {
      bool wide = at + 1 < cells.size() && cells[at + 1].text.empty();
      bool second_half = cells[at].text.empty();
      if (!second_half && !lines_.back().cells.empty() &&
          lines_.back().cells.size() + (wide ? 2 : 1) > columns) {
        lines_.back().wrapped = true;
        lines_.emplace_back();
      }
      lines_.back().cells.push_back(cells[at]);
      if (at != offset) continue;
      row_ = lines_.size() - 1;
      column_ = static_cast<int>(lines_.back().cells.size()) - 1;
    }
    if (offset == std::string::npos || offset < cells.size()) continue;
    // Behind the last character no row begins.
    row_ = lines_.size() - 1;
    size_t last = lines_.back().cells.size() + offset - cells.size();
    column_ = static_cast<int>(std::min(last, columns - 1));
  }
  size_ = size;
  pending_wrap_ = false;
  auto rows = static_cast<size_t>(size.rows);
  top_ = lines_.size() > rows ? lines_.size() - rows : 0;
  top_ = std::min(top_, row_);
}

std::string Grid::text(size_t row) const {
  if (top_ + row >= lines_.size()) return "";
  std::string out;
  for (const GridCell& cell : lines_[top_ + row].cells) out += cell.text;
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

std::string Grid::styled(size_t row) const {
  if (top_ + row >= lines_.size()) return "";
  std::string out, style;
  for (const GridCell& cell : lines_[top_ + row].cells) {
    if (cell.style != style) out += "[" + cell.style + "]";
    style = cell.style;
    out += cell.text;
  }
  if (style.empty()) out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

std::string Grid::screen() const {
  std::string out;
  for (size_t row = 0; row < static_cast<size_t>(size_.rows); ++row) out += text(row) + "\n";
  out.erase(out.find_last_not_of('\n') + 1);
  return out;
}

}  // namespace moonbase::editor
