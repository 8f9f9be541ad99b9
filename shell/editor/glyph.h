// The characters of a text as a person counts them and as a terminal may have them: one grapheme is
// one step of the cursor, and what could do something to the terminal is spelled out. Pure
// functions, any thread; any bytes are fine.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace moonbase::editor {

struct Glyph {
  size_t length = 0;    // bytes of the text
  int width = 0;        // columns
  std::string spelled;  // ASCII to show instead of the bytes (`^A`, `\xff`, `<200b>`), or empty
  // Several code points, about whose width terminals disagree.
  bool joined = false;
};

// The glyph that begins at the byte `at`, which is before the end. A tab is four blanks wide.
Glyph glyph_at(std::string_view text, size_t at);

// Where the glyph behind `at`, or before it, begins; stays at the ends of the text.
size_t next_glyph(std::string_view text, size_t at);
size_t previous_glyph(std::string_view text, size_t at);

// Columns of a text on one line.
int width_of(std::string_view text);

}  // namespace moonbase::editor
