#include "shell/editor/style.h"

namespace moonbase::editor {

namespace {

std::string_view coloured(Style style) {
  switch (style) {
    case Style::kPlain:
    case Style::kMenu:
      return "";
    case Style::kKeyword:
      return "35";
    case Style::kConstant:
    case Style::kNumber:
      return "33";
    case Style::kString:
      return "32";
    case Style::kComment:
    case Style::kContinuation:
    case Style::kGhost:
    case Style::kHint:
      return "2";
    case Style::kKnownName:
      return "1";
    case Style::kCommand:
      return "36";
    case Style::kInvalid:
      return "4;31";
    case Style::kPrompt:
      return "1;36";
    case Style::kMatch:
    case Style::kMenuChosen:
      return "7";
  }
  return "";
}

}  // namespace

std::string_view sgr(Style style, bool colours) {
  if (colours) return coloured(style);
  switch (style) {
    case Style::kKeyword:
    case Style::kConstant:
    case Style::kNumber:
    case Style::kString:
    case Style::kCommand:
      return "";
    case Style::kInvalid:
      return "4";
    case Style::kPrompt:
      return "1";
    default:
      return coloured(style);
  }
}

}  // namespace moonbase::editor
