// Random keys for the editor at random sizes: whatever was typed, the screen equals a full repaint
// of the editor's state.
#pragma once

namespace moonbase::editor {

void fuzz_editor(unsigned seed, int keys);

}  // namespace moonbase::editor
