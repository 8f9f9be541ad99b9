#include "orm/engine/connection.h"

#include <algorithm>

#include <fmt/format.h>

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

void PooledConnection::use_level(std::string_view wanted) {
  if (wanted == "AUTOCOMMIT") wanted = {};
  if (wanted == level) return;
  driver->set_isolation_level(wanted);
  level = wanted;
}

PooledConnection::~PooledConnection() { leave_interrupts(); }

void PooledConnection::leave_interrupts() noexcept {
  if (InterruptSlots* slots = std::exchange(interrupts, nullptr)) slots->remove(interrupt_slot);
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
      restarts(e.dialect().restarts_read_for_write()),
      hides_params(e.options().hide_parameters),
      stream_rows(e.execution_options().stream_rows) {
  take_link();
}

void ConnectionState::take_link() {
  struct Taken {
    Engine& engine;
    std::shared_ptr<PooledConnection> link;
    ~Taken() {
      if (link) engine.pool().check_in(std::move(link));
    }
  } taken{engine, engine.pool().check_out()};
  if (EngineListener* told = engine.listener())
    told->pooled(engine, PoolUse::kCheckout, *taken.link->driver);
  link = std::move(taken.link);
  is_given_back = false;
  link->users.push_back(this);
  if (engine.has_pool_log())
    engine.tell_pool(fmt::format("Connection {} checked out from pool", link->number));
}

void ConnectionState::renew() {
  const bool is_ended = !entered && !lost && link->users.size() <= 1;
  if (!link->is_broken || !is_ended) return;
  if (!is_given_back) {
    close_held();
    tells_return = true;
    give_back();
    tells_return = false;
  }
  take_link();
  link->use_level(level);
}

void ConnectionState::use_level(const std::string& wanted) {
  // What another user of the same connection has set is theirs until they are gone.
  const bool is_alone = link->users.size() == 1 && !link->is_open;
  if (is_alone || wanted != engine.execution_options().isolation_level) link->use_level(wanted);
  level = wanted;
  is_autocommit = level == "AUTOCOMMIT";
  keeps_snapshot = level == "SERIALIZABLE";
}

ConnectionState::~ConnectionState() {
  is_silent = true;
  leave();
  give_back();
}

void ConnectionState::give_back() noexcept {
  if (is_given_back) return;
  is_given_back = true;
  std::erase(link->users, this);
  if (engine.has_pool_log())
    engine.tell_pool(fmt::format("Connection {} returned to pool", link->number));
  if (EngineListener* told = tells_return ? engine.listener() : nullptr)
    told->pooled(engine, PoolUse::kCheckin, *link->driver);
  // Its object may stay for a while.
  if (link->is_broken) link->leave_interrupts();
  engine.pool().check_in(link);
}

// ---- Connection ----

Connection::Connection(EnginePtr engine) : engine_(std::move(engine)) {
  state_ = std::make_unique<ConnectionState>(*engine_);
  state_->connection = this;
  state_->use_level(engine_->execution_options().isolation_level);
}

Connection::~Connection() = default;

ConnectionState& Connection::open_state() const {
  if (!state_) throw Error(ErrorKind::kResourceClosedError, "This connection is closed");
  return *state_;
}

ConnectionState& Connection::ready_state() {
  ConnectionState& state = open_state();
  state.renew();
  return state;
}

driver::DriverConnection& Connection::driver() { return *open_state().link->driver; }

void Connection::set_isolation_level(const std::string& level) {
  ConnectionState& state = open_state();
  engine_->check_isolation_level(level);
  if (in_transaction() || state.link->is_open) {
    throw Error(ErrorKind::kInvalidRequestError,
                "a transaction has begun on this connection already, by begin() or by its first "
                "statement: isolation_level may not be altered unless rollback() or commit() is "
                "called first");
  }
  state.use_level(level);
}

std::string Connection::isolation_level() {
  ConnectionState& state = open_state();
  if (state.is_autocommit) return state.level;
  return state.link->driver->isolation_level();
}

const std::string& Connection::own_isolation_level() const { return open_state().level; }
void Connection::set_stream_rows(int rows) { open_state().stream_rows = rows; }
int Connection::stream_rows() const { return open_state().stream_rows; }

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
std::string Connection::savepoint() { return ready_state().savepoint(); }
void Connection::release_savepoint(const std::string& name) {
  open_state().release_savepoint(name);
}
void Connection::rollback_to_savepoint(const std::string& name) {
  open_state().rollback_to_savepoint(name);
}
void Connection::execute_script(std::string_view sql) { ready_state().run_script(sql); }

Cursor Connection::execute(const compile::Compiled& statement,
                           std::span<const base::Value> values) {
  ConnectionState& state = ready_state();
  PreparedPtr prepared = state.prepared(statement, values);
  Cursor cursor(prepared);
  state.start(*prepared, values);
  return cursor;
}

Cursor Connection::execute_sql(std::string_view sql, std::span<const base::Value> values,
                               int stream_rows) {
  ConnectionState& state = ready_state();
  PreparedPtr prepared = state.prepared(sql, values);
  Cursor cursor(prepared);
  prepared->stream(stream_rows > 0 ? stream_rows : state.stream_rows);
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
