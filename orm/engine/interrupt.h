// The driver connections an engine has open, where a signal handler can reach them: a fixed array
// of atomic pointers. `interrupt_all` takes no lock and may run at any moment on any thread;
// `remove` waits for those that run.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "orm/driver/driver.h"

namespace moonbase::engine {

class InterruptSlots {
 public:
  // Connections beyond `capacity` cannot be interrupted, nor can those of more than 64 engines at a
  // time.
  explicit InterruptSlots(size_t capacity);
  ~InterruptSlots();
  InterruptSlots(const InterruptSlots&) = delete;
  InterruptSlots& operator=(const InterruptSlots&) = delete;

  // The slot taken, or -1 when all are.
  int add(driver::DriverConnection* connection);
  // To be called before the connection dies. Does nothing for -1.
  void remove(int slot) noexcept;
  void interrupt_all() noexcept;
  // How often that was called: whoever waits without a connection compares.
  uint64_t interruptions() const noexcept { return interruptions_.load(); }

 private:
  using Slot = std::atomic<driver::DriverConnection*>;
  static_assert(Slot::is_always_lock_free, "a signal handler may not wait for a lock");
  std::vector<Slot> slots_;
  std::atomic<int> visitors_ = 0;
  std::atomic<uint64_t> interruptions_ = 0;
};

// Interrupts every statement that runs on any engine of the process now. Safe from a signal
// handler.
void interrupt_every_engine() noexcept;

}  // namespace moonbase::engine
