// Who wants to know what reading attributes costs: which of them had to be asked for at the
// database, object by object, and how many questions the program asked besides. A session knows at
// most one observer, which is not owned, serves any number of sessions and is called on the
// session's thread; while it is off, a load costs one test more. What it throws leaves through the
// function that reads the attribute.
#pragma once

#include <cstdint>

namespace moonbase::state {
struct Instance;
}

namespace moonbase::session {

// One attribute of one object that was read from the database because a program asked for it.
struct ObservedLoad {
  const state::Instance& instance;
  int slot;
  bool was_expired;  // it had been loaded before, and was to be read again
  uint64_t selects;  // how many the load took
};

class LoadObserver {
 public:
  virtual ~LoadObserver() = default;
  bool is_on() const { return on_; }
  virtual void loaded(const ObservedLoad& load) = 0;
  // A session is about to send a query or a write that is no part of a load.
  virtual void asked() = 0;

 protected:
  bool on_ = false;
};

}  // namespace moonbase::session
