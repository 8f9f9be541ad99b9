// The events a program may listen to: one row each, with SQLAlchemy's names and arguments.
#include "bindings/event_hub.h"

namespace moonbase::bindings {

namespace {

constexpr int number(session::Event event) { return static_cast<int>(event); }

using enum EventTarget;
using session::Event;

constexpr EventDef kTable[] = {
    {"before_flush",
     kSession,
     number(Event::kBeforeFlush),
     {"session", "flush_context", "instances"}},
    {"after_flush", kSession, number(Event::kAfterFlush), {"session", "flush_context"}},
    {"after_flush_postexec",
     kSession,
     number(Event::kAfterFlushPostexec),
     {"session", "flush_context"}},
    {"before_commit", kSession, number(Event::kBeforeCommit), {"session"}},
    {"after_commit", kSession, number(Event::kAfterCommit), {"session"}},
    {"after_rollback", kSession, number(Event::kAfterRollback), {"session"}},
    {"after_soft_rollback",
     kSession,
     number(Event::kAfterSoftRollback),
     {"session", "previous_transaction"}},
    {"after_begin", kSession, number(Event::kAfterBegin), {"session", "transaction", "connection"}},
    {"after_transaction_create",
     kSession,
     number(Event::kAfterTransactionCreate),
     {"session", "transaction"}},
    {"after_transaction_end",
     kSession,
     number(Event::kAfterTransactionEnd),
     {"session", "transaction"}},
    {"after_bulk_update", kSession, number(Event::kAfterBulkUpdate), {"update_context"}},
    {"after_bulk_delete", kSession, number(Event::kAfterBulkDelete), {"delete_context"}},
    {"do_orm_execute", kSession, kDoOrmExecuteEvent, {"orm_execute_state"}},
    {"before_attach", kSession, number(Event::kBeforeAttach), {"session", "instance"}},
    {"after_attach", kSession, number(Event::kAfterAttach), {"session", "instance"}},
    {"transient_to_pending", kSession, number(Event::kTransientToPending), {"session", "instance"}},
    {"pending_to_transient", kSession, number(Event::kPendingToTransient), {"session", "instance"}},
    {"pending_to_persistent",
     kSession,
     number(Event::kPendingToPersistent),
     {"session", "instance"}},
    {"detached_to_persistent",
     kSession,
     number(Event::kDetachedToPersistent),
     {"session", "instance"}},
    {"loaded_as_persistent", kSession, number(Event::kLoadedAsPersistent), {"session", "instance"}},
    {"persistent_to_transient",
     kSession,
     number(Event::kPersistentToTransient),
     {"session", "instance"}},
    {"persistent_to_detached",
     kSession,
     number(Event::kPersistentToDetached),
     {"session", "instance"}},
    {"persistent_to_deleted",
     kSession,
     number(Event::kPersistentToDeleted),
     {"session", "instance"}},
    {"deleted_to_persistent",
     kSession,
     number(Event::kDeletedToPersistent),
     {"session", "instance"}},
    {"deleted_to_detached", kSession, number(Event::kDeletedToDetached), {"session", "instance"}},

    {"init", kMapper, kInitEvent, {"target", "kwargs"}},
    {"load", kMapper, number(Event::kLoad), {"target", "context"}},
    {"refresh", kMapper, number(Event::kRefresh), {"target", "context", "attrs"}},
    {"expire", kMapper, number(Event::kExpire), {"target", "attrs"}},
    {"before_insert", kMapper, number(Event::kBeforeInsert), {"mapper", "connection", "target"}},
    {"after_insert", kMapper, number(Event::kAfterInsert), {"mapper", "connection", "target"}},
    {"before_update", kMapper, number(Event::kBeforeUpdate), {"mapper", "connection", "target"}},
    {"after_update", kMapper, number(Event::kAfterUpdate), {"mapper", "connection", "target"}},
    {"before_delete", kMapper, number(Event::kBeforeDelete), {"mapper", "connection", "target"}},
    {"after_delete", kMapper, number(Event::kAfterDelete), {"mapper", "connection", "target"}},

    {"set", kAttribute, kSetEvent, {"target", "value", "oldvalue", "initiator"}},
    {"append", kAttribute, kAppendEvent, {"target", "value", "initiator"}},
    {"remove", kAttribute, kRemoveEvent, {"target", "value", "initiator"}},
    {"bulk_replace", kAttribute, kBulkReplaceEvent, {"target", "values", "initiator"}},

    {"modified", kAttribute, kModifiedEvent, {"target", "initiator"}},

    {"first_connect", kEngine, kFirstConnectEvent, {"dbapi_connection", "connection_record"}},
    {"connect", kEngine, kConnectEvent, {"dbapi_connection", "connection_record"}},
    {"checkout",
     kEngine,
     kCheckoutEvent,
     {"dbapi_connection", "connection_record", "connection_proxy"}},
    {"reset", kEngine, kResetEvent, {"dbapi_connection", "connection_record", "reset_state"}},
    {"checkin", kEngine, kCheckinEvent, {"dbapi_connection", "connection_record"}},
    {"before_cursor_execute",
     kEngine,
     kBeforeCursorExecuteEvent,
     {"conn", "cursor", "statement", "parameters", "context", "executemany"}},
    {"after_cursor_execute",
     kEngine,
     kAfterCursorExecuteEvent,
     {"conn", "cursor", "statement", "parameters", "context", "executemany"}},
    {"begin", kEngine, kBeginEvent, {"conn"}},
    {"commit", kEngine, kCommitEvent, {"conn"}},
    {"rollback", kEngine, kRollbackEvent, {"conn"}},
    {"savepoint", kEngine, kSavepointEvent, {"conn", "name"}},
    {"rollback_savepoint", kEngine, kRollbackSavepointEvent, {"conn", "name", "context"}},
    {"release_savepoint", kEngine, kReleaseSavepointEvent, {"conn", "name", "context"}},
    {"handle_error", kEngine, kHandleErrorEvent, {"exception_context"}},
};

}  // namespace

std::span<const EventDef> event_table() { return kTable; }

}  // namespace moonbase::bindings
