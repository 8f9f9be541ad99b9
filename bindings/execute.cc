#include "bindings/execute.h"

#include <algorithm>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/insert_values.h"
#include "bindings/lua_expr.h"
#include "bindings/rows.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using base::Value;

// The table at `index` is a list of tables: one run for each.
bool is_list_of_tables(lua_State* L, int index) {
  if (index == 0 || !lua_istable(L, index) || lua_rawlen(L, index) == 0) return false;
  bool is_list = lua_rawgeti(L, index, 1) == LUA_TTABLE;
  lua_pop(L, 1);
  return is_list;
}

// Calls `run` for each item of the list, which lies on the top of the stack meanwhile.
template <class Run>
void for_each_set(lua_State* L, int list, Run run) {
  auto count = static_cast<lua_Integer>(lua_rawlen(L, list));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, list, i);
    try {
      run(lua_gettop(L));
    } catch (Error& error) {
      error.add_context("parameter set " + std::to_string(i));
      throw;
    }
    lua_pop(L, 1);
  }
}

NamedValues parameters_at(lua_State* L, int index) {
  return index == 0 || is_nil_or_null(L, index) ? NamedValues() : check_parameters(L, index);
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
  NamedValues named = parameters_at(L, parameters);
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

void push_insert_batch(lua_State* L, engine::Connection& connection, const expr::Insert& insert,
                       int list) {
  lua_rawgeti(L, list, 1);
  InsertValues values(insert, check_parameters(L, lua_gettop(L)),
                      connection.engine().traits().name);
  lua_pop(L, 1);
  InsertBatch batch(connection, *values.statement());
  for_each_set(L, list, [&](int set) {
    NamedValues named = check_parameters(L, set);
    values.add_defaults(named);
    batch.run(named);
  });
  batch.finish();
  push_write_result(L, batch.rowcount(), batch.last_insert_id());
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
  for_each_set(L, list, [&](int set) {
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

}  // namespace

expr::StatementPtr check_statement(lua_State* L, int index) {
  if (const auto* box = test_box<StatementBox>(L, index)) return executable_statement(*box);
  if (expr::SelectPtr select = test_select(L, index)) return select;
  const auto* box = test_box<ElementBox>(L, index);
  expr::StatementPtr statement = box != nullptr ? statement_of_element(box->element) : nullptr;
  if (!statement) refuse_statement(L, index);
  return statement;
}

void push_execution(lua_State* L, engine::Connection& connection,
                    const expr::StatementPtr& statement, int parameters) {
  bool is_many = is_list_of_tables(L, parameters);
  if (statement->kind == expr::StatementKind::kInsert) {
    const auto& insert = static_cast<const expr::Insert&>(*statement);
    if (!is_many) return push_insert(L, connection, insert, parameters);
    if (insert.returning.empty()) return push_insert_batch(L, connection, insert, parameters);
    lua_rawgeti(L, parameters, 1);
    InsertValues values(insert, check_parameters(L, lua_gettop(L)),
                        connection.engine().traits().name);
    lua_pop(L, 1);
    return push_runs(L, parameters, [&](int set) {
      NamedValues named = check_parameters(L, set);
      values.add_defaults(named);
      return connection.execute(*values.statement(), named);
    });
  }
  if (is_many) {
    return push_runs(L, parameters, [&](int set) {
      return connection.execute(*statement, check_parameters(L, set));
    });
  }
  engine::Cursor cursor = connection.execute(*statement, parameters_at(L, parameters));
  push_result(L, cursor);
}

void push_driver_execution(lua_State* L, engine::Connection& connection, std::string_view sql,
                           int parameters) {
  if (is_list_of_tables(L, parameters)) {
    return push_runs(L, parameters,
                     [&](int set) { return connection.execute_sql(sql, values_at(L, set)); });
  }
  engine::Cursor cursor = connection.execute_sql(sql, values_at(L, parameters));
  push_result(L, cursor);
}

}  // namespace moonbase::bindings
