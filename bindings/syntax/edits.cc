#include "bindings/syntax/edits.h"

#include <algorithm>

namespace moonbase::syntax {

namespace {

constexpr uint64_t kNumbers = (uint64_t{1} << 30) - 1;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void append(std::string& out, std::string_view text) {
  if (!out.empty() && !text.empty() && is_word(out.back()) && is_word(text.front())) {
    out += ' ';
  }
  out += text;
}

}  // namespace

void Edits::add(uint32_t at, Side side, uint32_t erased, std::string_view text) {
  const uint64_t count = edits_.size();
  const uint64_t number = side == Side::kOpen ? kNumbers - count : count;
  edits_.push_back({.key = uint64_t{at} << 32 | static_cast<uint64_t>(side) << 30 | number,
                    .erased = erased,
                    .size = static_cast<uint32_t>(text.size()),
                    .begin = words_.size()});
  words_ += text;
}

void Edits::apply(std::string_view text, size_t begin, std::string& out) {
  std::sort(edits_.begin(), edits_.end(),
            [](const Edit& a, const Edit& b) { return a.key < b.key; });
  out.reserve(out.size() + text.size() + words_.size() + 16);
  size_t done = begin;
  for (const Edit& edit : edits_) {
    const size_t at = edit.key >> 32;
    // Within the user's own text two words are never glued: only its first byte can meet an edit.
    append(out, text.substr(done, at - done));
    append(out, std::string_view(words_).substr(edit.begin, edit.size));
    done = at + edit.erased;
  }
  append(out, text.substr(done));
}

}  // namespace moonbase::syntax
