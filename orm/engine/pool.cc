#include "orm/engine/pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "orm/base/error.h"
#include "orm/base/log.h"
#include "orm/base/text.h"
#include "orm/engine/connection_state.h"

namespace moonbase::engine {

namespace {

using base::Error;
using base::ErrorKind;
using PooledPtr = std::shared_ptr<PooledConnection>;

// What `words` makes is told to who wants to hear of the pool.
template <class Words>
void tell(const PoolOptions& options, Words words) {
  if (options.is_logging && options.is_logging->load(std::memory_order_relaxed))
    options.log(words());
}

std::string name_of(const PooledConnection& connection) {
  return fmt::format("Connection {}", connection.number);
}

PooledPtr open_connection(const ConnectFunction& connect, const PoolOptions& options,
                          uint64_t generation) {
  auto opened = std::make_shared<PooledConnection>(connect(), options.interrupts);
  opened->generation = generation;
  opened->connected_at = options.clock();
  static std::atomic<uint64_t> last_number = 0;
  opened->number = ++last_number;
  tell(options, [&] { return "Created new " + name_of(*opened); });
  return opened;
}

// Waits for `freed` until `is_ready` says so; false when the pool's timeout has passed. A signal
// handler may touch no lock, so an interrupt is looked for now and then. Throws kInterrupted.
template <class IsReady>
bool wait_for(std::condition_variable& freed, std::unique_lock<std::mutex>& lock,
              const PoolOptions& options, IsReady is_ready) {
  constexpr std::chrono::milliseconds kLook{50};
  constexpr double kForEver = 1e9;  // seconds
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                       std::chrono::duration<double>(std::min(options.timeout, kForEver)));
  const auto interruptions = [&] {
    return options.interrupts ? options.interrupts->interruptions() : 0;
  };
  const uint64_t before = interruptions();
  while (true) {
    const auto now = std::chrono::steady_clock::now();
    if (freed.wait_until(lock, std::min(now + kLook, end), is_ready)) return true;
    if (interruptions() != before)
      throw Error(ErrorKind::kInterrupted, "the wait for a connection of the pool was interrupted");
    if (now >= end) return false;
  }
}

bool is_fit(const PooledConnection& connection, const PoolOptions& options) noexcept {
  return !connection.is_broken && connection.driver->is_usable() &&
         (options.keeps_transactions || !connection.driver->in_transaction());
}

void note_check_out(PooledConnection& connection, const PoolOptions& options) {
  connection.checked_out_at = options.clock();
  if (options.place) connection.checked_out_by = options.place();
}

class QueuePool : public Pool {
 public:
  QueuePool(PoolOptions options, ConnectFunction connect)
      : options_(options), connect_(std::move(connect)) {}

  std::string kind() const override { return "QueuePool"; }

  PoolStatistics statistics() const override {
    std::lock_guard lock(mutex_);
    int idle = static_cast<int>(idle_.size());
    return {options_.size, idle, open_ - idle, open_ - options_.size};
  }

  PooledPtr check_out() override {
    std::unique_lock lock(mutex_);
    // A dead connection is replaced, whatever else is dead; so the loop ends.
    while (PooledPtr connection = take_idle(lock)) {
      lock.unlock();
      bool is_alive = revive(*connection);
      if (!is_alive) connection.reset();
      lock.lock();
      if (is_alive) return note_user(std::move(connection));
      --open_;
      freed_.notify_one();
    }
    uint64_t generation = generation_;
    Place place(*this);
    lock.unlock();
    PooledPtr opened = open_connection(connect_, options_, generation);
    lock.lock();
    place.keep();
    return note_user(std::move(opened));
  }

  void check_in(PooledPtr connection) noexcept override {
    std::unique_lock lock(mutex_);
    busy_since_.erase({connection->checked_out_at, connection.get()});
    bool is_kept = is_fit(*connection, options_) && connection->generation == generation_ &&
                   (is_unlimited() || static_cast<int>(idle_.size()) < options_.size);
    if (is_kept) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
    freed_.notify_one();
    lock.unlock();
    // A connection that is not kept closes here, outside the lock.
    if (connection) tell(options_, [&] { return "Closing " + name_of(*connection); });
  }

  void dispose() override {
    std::deque<PooledPtr> closing;
    std::lock_guard lock(mutex_);
    empty(closing);
  }

  void invalidate(PooledConnection& connection) override {
    connection.is_broken = true;
    std::deque<PooledPtr> closing;
    std::lock_guard lock(mutex_);
    if (connection.generation == generation_) empty(closing);
  }

