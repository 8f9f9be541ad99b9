#include "shell/editor/highlight.h"

#include <algorithm>

#include "bindings/syntax/syntax.h"

namespace moonbase::editor {

namespace {

using syntax::Token;
using syntax::TokenClass;

constexpr size_t kStep = 2;
constexpr size_t kDeepest = 20;

std::string_view text_of(std::string_view text, const Token& token) {
  return text.substr(token.begin, token.end - token.begin);
}

Style style_of(TokenClass cls) {
  switch (cls) {
    case TokenClass::kKeyword:
      return Style::kKeyword;
    case TokenClass::kConstant:
      return Style::kConstant;
    case TokenClass::kNumber:
      return Style::kNumber;
    case TokenClass::kString:
      return Style::kString;
    case TokenClass::kComment:
      return Style::kComment;
    case TokenClass::kInvalid:
      return Style::kInvalid;
    case TokenClass::kName:
    case TokenClass::kOperator:
      return Style::kPlain;
  }
  return Style::kPlain;
}

bool is_opening(std::string_view text) { return text == "(" || text == "[" || text == "{"; }
bool is_closing(std::string_view text) { return text == ")" || text == "]" || text == "}"; }

// A name behind `.` or `:` is a field.
bool is_field(std::string_view text, const Token* before) {
  return before != nullptr && (text_of(text, *before) == "." || text_of(text, *before) == ":");
}

std::vector<Style> command_styles(std::string_view text) {
  std::vector<Style> styles(text.size(), Style::kPlain);
  size_t end = std::min(text.find_first_of(" \t\n"), text.size());
  std::fill_n(styles.begin(), end, Style::kCommand);
  return styles;
}

// The lines of the blocks and brackets that are open behind the tokens, in order; what closes more
// than was opened counts for nothing.
std::vector<int> open_lines(std::string_view text, const std::vector<Token>& tokens) {
  std::vector<int> lines;
  for (const Token& token : tokens) {
    if (token.cls != TokenClass::kKeyword && token.cls != TokenClass::kOperator) continue;
    std::string_view word = text_of(text, token);
    bool closes = is_closing(word) || word == "end" || word == "until" || word == "elseif";
    if (closes && !lines.empty()) lines.pop_back();
    // `do` opens the block of `for` and `while`, `then` those of `if` and `elseif`.
    bool opens = is_opening(word) || word == "do" || word == "then" || word == "function" ||
                 word == "repeat";
    if (opens) lines.push_back(token.line);
  }
  return lines;
}

// However many of them one line opened, `f({` is one step.
size_t width_of(std::vector<int> lines) {
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return kStep * std::min(lines.size(), kDeepest);
}

}  // namespace

std::vector<Style> highlight(std::string_view text, const KnownName& known) {
  if (text.starts_with(':')) return command_styles(text);
  std::vector<Style> styles(text.size(), Style::kPlain);
  const std::vector<Token> tokens = syntax::tokens(text);
  const Token* before = nullptr;
  for (const Token& token : tokens) {
    Style style = style_of(token.cls);
    std::string_view word = text_of(text, token);
    if (token.cls == TokenClass::kName && !is_field(text, before) && known && known(word))
      style = Style::kKnownName;
    std::fill(styles.begin() + static_cast<ptrdiff_t>(token.begin),
              styles.begin() + static_cast<ptrdiff_t>(token.end), style);
    if (token.unfinished && token.cls != TokenClass::kComment)
      styles[token.begin] = Style::kInvalid;
    before = &token;
  }
  // `x?` and `x??` are no mistakes.
  size_t marks = 0, last = tokens.size();
  for (; last > 1 && marks <= 2; --last) {
    const Token& token = tokens[last - 1];
    if (token.cls == TokenClass::kComment) continue;
    if (text_of(text, token) != "?") break;
    ++marks;
  }
  for (size_t i = last; i < tokens.size() && marks <= 2; ++i)
    if (tokens[i].cls == TokenClass::kInvalid) styles[tokens[i].begin] = Style::kCommand;
  return styles;
}

std::optional<std::pair<size_t, size_t>> matching_brackets(std::string_view text, size_t cursor) {
  const std::vector<Token> tokens = syntax::tokens(text);
  std::vector<size_t> open;
  std::optional<std::pair<size_t, size_t>> before_cursor;
  for (const Token& token : tokens) {
    if (token.cls != TokenClass::kOperator) continue;
    std::string_view word = text_of(text, token);
    if (is_opening(word)) open.push_back(token.begin);
    if (!is_closing(word) || open.empty()) continue;
    size_t begin = open.back();
    open.pop_back();
    char partner = word == ")" ? '(' : word == "]" ? '[' : '{';
    if (text[begin] != partner) continue;
    std::pair pair{begin, token.begin};
    if (begin == cursor || token.begin == cursor) return pair;
    if (begin + 1 == cursor || token.begin + 1 == cursor) before_cursor = pair;
  }
  return before_cursor;
}

size_t indentation_after(std::string_view before) {
  const std::vector<Token> tokens = syntax::tokens(before);
  // Blanks in a long string are part of it.
  if (!tokens.empty() && tokens.back().unfinished) return 0;
  return width_of(open_lines(before, tokens));
}

size_t indentation_of(std::string_view before, std::string_view line) {
  const std::vector<Token> tokens = syntax::tokens(line);
  std::string_view first = tokens.empty() ? "" : text_of(line, tokens.front());
  bool closes = is_closing(first) || first == "end" || first == "until" || first == "else" ||
                first == "elseif";
  if (!closes) return indentation_after(before);
  std::vector<int> lines = open_lines(before, syntax::tokens(before));
  // Where the line stands that opened what this one closes.
  if (!lines.empty()) {
    int opened = lines.back();
    std::erase(lines, opened);
  }
  return width_of(std::move(lines));
}

}  // namespace moonbase::editor
