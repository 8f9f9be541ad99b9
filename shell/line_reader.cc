#include "shell/line_reader.h"

#include <array>
#include <cerrno>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "bindings/interrupt.h"
#include "shell/signal_guard.h"

namespace moonbase::shell {

LineReader::Event LineReader::read(std::string& line) {
  size_t end = buffer_.find('\n');
  while (end == std::string::npos) {
    size_t searched = buffer_.size();
    Fill filled = fill();
    if (filled == Fill::kInterrupted) {
      buffer_.clear();
      return Event::kInterrupted;
    }
    if (filled == Fill::kEnd) {
      if (buffer_.empty()) return Event::kEnd;
      buffer_ += '\n';
    }
    end = buffer_.find('\n', searched);
  }
  line = buffer_.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  buffer_.erase(0, end + 1);
  return Event::kLine;
}

LineReader::Fill LineReader::fill() {
  // None can slip in between the look at the flag and the waiting.
  SignalGuard guard({SIGINT});
  while (!bindings::interrupt_pending(L_)) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (ppoll(&input, 1, nullptr, &guard.previous()) < 0) {
      if (errno == EINTR) continue;
      return Fill::kEnd;
    }
    std::array<char, 4096> bytes;
    ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Fill::kEnd;
    buffer_.append(bytes.data(), static_cast<size_t>(count));
    return Fill::kData;
  }
  return Fill::kInterrupted;
}

std::string read_all_input() {
  std::string text;
  std::array<char, 65536> bytes;
  for (;;) {
    ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(bytes.data(), static_cast<size_t>(count));
  }
}

}  // namespace moonbase::shell