 private:
  // The place of a connection that is being opened, given up unless it is kept: whatever connecting
  // throws, an error of a listener's Lua function included.
  class Place {
   public:
    explicit Place(QueuePool& pool) : pool_(pool) { ++pool_.open_; }
    ~Place() {
      if (is_kept_) return;
      std::lock_guard lock(pool_.mutex_);
      --pool_.open_;
      pool_.freed_.notify_one();
    }
    Place(const Place&) = delete;
    void keep() { is_kept_ = true; }

   private:
    QueuePool& pool_;
    bool is_kept_ = false;
  };

  // Under the lock; what is in `closing` is closed outside.
  void empty(std::deque<PooledPtr>& closing) {
    ++generation_;
    closing.swap(idle_);
    open_ -= static_cast<int>(closing.size());
    freed_.notify_all();
  }

  bool is_unlimited() const { return options_.size == 0; }
  bool may_open() const {
    return is_unlimited() || options_.max_overflow < 0 ||
           open_ < options_.size + options_.max_overflow;
  }

  // Waits until a connection is idle or may be opened; null in the latter case.
  PooledPtr take_idle(std::unique_lock<std::mutex>& lock) {
    auto is_ready = [this] { return !idle_.empty() || may_open(); };
    if (!wait_for(freed_, lock, options_, is_ready)) refuse();
    if (idle_.empty()) return nullptr;
    PooledPtr connection;
    if (options_.lifo) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    } else {
      connection = std::move(idle_.front());
      idle_.pop_front();
    }
    return connection;
  }

  [[noreturn]] void refuse() const {
    throw Error(
        ErrorKind::kTimeoutError,
        fmt::format(
            "QueuePool limit of size {} overflow {} reached, connection timed out, timeout {:.2f}",
            options_.size, options_.max_overflow, options_.timeout))
        .with_hint(fmt::format(
            "{} connections are in use: {}. Close connections and sessions after use, or raise "
            "pool_size or max_overflow.",
            busy_since_.size(), base::join(holders(), ", ")));
  }

  // Who has connections, and the first of each since when; the longest holder first.
  std::vector<std::string> holders() const {
    constexpr size_t kMost = 5;
    struct Holder {
      std::string place;
      double since;
      int count;
    };
    std::vector<Holder> found;
    for (const auto& [since, connection] : busy_since_) {
      auto same = [&](const Holder& h) { return h.place == connection->checked_out_by; };
      auto known = std::find_if(found.begin(), found.end(), same);
      if (known == found.end()) {
        found.push_back({connection->checked_out_by, since, 1});
      } else {
        ++known->count;
      }
    }
    std::vector<std::string> lines;
    for (const Holder& holder : found) {
      if (lines.size() == kMost) {
        lines.push_back(fmt::format("and {} more places", found.size() - kMost));
        break;
      }
      std::string who = holder.place.empty() ? std::to_string(holder.count)
                        : holder.count == 1  ? "1 by " + holder.place
                                             : fmt::format("{} by {}", holder.count, holder.place);
      lines.push_back(fmt::format("{} for {:.1f} seconds", who, options_.clock() - holder.since));
    }
    return lines;
  }

  bool revive(PooledConnection& connection) {
    bool is_old =
        options_.recycle >= 0 && options_.clock() - connection.connected_at > options_.recycle;
    if (is_old) return false;
    if (!options_.pre_ping || connection.driver->ping()) return true;
    // A server that went away took the other idle connections with it.
    invalidate(connection);
    return false;
  }

  PooledPtr note_user(PooledPtr connection) {
    note_check_out(*connection, options_);
    busy_since_.insert({connection->checked_out_at, connection.get()});
    return connection;
  }

  const PoolOptions options_;
  const ConnectFunction connect_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::deque<PooledPtr> idle_;
  std::set<std::pair<double, const PooledConnection*>> busy_since_;
  int open_ = 0;  // idle and in use
  uint64_t generation_ = 0;
};

class NullPool : public Pool {
 public:
  NullPool(PoolOptions options, ConnectFunction connect)
      : options_(options), connect_(std::move(connect)) {}

  std::string kind() const override { return "NullPool"; }
  PoolStatistics statistics() const override { return {0, 0, open_.load(), open_.load()}; }
  PooledPtr check_out() override {
    PooledPtr opened = open_connection(connect_, options_, 0);
    ++open_;
    return opened;
  }
  void check_in(PooledPtr) noexcept override { --open_; }
  void dispose() override {}
  void invalidate(PooledConnection& connection) override { connection.is_broken = true; }

