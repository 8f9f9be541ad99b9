// libpq looks up names, goes through the hosts and their addresses and gives each of them
// connect_timeout by itself, but only in a call that nothing can interrupt: through its other calls
// a host that does not answer cannot be left for the next one, and names are looked up in them
// without a limit. So the call runs on a thread of its own. When nobody waits for it any more it is
// left to itself, and closes what it has opened.
#include "orm/dialect/postgresql/postgresql_connect.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>

#include "orm/base/error.h"
#include "orm/dialect/postgresql/postgresql_error.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::steady_clock;
using Parameters = std::vector<std::pair<std::string, std::string>>;

constexpr std::chrono::milliseconds kLook{50};
// A name has some addresses, and each of them connect_timeout; looking it up takes time, too.
constexpr int kAddresses = 4;

PGconn* connect(const Parameters& parameters) {
  std::vector<const char*> names, values;
  for (const auto& [name, value] : parameters) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  return libpq().connectdbParams(names.data(), values.data(), 0);
}

struct Attempt {
  explicit Attempt(Parameters p) : parameters(std::move(p)) {}

  void run() {
    PGconn* opened = connect(parameters);
    std::unique_lock lock(mutex);
    if (is_left) {
      lock.unlock();
      libpq().finish(opened);
      return;
    }
    handle = opened;
    is_done = true;
    done.notify_one();
  }

  const Parameters parameters;
  std::mutex mutex;
  std::condition_variable done;
  PGconn* handle = nullptr;
  bool is_done = false, is_left = false;
};

// Signals are for the threads of the program.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

std::string_view value_of(const Parameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &Parameters::value_type::first);
  return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

// The longest that all hosts together may take; nothing looks at the clock where it is for ever.
steady_clock::time_point end_of(const Parameters& parameters) {
  const std::string_view text = value_of(parameters, "connect_timeout");
  int seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (seconds <= 0) return steady_clock::time_point::max();
  const auto hosts = std::ranges::count(value_of(parameters, "host"), ',') + 1;
  return steady_clock::now() + std::chrono::seconds(std::max(seconds, 2)) * hosts * kAddresses;
}

PGconn* wait_for(Attempt& attempt, const std::function<bool()>& is_interrupted) {
  const auto end = end_of(attempt.parameters);
  std::unique_lock lock(attempt.mutex);
  while (!attempt.done.wait_for(lock, kLook, [&] { return attempt.is_done; })) {
    attempt.is_left = true;
    if (is_interrupted())
      throw Error(ErrorKind::kInterrupted, "connecting to the server was interrupted");
    if (steady_clock::now() >= end) throw refused_connection("connecting: timeout expired");
    attempt.is_left = false;
  }
  return attempt.handle;
}

PGconn* connect_interruptibly(const Parameters& parameters,
                              const std::function<bool()>& is_interrupted) {
  auto attempt = std::make_shared<Attempt>(parameters);
  try {
    const BlockedSignals blocked;
    std::thread([attempt] { attempt->run(); }).detach();
  } catch (const std::system_error&) {
    return connect(parameters);
  }
  return wait_for(*attempt, is_interrupted);
}

}  // namespace

PGconn* open_handle(const Parameters& parameters, const std::function<bool()>& is_interrupted) {
  PGconn* handle =
      is_interrupted ? connect_interruptibly(parameters, is_interrupted) : connect(parameters);
  if (!handle) throw Error(ErrorKind::kOperationalError, "out of memory");
  if (libpq().status(handle) == CONNECTION_OK) return handle;
  Error error = refused_connection(libpq().errorMessage(handle));
  libpq().finish(handle);
  throw error;
}

}  // namespace moonbase::dialect::postgresql
