// Keeps signals off while it lives: until the code that waits for input is ready for them.
// For the thread that made it, which destroys it. Nothing throws.
#pragma once

#include <csignal>
#include <initializer_list>

namespace moonbase::shell {

class SignalGuard {
 public:
  /// Blocks the signals, by their numbers.
  explicit SignalGuard(std::initializer_list<int> signals) {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (int number : signals) sigaddset(&blocked, number);
    pthread_sigmask(SIG_BLOCK, &blocked, &previous_);
  }
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;
  ~SignalGuard() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }

  /// What was blocked before: for ppoll, which waits without the guard.
  const sigset_t& previous() const { return previous_; }

 private:
  sigset_t previous_{};
};

}  // namespace moonbase::shell
