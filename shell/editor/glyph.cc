#include "shell/editor/glyph.h"

#include <algorithm>

#include <fmt/format.h>
#include <utf8proc.h>

namespace moonbase::editor {

namespace {

// A letter with more accents than this is cut: the rest is spelled.
constexpr size_t kLongestGlyph = 40;

struct CodePoint {
  utf8proc_int32_t value = 0;
  size_t length = 0;  // 0 for a byte that begins no character
};

CodePoint decode(std::string_view text, size_t at) {
  CodePoint point;
  auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                 static_cast<utf8proc_ssize_t>(text.size() - at), &point.value);
  point.length = length > 0 ? static_cast<size_t>(length) : 0;
  return point;
}

Glyph spelled(size_t length, std::string text) {
  int width = static_cast<int>(text.size());
  return {.length = length, .width = width, .spelled = std::move(text)};
}

bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }

Glyph control(unsigned char byte) {
  if (byte == '\t') return spelled(1, "    ");
  return spelled(1, {'^', byte == 0x7f ? '?' : static_cast<char>(byte + '@')});
}

// Adds the code points that belong to the first one. A joiner that joins nothing is left out: a
// terminal would take what comes after the glyph into it.
void join(std::string_view text, size_t at, utf8proc_int32_t first, Glyph& glyph) {
  constexpr utf8proc_int32_t kEmojiPresentation = 0xFE0F, kJoiner = 0x200D;
  utf8proc_int32_t state = 0;
  utf8proc_int32_t previous = first;
  size_t end = at + glyph.length;
  for (CodePoint point; end < text.size(); end += point.length, previous = point.value) {
    point = decode(text, end);
    if (point.length == 0 || end + point.length > at + kLongestGlyph) return;
    if (utf8proc_grapheme_break_stateful(previous, point.value, &state)) return;
    if (point.value == kJoiner) continue;
    glyph.length = end + point.length - at;
    glyph.joined = true;
    glyph.width = std::max(glyph.width, utf8proc_charwidth(point.value));
    if (point.value == kEmojiPresentation) glyph.width = 2;
  }
}

}  // namespace

Glyph glyph_at(std::string_view text, size_t at) {
  auto byte = static_cast<unsigned char>(text[at]);
  if (is_control(byte)) return control(byte);
  bool ascii_next = at + 1 == text.size() || (text[at + 1] & 0x80) == 0;
  if (byte < 0x80 && ascii_next) return {.length = 1, .width = 1, .spelled = {}};
  CodePoint point = decode(text, at);
  if (point.length == 0) return spelled(1, fmt::format("\\x{:02x}", byte));
  bool c1_control = point.value >= 0x80 && point.value < 0xa0;
  int width = utf8proc_charwidth(point.value);
  if (c1_control || width <= 0) return spelled(point.length, fmt::format("<{:04x}>", point.value));
  Glyph glyph{.length = point.length, .width = width, .spelled = {}};
  join(text, at, point.value, glyph);
  return glyph;
}

size_t next_glyph(std::string_view text, size_t at) {
  return at < text.size() ? at + glyph_at(text, at).length : at;
}

size_t previous_glyph(std::string_view text, size_t at) {
  if (at == 0) return 0;
  // A line end belongs to no other character: what is before it need not be read.
  size_t line_end = at >= 2 ? text.rfind('\n', at - 2) : std::string_view::npos;
  size_t begin = text[at - 1] == '\n' ? at - 1 : line_end + 1;
  for (size_t next = begin; (next = next_glyph(text, begin)) < at;) begin = next;
  return begin;
}

int width_of(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    Glyph glyph = glyph_at(text, at);
    width += glyph.width;
    at += glyph.length;
  }
  return width;
}

}  // namespace moonbase::editor
