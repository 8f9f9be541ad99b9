#include "bindings/execute.h"

#include <algorithm>
#include <optional>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/connection_options.h"
#include "bindings/insert_values.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_syntax.h"
#include "bindings/rows.h"
#include "bindings/stack.h"
#include "bindings/statement_guard.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using base::Value;

// The column that a parameter of this name stands for; null for other statements' parameters.
const schema::Column* parameter_column(const expr::Statement& statement, std::string_view name) {
  const schema::Table* table = nullptr;
  if (statement.kind == expr::StatementKind::kInsert)
    table = static_cast<const expr::Insert&>(statement).table.get();
  if (statement.kind == expr::StatementKind::kUpdate)
    table = static_cast<const expr::Update&>(statement).table.get();
  return table != nullptr ? find_column(*table, name) : nullptr;
}

// Names that the statement itself has for its binds.
std::vector<std::string> bind_names(const expr::Statement& statement) {
  std::vector<const expr::Element*> binds;
  expr::collect_binds(statement, binds);
  std::vector<std::string> names;
  for (const expr::Element* bind : binds)
    if (!bind->name.empty()) names.push_back(bind->name);
  return names;
}

// The value on the top of the stack.
Value check_one(lua_State* L, const schema::Column* column, const std::string& name) {
  try {
    return column != nullptr && column->type ? to_typed_value(L, -1, *column->type)
                                             : to_value(L, -1);
  } catch (Error& error) {
    const std::string owner =
        column != nullptr ? column->full_name() : "parameter " + base::quote_for_message(name);
    error.set_message(owner + ": " + error.message());
    throw;
  }
}

// A function may be executed by itself, as a text may.
expr::StatementPtr statement_of_element(const expr::ElementPtr& element) {
  if (element->kind == expr::Kind::kText) {
    expr::TextStatement draft;
    draft.text = element;
    return expr::finish(std::move(draft));
  }
  if (element->kind == expr::Kind::kFunction) {
    expr::Select draft;
    draft.columns.push_back(element);
    return expr::finish(std::move(draft));
  }
  return nullptr;
}

[[noreturn]] void refuse_statement(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING) {
    std::string text = base::quote_for_message(check_string(L, index));
    throw Error(ErrorKind::kArgumentError, "Not an executable object: " + text)
        .with_hint("Textual SQL is written db.text " + text + ".");
  }
  throw Error(ErrorKind::kArgumentError, "Not an executable object: a " + type_name_of(L, index))
      .with_hint(
          "execute() takes db.select(…), db.insert(…), db.update(…), db.delete(…) or db.text '…'.");
}

// --- many runs of one INSERT ---

class InsertBatch {
 public:
  InsertBatch(engine::Connection& connection, const expr::Insert& insert)
      : compiled_(connection.engine().compile(insert)), batch_(connection, compiled_) {
    expr::collect_binds(insert, elements_);
    values_.resize(compiled_->binds.size());
  }

  void run(const NamedValues& parameters) {
    for (size_t i = 0; i < values_.size(); ++i) {
      const compile::BindSlot& slot = compiled_->binds[i];
      values_[i] = value_of(slot, parameters);
      batch_.bind(static_cast<int>(i), values_[i], *slot.type);
    }
    batch_.run();
    rowcount_ += std::max<int64_t>(batch_.changes(), 0);
    last_insert_id_ = batch_.last_insert_id();
    batch_.done();
  }
  void finish() { batch_.finish(); }
  int64_t rowcount() const { return rowcount_; }
  int64_t last_insert_id() const { return last_insert_id_; }

 private:
  Value value_of(const compile::BindSlot& slot, const NamedValues& parameters) const {
    auto named = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) {
      return !slot.name.empty() && p.first == slot.name;
    });
    if (named != parameters.end()) return slot.type->cast(named->second);
    const expr::Element* element =
        slot.index >= 0 ? elements_[static_cast<size_t>(slot.index)] : nullptr;
    bool is_missing =
        element != nullptr ? (element->flags & expr::kCallableName) != 0 : !slot.name.empty();
    if (is_missing) {
      throw Error(ErrorKind::kStatementError,
                  "A value is required for bind parameter " + base::quote_for_message(slot.name))
          .with_statement(compiled_->sql, {});
    }
    return element != nullptr ? element->value : slot.fixed;
  }

  compile::CompiledPtr compiled_;
  engine::Connection::Batch batch_;
  std::vector<const expr::Element*> elements_;
  std::vector<Value> values_;  // what is bound, until the run is done
  int64_t rowcount_ = 0, last_insert_id_ = 0;
};

