// Engines, connections, transactions and URLs in Lua. A connection holds its engine; a transaction
// holds its connection. Collecting a connection that was not closed rolls it back and returns it to
// its pool.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "orm/engine/connection.h"

namespace moonbase::bindings {

struct EngineBox {
  engine::EnginePtr engine;
};
template <>
const ClassDef& class_of<EngineBox>();

struct ConnectionBox {
  std::shared_ptr<engine::Connection> connection;
  // Tells the transactions of one connection apart; a Transaction remembers its own.
  uint64_t transaction = 0;
  std::vector<std::string> savepoints =
      {};                         // open ones that were made through begin_nested, outermost first
  bool commits_on_close = false;  // engine:begin()'s, when its block ends normally
  bool of_session = false;        // a session's: that ends its transaction and closes it
};
template <>
const ClassDef& class_of<ConnectionBox>();

// The user value is the connection.
struct TransactionBox {
  uint64_t transaction;
  std::string savepoint = {};  // empty: the whole transaction
};
template <>
const ClassDef& class_of<TransactionBox>();

struct UrlBox {
  engine::Url url;
};
template <>
const ClassDef& class_of<UrlBox>();

// Pushes the engine; its statements are heard by the state's StatementLog from now on.
void push_engine(lua_State* L, engine::EnginePtr engine);
void push_connection(lua_State* L, std::unique_ptr<engine::Connection> connection,
                     bool commits_on_close = false);
// A connection that somebody else ends and closes: a session's, or one that an event is about.
void push_borrowed_connection(lua_State* L, std::shared_ptr<engine::Connection> connection);
// The connection, which must not be closed: throws ResourceClosedError.
engine::Connection& check_connection(lua_State* L, int index);
// The end of engine:begin(fn), for run_in_scope (scope.h): commits or rolls back the connection at
// 1, and closes it.
int finish_connection(lua_State* L);
void push_url(lua_State* L, engine::Url url);
// A Url object or its text.
engine::Url check_url(lua_State* L, int index);
// ENGINE_OPTIONS and create_engine's options from the table at `index` (0: none). Throws TypeError
// for an unknown one.
engine::EngineOptions check_engine_options(lua_State* L, int index);

// Pushes the engine's cache of compiled statements as an object.
void push_compiled_cache(lua_State* L, engine::EnginePtr engine);

// Registers Connection and Transaction, the compiled cache, Url and make_url: parts of the area.
void open_connection(lua_State* L);
void open_compiled_cache(lua_State* L);
void open_url(lua_State* L, int module);

// Area: create_engine, make_url, Engine, Connection, Result, catch_warnings, recorded queries.
void open_engine(lua_State* L, int module);

}  // namespace moonbase::bindings
