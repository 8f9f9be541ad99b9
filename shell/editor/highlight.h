// What an input looks like while it is typed: colours, brackets that belong together, indentation.
// Pure functions of the text, any thread; nothing throws but bad_alloc and what the callback
// throws.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "shell/editor/style.h"

namespace moonbase::editor {

// Whether a name is a global that exists.
using KnownName = std::function<bool(std::string_view)>;

// The style of each byte.
std::vector<Style> highlight(std::string_view text, const KnownName& known);

// The same for a text of SQL.
std::vector<Style> highlight_sql(std::string_view text);

// The bracket at the cursor, or else before it, and its partner; nothing when it has none.
std::optional<std::pair<size_t, size_t>> matching_brackets(std::string_view text, size_t cursor);

// Blanks that a new line behind `before` begins with: two for each open block or bracket.
size_t indentation_after(std::string_view before);

// Where a line that begins like `line` belongs: a step to the left for `end`, `else`, `}` and the
// like. `before` is the text above it.
size_t indentation_of(std::string_view before, std::string_view line);

}  // namespace moonbase::editor
