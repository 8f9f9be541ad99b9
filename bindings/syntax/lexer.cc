#include "bindings/syntax/lexer.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace moonbase::syntax {

namespace {

// Lua's own table of characters, in every locale: letters are those of ASCII.
enum : uint8_t { kBlank = 1, kLineEnd = 2, kLetter = 4, kDigit = 8, kHexDigit = 16 };

constexpr std::array<uint8_t, 256> make_traits() {
  std::array<uint8_t, 256> traits{};
  for (const char c : {' ', '\t', '\v', '\f'}) {
    traits[static_cast<uint8_t>(c)] = kBlank;
  }
  traits['\n'] = traits['\r'] = kBlank | kLineEnd;
  for (unsigned c = 'a'; c <= 'z'; ++c) {
    const uint8_t letter = c <= 'f' ? kLetter | kHexDigit : kLetter;
    traits[c] = traits[c - 'a' + 'A'] = letter;
  }
  traits['_'] = kLetter;
  for (unsigned c = '0'; c <= '9'; ++c) {
    traits[c] = kDigit | kHexDigit;
  }
  return traits;
}

constexpr std::array<uint8_t, 256> kTraits = make_traits();

bool is(char c, int traits) { return (kTraits[static_cast<uint8_t>(c)] & traits) != 0; }

// Digits of the given sort, from `at` on; where they end.
size_t skip_digits(std::string_view text, size_t at, int sort) {
  while (at < text.size() && is(text[at], sort)) {
    ++at;
  }
  return at;
}

// True for `digits [. digits] [exponent]` with a digit before the exponent, in ten or (behind `0x`)
// in sixteen.
bool is_numeral(std::string_view text) {
  const bool hex = text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const int sort = hex ? kHexDigit : kDigit;
  const size_t begin = hex ? 2 : 0;
  size_t at = skip_digits(text, begin, sort);
  size_t digits = at - begin;
  if (at < text.size() && text[at] == '.') {
    const size_t fraction = at + 1;
    at = skip_digits(text, fraction, sort);
    digits += at - fraction;
  }
  if (digits == 0 || at == text.size()) {
    return digits > 0;
  }
  const char mark = static_cast<char>(text[at] | 0x20);
  if (mark != (hex ? 'p' : 'e')) {
    return false;
  }
  ++at;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    ++at;
  }
  return at < text.size() && skip_digits(text, at, kDigit) == text.size();
}

}  // namespace

Lexer::Lexer(std::string_view text, FirstLine first_line) : text_(text) {
  at_ = text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  foreign_line_ = peek() == '#' && (first_line == FirstLine::kHash || peek(1) == '!');
}

Lexeme Lexer::next() {
  Lexeme lexeme;
  skip_blanks();
  lexeme.begin = at_;
  lexeme.line = line_;
  const char c = peek();
  if (at_end()) {
    lexeme.kind = Kind::kEof;
  } else if (foreign_line_) {
    foreign_line_ = false;
    lexeme.kind = Kind::kComment;
    skip_line();
  } else if (is(c, kLetter)) {
    word(lexeme);
  } else if (is(c, kDigit) || (c == '.' && is(peek(1), kDigit))) {
    number(lexeme);
  } else if (c == '"' || c == '\'') {
    short_string(lexeme);
  } else if (c == '-' && peek(1) == '-') {
    comment(lexeme);
  } else if (c == '[') {
    bracket(lexeme);
  } else {
    punctuation(lexeme);
  }
  lexeme.end = at_;
  return lexeme;
}

void Lexer::skip_blanks() {
  while (!at_end() && is(text_[at_], kBlank)) {
    if (is(text_[at_], kLineEnd)) {
      skip_line_end();
    } else {
      ++at_;
    }
  }
}

// "\r\n" and "\n\r" end one line.
void Lexer::skip_line_end() {
  const char first = text_[at_++];
  if (!at_end() && is(text_[at_], kLineEnd) && text_[at_] != first) {
    ++at_;
  }
  ++line_;
}

void Lexer::skip_line() {
  while (!at_end() && !is(text_[at_], kLineEnd)) {
    ++at_;
  }
}

