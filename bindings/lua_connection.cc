// The classes Connection and Transaction.
#include <algorithm>

#include "bindings/connection_options.h"
#include "bindings/execute.h"
#include "bindings/guard.h"
#include "bindings/lua_engine.h"
#include "bindings/scope.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

ConnectionBox& self(lua_State* L) { return check_box<ConnectionBox>(L, 1); }

// What a program must not do to the connection at 1 when it is a session's.
void require_own(lua_State* L, const char* method) {
  if (!self(L).of_session) return;
  throw Error(ErrorKind::kInvalidRequestError,
              std::string("this connection is in the hands of a session: ") + method +
                  "() is the session's to do")
      .with_hint("db.session:commit() and db.session:rollback() end its transaction");
}

// --- transactions ---

void commit(ConnectionBox& box) {
  box.connection->commit();
  ++box.transaction;
  box.savepoints.clear();
}

void roll_back(ConnectionBox& box) {
  ++box.transaction;
  box.savepoints.clear();
  box.connection->rollback();
}

// Pushes the connection of the transaction at 1 and returns it.
ConnectionBox& connection_of(lua_State* L) {
  check_box<TransactionBox>(L, 1);
  lua_getiuservalue(L, 1, 1);
  return check_box<ConnectionBox>(L, -1);
}

bool is_active(const TransactionBox& transaction, const ConnectionBox& box) {
  if (transaction.transaction != box.transaction || !box.connection->in_transaction()) return false;
  const auto& open = box.savepoints;
  return transaction.savepoint.empty() ||
         std::find(open.begin(), open.end(), transaction.savepoint) != open.end();
}

// Forgets the savepoint and those made after it.
void forget_savepoint(ConnectionBox& box, const std::string& name) {
  box.savepoints.erase(std::find(box.savepoints.begin(), box.savepoints.end(), name),
                       box.savepoints.end());
}

void end_transaction(const TransactionBox& transaction, ConnectionBox& box, bool commits) {
  if (transaction.savepoint.empty()) return commits ? commit(box) : roll_back(box);
  std::string name = transaction.savepoint;
  if (commits) {
    box.connection->release_savepoint(name);
    forget_savepoint(box, name);
  } else {
    forget_savepoint(box, name);
    box.connection->rollback_to_savepoint(name);
  }
}

// The end of a block: what the program ended itself is left alone, and what fails to commit is
// rolled back.
void close_transaction(const TransactionBox& transaction, ConnectionBox& box, bool commits) {
  if (!is_active(transaction, box)) return;
  try {
    end_transaction(transaction, box, commits);
  } catch (const Error&) {
    if (commits && is_active(transaction, box)) end_transaction(transaction, box, false);
    throw;
  }
}

int finish_transaction(lua_State* L) {
  bool commits = lua_toboolean(L, 2) != 0;
  ConnectionBox& box = connection_of(L);
  close_transaction(check_box<TransactionBox>(L, 1), box, commits);
  return 0;
}

int transaction_close_block(lua_State* L) {
  bool commits = is_normal_exit(L);
  ConnectionBox& box = connection_of(L);
  close_transaction(check_box<TransactionBox>(L, 1), box, commits);
  return 0;
}

template <bool commits>
int transaction_end(lua_State* L) {
  ConnectionBox& box = connection_of(L);
  auto& transaction = check_box<TransactionBox>(L, 1);
  if (!is_active(transaction, box)) {
    if (!commits) return 0;
    throw Error(ErrorKind::kInvalidRequestError, "This transaction is inactive")
        .with_hint("It was committed or rolled back already; begin() opens the next one.");
  }
  end_transaction(transaction, box, commits);
  return 0;
}

int transaction_is_active(lua_State* L) {
  ConnectionBox& box = connection_of(L);
  lua_pushboolean(L, is_active(check_box<TransactionBox>(L, 1), box));
  return 1;
}

int transaction_connection(lua_State* L) {
  connection_of(L);
  return 1;
}

constexpr MethodDef kTransactionMethods[] = {
    {"commit", guarded<transaction_end<true>>,
     "commit()  keeps what was done; of a savepoint: releases it"},
    {"rollback", guarded<transaction_end<false>>,
     "rollback()  undoes what was done; nothing when it has ended already"},
    {"close", guarded<transaction_end<false>>,
     "close()  rolls back what was neither committed nor rolled back"},
};

constexpr MethodDef kTransactionGetters[] = {
    {"is_active", guarded<transaction_is_active>, "is_active  whether it has not ended yet"},
    {"connection", guarded<transaction_connection>, "connection  whose transaction it is"},
};

constexpr MethodDef kTransactionMetamethods[] = {
    {"__close", guarded<transaction_close_block>,
     "local t <close>  commits at the end of the block, rolls back on an error"},
};

const ClassDef kTransactionClass{
    .name = "Transaction",
    .doc =
        "Transaction  what conn:begin() and conn:begin_nested() return: commit(), rollback(), or "
        "<close>",
    .methods = kTransactionMethods,
    .getters = kTransactionGetters,
    .metamethods = kTransactionMetamethods,
    .usage = "transaction",
    .destroy = kDestroy<TransactionBox>,
};

