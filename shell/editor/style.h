// How a piece of the screen looks, by what it is. Plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace moonbase::editor {

enum class Style : uint8_t {
  kPlain,
  kKeyword,
  kConstant,
  kString,
  kNumber,
  kComment,
  kKnownName,  // a global that exists
  kCommand,    // `:help`
  kInvalid,    // what Lua would refuse, the quote of a string without an end
  kMatch,      // two brackets that belong together; what a search found
  kPrompt,
  kContinuation,
  kGhost,  // what the history suggests
  kMenu,
  kMenuChosen,
  kHint,
};

// The parameters of the escape sequence that begins a style, empty for kPlain. Without `colours`
// only bold, dim, underlined and reverse are used.
std::string_view sgr(Style style, bool colours);

}  // namespace moonbase::editor
