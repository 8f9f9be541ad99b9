// Texts for reading, fitted to a terminal. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace moonbase::shell {

// `text` with each line that is longer than `width` columns broken at blanks. What goes on stands
// below the line's last column of two or more ("  name   about it"), or is indented. 0: as it is.
std::string folded(std::string_view text, size_t width);

}  // namespace moonbase::shell
