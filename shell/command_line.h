// From argv to Options. The only user of CLI11.
#pragma once

#include <optional>

#include "shell/options.h"

namespace moonbase::shell {

// The exit code of a command line that makes no sense.
inline constexpr int kUsageExit = 2;

struct ParsedCommandLine {
  std::optional<Options> options;  // nothing: all was said already (--help, a mistake)
  int exit_code = 0;               // for that case
};

// Prints help and version on standard output, mistakes with the nearest right word on standard
// error.
ParsedCommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace moonbase::shell