// With the connection at 1: the transaction as a result, or, when there is a function at 2, around
// its call.
int enter_transaction(lua_State* L, TransactionBox transaction) {
  push_box(L, std::move(transaction), 1);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  if (lua_isnil(L, 2)) return 1;
  lua_replace(L, 1);
  return run_in_scope(L, guarded<finish_transaction>);
}

void check_block(lua_State* L) {
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) check_function(L, 2);
}

// --- Connection ---

int connection_begin(lua_State* L) {
  engine::Connection& connection = check_connection(L, 1);
  require_own(L, "begin");
  check_block(L);
  if (connection.in_transaction()) {
    throw Error(
        ErrorKind::kInvalidRequestError,
        "a transaction has begun on this connection already, by begin() or by its first statement")
        .with_hint("Call commit() or rollback() first, or use begin_nested().");
  }
  connection.begin();
  return enter_transaction(L, {++self(L).transaction});
}

int connection_begin_nested(lua_State* L) {
  engine::Connection& connection = check_connection(L, 1);
  check_block(L);
  ConnectionBox& box = self(L);
  std::string name = connection.savepoint();
  box.savepoints.push_back(name);
  return enter_transaction(L, {box.transaction, std::move(name)});
}

int connection_commit(lua_State* L) {
  check_connection(L, 1);
  require_own(L, "commit");
  commit(self(L));
  return 0;
}

int connection_rollback(lua_State* L) {
  check_connection(L, 1);
  require_own(L, "rollback");
  roll_back(self(L));
  return 0;
}

int connection_close(lua_State* L) {
  require_own(L, "close");
  self(L).connection->close();
  return 0;
}

int connection_invalidate(lua_State* L) {
  check_connection(L, 1).invalidate();
  return 0;
}

int connection_in_transaction(lua_State* L) {
  lua_pushboolean(L, self(L).connection->in_transaction());
  return 1;
}

int connection_in_nested_transaction(lua_State* L) {
  const ConnectionBox& box = self(L);
  lua_pushboolean(L, box.connection->in_transaction() && !box.savepoints.empty());
  return 1;
}

int connection_execute(lua_State* L) {
  engine::Connection& connection = check_connection(L, 1);
  lua_settop(L, 4);
  const int stream_rows = stream_rows_of(L, 2, 4, "execute");
  push_execution(L, connection, check_statement(L, 2, 3), 3, Uneven::kRefused, stream_rows);
  return 1;
}

int connection_exec_driver_sql(lua_State* L) {
  engine::Connection& connection = check_connection(L, 1);
  lua_settop(L, 4);
  const int stream_rows = check_stream_rows(L, 4, "exec_driver_sql");
  push_driver_execution(L, connection, check_string(L, 2), 3, stream_rows);
  return 1;
}

int connection_execute_script(lua_State* L) {
  engine::Connection& connection = check_connection(L, 1);
  connection.execute_script(check_string(L, 2));
  return 0;
}

int connection_execution_options(lua_State* L) {
  engine::Connection& connection = check_connection(L, 1);
  lua_settop(L, 2);
  check_table(L, 2);
  const GivenOptions given = check_execution_options(L, 2, "execution_options");
  if (given.isolation_level) {
    require_own(L, "execution_options");
    connection.set_isolation_level(*given.isolation_level);
  }
  if (given.stream_rows) connection.set_stream_rows(*given.stream_rows);
  lua_settop(L, 1);
  return 1;
}

int connection_get_execution_options(lua_State* L) {
  const engine::Connection& connection = check_connection(L, 1);
  push_execution_options(L, {connection.own_isolation_level(), connection.stream_rows()});
  return 1;
}

int connection_get_isolation_level(lua_State* L) {
  push_string(L, check_connection(L, 1).isolation_level());
  return 1;
}

// Runs the statement and calls a method of its result.
int execute_and_call(lua_State* L, const char* method) {
  connection_execute(L);
  lua_getfield(L, -1, method);
  lua_insert(L, -2);
  lua_call(L, 1, 1);
  return 1;
}

int connection_scalar(lua_State* L) { return execute_and_call(L, "scalar"); }
int connection_scalars(lua_State* L) { return execute_and_call(L, "scalars"); }

// The end of engine:begin()'s block.
void close_connection(ConnectionBox& box, bool commits) {
  if (box.of_session || box.connection->is_closed()) return;
  try {
    if (commits) box.connection->commit();
  } catch (const Error&) {
    box.connection->close();
    throw;
  }
  box.connection->close();
}

int connection_close_block(lua_State* L) {
  bool is_normal = is_normal_exit(L);
  ConnectionBox& box = self(L);
  close_connection(box, is_normal && box.commits_on_close);
  return 0;
}

int connection_engine(lua_State* L) {
  push_engine(L, self(L).connection->engine().shared_from_this());
  return 1;
}

