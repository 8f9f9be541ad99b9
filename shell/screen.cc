#include "shell/screen.h"

#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "shell/editor/terminal.h"

namespace moonbase::shell {
namespace {

constexpr size_t kUsualWidth = 80;

void write(FILE* file, std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); }

Mode find_mode() {
  if (std::getenv("MOONBASE_TRANSCRIPT") != nullptr) return Mode::kTranscript;
  return isatty(STDIN_FILENO) != 0 ? Mode::kTerminal : Mode::kScript;
}

}  // namespace

Screen::Screen() : mode_(find_mode()) {}

size_t Screen::width() const {
  winsize size{};
  bool known = mode_ != Mode::kTranscript && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known && size.ws_col != 0 ? size.ws_col : kUsualWidth;
}

size_t Screen::fold_width() const {
  return mode_ != Mode::kTranscript && isatty(STDOUT_FILENO) != 0 ? width() : 0;
}

size_t Screen::height() const {
  winsize size{};
  bool known = mode_ == Mode::kTerminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known ? size.ws_row : 0;
}

bool Screen::colours() const {
  const char* terminal = std::getenv("TERM");
  bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return mode_ != Mode::kTranscript && !dumb && editor::Terminal::has_colours() &&
         isatty(STDOUT_FILENO) != 0;
}

void Screen::value(std::string_view text) const {
  write(stdout, text);
  write(stdout, "\n");
}

void Screen::remark(std::string_view text) const {
  FILE* file = mode_ == Mode::kTranscript ? stdout : stderr;
  // What was printed before it appears before it.
  std::fflush(stdout);
  write(file, text);
  write(file, "\n");
}

void Screen::prompt(std::string_view text) {
  bool to_stdout = mode_ == Mode::kTranscript || isatty(STDOUT_FILENO) != 0;
  std::fflush(stdout);
  write(to_stdout ? stdout : stderr, text);
  std::fflush(stdout);
}

bool Screen::finish() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

void Screen::typed(std::string_view line) {
  if (mode_ == Mode::kTranscript) value(line);
}

}  // namespace moonbase::shell
