// Small text tools. Pure functions, ASCII unless they say UTF-8; any thread; nothing throws but
// bad_alloc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moonbase::base {

// "a,b,,c" by ',' -> a, b, "", c. The empty text gives one empty part. The parts point into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// Without the blanks (space, tab, line ends) at both ends.
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
std::string upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

// Insertions, deletions, substitutions and swaps of neighbours that lead from a to b (optimal
// string alignment).
int edit_distance(std::string_view a, std::string_view b);
// What was probably meant by `word`: a candidate that differs in case only, else the closest one
// within a third of the word's length (three edits at the most), the first of equals. nullopt when
// nothing is close, or when `word` itself is a candidate.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string_view>& candidates);
// "; did you mean 'name'?" or nothing: to end a message with.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// A class name's table name: "HTTP2Request" -> "http2_request".
std::string camel_to_snake(std::string_view name);

// True for well-formed UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF.
bool is_valid_utf8(std::string_view text);
// Code points; every byte that does not continue a sequence counts.
size_t utf8_length(std::string_view text);

// The text with control characters and malformed UTF-8 as escapes (\n, \x1f), so that it can be
// shown on one line, and, past `max_bytes`, with its middle replaced by "…". `quote` characters
// inside are doubled; '\0' doubles none.
std::string escape_for_message(std::string_view text, size_t max_bytes = 200, char quote = '\0');
// The same in single quotes: 'it''s'.
std::string quote_for_message(std::string_view text, size_t max_bytes = 200);

}  // namespace moonbase::base
