// The terminal on standard input and output while an input is edited: its mode, its size, its
// signals. One object of the program, on its main thread.
//
// Between `enter` and `leave` keys arrive one by one. Whatever ends the program or stops it in
// between (a signal, an exception) leaves the terminal as it was found; what is killed by SIGKILL
// cannot.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <signal.h>
#include <termios.h>

#include "shell/editor/painter.h"

namespace moonbase::editor {

class Terminal {
 public:
  // `interrupted` tells, after a signal, whether it was a Ctrl-C that another process sent.
  explicit Terminal(std::function<bool()> interrupted) : interrupted_(std::move(interrupted)) {}
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() { leave(); }

  // Whether keys can be read and frames painted: both ends are a terminal that is not dumb.
  static bool is_usable();
  // False under NO_COLOR, and for a terminal that is known to have none: vt100, xterm-mono.
  static bool has_colours();

  // False when there is no terminal any more.
  bool enter();
  void leave();
  Size size() const;
  // Sends all of it, or nothing more when the terminal is gone, or takes nothing and the program is
  // to end.
  void write(std::string_view text);

  enum class Event {
    kBytes,  // appended to `bytes`
    kTimeout,
    kEnd,        // no more input
    kInterrupt,  // SIGINT
    kResized,
    kStopped,  // stopped and continued: the screen is unknown, the mode is entered again
  };
  // Waits for the first of these; `milliseconds` < 0 is for ever. SIGTERM and SIGHUP end the
  // program here.
  Event wait(std::string& bytes, int milliseconds);
  // The bytes that came already, possibly none.
  std::string read_now();
  // What Ctrl-Z does, on an empty line: stops the program, all of its job; returns when it goes on.
  void suspend();

 private:
  Event read(std::string& bytes);
  bool is_stuck() const;
  bool take_signal(Event& event);

  std::function<bool()> interrupted_;
  bool entered_ = false;
  bool ending_ = false;  // by a signal
  termios found_{};
  // What the signals did before, in the order of the table in terminal.cc.
  struct sigaction before_[5] = {};
};

}  // namespace moonbase::editor
