#include "shell/editor/external.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/editor/keys.h"

namespace moonbase::editor {

namespace {

namespace fs = std::filesystem;

// A file that is gone when this ends.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::error_code error;
    fs::path folder = fs::temp_directory_path(error);
    path_ = (error ? fs::path("/tmp") : folder) / "moonbase-XXXXXX.lua";
    descriptor_ = mkstemps(path_.data(), 4);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ < 0) return;
    close(descriptor_);
    unlink(path_.c_str());
  }

  bool is_open() const { return descriptor_ >= 0; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
};

// A Ctrl-C at the other program's screen is none of ours.
class IgnoredInterrupts {
 public:
  IgnoredInterrupts() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGINT, &ignore, &interrupt_);
    sigaction(SIGQUIT, &ignore, &quit_);
  }
  IgnoredInterrupts(const IgnoredInterrupts&) = delete;
  IgnoredInterrupts& operator=(const IgnoredInterrupts&) = delete;
  ~IgnoredInterrupts() {
    sigaction(SIGINT, &interrupt_, nullptr);
    sigaction(SIGQUIT, &quit_, nullptr);
  }

 private:
  struct sigaction interrupt_ {};
  struct sigaction quit_ {};
};

std::string chosen_program() {
  for (const char* name : {"VISUAL", "EDITOR"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "vi";
}

// The exit code; -1 when the program could not be started or was stopped by a signal.
int run_program(const std::string& program, const std::string& path) {
  IgnoredInterrupts ignored;
  // The value may have arguments ("code --wait"): the shell takes them apart.
  std::string command = "exec " + program + " \"$1\"";
  std::array<const char*, 6> arguments = {"sh", "-c", command.c_str(), "sh", path.c_str(), nullptr};
  pid_t child = fork();
  if (child == 0) {
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    execv("/bin/sh", const_cast<char* const*>(arguments.data()));
    _exit(127);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

std::string edit_externally(std::string& text) {
  TemporaryFile file;
  if (!file.is_open()) return std::string("no temporary file: ") + std::strerror(errno);
  std::ofstream(file.path()) << text << '\n';
  std::string program = chosen_program();
  int code = run_program(program, file.path());
  if (code != 0) return program + " failed (EDITOR names another program); nothing was changed";
  std::ifstream edited(file.path());
  if (!edited) return program + " left no file; nothing was changed";
  std::ostringstream content;
  content << edited.rdbuf();
  text = clean_paste(content.str());
  while (text.ends_with('\n')) text.pop_back();
  return {};
}

}  // namespace moonbase::editor
