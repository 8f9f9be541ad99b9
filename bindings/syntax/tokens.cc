#include "bindings/syntax/lexer.h"
#include "bindings/syntax/syntax.h"

namespace moonbase::syntax {

namespace {

TokenClass class_of(Kind kind) {
  switch (kind) {
    case Kind::kName:
      return TokenClass::kName;
    case Kind::kNumber:
      return TokenClass::kNumber;
    case Kind::kString:
      return TokenClass::kString;
    case Kind::kComment:
      return TokenClass::kComment;
    case Kind::kNil:
    case Kind::kTrue:
    case Kind::kFalse:
      return TokenClass::kConstant;
    case Kind::kEof:
    case Kind::kInvalid:
      return TokenClass::kInvalid;
    default:
      return kind < Kind::kPlus ? TokenClass::kKeyword : TokenClass::kOperator;
  }
}

}  // namespace

std::vector<Token> tokens(std::string_view text) {
  std::vector<Token> found;
  Lexer lexer(text, FirstLine::kShebang);
  for (Lexeme lexeme = lexer.next(); lexeme.kind != Kind::kEof; lexeme = lexer.next()) {
    found.push_back({.cls = class_of(lexeme.kind),
                     .unfinished = lexeme.unfinished,
                     .begin = lexeme.begin,
                     .end = lexeme.end,
                     .line = lexeme.line});
  }
  return found;
}

}  // namespace moonbase::syntax
