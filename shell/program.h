// The program, once its command line is read: makes the Lua state, loads the app, does what was
// asked. Called once, on the main thread.
#pragma once

#include "shell/options.h"

namespace moonbase::shell {

// Returns the exit code: 0, 1 after an error (which it has shown), 130 after Ctrl-C.
int run_program(const Options& options);

}  // namespace moonbase::shell
