#include "shell/fold.h"

#include <algorithm>
#include <utility>

#include "orm/base/text.h"
#include "shell/editor/glyph.h"

namespace moonbase::shell {
namespace {

// A column of text needs this much room, or it begins further left.
constexpr size_t kLeastRoom = 24;

size_t columns_of(std::string_view text) { return static_cast<size_t>(editor::width_of(text)); }

// Where the lines that go on begin.
size_t indentation(std::string_view line, size_t width) {
  const size_t first = std::min(line.find_first_not_of(' '), line.size());
  size_t column = first;
  for (size_t gap = line.find("  ", first); gap != line.npos; gap = line.find("  ", column)) {
    const size_t next = line.find_first_not_of(' ', gap);
    if (next == line.npos || columns_of(line.substr(0, next)) + kLeastRoom > width) break;
    column = next;
  }
  const size_t indented = columns_of(line.substr(0, column)) + (column == first ? 2 : 0);
  return indented + kLeastRoom > width ? std::min(first + 2, width / 2) : indented;
}

void fold_line(std::string_view line, size_t width, std::string& out) {
  if (columns_of(line) <= width) {
    out += line;
    return;
  }
  const size_t indent = indentation(line, width);
  size_t column = 0, begin = 0;  // of what is not written yet
  bool is_at_begin = true;       // of a line: nothing but blanks stands in it
  while (begin < line.size()) {
    const size_t word = std::min(line.find_first_not_of(' ', begin), line.size());
    const size_t end = std::min(line.find(' ', word), line.size());
    const std::string_view blanks = line.substr(begin, word - begin);
    const std::string_view text = line.substr(word, end - word);
    if (!is_at_begin && column + blanks.size() + columns_of(text) > width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else {
      out += blanks;
      column += blanks.size();
    }
    out += text;
    column += columns_of(text);
    is_at_begin = false;
    begin = end;
  }
}

}  // namespace

std::string folded(std::string_view text, size_t width) {
  if (width == 0) return std::string(text);
  std::string out;
  bool is_first = true;
  for (std::string_view line : base::split(text, '\n')) {
    if (!std::exchange(is_first, false)) out += '\n';
    fold_line(line, width, out);
  }
  return out;
}

}  // namespace moonbase::shell
