// Owns every instance of one context and frees those that nothing can reach. Roots are pinned
// instances (something outside holds them) and whatever the root sources (sessions) report; edges
// are loaded relationships and remembered old values. No reference counts inside the graph: cycles
// cost nothing. Sweeps run only where the owner calls `maybe_sweep` (the end of a transaction,
// between chunks of a streaming load), never behind a caller's back. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "orm/state/arena.h"
#include "orm/state/edits.h"
#include "orm/state/instance.h"

namespace moonbase::state {

// A session: what it keeps alive, and what it must forget.
class RootSource {
 public:
  virtual ~RootSource() = default;
  virtual void each_root(const std::function<void(Instance&)>& visit) = 0;
  // About to be freed: take it out of the identity map.
  virtual void forget(Instance& instance) = 0;
};

class InstanceHeap {
 public:
  InstanceHeap() = default;
  ~InstanceHeap();
  InstanceHeap(const InstanceHeap&) = delete;

  // A new instance, transient; slots are kNeverSet. `tail_bytes` more are allocated behind the
  // slots (see tail()).
  Instance& create(const mapper::Mapper& mapper, size_t tail_bytes = 0,
                   base::Tag fill = base::Tag::kNeverSet);
  static char* tail(Instance& instance);

  // A number by which something outside may keep a table of instances: small, from 1, used again
  // after its instance is gone.
  uint32_t handle(Instance& instance) {
    if (instance.handle == 0) instance.handle = take_handle();
    return instance.handle;
  }

  // Who hands out values that change in place; outlives the sessions. Nobody, until it has done so.
  void set_edit_source(EditSource* source) { edits_ = source; }
  void notice_edits(const InstanceHost* host) {
    if (edits_ != nullptr) edits_->notice(host);
  }
  void undo_edits(const InstanceHost& host) {
    if (edits_ != nullptr) edits_->undo(host);
  }

  void add_source(RootSource* source);
  void remove_source(RootSource* source);

  // Sweeps when the number of instances has grown by half (and by at least some thousands) since
  // the last time.
  void maybe_sweep() {
    if (is_sweep_due()) sweep();
  }
  bool is_sweep_due() const { return instances_.size() >= threshold_ && held_ == 0; }
  // No sweep by `maybe_sweep` while it lives: instances are held that no root leads to.
  class NoSweep {
   public:
    explicit NoSweep(InstanceHeap& heap) : heap_(heap) { ++heap_.held_; }
    ~NoSweep() { --heap_.held_; }
    NoSweep(const NoSweep&) = delete;

   private:
    InstanceHeap& heap_;
  };
  size_t sweep();  // returns how many were freed
  size_t size() const { return instances_.size(); }
  // A mapper gained slots: its instances get them, kNotLoaded or kNeverSet as they are attached or
  // not.
  void grow(const mapper::Mapper& mapper);
  template <class F>
  void each(F&& f) {
    for (Instance* i : instances_) f(*i);
  }

 private:
  void mark(Instance& root);
  void destroy(Instance* instance);
  uint32_t take_handle();

  Arena arena_;
  std::vector<Instance*> instances_;
  std::vector<RootSource*> sources_;
  EditSource* edits_ = nullptr;
  std::vector<Instance*> work_;
  std::vector<uint32_t> free_handles_;
  uint32_t last_handle_ = 0;
  size_t threshold_ = 20000;
  int held_ = 0;
};

}  // namespace moonbase::state
