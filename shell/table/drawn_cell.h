// A cell as a terminal shows it: one line, nothing but what a terminal may have, cut to a width.
// Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "shell/table/table.h"

namespace moonbase::shell {

// The text of a cell on one line; control characters and malformed UTF-8 as escapes.
std::string cell_line(const Cell& cell);
// Columns of a text that cell_line has made.
size_t columns_of(std::string_view text);
// At most `width` columns of it, the last one `…` where something is left out.
std::string cut(std::string_view text, size_t width);
// `text` cut and filled up to `width` columns.
std::string padded(std::string_view text, size_t width, bool right);

inline constexpr std::string_view kDim = "\x1b[2m", kBold = "\x1b[1m", kPlain = "\x1b[0m";
inline std::string styled(std::string text, std::string_view style, bool colours) {
  return colours ? std::string(style) + text + std::string(kPlain) : text;
}
// `count` times the character.
std::string repeated(std::string_view character, size_t count);

}  // namespace moonbase::shell
