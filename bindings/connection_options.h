// execution_options{…} of engines, connections and of single statements on a connection. The
// state's thread.
#pragma once

#include <optional>
#include <string>

#include "bindings/lua_api.h"
#include "orm/engine/connection.h"

namespace moonbase::bindings {

// What was given; the rest stays as it is.
struct GivenOptions {
  std::optional<std::string> isolation_level;
  std::optional<int> stream_rows;  // see engine::ExecutionOptions
};

// The options of the table at `index` (nil or 0: none), for messages those of `function`. Throws
// TypeError for an unknown one, ArgumentError for a number of rows that is none.
GivenOptions check_execution_options(lua_State* L, int index, const char* function);
// The same of one statement: how many rows shall be in memory at a time; 0 leaves that to the
// connection. Throws ArgumentError for an isolation level. `index` may hold a table with the table
// of options as its `execution_options`.
int check_stream_rows(lua_State* L, int index, const char* function);

// The same for the statement at `statement`: what the options at `index` say, else its own.
int stream_rows_of(lua_State* L, int statement, int index, const char* function);

engine::ExecutionOptions merged(engine::ExecutionOptions options, const GivenOptions& given);
void push_execution_options(lua_State* L, const engine::ExecutionOptions& options);

// Pushes a Result over the rows of the cursor, which are read `rows` at a time as they are asked
// for. `owner` is the index of what keeps the connection.
void push_streamed_result(lua_State* L, engine::Cursor cursor, int rows, int owner);

}  // namespace moonbase::bindings
