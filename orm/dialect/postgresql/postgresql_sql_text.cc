#include "orm/dialect/postgresql/postgresql_sql_text.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "orm/base/text.h"

namespace moonbase::dialect::postgresql {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Reads the text once, from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  // Calls `word` with each word in lower case that is no name in quotes.
  template <class OnWord>
  int run(OnWord word) {
    int highest = 0;
    while (at_ < sql_.size()) {
      char c = sql_[at_];
      if (c == '\'') {
        skip_quoted('\'', escapes_);
      } else if (c == '"') {
        skip_quoted('"', false);
      } else if (starts("--")) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (starts("/*")) {
        skip_comment();
      } else if (c == '$') {
        highest = std::max(highest, dollar());
      } else if (is_word_char(c)) {
        size_t begin = at_;
        while (at_ < sql_.size() && (is_word_char(sql_[at_]) || sql_[at_] == '$')) ++at_;
        std::string text = base::lower(sql_.substr(begin, at_ - begin));
        // E'…' has escapes with a backslash.
        escapes_ = text == "e";
        word(text);
        continue;
      } else {
        ++at_;
      }
      escapes_ = false;
    }
    return highest;
  }

 private:
  bool starts(std::string_view text) const { return sql_.substr(at_, text.size()) == text; }

  void skip_quoted(char quote, bool has_escapes) {
    for (++at_; at_ < sql_.size() && sql_[at_] != quote; ++at_) {
      if (has_escapes && sql_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, sql_.size());
  }

  // Comments lie in each other.
  void skip_comment() {
    int depth = 0;
    do {
      if (starts("/*")) {
        ++depth;
        at_ += 2;
      } else if (starts("*/")) {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < sql_.size());
  }

  // The number of a parameter, or 0 behind a $tag$ quote.
  int dollar() {
    size_t end = at_ + 1;
    if (end < sql_.size() && is_digit(sql_[end])) {
      int number = 0;
      const char* stop = sql_.data() + sql_.size();
      at_ = static_cast<size_t>(std::from_chars(sql_.data() + end, stop, number).ptr - sql_.data());
      return number;
    }
    while (end < sql_.size() && is_word_char(sql_[end])) ++end;
    if (end < sql_.size() && sql_[end] == '$') {
      std::string_view tag = sql_.substr(at_, end + 1 - at_);
      size_t close = sql_.find(tag, end + 1);
      at_ = close == sql_.npos ? sql_.size() : close + tag.size();
    } else {
      ++at_;
    }
    return 0;
  }

  std::string_view sql_;
  size_t at_ = 0;
  bool escapes_ = false;
};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

SqlShape read_shape(std::string_view sql) {
  SqlShape shape;
  std::string first;
  bool locks = false, changes = false, analyzes = false, was_for = false;
  shape.parameters = Scanner(sql).run([&](const std::string& word) {
    if (first.empty()) first = word;
    // FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE; not substring(x FOR 3).
    if (was_for && is_one_of(word, {"update", "no", "share", "key"})) locks = true;
    was_for = word == "for";
    if (is_one_of(word, {"insert", "update", "delete", "merge", "into"})) changes = true;
    if (word == "analyze") analyzes = true;
  });
  if (is_one_of(first, {"show", "fetch"})) return shape;
  if (first == "explain") {
    shape.is_write = analyzes && changes;
  } else if (is_one_of(first, {"select", "values", "table", "with"})) {
    shape.is_write = locks || changes;
    shape.is_query = !shape.is_write;
  } else {
    shape.is_write = true;
  }
  return shape;
}

}  // namespace moonbase::dialect::postgresql
