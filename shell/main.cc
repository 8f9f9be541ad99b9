#include <cstdio>
#include <exception>

#include "shell/command_line.h"
#include "shell/program.h"

int main(int argc, char** argv) {
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
