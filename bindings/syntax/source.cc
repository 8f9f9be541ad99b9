#include "bindings/syntax/source.h"

#include <algorithm>

namespace moonbase::syntax {

Source::Source(std::string_view text_given, FirstLine first_line) : text(text_given) {
  // Four bytes a token, blanks included, are usual; more than a megabyte at once is not asked for.
  pieces.reserve(std::min<size_t>(text.size() / 4 + 16, 1 << 16));
  Lexer lexer(text, first_line);
  for (;;) {
    const Lexeme lexeme = lexer.next();
    unfinished = unfinished || lexeme.unfinished;
    if (lexeme.kind == Kind::kComment) {
      continue;
    }
    marks |= lexeme.marks;
    pieces.push_back({.begin = static_cast<uint32_t>(lexeme.begin),
                      .end = static_cast<uint32_t>(lexeme.end),
                      .line = lexeme.line,
                      .kind = lexeme.kind,
                      .marks = lexeme.marks});
    if (lexeme.kind == Kind::kEof) {
      return;
    }
  }
}

}  // namespace moonbase::syntax
