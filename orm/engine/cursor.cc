// Cursor and Connection::Batch: the two ways to run a prepared statement.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "orm/engine/connection_state.h"

namespace moonbase::engine {

using base::Error;
using base::ErrorKind;
using base::Value;

// ---- Cursor ----

Cursor::Cursor() = default;
Cursor::Cursor(PreparedPtr statement) : statement_(std::move(statement)) {}
Cursor::Cursor(Cursor&& other) noexcept = default;

Cursor& Cursor::operator=(Cursor&& other) noexcept {
  if (this != &other) {
    close();
    statement_ = std::move(other.statement_);
  }
  return *this;
}

Cursor::~Cursor() { close(); }

void Cursor::close() noexcept {
  if (!statement_) return;
  PreparedStatement& prepared = *statement_;
  if (prepared.owner) {
    if (prepared.is_running) prepared.statement->reset();
    prepared.is_running = prepared.row_waits = false;
    prepared.owner->link->let_go(prepared);
  }
  statement_.reset();
}

PreparedStatement& Cursor::open_statement() const {
  if (!statement_) throw Error(ErrorKind::kResourceClosedError, "This result is closed");
  if (!statement_->statement) {
    throw Error(ErrorKind::kResourceClosedError,
                "This result was closed by the end of its connection");
  }
  return *statement_;
}

bool Cursor::returns_rows() const { return column_count() > 0; }
int Cursor::column_count() const {
  const PreparedStatement& prepared = open_statement();
  return prepared.returns_key ? 0 : prepared.statement->column_count();
}

bool Cursor::next() {
  PreparedStatement& prepared = open_statement();
  if (prepared.row_waits) {
    prepared.row_waits = false;
    return true;
  }
  if (!prepared.is_running) {
    if (!prepared.closed_by) return false;
    throw Error(ErrorKind::kResourceClosedError,
                fmt::format("This result was closed by {} before its last row was read",
                            prepared.closed_by))
        .with_hint("Read it to its end first.");
  }
  try {
    if (prepared.reads_in_parts) prepared.owner->guard_rest(&prepared);
    if (prepared.statement->step()) return true;
  } catch (Error& error) {
    prepared.is_running = false;
    prepared.statement->reset();
    prepared.owner->note_error(error, prepared.sql, prepared.params);
    prepared.owner->undo(&prepared);
    throw;
  }
  prepared.end_run();
  return false;
}

const std::vector<compile::ResultColumn>& Cursor::columns() const {
  PreparedStatement& prepared = open_statement();
  if (prepared.columns_known) return prepared.columns;
  auto count = static_cast<size_t>(column_count());
  if (!prepared.is_compiled) prepared.columns.clear();
  std::vector<compile::ResultColumn> named;
  if (prepared.columns_by_name) named.swap(prepared.columns);
  prepared.columns.resize(std::min(prepared.columns.size(), count));
  while (prepared.columns.size() < count) {
    int column = static_cast<int>(prepared.columns.size());
    const std::string name = prepared.statement->column_info(column).name;
    const auto said = std::ranges::find(named, name, &compile::ResultColumn::name);
    prepared.columns.push_back(said != named.end() ? *said
                                                   : compile::ResultColumn{name, types::null()});
  }
  prepared.columns_known = true;
  return prepared.columns;
}

Value Cursor::value(int column) const {
  return columns()[static_cast<size_t>(column)].type->load(statement_->statement->column(column));
}

Value Cursor::raw(int column) const { return open_statement().statement->column(column); }
int64_t Cursor::raw_int(int column) const { return open_statement().statement->column_int(column); }
const driver::DriverStatement& Cursor::statement() const { return *open_statement().statement; }
bool Cursor::is_null(int column) const { return open_statement().statement->is_null(column); }

int64_t Cursor::rowcount() const { return open_statement().changes; }
int64_t Cursor::last_insert_id() const { return open_statement().last_insert_id; }

void Cursor::outlive_commit() {
  PreparedStatement& prepared = open_statement();
  if (!prepared.owner || prepared.is_write) return;
  prepared.outlives_commit = prepared.owner->engine.dialect().keeps_results_over_commit();
}

// ---- Batch ----

struct Connection::Batch::State {
  ConnectionState& connection;
  const dialect::Dialect& dialect;
  PreparedPtr prepared;
  bool takes_rows = false;
  bool has_row = false;
  base::StatementRecord record;  // kept while there are sinks
  bool is_guarded = false;

