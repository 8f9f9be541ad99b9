// Stops Lua's collector while many objects are made that all live on: marking them again and again
// would cost more than making them. Afterwards the collector waits for as much to be allocated as
// half of what was made, as it would after a cycle of its own; a collector that was stopped before
// stays stopped.
#pragma once

#include "bindings/lua_api.h"

namespace moonbase::bindings {

class CollectorPause {
 public:
  explicit CollectorPause(lua_State* L)
      : L_(L), was_running_(lua_gc(L, LUA_GCISRUNNING) != 0), kilobytes_(lua_gc(L, LUA_GCCOUNT)) {
    lua_gc(L_, LUA_GCSTOP);
  }
  CollectorPause(const CollectorPause&) = delete;
  CollectorPause& operator=(const CollectorPause&) = delete;
  ~CollectorPause() {
    if (!was_running_) return;
    lua_gc(L_, LUA_GCRESTART);
    // A step of a negative size is credit: the collector's debt starts that far below zero.
    const int made = lua_gc(L_, LUA_GCCOUNT) - kilobytes_;
    if (made > 1) lua_gc(L_, LUA_GCSTEP, -made);
  }

 private:
  lua_State* L_;
  bool was_running_;
  int kilobytes_;
};

}  // namespace moonbase::bindings
