#include <cstdio>
#include <exception>

#include <fcntl.h>
#include <unistd.h>

#include "shell/command_line.h"
#include "shell/program.h"

namespace {

// The next file that is opened, the database for one, would have the number of a closed stream, and
// what is printed would go into it.
void open_closed_streams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) < 0) open("/dev/null", O_RDWR);
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_closed_streams();
  try {
    auto parsed = moonbase::shell::parse_command_line(argc, argv);
    return parsed.options ? moonbase::shell::run_program(*parsed.options) : parsed.exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "moonbase: %s\n", error.what());
  } catch (...) {
    // Lua's own exception, raised where nothing protects: memory ran out.
    std::fputs("moonbase: stopped by an error that could not be told\n", stderr);
  }
  return 1;
}
