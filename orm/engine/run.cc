// Running statements: which prepared statement, what it does to the transaction, its values, its
// first row.
#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "orm/base/text.h"
#include "orm/driver/sql_text.h"
#include "orm/engine/connection_state.h"

namespace moonbase::engine {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The same value without a copy of its bytes.
Value borrow(const Value& value) {
  return value.is_bytes() ? Value::borrowed(value.tag(), value.as_bytes()) : value;
}

// The buffers of one huge value are not kept for all time.
constexpr size_t kKeptBytes = 64 * 1024;

}  // namespace

Effect effect_of(std::string_view sql) {
  std::string word = driver::first_keyword(sql);
  if (is_one_of(word, {"create", "alter", "drop", "reindex", "truncate", "comment"}))
    return Effect::kDefinition;
  if (is_one_of(word, {"pragma", "vacuum", "attach", "detach"})) return Effect::kOutside;
  if (is_one_of(word,
                {"begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"})) {
    return Effect::kControl;
  }
  return Effect::kPlain;
}

void PreparedStatement::bind_copies(std::span<const Value> values) {
  if (static_cast<int>(values.size()) != statement->parameter_count()) {
    throw Error(
        ErrorKind::kProgrammingError,
        fmt::format("the statement takes {} value{}, and {} {} given", statement->parameter_count(),
                    statement->parameter_count() == 1 ? "" : "s", values.size(),
                    values.size() == 1 ? "was" : "were"));
  }
  size_t total = 0;
  for (const Value& value : values) {
    if (value.is_bytes()) total += value.as_bytes().size();
  }
  if (total <= kKeptBytes && bytes.capacity() > kKeptBytes) std::string().swap(bytes);
  bytes.clear();
  bytes.reserve(total);
  params.clear();
  for (size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    if (value.is_bytes()) {
      size_t begin = bytes.size();
      bytes.append(value.as_bytes());
      params.push_back(Value::borrowed(value.tag(), {bytes.data() + begin, bytes.size() - begin}));
    } else {
      params.push_back(value);
    }
    statement->bind(static_cast<int>(i), params.back());
  }
}

PreparedPtr ConnectionState::prepare(std::string_view sql, Effect effect,
                                     std::span<const Value> values) {
  auto prepared = std::make_shared<PreparedStatement>();
  prepared->sql = sql;
  prepared->effect = effect;
  bool is_heard = has_sinks();
  base::StatementRecord record;
  try {
    // SQLite runs some PRAGMAs while it prepares them.
    if (effect == Effect::kOutside) end_read();
    if (is_heard) record.start_time = base::clock_seconds();
    prepared->statement = link->driver->prepare(sql);
  } catch (Error& error) {
    note_error(error, sql, values);
    if (is_heard) {
      record.error = error.message();
      record.params = shown(values);
      emit_run(record, *prepared);
    }
    if (EngineListener* told = listener()) told->failed(*connection, {sql, values}, error);
    throw;
  }
  prepared->is_write = prepared->statement->is_write();
  return prepared;
}

namespace {

bool is_free(const PreparedPtr* found) { return found && !(*found)->owner && (*found)->statement; }
// There is a use for another one in the cache: no run of it is about to end, and it will be run
// again.
bool is_wanted(const PreparedPtr* found, const PreparedStatement& fresh) {
  return fresh.effect == Effect::kPlain && !(found && (*found)->statement);
}

}  // namespace

PreparedPtr ConnectionState::prepared(const compile::Compiled& compiled,
                                      std::span<const Value> values) {
  PreparedPtr* found = compiled.uid == 0 ? nullptr : link->by_uid.find(compiled.uid);
  if (is_free(found)) return *found;
  bool is_text = compiled.kind == expr::StatementKind::kText;
  PreparedPtr fresh =
      prepare(compiled.sql, is_text ? effect_of(compiled.sql) : Effect::kPlain, values);
  fresh->is_compiled = true;
  if (compiled.takes_rows) fresh->statement->take_rows();
  fresh->returns_key = compiled.returns_key;
  fresh->columns_by_name = compiled.columns_by_name;
  // A text statement may say less about its columns than the database does, which Cursor::columns
  // asks.
  fresh->columns = compiled.columns;
  if (compiled.uid != 0 && is_wanted(found, *fresh)) link->by_uid.put(compiled.uid, fresh);
  return fresh;
}

