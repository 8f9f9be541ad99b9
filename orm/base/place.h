// A place in a text as a person is shown it: its line, and a caret below the character. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace moonbase::base {

// The bytes of the first `count` characters of UTF-8.
size_t bytes_of_characters(std::string_view text, size_t count);
// Two lines: the one that holds the byte at `offset` (the last for the text's size), behind `label`
// ("LINE {}: " gets its number), and a caret. Of a long line, what stands around the place. Columns
// are counted in characters, and a tab stays one.
std::string marked_line(std::string_view text, size_t offset, std::string_view label = "");

}  // namespace moonbase::base
