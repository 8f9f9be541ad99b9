#include "orm/engine/interrupt.h"

#include <thread>

namespace moonbase::engine {

namespace {

// Every InterruptSlots there is, for the one caller that cannot know the engines: a signal handler.
constexpr size_t kMaxSets = 64;
std::atomic<InterruptSlots*> all_sets[kMaxSets];
std::atomic<int> set_visitors = 0;

}  // namespace

InterruptSlots::InterruptSlots(size_t capacity) : slots_(capacity) {
  for (auto& set : all_sets) {
    InterruptSlots* nobody = nullptr;
    if (set.compare_exchange_strong(nobody, this)) return;
  }
}

InterruptSlots::~InterruptSlots() {
  for (auto& set : all_sets) {
    InterruptSlots* self = this;
    set.compare_exchange_strong(self, nullptr);
  }
  while (set_visitors.load() != 0) std::this_thread::yield();
}

void interrupt_every_engine() noexcept {
  ++set_visitors;
  for (auto& set : all_sets) {
    if (InterruptSlots* slots = set.load()) slots->interrupt_all();
  }
  --set_visitors;
}

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
  ++interruptions_;
  for (Slot& slot : slots_) {
    if (driver::DriverConnection* connection = slot.load()) connection->interrupt();
  }
  --visitors_;
}

}  // namespace moonbase::engine