PreparedPtr ConnectionState::prepared(std::string_view sql, std::span<const Value> values) {
  PreparedPtr* found = link->by_text.find(sql);
  if (is_free(found)) return *found;
  PreparedPtr fresh = prepare(sql, effect_of(sql), values);
  if (is_wanted(found, *fresh)) link->by_text.put(std::string(sql), fresh);
  return fresh;
}

void ConnectionState::before(const PreparedStatement& statement) {
  switch (statement.effect) {
    case Effect::kPlain:
      enter(statement.is_write);
      return;
    case Effect::kDefinition:
      // An open reader would lock the table that is to change.
      link->close_running("a change of the schema");
      enter(true);
      return;
    case Effect::kOutside:
      end_read();
      return;
    case Effect::kControl:
      link->close_running("a BEGIN, COMMIT or ROLLBACK");
      return;
  }
}

void ConnectionState::after(const PreparedStatement& statement) {
  if (statement.effect == Effect::kPlain) return;
  if (statement.effect == Effect::kDefinition) {
    link->by_uid.clear();
    link->by_text.clear();
  } else {
    notice_control();
  }
}

void ConnectionState::start(PreparedStatement& statement, std::span<const Value> values,
                            const Engine::CacheUse* use) {
  bool is_heard = has_sinks();
  EngineListener* listener = this->listener();
  base::StatementRecord record;
  if (is_heard) record.start_time = base::clock_seconds();
  if (use) (use->is_hit ? record.cached_for : record.generated_in) = use->seconds;
  const bool had_written = wrote;
  try {
    before(statement);
    if (listener != nullptr) listener->executing(*connection, {statement.sql, values});
    guard(&statement, had_written);
    if (is_heard) record.start_time = base::clock_seconds();  // a BEGIN had its own time
    statement.bind_copies(values);
    statement.closed_by = nullptr;
    statement.outlives_commit = false;
    if (!statement.is_compiled) statement.columns_known = false;
    statement.is_running = true;
    statement.row_waits = statement.first_step();
    link->hold(statement, *this);
    after(statement);
  } catch (Error& error) {
    statement.is_running = false;
    statement.statement->reset();
    bool is_ours = error.statement().empty();  // else it is BEGIN's
    if (!is_ours) error.add_context("beginning the transaction of " + statement.sql);
    note_error(error, statement.sql, values);
    if (is_heard && is_ours) {
      record.error = error.message();
      record.params = shown(values);
      emit_run(record, statement);
    }
    undo(&statement);
    if (listener != nullptr) listener->failed(*connection, {statement.sql, values}, error);
    throw;
  }
  if (listener != nullptr) listener->executed(*connection, {statement.sql, values});
  if (!is_heard) return;
  record.rows = statement.is_running ? -1 : statement.changes;
  record.params = shown(values);
  emit_run(record, statement);
}

void ConnectionState::emit_run(base::StatementRecord& record, const PreparedStatement& statement) {
  record.end_time = base::clock_seconds();
  record.statement = statement.sql;
  record.is_transaction_control = statement.effect == Effect::kControl;
  record.bind_key = engine.options().bind_key;
  engine.emit(record);
}

void ConnectionState::note_error(Error& error, std::string_view sql,
                                 std::span<const Value> params) {
  if (error.statement().empty()) error.set_statement(std::string(sql), shown(params));
  if (error.disconnected() && !link->is_broken) {
    // A server that went away took the idle connections with it.
    engine.pool().invalidate(*link);
  }
  bool was_lost = lost;
  notice_loss();
  // Of a COMMIT that was not answered nobody knows.
  bool may_be_kept = error.disconnected() && sql == "COMMIT";
  if (lost && !was_lost && !may_be_kept) {
    error.set_hint(error.hint() + (error.hint().empty() ? "" : "\n") +
                   "The database has rolled the whole transaction back: nothing of it was kept. "
                   "Call rollback() and begin again.");
  }
}

