// What a person types fails often, and some databases give the whole transaction up then. Where an
// engine guards statements, each runs behind a savepoint, and is undone alone. No sink hears of
// the savepoints: they are neither the person's doing nor the program's.
#include <algorithm>

#include "orm/engine/connection_state.h"

namespace moonbase::engine {

std::string ConnectionState::end_guard() {
  const bool is_open = std::exchange(link->guard.has_savepoint, false);
  return is_open ? "RELEASE SAVEPOINT moonbase_guard; " : "";
}

// The savepoint of the run before is ended only now: that costs no round trip of its own.
void ConnectionState::guard_slowly(const void* run, bool had_written) {
  Guard& guard = link->guard;
  guard.run = nullptr;
  if (guard.has_run) {
    link->driver->execute_script(end_guard() + "SAVEPOINT moonbase_guard");
    guard.has_savepoint = true;
  }
  guard.run = run;
  guard.had_written = had_written;
}

void ConnectionState::undo(const void* run) {
  Guard& guard = link->guard;
  if (guard.run != run || !entered || !link->driver->is_transaction_failed()) return;
  guard.run = nullptr;
  try {
    if (guard.has_savepoint) {
      link->driver->execute_script("ROLLBACK TO SAVEPOINT moonbase_guard");
      wrote = guard.had_written;
      link->written = std::any_of(link->users.begin(), link->users.end(),
                                  [](const ConnectionState* user) { return user->wrote; });
    } else {
      // The first of its transaction: the next one begins it again.
      abandon();
    }
  } catch (const base::Error&) {
    // The connection is gone: the error of the run says so.
    return;
  }
}

}  // namespace moonbase::engine
