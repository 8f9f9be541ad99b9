#include "orm/engine/interrupt.h"

#include <thread>

namespace moonbase::engine {

int InterruptSlots::add(driver::DriverConnection* connection) {
  for (size_t i = 0; i < slots_.size(); ++i) {
    driver::DriverConnection* nobody = nullptr;
    if (slots_[i].compare_exchange_strong(nobody, connection)) return static_cast<int>(i);
  }
  return -1;
}

void InterruptSlots::remove(int slot) noexcept {
  if (slot < 0) return;
  slots_[static_cast<size_t>(slot)].store(nullptr);
  // A visitor that came before the store may still hold the pointer.
  while (visitors_.load() != 0) std::this_thread::yield();
}

void InterruptSlots::interrupt_all() noexcept {
  ++visitors_;
  for (Slot& slot : slots_) {
    if (driver::DriverConnection* connection = slot.load()) connection->interrupt();
  }
  --visitors_;
}

}  // namespace moonbase::engine