int connection_closed(lua_State* L) {
  lua_pushboolean(L, self(L).connection->is_closed());
  return 1;
}

int connection_tostring(lua_State* L) {
  engine::Connection& connection = *self(L).connection;
  std::string state = connection.is_closed()        ? ", closed"
                      : connection.in_transaction() ? ", in a transaction"
                                                    : "";
  push_string(L, "Connection(" + connection.engine().url().text() + state + ")");
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"execute", guarded<connection_execute>,
     "execute(statement[, params[, options]])  runs a select, insert, update, delete or db.text "
     "'…' and "
     "returns its Result; params "
     "are named, or a list of such tables for one run each; options: {yield_per = 1000} or "
     "{stream_results = true} for rows that are read as they are asked for"},
    {"scalar", guarded<connection_scalar>,
     "scalar(statement[, params])  the first cell of the first row, or nil"},
    {"scalars", guarded<connection_scalars>,
     "scalars(statement[, params])  the first cell of each row, a ScalarResult"},
    {"exec_driver_sql", guarded<connection_exec_driver_sql>,
     "exec_driver_sql(sql[, values[, options]])  runs SQL as the driver takes it, with ? (or $1, "
     "for PostgreSQL) for each value of the list; options as for execute"},
    {"execution_options", guarded<connection_execution_options>,
     "execution_options{isolation_level =, stream_results =, yield_per =, max_row_buffer =}  how "
     "this connection works until it is closed; returns it. The level is set outside a "
     "transaction, "
     "'AUTOCOMMIT' for none; yield_per: rows in memory at a time"},
    {"get_execution_options", guarded<connection_get_execution_options>,
     "get_execution_options()  the options that this connection has, a table"},
    {"get_isolation_level", guarded<connection_get_isolation_level>,
     "get_isolation_level()  the level of its transaction, or of the next one"},
    {"execute_script", guarded<connection_execute_script>,
     "execute_script(sql)  runs several statements, as they stand in a file of SQL; no results"},
    {"begin", guarded<connection_begin>,
     "begin([fn])  a transaction: around fn(transaction), or as an object for <close>"},
    {"begin_nested", guarded<connection_begin_nested>,
     "begin_nested([fn])  a savepoint: around fn(savepoint), or as an object for <close>"},
    {"commit", guarded<connection_commit>, "commit()  keeps what the transaction did"},
    {"rollback", guarded<connection_rollback>, "rollback()  undoes what the transaction did"},
    {"close", guarded<connection_close>,
     "close()  gives the connection back; what was not committed is rolled back"},
    {"invalidate", guarded<connection_invalidate>,
     "invalidate()  marks the connection to the database as unfit: it is closed for good, and "
     "after "
     "the transaction another takes its place"},
    {"in_transaction", guarded<connection_in_transaction>,
     "in_transaction()  whether a transaction has begun"},
    {"in_nested_transaction", guarded<connection_in_nested_transaction>,
     "in_nested_transaction()  whether a savepoint is open"},
};

constexpr MethodDef kGetters[] = {
    {"engine", guarded<connection_engine>, "engine  whose connection it is"},
    {"closed", guarded<connection_closed>, "closed  whether close() was called"},
};

constexpr MethodDef kMetamethods[] = {
    {"__close", guarded<connection_close_block>,
     "local conn <close>  closed at the end of the block"},
    {"__tostring", guarded<connection_tostring>, "tostring(conn)  its URL and state"},
};

const ClassDef kConnectionClass{
    .name = "Connection",
    .doc =
        "Connection  a connection to a database, from engine:connect() or engine:begin(fn); begins "
        "with its first "
        "statement, close it or use <close>",
    .methods = kMethods,
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "conn",
    .destroy = kDestroy<ConnectionBox>,
};

}  // namespace

template <>
const ClassDef& class_of<ConnectionBox>() {
  return kConnectionClass;
}

template <>
const ClassDef& class_of<TransactionBox>() {
  return kTransactionClass;
}

void push_connection(lua_State* L, std::unique_ptr<engine::Connection> connection,
                     bool commits_on_close) {
  push_box(
      L, ConnectionBox{.connection = std::move(connection), .commits_on_close = commits_on_close});
}

void push_borrowed_connection(lua_State* L, std::shared_ptr<engine::Connection> connection) {
  push_box(L, ConnectionBox{.connection = std::move(connection), .of_session = true});
}

engine::Connection& check_connection(lua_State* L, int index) {
  engine::Connection& connection = *check_box<ConnectionBox>(L, index).connection;
  if (connection.is_closed())
    throw Error(ErrorKind::kResourceClosedError, "This Connection is closed");
  return connection;
}

int finish_connection(lua_State* L) {
  close_connection(self(L), lua_toboolean(L, 2) != 0);
  return 0;
}

void open_connection(lua_State* L) {
  register_class(L, kConnectionClass);
  register_class(L, kTransactionClass);
}

}  // namespace moonbase::bindings
