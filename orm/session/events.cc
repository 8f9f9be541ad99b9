// What the session does so that others can listen: who is told, when, and what a hook must not do.
#include "orm/session/events.h"

#include <array>

#include "orm/base/error.h"
#include "orm/session/persistence.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using state::Instance;

namespace {

constexpr std::array<std::string_view, kEventCount> kNames = {
    "before_flush",
    "after_flush",
    "after_flush_postexec",
    "before_commit",
    "after_commit",
    "after_rollback",
    "after_soft_rollback",
    "after_begin",
    "after_transaction_create",
    "after_transaction_end",
    "after_bulk_update",
    "after_bulk_delete",
    "before_attach",
    "after_attach",
    "transient_to_pending",
    "pending_to_transient",
    "pending_to_persistent",
    "detached_to_persistent",
    "loaded_as_persistent",
    "persistent_to_transient",
    "persistent_to_detached",
    "persistent_to_deleted",
    "deleted_to_persistent",
    "deleted_to_detached",
    "before_insert",
    "after_insert",
    "before_update",
    "after_update",
    "before_delete",
    "after_delete",
    "load",
    "refresh",
    "expire",
};

}  // namespace

std::string_view event_name(Event event) { return kNames[static_cast<size_t>(event)]; }

void Session::tell(Event event, Instance* instance) {
  if (!hears(event)) return;
  listener_->happened(
      {.event = event, .session = *this, .instance = instance, .transaction = transaction_id()});
}

void Session::tell_transaction(Event event, uint64_t transaction, engine::Connection* connection) {
  if (!hears(event)) return;
  listener_->happened(
      {.event = event, .session = *this, .connection = connection, .transaction = transaction});
}

void Session::tell_row(Event event, Instance& instance, engine::Connection& connection) {
  if (!hears(event)) return;
  in_row_hook_ = &instance;
  struct Leave {
    const Instance*& target;
    ~Leave() { target = nullptr; }
  } leave{in_row_hook_};
  try {
    listener_->happened(
        {.event = event, .session = *this, .instance = &instance, .connection = &connection});
  } catch (Error& e) {
    e.add_context(std::string(event_name(event)) + " of " + state::describe(instance));
    throw;
  }
}

void Session::tell_write(const mapper::Mapper& mapper, bool is_delete, int64_t rowcount) {
  const Event event = is_delete ? Event::kAfterBulkDelete : Event::kAfterBulkUpdate;
  if (!hears(event)) return;
  listener_->happened({.event = event, .session = *this, .mapper = &mapper, .rowcount = rowcount});
}

void Session::tell_loaded(Event event, Instance& instance) {
  if (!hears(event)) return;
  // The rows are still being read: what ends their transaction would pull them away.
  const state::InstanceHeap::NoSweep hold(heap_);
  ++in_load_hook_;
  struct Leave {
    int& depth;
    ~Leave() { --depth; }
  } leave{in_load_hook_};
  listener_->happened({.event = event, .session = *this, .instance = &instance});
}

void Session::tell_expired(Instance& instance, const std::vector<std::string>* names) {
  if (!hears(Event::kExpire)) return;
  listener_->happened(
      {.event = Event::kExpire, .session = *this, .instance = &instance, .names = names});
}

void Session::note(Event event, Instance& instance) {
  if (hears(event)) noted_.emplace_back(event, &instance);
}

void Session::note_detached(Instance& instance) {
  switch (instance.lifecycle) {
    case state::Lifecycle::kPending:
      return note(Event::kPendingToTransient, instance);
    case state::Lifecycle::kDeleted:
      return note(Event::kDeletedToDetached, instance);
    default:
      return note(Event::kPersistentToDetached, instance);
  }
}

bool Session::hears_rows() const {
  for (Event e = Event::kBeforeInsert; e <= Event::kAfterDelete;
       e = static_cast<Event>(static_cast<int>(e) + 1))
    if (hears(e)) return true;
  return false;
}

void Session::tell_noted() {
  // A hook may cause more, and may end this by an error.
  while (!noted_.empty()) {
    const auto [event, instance] = noted_.front();
    noted_.pop_front();
    event == Event::kExpire ? tell_expired(*instance, nullptr) : tell(event, instance);
  }
}

void Session::on_loaded(Instance& instance) {
  if (flushing_) persistence_->note_loaded(instance);
  if (!hears(Event::kLoad) && !hears(Event::kLoadedAsPersistent)) return;
  tell_loaded(Event::kLoad, instance);
  tell_loaded(Event::kLoadedAsPersistent, instance);
}

void Session::on_refreshed(Instance& instance) {
  if (flushing_) persistence_->note_loaded(instance);
  if (hears(Event::kRefresh)) tell_loaded(Event::kRefresh, instance);
}

// Objects may still be added, changed, deleted and expunged: the plan is made afterwards.
void Session::tell_before_flush() {
  if (!hears(Event::kBeforeFlush)) return;
  in_before_flush_ = true;
  struct Leave {
    bool& flag;
    ~Leave() { flag = false; }
  } leave{in_before_flush_};
  tell(Event::kBeforeFlush);
}

// The rows are written, the objects look as before the flush. But a query in the hook must find the
// new rows' objects and not make them a second time: they are known by their keys already.
void Session::tell_after_flush(const FlushPlan& plan) {
  if (!hears(Event::kAfterFlush)) return;
  std::vector<Instance*> registered;
  for (int n : plan.saves) {
    const Node& node = plan.nodes[static_cast<size_t>(n)];
    Instance& i = *node.instance;
    if (i.has_identity || identity_.of(*i.mapper).find(state::current_key(i)) != nullptr) continue;
    i.has_identity = true;
    i.epoch = epoch;
    identity_.of(*i.mapper).insert(i);
    registered.push_back(&i);
  }
  try {
    tell(Event::kAfterFlush);
  } catch (const Error&) {
    for (Instance* i : registered) {
      identity_.of(*i->mapper).erase(state::current_key(*i), *i);
      i->has_identity = false;
    }
    throw;
  }
}

void Session::tell_flushed() {
  try {
    tell_noted();
    tell(Event::kAfterFlushPostexec);
  } catch (const Error& e) {
    noted_.clear();
    failure_ = e.message();
    fail_flush();
    throw;
  }
}

void Session::tell_committed() {
  if (!hears(Event::kAfterCommit)) return;
  is_committed_ = true;
  struct Leave {
    bool& flag;
    ~Leave() { flag = false; }
  } leave{is_committed_};
  tell(Event::kAfterCommit);
}

void Session::tell_rolled_back(uint64_t transaction, bool had_failed) {
  if (!had_failed) tell_transaction(Event::kAfterRollback, transaction);
  tell_noted();
  tell_transaction(Event::kAfterSoftRollback, transaction);
  tell_transaction(Event::kAfterTransactionEnd, transaction);
}

void Session::tell_failed(const std::vector<uint64_t>& ended) {
  try {
    for (uint64_t id : ended) tell_transaction(Event::kAfterTransactionEnd, id);
    tell(Event::kAfterRollback);
    tell_noted();
    tell(Event::kAfterSoftRollback);
  } catch (const Error& e) {
    noted_.clear();
    warn("after a flush that failed, a hook failed too: " + e.message());
  }
}

void Session::warn_of_change(const Instance& instance) {
  if (&instance == in_row_hook_ || instance.lifecycle != state::Lifecycle::kPersistent) return;
  has_hook_changes_ = true;
  warn(state::describe(instance) + " was changed while " + state::describe(*in_row_hook_) +
       " is being written: the next flush writes it; change other objects in before_flush");
}

}  // namespace moonbase::session