void Lexer::word(Lexeme& lexeme) {
  at_ = skip_digits(text_, at_, kLetter | kDigit);
  const Word word = find_word(text_.substr(lexeme.begin, at_ - lexeme.begin));
  lexeme.kind = word.kind;
  lexeme.marks = word.marks;
}

// Takes all that could belong to a number before it asks whether it is one, as Lua does: `3..2` and
// `0x1g` are malformed numbers.
void Lexer::number(Lexeme& lexeme) {
  const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
  const char exponent = hex ? 'p' : 'e';
  at_ += hex ? 2 : 0;
  for (;;) {
    const char c = peek();
    if (c != '\0' && (c | 0x20) == exponent) {
      ++at_;
      at_ += peek() == '+' || peek() == '-' ? 1 : 0;
    } else if (is(c, kHexDigit) || c == '.') {
      ++at_;
    } else {
      break;
    }
  }
  at_ = skip_digits(text_, at_, kLetter | kDigit);
  const bool valid = is_numeral(text_.substr(lexeme.begin, at_ - lexeme.begin));
  lexeme.kind = valid ? Kind::kNumber : Kind::kInvalid;
}

// Ends before the line end that it must not contain.
void Lexer::short_string(Lexeme& lexeme) {
  const char quote = text_[at_++];
  bool valid = true;
  while (!at_end() && text_[at_] != quote) {
    if (text_[at_] == '\\') {
      valid = escape() && valid;
    } else if (is(text_[at_], kLineEnd)) {
      lexeme.kind = Kind::kInvalid;
      return;
    } else {
      ++at_;
    }
  }
  lexeme.kind = valid ? Kind::kString : Kind::kInvalid;
  lexeme.unfinished = at_end();
  at_ += at_end() ? 0 : 1;
}

// False for what Lua refuses; an escape that the end of the text cuts off is not yet wrong.
bool Lexer::escape() {
  ++at_;
  if (at_end()) {
    return true;
  }
  const char c = text_[at_];
  if (is(c, kLineEnd)) {
    skip_line_end();
    return true;
  }
  if (is(c, kDigit)) {
    return decimal_escape();
  }
  ++at_;
  switch (c) {
    case 'x':
      return hex_escape();
    case 'u':
      return utf8_escape();
    case 'z':
      skip_blanks();
      return true;
    default:
      return std::string_view("abfnrtv\\\"'").find(c) != std::string_view::npos;
  }
}

bool Lexer::hex_escape() {
  for (int digit = 0; digit < 2 && !at_end(); ++digit, ++at_) {
    if (!is(text_[at_], kHexDigit)) {
      return false;
    }
  }
  return true;
}

bool Lexer::decimal_escape() {
  int value = 0;
  for (int digit = 0; digit < 3 && is(peek(), kDigit); ++digit, ++at_) {
    value = value * 10 + (text_[at_] - '0');
  }
  return value <= 255;
}

// `\u{XXX}` up to 2^31.
bool Lexer::utf8_escape() {
  if (at_end()) {
    return true;
  }
  if (text_[at_] != '{') {
    return false;
  }
  const size_t begin = ++at_;
  at_ = skip_digits(text_, at_, kHexDigit);
  const std::string_view digits = text_.substr(begin, at_ - begin);
  const size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
  const size_t significant = digits.size() - zeros;
  if (significant > 8 || (significant == 8 && digits[zeros] > '7')) {
    return false;
  }
  if (at_end()) {
    return true;
  }
  const bool closed = !digits.empty() && text_[at_] == '}';
  at_ += closed ? 1 : 0;
  return closed;
}

void Lexer::comment(Lexeme& lexeme) {
  lexeme.kind = Kind::kComment;
  at_ += 2;
  const long level = peek() == '[' ? long_bracket_level() : -1;
  if (level < 0) {
    skip_line();
  } else {
    lexeme.unfinished = !skip_long_bracket(static_cast<size_t>(level));
  }
}