void ConnectionState::run_script(std::string_view sql) {
  PreparedStatement script;  // what `before` and `after` need to know, and what sinks hear
  script.sql = sql;
  script.is_write = true;
  script.effect = effect_of(sql);
  bool is_heard = has_sinks();
  base::StatementRecord record;
  link->close_running("a script");
  const bool had_written = wrote;
  before(script);
  guard(&script, had_written);
  if (is_heard) record.start_time = base::clock_seconds();
  try {
    link->driver->execute_script(sql);
  } catch (Error& error) {
    note_error(error, sql, {});
    if (is_heard) {
      record.error = error.message();
      emit_run(record, script);
    }
    undo(&script);
    if (link->driver->in_transaction()) notice_control();
    throw;
  }
  link->by_uid.clear();
  link->by_text.clear();
  notice_control();
  if (is_heard) emit_run(record, script);
}

void to_wire(const dialect::Dialect& dialect, const Value& value, const types::Type& type,
             Value& out) {
  switch (value.tag()) {
    case Tag::kNull:
      out = Value();
      return;
    case Tag::kInt:
      out = Value::integer(value.as_int());
      return;
    case Tag::kText:
      out = borrow(value);
      return;
    default:
      out = dialect.to_driver(value, type);
      return;
  }
}

// ---- a tree's statement ----

namespace {

const Value* find_named(std::span<const std::pair<std::string, Value>> named,
                        std::string_view name) {
  for (const auto& [key, value] : named) {
    if (key == name) return &value;
  }
  return nullptr;
}

[[noreturn]] void refuse_missing(const compile::Compiled& compiled, std::string_view name,
                                 std::span<const std::pair<std::string, Value>> named) {
  std::vector<std::string> given;
  for (const auto& [key, value] : named) given.push_back(key);
  throw Error(ErrorKind::kStatementError,
              fmt::format("A value is required for bind parameter '{}'{}", name,
                          base::did_you_mean(name, given)))
      .with_statement(compiled.sql, {});
}

}  // namespace

void placeholder_values(const dialect::Dialect& dialect, const compile::Compiled& compiled,
                        std::span<const expr::Element* const> binds,
                        std::span<const std::pair<std::string, Value>> named,
                        std::vector<Value>& values) {
  values.clear();
  values.resize(compiled.binds.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const compile::BindSlot& slot = compiled.binds[i];
    if (const Value* given = slot.name.empty() ? nullptr : find_named(named, slot.name)) {
      Value cast = slot.type->cast(borrow(*given));
      to_wire(dialect, cast, *slot.type, values[i]);
      values[i].own();
      continue;
    }
    const expr::Element* element =
        slot.index < 0 ? nullptr : binds[static_cast<size_t>(slot.index)];
    if (element && (element->flags & expr::kCallableName))
      refuse_missing(compiled, element->name, named);
    to_wire(dialect, element ? element->value : slot.fixed, *slot.type, values[i]);
  }
}

Cursor Connection::execute(const expr::Statement& statement,
                           std::span<const std::pair<std::string, Value>> named, int stream_rows) {
  ConnectionState& state = ready_state();
  // Taken out while in use, as the values below.
  std::vector<const expr::Element*> binds = std::move(state.binds);
  binds.clear();
  expr::collect_binds(statement, binds);
  Cursor cursor = execute_with_binds(statement, binds, named, stream_rows);
  state.binds = std::move(binds);
  return cursor;
}

Cursor Connection::execute_with_binds(const expr::Statement& statement,
                                      std::span<const expr::Element* const> binds,
                                      std::span<const std::pair<std::string, Value>> named,
                                      int stream_rows) {
  ConnectionState& state = ready_state();
  Engine::CacheUse use;
  const bool is_heard = state.has_sinks();
  compile::CompiledPtr compiled = engine_->compile(statement, is_heard ? &use : nullptr);
  // Taken out while in use: a user's own type may run statements of its own.
  std::vector<Value> values = std::move(state.values);
  placeholder_values(engine_->dialect(), *compiled, binds, named, values);
  PreparedPtr prepared = state.prepared(*compiled, values);
  Cursor cursor(prepared);
  prepared->stream(stream_rows > 0 ? stream_rows : state.stream_rows);
  state.start(*prepared, values, is_heard ? &use : nullptr);
  state.values = std::move(values);
  return cursor;
}

}  // namespace moonbase::engine
