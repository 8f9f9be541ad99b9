// Rows in Lua: a table with the cells at 1…n and a metatable, shared by all rows of one result,
// that finds them by name. NULL in a cell is moonbase.null. Objects are proxies. A Result
// (scripts/prelude/result.lua) holds rows that have all been read and needs no connection, unless
// it streams.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bindings/lua_api.h"
#include "orm/query/row_loader.h"

namespace moonbase::bindings {

struct RowShape;

// Pushes the metatable for rows with these cell names (two names alike: the first is found by
// name).
void push_row_metatable(lua_State* L, const std::vector<std::string>& names);
// Pushes the stream's current row; `metatable` is the index of what push_row_metatable pushed.
void push_row(lua_State* L, const query::RowStream& rows, int metatable);
// Pushes one cell of the current row; NULL as nil, or as moonbase.null.
void push_cell(lua_State* L, const query::RowStream& rows, size_t cell, bool null_as_sentinel);
// Pushes a list of all remaining rows. `unique`: rows that repeat (same objects, same values) are
// left out. `shape` (null: none) says which cells are one item.
void push_rows(lua_State* L, query::RowStream& rows, bool unique, const RowShape* shape = nullptr);
// Appends the cursor's next rows, as values, to the list at `list`: all, or `most` at the most.
// False at the end.
bool append_rows(lua_State* L, engine::Cursor& cursor, int list, int metatable,
                 int64_t most = INT64_MAX);

// Pushes a Result over the stream's remaining rows, which are read now.
void push_result(lua_State* L, query::RowStream& rows, const RowShape* shape);
// The same of a cursor, of whatever statement: one without rows gives a Result as push_write_result
// does.
void push_result(lua_State* L, engine::Cursor& cursor);
// Pushes a Result over the list of rows at the top of the stack, which it replaces.
void push_result_of_list(lua_State* L, const std::vector<std::string>& names, int64_t rowcount,
                         int64_t last_insert_id);
// Pushes a Result over the rows of the stream (query_stream.h) at the top of the stack, which it
// replaces: they are read in batches as they are asked for.
void push_result_of_stream(lua_State* L, const std::vector<std::string>& names, int64_t batch);
// Pushes a Result that has no rows: what a write says. `key` is the index of a row with the primary
// key of the one row that was inserted, or 0.
void push_write_result(lua_State* L, int64_t rowcount, int64_t last_insert_id, int key = 0);

// The columns' names of a cursor.
std::vector<std::string> column_names(const engine::Cursor& cursor);

}  // namespace moonbase::bindings