void push_insert(lua_State* L, engine::Connection& connection, const expr::Insert& insert,
                 int parameters) {
  NamedValues named = check_values(L, parameters, insert);
  InsertValues values(insert, named, connection.engine().traits().name);
  values.add_defaults(named);
  engine::Cursor cursor = connection.execute(*values.statement(), named);
  if (cursor.returns_rows()) return push_result(L, cursor);
  bool is_one_row = values.statement()->rows.size() <= 1 && !values.statement()->from_select;
  if (!is_one_row) return push_write_result(L, cursor.rowcount(), cursor.last_insert_id());
  std::vector<std::string> names;
  for (const schema::Column* column : insert.table->primary_key()) names.push_back(column->key);
  std::vector<Value> key = values.primary_key(named, cursor.last_insert_id());
  lua_createtable(L, static_cast<int>(key.size()), 0);
  int row = lua_gettop(L);
  for (size_t i = 0; i < key.size(); ++i) {
    push_value(L, key[i], nullptr, true);
    lua_rawseti(L, row, static_cast<lua_Integer>(i + 1));
  }
  push_row_metatable(L, names);
  lua_setmetatable(L, row);
  push_write_result(L, cursor.rowcount(), cursor.last_insert_id(), row);
  lua_remove(L, row);
}

// The tables of a list, in one batch for each run of those that name the same columns.
class InsertBatches {
 public:
  InsertBatches(engine::Connection& connection, const expr::Insert& insert, Uneven uneven)
      : connection_(connection), insert_(insert), uneven_(uneven) {}

  void run(NamedValues named) {
    std::vector<std::string> names = names_of(named);
    if (!batch_ || (uneven_ == Uneven::kAllowed && names != names_)) {
      finish();
      batch_.reset();
      values_.emplace(insert_, named, connection_.engine().traits().name);
      batch_.emplace(connection_, *values_->statement());
      names_ = std::move(names);
    }
    values_->add_defaults(named);
    batch_->run(named);
  }

  void finish() {
    if (!batch_) return;
    batch_->finish();
    rowcount_ += batch_->rowcount();
    last_insert_id_ = batch_->last_insert_id();
  }
  int64_t rowcount() const { return rowcount_; }
  int64_t last_insert_id() const { return last_insert_id_; }

 private:
  engine::Connection& connection_;
  const expr::Insert& insert_;
  Uneven uneven_;
  std::vector<std::string> names_;
  std::optional<InsertValues> values_;
  std::optional<InsertBatch> batch_;
  int64_t rowcount_ = 0, last_insert_id_ = 0;
};

void push_insert_batch(lua_State* L, engine::Connection& connection, const expr::Insert& insert,
                       int list, Uneven uneven) {
  InsertBatches batches(connection, insert, uneven);
  for_each_parameters(L, list, [&](int set) { batches.run(check_values(L, set, insert)); });
  batches.finish();
  push_write_result(L, batches.rowcount(), batches.last_insert_id());
}

// --- one run after the other, with the rows of all ---

template <class Run>
void push_runs(lua_State* L, int list, Run run) {
  std::vector<std::string> names;
  int64_t rowcount = 0, last_insert_id = 0;
  bool has_rows = false;
  lua_newtable(L);
  int rows = lua_gettop(L);
  lua_pushnil(L);
  int metatable = lua_gettop(L);
  for_each_parameters(L, list, [&](int set) {
    engine::Cursor cursor = run(set);
    if (cursor.returns_rows()) {
      if (!has_rows) {
        has_rows = true;
        names = column_names(cursor);
        push_row_metatable(L, names);
        lua_replace(L, metatable);
      }
      append_rows(L, cursor, rows, metatable);
    }
    rowcount += std::max<int64_t>(cursor.rowcount(), 0);
    last_insert_id = cursor.last_insert_id();
  });
  lua_pop(L, 1);
  if (has_rows) return push_result_of_list(L, names, rowcount, last_insert_id);
  lua_pop(L, 1);
  push_write_result(L, rowcount, last_insert_id);
}

std::vector<Value> values_at(lua_State* L, int index) {
  std::vector<Value> values;
  if (index == 0 || lua_isnoneornil(L, index)) return values;
  check_table(L, index);
  if (!string_keys(L, index).empty()) {
    throw Error(ErrorKind::kArgumentError, "exec_driver_sql: the parameters are a list of values")
        .with_hint("Named parameters are for db.text 'select :x' and execute().");
  }
  for (lua_Integer i = 1, count = luaL_len(L, index); i <= count; ++i) {
    lua_geti(L, index, i);
    values.push_back(to_value(L, -1));
    lua_pop(L, 1);
  }
  return values;
}