 private:
  const PoolOptions options_;
  const ConnectFunction connect_;
  std::atomic<int> open_ = 0;
};

// One connection. Users on the thread that has it share it; another thread waits until the last of
// them is done.
class StaticPool : public Pool {
 public:
  StaticPool(PoolOptions options, ConnectFunction connect)
      : options_(options), connect_(std::move(connect)) {}

  std::string kind() const override { return "StaticPool"; }

  PoolStatistics statistics() const override {
    std::lock_guard lock(mutex_);
    return {1, connection_ && users_ == 0 ? 1 : 0, users_, 0};
  }

  PooledPtr check_out() override {
    std::unique_lock lock(mutex_);
    auto is_free = [this] { return users_ == 0 || thread_ == std::this_thread::get_id(); };
    if (!wait_for(freed_, lock, options_, is_free)) {
      throw Error(
          ErrorKind::kTimeoutError,
          fmt::format(
              "StaticPool limit of one connection reached, connection timed out, timeout {:.2f}",
              options_.timeout))
          .with_hint("A database in memory has one connection, and another thread uses it.");
    }
    // One that died in use is for those who have it: they find that out themselves.
    if (!connection_ || (users_ == 0 && connection_->is_broken))
      connection_ = open_connection(connect_, options_, 0);
    thread_ = std::this_thread::get_id();
    ++users_;
    return connection_;
  }

  void check_in(PooledPtr connection) noexcept override {
    std::lock_guard lock(mutex_);
    --users_;
    bool is_lost = connection->is_broken || (users_ == 0 && !is_fit(*connection, options_));
    if (connection == connection_ && is_lost) connection_.reset();
    if (users_ == 0) freed_.notify_one();
  }

  void dispose() override {
    std::lock_guard lock(mutex_);
    connection_.reset();
  }
  void invalidate(PooledConnection& connection) override { connection.is_broken = true; }

 private:
  const PoolOptions options_;
  const ConnectFunction connect_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  PooledPtr connection_;
  std::thread::id thread_;
  int users_ = 0;
};

// One connection, for programs that must never need a second one at the same time: who does learns
// where the first was taken.
class AssertionPool : public Pool {
 public:
  AssertionPool(PoolOptions options, ConnectFunction connect)
      : options_(options), connect_(std::move(connect)) {}

  std::string kind() const override { return "AssertionPool"; }

  PoolStatistics statistics() const override {
    std::lock_guard lock(mutex_);
    return {1, idle_ ? 1 : 0, user_ ? 1 : 0, 0};
  }

  PooledPtr check_out() override {
    std::lock_guard lock(mutex_);
    if (user_) {
      const std::string& place = user_->checked_out_by;
      throw Error(ErrorKind::kInvalidRequestError,
                  "the connection is already checked out" + (place.empty() ? "" : " at " + place))
          .with_hint("An AssertionPool has one connection for one user at a time: close it first.");
    }
    PooledPtr connection = std::move(idle_);
    if (connection && options_.pre_ping && !connection->driver->ping()) connection.reset();
    if (!connection) connection = open_connection(connect_, options_, 0);
    note_check_out(*connection, options_);
    return user_ = connection;
  }

  void check_in(PooledPtr connection) noexcept override {
    std::lock_guard lock(mutex_);
    user_.reset();
    const bool is_kept = !std::exchange(is_disposed_, false) && is_fit(*connection, options_);
    if (is_kept) idle_ = std::move(connection);
  }

  void dispose() override {
    std::lock_guard lock(mutex_);
    idle_.reset();
    is_disposed_ = user_ != nullptr;
  }
  void invalidate(PooledConnection& connection) override { connection.is_broken = true; }

 private:
  const PoolOptions options_;
  const ConnectFunction connect_;
  mutable std::mutex mutex_;
  PooledPtr idle_, user_;
  bool is_disposed_ = false;  // the connection in use shall not come back
};

}  // namespace

std::unique_ptr<Pool> make_pool(PoolOptions options, ConnectFunction connect) {
  switch (options.kind) {
    case PoolOptions::Kind::kStatic:
      return std::make_unique<StaticPool>(options, std::move(connect));
    case PoolOptions::Kind::kNull:
      return std::make_unique<NullPool>(options, std::move(connect));
    case PoolOptions::Kind::kAssertion:
      return std::make_unique<AssertionPool>(options, std::move(connect));
    case PoolOptions::Kind::kQueue:
      break;
  }
  return std::make_unique<QueuePool>(options, std::move(connect));
}

}  // namespace moonbase::engine
