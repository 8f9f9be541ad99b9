// The transaction of a connection: when BEGIN is sent, when it is sent again, and who learns that
// it is over.
#include <algorithm>

#include <fmt/format.h>

#include "orm/engine/connection_state.h"

namespace moonbase::engine {

using base::Error;
using base::ErrorKind;

template <class Send>
void ConnectionState::control(std::string_view words, Send send) {
  bool is_heard = has_sinks();
  base::StatementRecord record;
  if (is_heard) record.start_time = base::clock_seconds();
  try {
    words = send(words);
  } catch (Error& error) {
    note_error(error, words, {});
    if (is_heard) {
      record.error = error.message();
      emit_control(record, words);
    }
    throw;
  }
  if (is_heard) emit_control(record, words);
}

void ConnectionState::emit_control(base::StatementRecord& record, std::string_view words) {
  record.end_time = base::clock_seconds();
  record.statement = words;
  record.is_transaction_control = true;
  record.bind_key = engine.options().bind_key;
  engine.emit(record);
}

void ConnectionState::refuse_lost() const {
  throw Error(ErrorKind::kPendingRollbackError,
              "The transaction of this connection has ended by itself after an error: nothing of "
              "it was kept")
      .with_hint("Call rollback() and begin again.");
}

bool ConnectionState::must_restart() const {
  return restarts && !keeps_snapshot && !link->for_write && !link->written &&
         link->savepoints.empty() && !link->has_running();
}

void ConnectionState::send_begin(bool for_write) {
  if (EngineListener* told = listener()) told->controlled(*connection, Control::kBegin, {});
  control(for_write && restarts ? "BEGIN IMMEDIATE" : "BEGIN",
          [&](std::string_view) { return link->driver->begin(for_write && restarts); });
  link->is_open = true;
  link->for_write = for_write;
}

void ConnectionState::enter_slowly(bool writes) {
  if (lost) refuse_lost();
  if (is_autocommit) return;
  begun = true;
  if (link->is_open && writes && must_restart()) {
    control("COMMIT", [&](std::string_view words) {
      link->driver->commit();
      return words;
    });
    forget_transaction(false);
  }
  if (!link->is_open) send_begin(writes);
  entered = true;
}

void ConnectionState::forget_transaction(bool is_rolled_back) noexcept {
  link->is_open = link->for_write = link->written = link->begun_by_hand = false;
  link->savepoints.clear();
  link->savepoint_count = 0;
  link->guard = {};
  for (ConnectionState* user : link->users) {
    if (user != this && is_rolled_back && user->wrote) user->lost = true;
    user->entered = user->wrote = false;
  }
}

void ConnectionState::commit() {
  if (lost) refuse_lost();
  if (entered) {
    if (EngineListener* told = listener()) told->controlled(*connection, Control::kCommit, {});
    link->close_for_commit();
    control("COMMIT", [&](std::string_view words) {
      link->driver->commit();
      return words;
    });
    forget_transaction(false);
  }
  begun = false;
}

void ConnectionState::rollback() {
  // Before anything is changed: what throws here leaves the rollback to whoever closes.
  if (EngineListener* told = entered ? listener() : nullptr)
    told->controlled(*connection, Control::kRollback, {});
  lost = begun = false;
  if (!entered) return;
  link->close_running("ROLLBACK");
  bool is_open = link->driver->in_transaction();
  forget_transaction(true);
  if (!is_open) return;
  try {
    control("ROLLBACK", [&](std::string_view words) {
      link->driver->rollback();
      return words;
    });
  } catch (Error&) {
    // The transaction is over for us in any case; closing the connection ends it at the database.
    if (link->driver->in_transaction()) link->is_broken = true;
    throw;
  }
}

void ConnectionState::end_read() {
  if (!entered || link->written || !link->savepoints.empty() || link->has_running()) return;
  const bool failed = link->driver->is_transaction_failed();
  control(failed ? "ROLLBACK" : "COMMIT", [&](std::string_view words) {
    failed ? link->driver->rollback() : link->driver->commit();
    return words;
  });
  forget_transaction(false);
}

void ConnectionState::abandon() {
  control("ROLLBACK", [&](std::string_view words) {
    link->driver->rollback();
    return words;
  });
  forget_transaction(true);
}

std::string ConnectionState::savepoint() {
  if (is_autocommit) {
    throw Error(ErrorKind::kInvalidRequestError,
                "A savepoint needs a transaction, and the isolation level is AUTOCOMMIT");
  }
  bool is_ready = entered && link->for_write;
  if (!is_ready) enter_slowly(true);
  std::string name = fmt::format("sa_savepoint_{}", ++link->savepoint_count);
  if (EngineListener* told = listener()) told->controlled(*connection, Control::kSavepoint, name);
  std::string words = "SAVEPOINT " + name;
  control(words, [&](std::string_view sql) {
    link->driver->execute_script(end_guard().append(sql));
    return sql;
  });
  forget_guard();
  link->savepoints.push_back(name);
  return name;
}

void ConnectionState::check_savepoint(const std::string& name) const {
  const std::vector<std::string>& open = link->savepoints;
  if (entered && std::find(open.begin(), open.end(), name) != open.end()) return;
  throw Error(ErrorKind::kInvalidRequestError, fmt::format("The savepoint {} is not open", name));
}

void ConnectionState::release_savepoint(const std::string& name) {
  if (lost) refuse_lost();
  check_savepoint(name);
  if (EngineListener* told = listener())
    told->controlled(*connection, Control::kReleaseSavepoint, name);
  link->close_running("RELEASE SAVEPOINT", true);
  std::string words = "RELEASE SAVEPOINT " + name;
  control(words, [&](std::string_view sql) {
    link->driver->execute_script(sql);
    return sql;
  });
  forget_guard();
  std::vector<std::string>& open = link->savepoints;
  open.erase(std::find(open.begin(), open.end(), name), open.end());
}

void ConnectionState::rollback_to_savepoint(const std::string& name) {
  if (lost) return;
  check_savepoint(name);
  if (EngineListener* told = listener())
    told->controlled(*connection, Control::kRollbackSavepoint, name);
  link->close_running("ROLLBACK TO SAVEPOINT");
  std::string words = "ROLLBACK TO SAVEPOINT " + name;
  control(words, [&](std::string_view sql) {
    link->driver->execute_script(sql);
    return sql;
  });
  forget_guard();
  std::vector<std::string>& open = link->savepoints;
  open.erase(std::find(open.begin(), open.end(), name) + 1, open.end());
}

void ConnectionState::notice_loss() {
  if (!link->is_open || link->driver->in_transaction()) return;
  bool was_inside = entered;
  forget_transaction(true);
  if (was_inside) lost = true;
}

void ConnectionState::notice_control() {
  bool is_open = link->driver->in_transaction();
  if (is_open && !link->is_open) {
    // Begun by the user's own words: never restarted.
    link->is_open = link->for_write = link->begun_by_hand = true;
  } else if (!is_open && link->is_open) {
    forget_transaction(false);
    begun = false;
  }
  entered = is_open;
  begun = begun || is_open;
  if (is_open) forget_guard();
}

void ConnectionState::close_held() noexcept {
  PreparedStatement* next = nullptr;
  for (PreparedStatement* held = link->held; held; held = next) {
    next = held->next;
    if (held->owner != this) continue;
    // Its cursor lives on, so nobody else may have it.
    std::unique_ptr<driver::DriverStatement> closed = std::move(held->statement);
    held->is_running = held->row_waits = false;
    held->closed_by = "the end of its connection";
    link->let_go(*held);
  }
}

void ConnectionState::leave() {
  close_held();
  // A transaction that others share is theirs to end, unless the only writes in it are ours.
  bool is_shared =
      std::any_of(link->users.begin(), link->users.end(), [this](ConnectionState* user) {
        return user != this && user->entered && (user->wrote || !wrote);
      });
  if (is_shared) return;
  try {
    reset();
  } catch (const Error&) {
    link->is_broken = true;
  }
}

void ConnectionState::reset() {
  const PoolReset way = engine.options().pool_reset_on_return;
  const bool is_theirs = link->begun_by_hand && entered && !lost;
  if (is_theirs && way == PoolReset::kCommit) return commit();
  if (!is_theirs || way == PoolReset::kRollback) return rollback();
  // It stays open for whoever gets the connection next.
  begun = entered = false;
}

}  // namespace moonbase::engine
