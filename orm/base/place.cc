#include "orm/base/place.h"

#include <algorithm>

#include "orm/base/text.h"

namespace moonbase::base {

namespace {

// Of a long line, this many characters are shown on each side of the place.
constexpr size_t kShownAround = 60;

bool begins_character(char c) { return (c & 0xC0) != 0x80; }

}  // namespace

size_t bytes_of_characters(std::string_view text, size_t count) {
  size_t at = 0;
  for (; count > 0 && at < text.size(); --count) {
    ++at;
    while (at < text.size() && !begins_character(text[at])) ++at;
  }
  return at;
}

std::string marked_line(std::string_view text, size_t offset, std::string_view label) {
  const std::string_view before = text.substr(0, offset);
  const size_t start = before.rfind('\n') + 1;  // 0 for none
  std::string_view line = text.substr(start);
  line = line.substr(0, line.find('\n'));
  std::string_view left = line.substr(0, offset - start), right = line.substr(offset - start);
  std::string head(label);
  if (const size_t number = head.find("{}"); number != std::string::npos)
    head.replace(number, 2, std::to_string(1 + std::ranges::count(before, '\n')));
  if (const size_t length = utf8_length(left); length > kShownAround) {
    head += "…";
    left = left.substr(bytes_of_characters(left, length - kShownAround));
  }
  std::string caret(utf8_length(head), ' ');
  for (char c : left)
    if (begins_character(c)) caret += c == '\t' ? '\t' : ' ';
  const std::string_view shown = right.substr(0, bytes_of_characters(right, kShownAround));
  return head + std::string(left) + std::string(shown) + (shown.size() < right.size() ? "…" : "") +
         "\n" + caret + "^";
}

}  // namespace moonbase::base
