#include "orm/engine/connection.h"

#include <algorithm>

#include "orm/engine/connection_state.h"

namespace moonbase::engine {

using base::Error;
using base::ErrorKind;

// ---- PooledConnection ----

PooledConnection::PooledConnection(std::unique_ptr<driver::DriverConnection> connection,
                                   InterruptSlots* slots)
    : driver(std::move(connection)),
      interrupts(slots),
      interrupt_slot(slots ? slots->add(driver.get()) : -1) {}

PooledConnection::~PooledConnection() {
  if (interrupts) interrupts->remove(interrupt_slot);
}

void PooledConnection::hold(PreparedStatement& statement, ConnectionState& owner) {
  statement.owner = &owner;
  statement.previous = nullptr;
  statement.next = held;
  if (held) held->previous = &statement;
  held = &statement;
}

void PooledConnection::let_go(PreparedStatement& statement) noexcept {
  if (statement.previous) {
    statement.previous->next = statement.next;
  } else {
    held = statement.next;
  }
  if (statement.next) statement.next->previous = statement.previous;
  statement.previous = statement.next = nullptr;
  statement.owner = nullptr;
}

bool PooledConnection::has_running() const {
  for (const PreparedStatement* statement = held; statement; statement = statement->next) {
    if (statement->is_running) return true;
  }
  return false;
}

void PooledConnection::close_running(const char* reason, bool only_writes) noexcept {
  for (PreparedStatement* statement = held; statement; statement = statement->next) {
    if (!statement->is_running || (only_writes && !statement->is_write)) continue;
    statement->cut(reason);
  }
}

void PooledConnection::close_for_commit() noexcept {
  for (PreparedStatement* statement = held; statement; statement = statement->next) {
    if (statement->is_running && !statement->outlives_commit) statement->cut("COMMIT");
  }
}

// ---- ConnectionState ----

ConnectionState::ConnectionState(Engine& e)
    : engine(e),
      is_autocommit(e.options().isolation_level == "AUTOCOMMIT"),
      keeps_snapshot(e.options().isolation_level == "SERIALIZABLE"),
      restarts(e.dialect().restarts_read_for_write()),
      hides_params(e.options().hide_parameters) {
  link = e.pool().check_out();
  if (EngineListener* told = e.listener()) {
    struct Return {
      Engine& engine;
      std::shared_ptr<PooledConnection>& link;
      bool is_kept = false;
      ~Return() {
        if (!is_kept) engine.pool().check_in(std::move(link));
      }
    } unless_kept{e, link};
    told->pooled(e, PoolUse::kCheckout, *link->driver);
    unless_kept.is_kept = true;
  }
  link->users.push_back(this);
}

ConnectionState::~ConnectionState() {
  is_silent = true;
  leave();
  std::erase(link->users, this);
  if (EngineListener* told = tells_return ? engine.listener() : nullptr)
    told->pooled(engine, PoolUse::kCheckin, *link->driver);
  engine.pool().check_in(std::move(link));
}

// ---- Connection ----

Connection::Connection(EnginePtr engine) : engine_(std::move(engine)) {
  state_ = std::make_unique<ConnectionState>(*engine_);
  state_->connection = this;
}

Connection::~Connection() = default;

ConnectionState& Connection::open_state() const {
  if (!state_) throw Error(ErrorKind::kResourceClosedError, "This connection is closed");
  return *state_;
}

driver::DriverConnection& Connection::driver() { return *open_state().link->driver; }

void Connection::begin() {
  ConnectionState& state = open_state();
  state.lost = false;
  state.begun = true;
}

bool Connection::in_transaction() const { return state_ && (state_->begun || state_->entered); }
bool Connection::has_written() const { return state_ && state_->wrote; }
bool Connection::is_open_at_database() const { return state_ && state_->entered; }
bool Connection::lost_transaction() const { return state_ && state_->lost; }
void Connection::commit() { open_state().commit(); }
void Connection::rollback() { open_state().rollback(); }
void Connection::end_read() { open_state().end_read(); }
std::string Connection::savepoint() { return open_state().savepoint(); }
void Connection::release_savepoint(const std::string& name) {
  open_state().release_savepoint(name);
}
void Connection::rollback_to_savepoint(const std::string& name) {
  open_state().rollback_to_savepoint(name);
}
void Connection::execute_script(std::string_view sql) { open_state().run_script(sql); }

Cursor Connection::execute(const compile::Compiled& statement,
                           std::span<const base::Value> values) {
  ConnectionState& state = open_state();
  PreparedPtr prepared = state.prepared(statement, values);
  Cursor cursor(prepared);
  state.start(*prepared, values);
  return cursor;
}

Cursor Connection::execute_sql(std::string_view sql, std::span<const base::Value> values) {
  ConnectionState& state = open_state();
  PreparedPtr prepared = state.prepared(sql, values);
  Cursor cursor(prepared);
  state.start(*prepared, values);
  return cursor;
}

void Connection::announce_return() {
  if (!state_ || state_->tells_return) return;
  EngineListener* told = engine_->listener();
  if (told == nullptr) return;
  state_->tells_return = true;
  told->pooled(*engine_, PoolUse::kReset, *state_->link->driver);
}

void Connection::close(bool is_told) {
  if (!state_) return;
  if (is_told) announce_return();
  state_->leave();
  state_.reset();
}

bool Connection::is_closed() const { return !state_; }

bool Connection::has_lasting_results() const {
  const ConnectionState& state = open_state();
  for (const PreparedStatement* held = state.link->held; held; held = held->next)
    if (held->owner == &state && held->is_running && held->outlives_commit) return true;
  return false;
}

void Connection::invalidate() { open_state().link->is_broken = true; }

}  // namespace moonbase::engine
