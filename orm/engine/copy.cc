// Connection::Copy: rows in the database's own bulk form.
#include <utility>

#include "orm/compile/traits.h"
#include "orm/engine/connection_state.h"

namespace moonbase::engine {

using base::Error;
using base::Value;

namespace {

// A sending of this size hides what a statement costs, and holds no more than that in memory.
constexpr size_t kSending = size_t{4} << 20;

std::string copy_statement(const compile::DialectTraits& traits, const schema::Table& table,
                           const std::vector<std::string>& columns) {
  std::string names;
  for (const std::string& column : columns) {
    if (!names.empty()) names += ", ";
    names += compile::quote_identifier(traits, column);
  }
  return "COPY " + compile::quote_table(traits, table) + " (" + names + ") FROM STDIN";
}

}  // namespace

bool Connection::has_copy() const { return open_state().link->driver->has_copy(); }

Connection::Copy::Copy(Connection& connection, const schema::Table& table,
                       const std::vector<std::string>& columns)
    : connection_(connection), sql_(copy_statement(connection.engine().traits(), table, columns)) {}

void Connection::Copy::bind(int index, const Value& value, const types::Type& type) {
  ConnectionState& state = connection_.open_state();
  to_wire(state.engine.dialect(), value, type, wire_);
  state.link->driver->append_copy_field(text_, wire_, index == 0);
}

void Connection::Copy::run() {
  connection_.open_state().link->driver->end_copy_row(text_);
  ++rows_;
  if (text_.size() >= kSending) send();
}

void Connection::Copy::finish() {
  if (rows_ > 0) send();
}

void Connection::Copy::send() {
  ConnectionState& state = connection_.open_state();
  PreparedStatement statement;
  statement.sql = sql_;
  statement.is_write = true;
  const bool is_heard = state.has_sinks();
  EngineListener* listener = state.listener();
  const Execution execution{sql_, {}, true};
  base::StatementRecord record;
  const bool had_written = state.wrote;
  bool is_given = false;
  const auto next = [&](std::string_view& text) {
    text = text_;
    return !std::exchange(is_given, true);
  };
  try {
    state.before(statement);
    if (listener != nullptr) listener->executing(*state.connection, execution);
    sent_ == 0 ? state.guard(this, had_written) : state.guard_more(this);
    if (is_heard) record.start_time = base::clock_seconds();
    record.rows = state.link->driver->copy_in(sql_, next);
  } catch (Error& error) {
    if (sent_ > 0) error.add_context("COPY, after " + std::to_string(sent_) + " rows");
    state.note_error(error, sql_, {});
    if (is_heard) {
      record.error = error.message();
      state.emit_run(record, statement);
    }
    state.undo(this);
    if (listener != nullptr) listener->failed(*state.connection, execution, error);
    throw;
  }
  sent_ += std::exchange(rows_, 0);
  text_.clear();
  if (listener != nullptr) listener->executed(*state.connection, execution);
  if (is_heard) state.emit_run(record, statement);
}

}  // namespace moonbase::engine
