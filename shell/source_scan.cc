#include "shell/source_scan.h"

#include <utility>

namespace moonbase::shell {
namespace {

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string SourceScanner::feed(std::string_view piece) {
  text_ = piece;
  code_ = piece;
  at_ = 0;
  if (inside_text()) skip_text();
  while (at_ < text_.size()) step();
  return std::move(code_);
}

char SourceScanner::peek(size_t ahead) const {
  return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
}

void SourceScanner::step() {
  char c = peek();
  if (c == '-' && peek(1) == '-') {
    comment();
  } else if (c == '"' || c == '\'') {
    ++at_;
    closing_ = c;
    skip_text();
  } else if (c == '[' && level_of_long_bracket() >= 0) {
    open_long();
  } else if (is_name_byte(c)) {
    word();
  } else {
    if (c == '(' || c == '{' || c == '[') ++depth_;
    if (c == ')' || c == '}' || c == ']') --depth_;
    ++at_;
  }
}

// Line ends stay.
void SourceScanner::blank(size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) {
    if (code_[i] != '\n') code_[i] = ' ';
  }
}

void SourceScanner::comment() {
  size_t start = at_;
  at_ += 2;
  if (peek() == '[' && level_of_long_bracket() >= 0) {
    open_long();
  } else {
    while (at_ < text_.size() && peek() != '\n') ++at_;
  }
  blank(start, at_);
}

// The number of '=' in "[==[", or -1 when the bracket here opens no long text.
int SourceScanner::level_of_long_bracket() const {
  size_t i = at_ + 1;
  while (i < text_.size() && text_[i] == '=') ++i;
  return i < text_.size() && text_[i] == '[' ? static_cast<int>(i - at_ - 1) : -1;
}

void SourceScanner::open_long() {
  auto level = static_cast<size_t>(level_of_long_bracket());
  at_ += level + 2;
  closing_ = "]" + std::string(level, '=') + "]";
  skip_text();
}

// Goes behind the end of the string or comment, or to the end of the piece.
void SourceScanner::skip_text() {
  size_t start = at_;
  if (closing_.size() == 1) return skip_quoted(closing_[0]);
  size_t end = text_.find(closing_, at_);
  blank(start, end == std::string_view::npos ? text_.size() : end);
  at_ = end == std::string_view::npos ? text_.size() : end + closing_.size();
  if (end != std::string_view::npos) closing_.clear();
}

void SourceScanner::skip_quoted(char quote) {
  size_t start = at_;
  while (at_ < text_.size() && peek() != quote && peek() != '\n') {
    // A backslash before the line end carries the string over to the next line.
    at_ += peek() == '\\' && at_ + 1 < text_.size() ? 2 : 1;
  }
  blank(start, at_);
  if (at_ >= text_.size()) return;
  ++at_;
  closing_.clear();
}

void SourceScanner::word() {
  size_t start = at_;
  while (is_name_byte(peek())) ++at_;
  std::string_view word = text_.substr(start, at_ - start);
  // `for` and `while` open their block with `do`.
  if (word == "function" || word == "if" || word == "do" || word == "repeat") ++depth_;
  if (word == "end" || word == "until") --depth_;
}

std::string code_of(std::string_view text) { return SourceScanner().feed(text); }

}  // namespace moonbase::shell
