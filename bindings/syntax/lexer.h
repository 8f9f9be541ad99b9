// Lua's tokens, one after the other, with Lua's own rules for what a number, a string and a line
// are. A Lexer belongs to one call; it reads the text it was given, which must outlive it. Nothing
// throws: what Lua refuses is a token of the kind kInvalid.
#pragma once

#include <cstddef>
#include <string_view>

#include "bindings/syntax/words.h"

namespace moonbase::syntax {

struct Lexeme {
  size_t begin = 0, end = 0;
  int line = 1;
  Kind kind = Kind::kEof;
  Marks marks = 0;
  // A string or a long comment that the text ends before it does.
  bool unfinished = false;
};

// What a file may begin with; skipped.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Which first line is none of Lua's: any that begins with `#`, as in a file, or `#!` only, as at
// the prompt, where `#t` is a length.
enum class FirstLine : uint8_t { kHash, kShebang };

class Lexer {
 public:
  Lexer(std::string_view text, FirstLine first_line);

  // The next token or comment; kEof at the end of the text, again and again.
  Lexeme next();

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool at_end() const { return at_ >= text_.size(); }

  void skip_blanks();
  void skip_line_end();
  void skip_line();
  void word(Lexeme& lexeme);
  void number(Lexeme& lexeme);
  void short_string(Lexeme& lexeme);
  bool escape();
  bool hex_escape();
  bool decimal_escape();
  bool utf8_escape();
  void comment(Lexeme& lexeme);
  void bracket(Lexeme& lexeme);
  // The `=` of a long bracket that opens here, or -1.
  long long_bracket_level() const;
  bool skip_long_bracket(size_t level);
  void punctuation(Lexeme& lexeme);

  std::string_view text_;
  bool foreign_line_ = false;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace moonbase::syntax
