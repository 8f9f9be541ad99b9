#include "orm/base/text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace moonbase::base {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c; }
char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - ('a' - 'A')) : c; }

// Length of the well-formed UTF-8 sequence at the start of `s`, or 0.
size_t sequence_length(std::string_view s) {
  const auto byte = [s](size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  const auto continues = [&byte](size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return continues(1) ? 2 : 0;
  if (first < 0xF0) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
    if (first == 0xED && byte(1) >= 0xA0) return 0;  // surrogate
    return 3;
  }
  if (first > 0xF4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;   // overlong
  if (first == 0xF4 && byte(1) >= 0x90) return 0;  // past U+10FFFF
  return 4;
}

void append_escape(std::string& out, char c) {
  static constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\x";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

void append_escaped(std::string& out, std::string_view text, char quote) {
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    const unsigned char first = static_cast<unsigned char>(text.front());
    if (length == 0 || first < 0x20 || first == 0x7F) {
      append_escape(out, text.front());
      text.remove_prefix(1);
      continue;
    }
    if (quote != '\0' && text.front() == quote) out += quote;
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
}

bool starts_inside_sequence(std::string_view text, size_t position) {
  return position < text.size() && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80;
}

template <class Candidates>
std::optional<std::string> nearest_of(std::string_view word, const Candidates& candidates) {
  const int limit = word.size() >= 8 ? 3 : (static_cast<int>(word.size()) + 1) / 3;
  const std::string folded = lower(word);
  std::optional<std::string> best;
  int best_distance = limit + 1;
  int best_exact = 0;  // with upper and lower case told apart: decides between equals
  for (const auto& candidate : candidates) {
    if (candidate == word) return std::nullopt;
    const std::ptrdiff_t size_gap =
        static_cast<std::ptrdiff_t>(candidate.size()) - static_cast<std::ptrdiff_t>(word.size());
    if (std::abs(size_gap) > std::min(best_distance, limit)) continue;
    const int distance = edit_distance(folded, lower(candidate));
    if (distance > best_distance || distance > limit) continue;
    const int exact = edit_distance(word, candidate);
    if (distance < best_distance || exact < best_exact) {
      best_distance = distance;
      best_exact = exact;
      best = std::string(candidate);
    }
  }
  return best;
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_upper);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

int edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the usual table: the one before the last is for swaps.
  const size_t width = b.size() + 1;
  std::vector<int> before(width), previous(width), current(width);
  for (size_t j = 0; j < width; ++j) previous[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (size_t j = 1; j < width; ++j) {
      const int substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({substitution, previous[j] + 1, current[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  return nearest_of(word, candidates);
}

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string_view>& candidates) {
  return nearest_of(word, candidates);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::optional<std::string> meant = nearest(word, candidates);
  return meant ? "; did you mean " + quote_for_message(*meant) + "?" : std::string();
}

std::string camel_to_snake(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool after_word = i > 0 && (is_lower(name[i - 1]) || is_digit(name[i - 1]));
    const bool before_word = i > 0 && i + 1 < name.size() && is_lower(name[i + 1]);
    if (is_upper(name[i]) && (after_word || before_word)) out += '_';
    out += to_lower(name[i]);
  }
  out.erase(0, std::min(out.find_first_not_of('_'), out.size()));
  return out;
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    // Eight ASCII bytes at a time.
    uint64_t word;
    while (text.size() >= sizeof word) {
      std::memcpy(&word, text.data(), sizeof word);
      if ((word & 0x8080808080808080ULL) != 0) break;
      text.remove_prefix(sizeof word);
    }
    if (text.empty()) return true;
    const size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

size_t utf8_length(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string escape_for_message(std::string_view text, size_t max_bytes, char quote) {
  std::string out;
  if (text.size() <= max_bytes) {
    append_escaped(out, text, quote);
    return out;
  }
  size_t head = max_bytes / 2, tail = text.size() - max_bytes / 2;
  // Not through a character: at most three steps, so that malformed text keeps its size.
  for (int i = 0; i < 3 && head > 0 && starts_inside_sequence(text, head); ++i) --head;
  for (int i = 0; i < 3 && starts_inside_sequence(text, tail); ++i) ++tail;
  append_escaped(out, text.substr(0, head), quote);
  out += "…";
  append_escaped(out, text.substr(tail), quote);
  return out;
}

std::string quote_for_message(std::string_view text, size_t max_bytes) {
  return "'" + escape_for_message(text, max_bytes, '\'') + "'";
}

}  // namespace moonbase::base
