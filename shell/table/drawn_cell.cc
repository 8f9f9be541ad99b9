#include "shell/table/drawn_cell.h"

#include <algorithm>

#include "shell/editor/glyph.h"
#include "shell/printer.h"

namespace moonbase::shell {
namespace {

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

std::string cell_line(const Cell& cell) {
  if (cell.kind == Cell::Kind::kNull) return "NULL";
  return is_plain(cell.text) ? cell.text : printable(cell.text, false);
}

size_t columns_of(std::string_view text) {
  return is_plain(text) ? text.size() : static_cast<size_t>(editor::width_of(text));
}

std::string cut(std::string_view text, size_t width) {
  // What is far too long need not be measured to its end.
  std::string out;
  size_t columns = 0;
  size_t fitting = 0;  // bytes that leave a column for the mark
  for (size_t at = 0; at < text.size();) {
    const editor::Glyph glyph = editor::glyph_at(text, at);
    columns += static_cast<size_t>(glyph.width);
    if (columns > width) return out.substr(0, fitting) + (width == 0 ? "" : "…");
    // Spelled where the terminal's width of it is not known.
    out += glyph.spelled.empty() ? std::string(text.substr(at, glyph.length)) : glyph.spelled;
    if (columns + 1 <= width) fitting = out.size();
    at += glyph.length;
  }
  return out;
}

std::string padded(std::string_view text, size_t width, bool right) {
  std::string shown = cut(text, width);
  size_t columns = columns_of(shown);
  std::string blanks(width > columns ? width - columns : 0, ' ');
  return right ? blanks + shown : shown + blanks;
}

std::string repeated(std::string_view character, size_t count) {
  std::string out;
  out.reserve(character.size() * count);
  for (size_t i = 0; i < count; ++i) out += character;
  return out;
}

}  // namespace moonbase::shell
