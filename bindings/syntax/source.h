// A text and its tokens in the form that the parser walks over: compact, without comments. Owned by
// one call; the text must outlive it. Only std::bad_alloc leaves it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "bindings/syntax/lexer.h"

namespace moonbase::syntax {

struct Piece {
  uint32_t begin = 0, end = 0;
  int line = 1;
  Kind kind = Kind::kEof;
  Marks marks = 0;
};

struct Source {
  // `text` of less than 4 GB.
  Source(std::string_view text, FirstLine first_line);

  std::string_view text_of(const Piece& piece) const {
    return text.substr(piece.begin, piece.end - piece.begin);
  }

  std::string_view text;
  // Ends with one of the kind kEof.
  std::vector<Piece> pieces;
  // Of all names together.
  Marks marks = 0;
  // The last token or comment has no end.
  bool unfinished = false;
};

inline constexpr size_t kMaxSourceSize = UINT32_MAX - 1;

}  // namespace moonbase::syntax
