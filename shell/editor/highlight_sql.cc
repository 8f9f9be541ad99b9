// SQL as it is coloured: what both dialects write alike, by its form; a table of the usual words.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "orm/base/text.h"
#include "shell/editor/highlight.h"

namespace moonbase::editor {

namespace {

// Sorted.
constexpr auto kWords = std::to_array<std::string_view>({
    "abort",     "add",       "all",        "alter",         "analyze",   "and",       "any",
    "as",        "asc",       "attach",     "autoincrement", "before",    "begin",     "between",
    "by",        "cascade",   "case",       "cast",          "check",     "collate",   "column",
    "commit",    "conflict",  "constraint", "create",        "cross",     "database",  "default",
    "delete",    "desc",      "detach",     "distinct",      "do",        "drop",      "else",
    "end",       "escape",    "except",     "exists",        "explain",   "filter",    "foreign",
    "from",      "full",      "glob",       "grant",         "group",     "having",    "if",
    "ilike",     "in",        "index",      "inner",         "insert",    "intersect", "into",
    "is",        "join",      "key",        "lateral",       "left",      "like",      "limit",
    "merge",     "natural",   "not",        "nothing",       "of",        "offset",    "on",
    "or",        "order",     "outer",      "over",          "partition", "plan",      "pragma",
    "primary",   "query",     "recursive",  "references",    "reindex",   "release",   "rename",
    "replace",   "returning", "revoke",     "right",         "rollback",  "row",       "rows",
    "savepoint", "select",    "set",        "show",          "some",      "table",     "temp",
    "temporary", "then",      "to",         "transaction",   "trigger",   "truncate",  "union",
    "unique",    "update",    "using",      "vacuum",        "values",    "view",      "when",
    "where",     "window",    "with",
});
static_assert(std::is_sorted(kWords.begin(), kWords.end()));

constexpr auto kConstants = std::to_array<std::string_view>(
    {"current_date", "current_time", "current_timestamp", "false", "null", "true"});

bool is_word(char c) {
  return c == '_' || (c & 0x80) != 0 || std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

Style style_of_word(std::string_view word) {
  std::string lower = base::lower(std::string(word));
  if (std::binary_search(kWords.begin(), kWords.end(), lower)) return Style::kKeyword;
  bool constant = std::binary_search(kConstants.begin(), kConstants.end(), lower);
  return constant ? Style::kConstant : Style::kPlain;
}

// The end of what begins at `at` with these characters and ends with `closing`, and whether it does
// end.
struct Enclosed {
  size_t end;
  bool closed;
};
Enclosed enclosed(std::string_view text, size_t from, std::string_view closing) {
  size_t at = text.find(closing, from);
  if (at == std::string_view::npos) return {text.size(), false};
  return {at + closing.size(), true};
}

class SqlPainter {
 public:
  explicit SqlPainter(std::string_view text) : text_(text), styles_(text.size(), Style::kPlain) {}

  std::vector<Style> run() {
    while (at_ < text_.size()) step();
    return std::move(styles_);
  }

 private:
  void paint(size_t end, Style style) {
    std::fill(styles_.begin() + static_cast<ptrdiff_t>(at_),
              styles_.begin() + static_cast<ptrdiff_t>(end), style);
    at_ = end;
  }

  void paint_enclosed(size_t opening, std::string_view closing, Style style) {
    auto [end, closed] = enclosed(text_, at_ + opening, closing);
    size_t begin = at_;
    paint(end, style);
    if (!closed && style != Style::kComment) styles_[begin] = Style::kInvalid;
  }

  size_t end_of(bool (*belongs)(char)) const {
    size_t end = at_;
    while (end < text_.size() && belongs(text_[end])) ++end;
    return end;
  }

  void step() {
    char c = text_[at_];
    std::string_view two = text_.substr(at_, 2);
    if (c == '\'') return paint_enclosed(1, "'", Style::kString);
    if (c == '"' || c == '`') return paint_enclosed(1, text_.substr(at_, 1), Style::kPlain);
    if (two == "--") return paint(std::min(text_.find('\n', at_), text_.size()), Style::kComment);
    if (two == "/*") return paint_enclosed(2, "*/", Style::kComment);
    if (is_digit(c)) {
      auto belongs = [](char d) { return is_word(d) || d == '.'; };
      return paint(end_of(belongs), Style::kNumber);
    }
    if (is_word(c)) {
      size_t end = end_of(is_word);
      // A column that is called like a word of SQL, behind its table.
      bool member = at_ > 0 && text_[at_ - 1] == '.';
      return paint(end, member ? Style::kPlain : style_of_word(text_.substr(at_, end - at_)));
    }
    ++at_;
  }

  std::string_view text_;
  std::vector<Style> styles_;
  size_t at_ = 0;
};

}  // namespace

std::vector<Style> highlight_sql(std::string_view text) { return SqlPainter(text).run(); }

}  // namespace moonbase::editor
