#include <algorithm>

#include "bindings/syntax/parser.h"

namespace moonbase::syntax {

namespace {

Completeness of(const Source& source, void (Parser::*walk)()) {
  const Options options;
  Edits edits;
  Parser parser(source, options, edits);
  (parser.*walk)();
  if (parser.failed() && !parser.failed_at_end()) {
    return Completeness::kWrong;
  }
  return parser.failed() || source.unfinished ? Completeness::kIncomplete : Completeness::kComplete;
}

}  // namespace

Completeness completeness(std::string_view text) {
  if (text.size() > kMaxSourceSize) {
    return Completeness::kWrong;
  }
  const Source source(text, FirstLine::kShebang);
  // The enumerators go from the best to the worst.
  return std::min(of(source, &Parser::chunk), of(source, &Parser::expressions));
}

}  // namespace moonbase::syntax
