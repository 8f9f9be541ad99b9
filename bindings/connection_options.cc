#include "bindings/connection_options.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "bindings/lua_expr.h"
#include "bindings/query_box.h"
#include "bindings/query_stream.h"
#include "bindings/rows.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

int check_rows(int64_t rows, const char* function, const char* name) {
  if (rows >= 1) return static_cast<int>(std::min(rows, kMaxStreamRows));
  throw Error(ErrorKind::kArgumentError, std::string(function) + ": " + name +
                                             " is a number of rows of at least 1, not " +
                                             std::to_string(rows));
}

// The rows of a statement on a connection.
class CursorStream final : public RowBatches {
 public:
  CursorStream(engine::Cursor cursor, int64_t batch)
      : cursor_(std::move(cursor)), names_(column_names(*cursor_)), batch_(batch) {
    cursor_->outlive_commit();
  }

  void push_batch(lua_State* L, int metatable) override {
    lua_newtable(L);
    if (!cursor_) return;
    // An error ends the stream.
    engine::Cursor cursor = std::move(*cursor_);
    cursor_.reset();
    if (append_rows(L, cursor, lua_gettop(L), metatable, batch_)) cursor_ = std::move(cursor);
  }
  void close() noexcept override { cursor_.reset(); }
  const std::vector<std::string>& names() const override { return names_; }
  int64_t batch() const override { return batch_; }

 private:
  std::optional<engine::Cursor> cursor_;  // nothing at the end
  std::vector<std::string> names_;
  int64_t batch_;
};

}  // namespace

GivenOptions check_execution_options(lua_State* L, int index, const char* function) {
  GivenOptions given;
  if (index == 0 || is_nil_or_null(L, index)) return given;
  check_table(L, index);
  const int top = lua_gettop(L);
  lua_pushvalue(L, index);
  Kwargs kw(L, lua_gettop(L), function);
  kw.expect_positional(0, 0);
  given.isolation_level = kw.take_string("isolation_level");
  const std::optional<bool> streams = kw.take_boolean("stream_results");
  const std::optional<int64_t> most = kw.take_integer("max_row_buffer");
  const std::optional<int64_t> batch = kw.take_integer("yield_per");
  kw.finish();
  if (streams) given.stream_rows = *streams ? static_cast<int>(kDefaultBatch) : 0;
  if (most) {
    const int rows = check_rows(*most, function, "max_row_buffer");
    if (streams && *streams) given.stream_rows = rows;
  }
  if (batch) given.stream_rows = check_rows(*batch, function, "yield_per");
  lua_settop(L, top);
  return given;
}

int check_stream_rows(lua_State* L, int index, const char* function) {
  const int top = lua_gettop(L);
  if (lua_istable(L, index) && lua_getfield(L, index, "execution_options") == LUA_TTABLE)
    index = lua_gettop(L);
  const GivenOptions given = check_execution_options(L, index, function);
  lua_settop(L, top);
  if (given.isolation_level) {
    throw Error(ErrorKind::kArgumentError,
                std::string(function) + ": isolation_level is an option of the connection")
        .with_hint("connection:execution_options{isolation_level = …}");
  }
  return given.stream_rows.value_or(0);
}

int stream_rows_of(lua_State* L, int statement, int index, const char* function) {
  if (const int rows = check_stream_rows(L, index, function); rows > 0) return rows;
  if (const auto* query = test_box<QueryBox>(L, statement))
    return static_cast<int>(std::min(query->options().yield_per, kMaxStreamRows));
  const auto* box = test_box<StatementBox>(L, statement);
  return box != nullptr ? box->options.stream_rows : 0;
}

engine::ExecutionOptions merged(engine::ExecutionOptions options, const GivenOptions& given) {
  if (given.isolation_level) options.isolation_level = *given.isolation_level;
  if (given.stream_rows) options.stream_rows = *given.stream_rows;
  return options;
}

void push_execution_options(lua_State* L, const engine::ExecutionOptions& options) {
  lua_newtable(L);
  if (!options.isolation_level.empty()) {
    push_string(L, options.isolation_level);
    lua_setfield(L, -2, "isolation_level");
  }
  if (options.stream_rows > 0) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "stream_results");
    lua_pushinteger(L, options.stream_rows);
    lua_setfield(L, -2, "yield_per");
  }
}

void push_streamed_result(lua_State* L, engine::Cursor cursor, int rows, int owner) {
  auto stream = std::make_unique<CursorStream>(std::move(cursor), rows);
  const std::vector<std::string> names = stream->names();
  push_stream(L, std::move(stream), owner);
  push_result_of_stream(L, names, rows);
}

}  // namespace moonbase::bindings
