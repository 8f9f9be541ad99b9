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

std::optional<size_t> mistake(std::string_view text) {
  if (text.size() > kMaxSourceSize) {
    return std::nullopt;
  }
  const Source source(text, FirstLine::kShebang);
  std::optional<size_t> furthest;
  for (const auto walk : {&Parser::chunk, &Parser::expressions}) {
    const Options options;
    Edits edits;
    Parser parser(source, options, edits);
    (parser.*walk)();
    if (!parser.failed()) {
      return source.unfinished ? std::optional(tokens(text).back().begin) : std::nullopt;
    }
    furthest = std::max(furthest.value_or(0),
                        parser.failed_at_end() ? text.size() : parser.failed_piece().begin);
  }
  return furthest;
}

}  // namespace moonbase::syntax