  // Opens the transaction for a run; all runs have one guard.
  void enter() {
    const bool had_written = connection.wrote;
    connection.enter(prepared->is_write);
    std::exchange(is_guarded, true) ? connection.guard_more(this)
                                    : connection.guard(this, had_written);
  }
};

Connection::Batch::Batch(Connection& connection, compile::CompiledPtr statement) {
  ConnectionState& state = connection.ready_state();
  PreparedPtr prepared = state.prepared(*statement, {});
  prepared->params.clear();
  prepared->params.resize(static_cast<size_t>(prepared->statement->parameter_count()));
  prepared->closed_by = nullptr;
  prepared->outlives_commit = false;
  state.link->hold(*prepared, state);
  state_ = std::make_unique<State>(State{
      state, state.engine.dialect(), std::move(prepared), statement->takes_rows, false, {}, false});
  state_->record.executions = 0;
  state_->record.rows = 0;
}

Connection::Batch::~Batch() {
  PreparedStatement& prepared = *state_->prepared;
  if (!prepared.owner) return;
  prepared.statement->reset();
  prepared.is_running = false;
  prepared.owner->link->let_go(prepared);
}

void Connection::Batch::bind(int index, const Value& value, const types::Type& type) {
  PreparedStatement& prepared = *state_->prepared;
  Value& param = prepared.params[static_cast<size_t>(index)];
  to_wire(state_->dialect, value, type, param);
  prepared.statement->bind(index, param);
}

void Connection::Batch::run() {
  PreparedStatement& prepared = *state_->prepared;
  ConnectionState& connection = state_->connection;
  base::StatementRecord& record = state_->record;
  bool is_heard = connection.has_sinks();
  EngineListener* listener = connection.listener();
  const Execution execution{prepared.sql, prepared.params, true};
  try {
    state_->enter();
    if (listener != nullptr) listener->executing(*connection.connection, execution);
    if (is_heard && record.executions++ == 0) {
      record.start_time = base::clock_seconds();
      record.params = connection.shown(prepared.params);
    }
    prepared.is_running = true;
    state_->has_row = prepared.first_step();
  } catch (Error& error) {
    prepared.is_running = false;
    prepared.statement->reset();
    bool is_ours = error.statement().empty();
    connection.note_error(error, prepared.sql, prepared.params);
    if (is_heard && is_ours) {
      record.error = error.message();
      finish();
    }
    connection.undo(state_.get());
    if (listener != nullptr) listener->failed(*connection.connection, execution, error);
    throw;
  }
  if (listener != nullptr) listener->executed(*connection.connection, execution);
}

bool Connection::Batch::can_queue() const {
  const ConnectionState& connection = state_->connection;
  return connection.engine.traits().has_pipeline &&
         (state_->takes_rows || connection.listener() == nullptr);
}

bool Connection::Batch::queue() {
  PreparedStatement& prepared = *state_->prepared;
  try {
    if (!prepared.statement->queue()) return false;
  } catch (Error& error) {
    state_->connection.note_error(error, prepared.sql, prepared.params);
    throw;
  }
  base::StatementRecord& record = state_->record;
  if (state_->connection.has_sinks() && record.executions++ == 0) {
    record.start_time = base::clock_seconds();
    record.params = state_->connection.shown(prepared.params);
    for (Value& value : record.params) value.own();
  }
  return true;
}

void Connection::Batch::collect(const std::function<void(size_t)>& each) {
  PreparedStatement& prepared = *state_->prepared;
  ConnectionState& connection = state_->connection;
  EngineListener* listener = connection.listener();
  const std::vector<Value> none;
  const Execution execution{prepared.sql, none, true};
  base::StatementRecord& record = state_->record;
  try {
    state_->enter();
    if (listener != nullptr) listener->executing(*connection.connection, execution);
    prepared.statement->collect([&](size_t run) {
      prepared.changes = prepared.statement->changes();
      if (record.executions > 0 && prepared.changes > 0) record.rows += prepared.changes;
      each(run);
    });
  } catch (Error& error) {
    const bool is_ours = error.statement().empty();
    connection.note_error(error, prepared.sql, record.params);
    if (record.executions > 0 && is_ours) {
      record.error = error.message();
      finish();
    }
    connection.undo(state_.get());
    if (listener != nullptr) listener->failed(*connection.connection, execution, error);
    throw;
  }
  if (listener != nullptr) listener->executed(*connection.connection, execution);
}

int64_t Connection::Batch::changes() const { return state_->prepared->changes; }
int64_t Connection::Batch::last_insert_id() const { return state_->prepared->last_insert_id; }
bool Connection::Batch::has_row() const { return state_->has_row; }
Value Connection::Batch::column(int index) const {
  return state_->prepared->statement->column(index);
}

void Connection::Batch::done() {
  PreparedStatement& prepared = *state_->prepared;
  if (prepared.is_running) {
    // A RETURNING that is not read to its end would keep COMMIT from working.
    while (prepared.statement->step()) {
    }
    prepared.end_run();
  }
  state_->has_row = false;
  if (state_->record.executions > 0 && prepared.changes > 0)
    state_->record.rows += prepared.changes;
}

void Connection::Batch::finish() {
  base::StatementRecord record = std::move(state_->record);
  state_->record = base::StatementRecord();
  state_->record.executions = 0;
  state_->record.rows = 0;
  if (record.executions == 0 || !state_->connection.has_sinks()) return;
  state_->connection.emit_run(record, *state_->prepared);
}

}  // namespace moonbase::engine
