#include "shell/editor/terminal.h"

#include <array>
#include <cerrno>
#include <cstdlib>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shell/signal_guard.h"

namespace moonbase::editor {

namespace {

constexpr std::string_view kPasteOn = "\x1b[?2004h";
constexpr std::string_view kPasteOff = "\x1b[?2004l";

constexpr std::array kSignals = {SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH};

// Which of them came; of the process, as signals are.
std::array<volatile sig_atomic_t, kSignals.size()> came;

void on_signal(int number) {
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] == number) came[i] = 1;
  }
}

bool has_come(int number) {
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] == number) return came[i] != 0;
  }
  return false;
}

bool take(int number) {
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] == number && came[i] != 0) {
      came[i] = 0;
      return true;
    }
  }
  return false;
}

// Lets a signal do what it does without us, now.
void deliver(int number) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  sigset_t previous;
  ::raise(number);
  pthread_sigmask(SIG_UNBLOCK, &one, &previous);
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
}

}  // namespace

bool Terminal::is_usable() {
  const char* term = std::getenv("TERM");
  bool dumb = term == nullptr || *term == '\0' || std::string_view(term) == "dumb";
  return !dumb && isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
}

bool Terminal::has_colours() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* variable = std::getenv("TERM");
  const std::string_view term = variable == nullptr ? "" : variable;
  const bool has_none = term.starts_with("vt") || term.ends_with("-m") || term.ends_with("-mono");
  return !has_none && (no_color == nullptr || *no_color == '\0');
}

bool Terminal::enter() {
  if (entered_) return true;
  if (tcgetattr(STDIN_FILENO, &found_) != 0) return false;
  static_assert(std::tuple_size_v<decltype(kSignals)> == std::extent_v<decltype(before_)>);
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    came[i] = 0;
    sigaction(kSignals[i], &action, &before_[i]);
    // What the program was told to ignore (nohup), it ignores.
    if (before_[i].sa_handler == SIG_IGN) sigaction(kSignals[i], &before_[i], nullptr);
  }
  entered_ = true;
  termios raw = found_;
  raw.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  raw.c_oflag |= OPOST | ONLCR;
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  // What was typed ahead stays.
  if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) {
    leave();
    return false;
  }
  write(kPasteOn);
  return true;
}

void Terminal::leave() {
  if (!entered_) return;
  write(kPasteOff);
  tcsetattr(STDIN_FILENO, ending_ ? TCSANOW : TCSADRAIN, &found_);
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  entered_ = false;
}

Size Terminal::size() const {
  winsize size{};
  Size found;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    if (size.ws_row != 0) found.rows = size.ws_row;
    if (size.ws_col != 0) found.columns = size.ws_col;
  }
  return found;
}

// Nobody reads what the terminal shows (its window hangs, Ctrl-S stopped it), and a signal is to
// end the program all the same.
bool Terminal::is_stuck() const {
  if (!ending_ && !has_come(SIGTERM) && !has_come(SIGHUP)) return false;
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return poll(&output, 1, 0) == 0;
}

void Terminal::write(std::string_view text) {
  while (!text.empty() && !is_stuck()) {
    ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno == EAGAIN) {
      pollfd output{STDOUT_FILENO, POLLOUT, 0};
      poll(&output, 1, -1);
    } else if (count < 0 && errno != EINTR) {
      return;
    } else if (count > 0) {
      text.remove_prefix(static_cast<size_t>(count));
    }
  }
}

Terminal::Event Terminal::wait(std::string& bytes, int milliseconds) {
  // None can slip in between the look at the flags and the waiting.
  shell::SignalGuard guard({SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH});
  timespec time{milliseconds / 1000, (milliseconds % 1000) * 1'000'000L};
  for (;;) {
    Event event;
    if (take_signal(event)) return event;
    pollfd input{STDIN_FILENO, POLLIN, 0};
    int ready = ppoll(&input, 1, milliseconds < 0 ? nullptr : &time, &guard.previous());
    if (ready == 0) return Event::kTimeout;
    if (ready > 0) return read(bytes);
    if (errno != EINTR) return Event::kEnd;
  }
}

Terminal::Event Terminal::read(std::string& bytes) {
  std::array<char, 4096> buffer;
  for (;;) {
    ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count > 0) {
      bytes.append(buffer.data(), static_cast<size_t>(count));
      return Event::kBytes;
    }
    if (count == 0 || (errno != EINTR && errno != EAGAIN)) return Event::kEnd;
    if (errno == EAGAIN) return Event::kTimeout;
  }
}

std::string Terminal::read_now() {
  std::string bytes;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, 0) > 0 && (input.revents & POLLIN) != 0) read(bytes);
  return bytes;
}

bool Terminal::take_signal(Event& event) {
  for (int number : {SIGTERM, SIGHUP}) {
    if (!take(number)) continue;
    ending_ = true;
    // What is below, a menu for one, must not be in the way of what others print.
    write("\r\n\x1b[J");
    leave();
    deliver(number);
    // A handler of someone else's let it pass.
    event = Event::kEnd;
    return true;
  }
  if (take(SIGTSTP)) {
    write("\r\n");
    suspend();
    event = Event::kStopped;
    return true;
  }
  // SIGSTOP stopped the program without a word, and the other shell set the terminal's mode.
  if (take(SIGCONT)) {
    leave();
    event = enter() ? Event::kStopped : Event::kEnd;
    return true;
  }
  if (take(SIGWINCH)) {
    event = Event::kResized;
    return true;
  }
  event = Event::kInterrupt;
  return interrupted_();
}

void Terminal::suspend() {
  leave();
  // Not `deliver`: the others of the job stop, too, as they do for a terminal's own Ctrl-Z.
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGTSTP);
  sigset_t previous;
  kill(0, SIGTSTP);
  pthread_sigmask(SIG_UNBLOCK, &one, &previous);
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  enter();
}

}  // namespace moonbase::editor
