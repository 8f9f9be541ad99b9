// What a session tells those who listen: its own life (flushes, transactions, objects that change
// their state) and that of its objects (rows written, loaded, expired). The session knows one
// abstract listener; while there is none, or nobody waits for an event, an event costs one test.
// The listener is not owned, serves any number of sessions, and is called on the session's thread.
// What it throws leaves through the function in which the event came about: a flush fails then.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace moonbase::mapper {
class Mapper;
}
namespace moonbase::state {
struct Instance;
}
namespace moonbase::engine {
class Connection;
}

namespace moonbase::session {

class Session;

enum class Event : uint8_t {
  // of a session
  kBeforeFlush,
  kAfterFlush,          // written; objects still look as they did before
  kAfterFlushPostexec,  // objects are what they became
  kBeforeCommit,
  kAfterCommit,
  kAfterRollback,
  kAfterSoftRollback,
  kAfterBegin,
  kAfterTransactionCreate,
  kAfterTransactionEnd,
  kAfterBulkUpdate,
  kAfterBulkDelete,
  // of an object in a session
  kBeforeAttach,
  kAfterAttach,
  kTransientToPending,
  kPendingToTransient,
  kPendingToPersistent,
  kDetachedToPersistent,
  kLoadedAsPersistent,
  kPersistentToTransient,
  kPersistentToDetached,
  kPersistentToDeleted,
  kDeletedToPersistent,
  kDeletedToDetached,
  // of the objects of a class
  kBeforeInsert,
  kAfterInsert,
  kBeforeUpdate,
  kAfterUpdate,
  kBeforeDelete,
  kAfterDelete,
  kLoad,
  kRefresh,
  kExpire,
};
inline constexpr int kEventCount = static_cast<int>(Event::kExpire) + 1;

// "before_flush": the name a program listens by.
std::string_view event_name(Event event);
// Whether it is told to those who listen to a class of objects, not to a session.
inline bool is_mapper_event(Event event) { return event >= Event::kBeforeInsert; }

// What an event is about; what does not apply is null or 0.
struct Occurrence {
  Event event;
  Session& session;
  state::Instance* instance = nullptr;
  engine::Connection* connection = nullptr;         // kAfterBegin and the row events
  uint64_t transaction = 0;                         // Session::transaction_id
  const std::vector<std::string>* names = nullptr;  // attributes; null: all
  const mapper::Mapper* mapper = nullptr;           // of a set-based write
  int64_t rowcount = -1;                            // of that
};

class Listener {
 public:
  virtual ~Listener() = default;
  bool wants(Event event) const { return (wanted_ >> static_cast<int>(event) & 1) != 0; }
  virtual void happened(const Occurrence& occurrence) = 0;
  // The session ends: nobody may be told of it any more. Must not throw.
  virtual void forget(const Session& session) noexcept = 0;

 protected:
  uint64_t wanted_ = 0;  // a bit for each event
};

}  // namespace moonbase::session