// A long string, or the bracket of an index, or `[=`, which is neither.
void Lexer::bracket(Lexeme& lexeme) {
  const long level = long_bracket_level();
  if (level >= 0) {
    lexeme.kind = Kind::kString;
    lexeme.unfinished = !skip_long_bracket(static_cast<size_t>(level));
    return;
  }
  ++at_;
  lexeme.kind = peek() == '=' ? Kind::kInvalid : Kind::kLeftBracket;
}

long Lexer::long_bracket_level() const {
  size_t level = 0;
  while (peek(level + 1) == '=') {
    ++level;
  }
  return peek(level + 1) == '[' ? static_cast<long>(level) : -1;
}

// False when the text ends first.
bool Lexer::skip_long_bracket(size_t level) {
  at_ += level + 2;
  while (!at_end()) {
    const char c = text_[at_];
    if (is(c, kLineEnd)) {
      skip_line_end();
      continue;
    }
    ++at_;
    if (c != ']') {
      continue;
    }
    size_t equals = 0;
    while (equals < level && peek(equals) == '=') {
      ++equals;
    }
    if (equals == level && peek(level) == ']') {
      at_ += level + 1;
      return true;
    }
  }
  return false;
}

namespace {

struct Operator {
  Kind kind;
  size_t length;
};

Operator one_or_two(char next, char second, Kind both, Kind one) {
  return next == second ? Operator{both, 2} : Operator{one, 1};
}

Operator dots(char next, char after) {
  if (next != '.') {
    return {Kind::kDot, 1};
  }
  return after == '.' ? Operator{Kind::kEllipsis, 3} : Operator{Kind::kConcat, 2};
}

// One of the angles: `<`, `<=` or `<<`.
Operator angle(char c, char next) {
  const bool less = c == '<';
  if (next == '=') {
    return {less ? Kind::kLessEqual : Kind::kGreaterEqual, 2};
  }
  if (next == c) {
    return {less ? Kind::kShiftLeft : Kind::kShiftRight, 2};
  }
  return {less ? Kind::kLess : Kind::kGreater, 1};
}

constexpr std::array<Kind, 256> make_singles() {
  std::array<Kind, 256> singles{};
  singles.fill(Kind::kInvalid);
  singles['+'] = Kind::kPlus;
  singles['-'] = Kind::kMinus;
  singles['*'] = Kind::kStar;
  singles['%'] = Kind::kPercent;
  singles['^'] = Kind::kCaret;
  singles['#'] = Kind::kHash;
  singles['&'] = Kind::kAmpersand;
  singles['|'] = Kind::kPipe;
  singles['('] = Kind::kLeftParen;
  singles[')'] = Kind::kRightParen;
  singles['{'] = Kind::kLeftBrace;
  singles['}'] = Kind::kRightBrace;
  singles[']'] = Kind::kRightBracket;
  singles[';'] = Kind::kSemicolon;
  singles[','] = Kind::kComma;
  return singles;
}

constexpr std::array<Kind, 256> kSingles = make_singles();

Operator operator_at(char c, char next, char after) {
  switch (c) {
    case '=':
      return one_or_two(next, '=', Kind::kEqual, Kind::kAssign);
    case '~':
      return one_or_two(next, '=', Kind::kNotEqual, Kind::kTilde);
    case '/':
      return one_or_two(next, '/', Kind::kFloorDivide, Kind::kSlash);
    case ':':
      return one_or_two(next, ':', Kind::kDoubleColon, Kind::kColon);
    case '<':
    case '>':
      return angle(c, next);
    case '.':
      return dots(next, after);
    default:
      return {kSingles[static_cast<uint8_t>(c)], 1};
  }
}

}  // namespace

void Lexer::punctuation(Lexeme& lexeme) {
  const Operator found = operator_at(peek(), peek(1), peek(2));
  lexeme.kind = found.kind;
  at_ += found.length;
  // One token for the bytes of a character, or of a run of them, that is not ASCII.
  if (found.kind == Kind::kInvalid && (text_[lexeme.begin] & 0x80) != 0) {
    while (!at_end() && (text_[at_] & 0x80) != 0) {
      ++at_;
    }
  }
}

}  // namespace moonbase::syntax
