// A text edited by a program of the person's choice: $VISUAL, $EDITOR, or vi. The terminal must be
// in the mode in which programs expect it.
#pragma once

#include <string>

namespace moonbase::editor {

// Changes `text` to what was saved. Returns what went wrong, in words for the person; empty when
// all went well. Then `text` is as it was.
std::string edit_externally(std::string& text);

}  // namespace moonbase::editor