// Of one run: all rows now, or in batches.
void push_rows_of(lua_State* L, const engine::Connection& connection, engine::Cursor cursor,
                  int stream_rows) {
  if (stream_rows == 0) stream_rows = connection.stream_rows();
  if (stream_rows > 0 && cursor.returns_rows())
    push_streamed_result(L, std::move(cursor), stream_rows, 1);
  else
    push_result(L, cursor);
}

}  // namespace

bool is_list_of_tables(lua_State* L, int index) {
  if (index == 0 || !lua_istable(L, index) || lua_rawlen(L, index) == 0) return false;
  bool is_list = lua_rawgeti(L, index, 1) == LUA_TTABLE;
  lua_pop(L, 1);
  return is_list;
}

NamedValues check_values(lua_State* L, int index, const expr::Statement& statement) {
  NamedValues values;
  if (index == 0 || is_nil_or_null(L, index)) return values;
  if (!lua_istable(L, index) || lua_rawlen(L, index) > 0) return check_parameters(L, index);
  const std::vector<std::string> own = bind_names(statement);
  const auto column_of = [&](const std::string& name) {
    const bool is_own = std::find(own.begin(), own.end(), name) != own.end();
    return is_own ? nullptr : parameter_column(statement, name);
  };
  for (std::string& name : string_keys(L, index)) {
    lua_getfield(L, index, name.c_str());
    Value value = check_one(L, column_of(name), name);
    lua_pop(L, 1);
    values.emplace_back(std::move(name), std::move(value));
  }
  for (std::string& name : remembered_names(L, index))
    values.emplace_back(std::move(name), Value());
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return values;
}

std::vector<std::string> names_of(const NamedValues& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  return names;
}

expr::StatementPtr check_statement(lua_State* L, int index, int parameters) {
  if (const auto* box = test_box<StatementBox>(L, index)) {
    if (box->statement->kind != expr::StatementKind::kUpdate) return executable_statement(*box);
    const int top = lua_gettop(L);
    if (is_list_of_tables(L, parameters)) {
      lua_rawgeti(L, parameters, 1);
      parameters = lua_gettop(L);
    }
    std::vector<std::string> names = names_of(check_values(L, parameters, *box->statement));
    lua_settop(L, top);
    return executable_statement(*box, names);
  }
  if (expr::SelectPtr select = test_select(L, index)) return select;
  const auto* box = test_box<ElementBox>(L, index);
  expr::StatementPtr statement = box != nullptr ? statement_of_element(box->element) : nullptr;
  if (!statement) refuse_statement(L, index);
  return statement;
}

void push_execution(lua_State* L, engine::Connection& connection,
                    const expr::StatementPtr& statement, int parameters, Uneven uneven,
                    int stream_rows) {
  const bool is_many = is_list_of_tables(L, parameters);
  const bool is_insert = statement->kind == expr::StatementKind::kInsert;
  if (is_insert) {
    const auto& insert = static_cast<const expr::Insert&>(*statement);
    if (!is_many) return push_insert(L, connection, insert, parameters);
    if (insert.returning.empty())
      return push_insert_batch(L, connection, insert, parameters, uneven);
  }
  if (!is_many) {
    push_rows_of(
        L, connection,
        connection.execute(*statement, check_values(L, parameters, *statement), stream_rows),
        stream_rows);
    return;
  }
  RunsTogether together(connection);
  push_runs(L, parameters, [&](int set) {
    NamedValues named = check_values(L, set, *statement);
    if (!is_insert) return connection.execute(*statement, named);
    InsertValues values(static_cast<const expr::Insert&>(*statement), named,
                        connection.engine().traits().name);
    values.add_defaults(named);
    return connection.execute(*values.statement(), named);
  });
  together.done();
}

void push_driver_execution(lua_State* L, engine::Connection& connection, std::string_view sql,
                           int parameters, int stream_rows) {
  if (is_list_of_tables(L, parameters)) {
    RunsTogether together(connection);
    push_runs(L, parameters,
              [&](int set) { return connection.execute_sql(sql, values_at(L, set)); });
    together.done();
  } else {
    push_rows_of(L, connection, connection.execute_sql(sql, values_at(L, parameters), stream_rows),
                 stream_rows);
  }
}

}  // namespace moonbase::bindings
