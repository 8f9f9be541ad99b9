// Statements of the echo in colour. A pure function, any thread; nothing throws but bad_alloc.
#pragma once

#include <string>
#include <string_view>

namespace moonbase::shell {

/// A line of the echo ("  0.31 ms  SELECT 1"), the time dim and the SQL coloured as at the prompt,
/// with the escape sequences that do it. The line has no control characters.
std::string coloured_statement(std::string_view line);

}  // namespace moonbase::shell
