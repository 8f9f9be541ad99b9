// Ctrl-C. A SIGINT arms a hook on the coroutine that runs; the hook raises an Error of kind
// Interrupted at the next Lua instruction and stays armed, so that a `pcall` in a loop cannot
// swallow it, until `clear_interrupt`. Coroutines hand an armed hook on to whoever resumed them:
// this file replaces coroutine.resume, wrap and close. A C function that Lua runs cannot be stopped
// in the middle; the database is told through the callback. Costs nothing while idle.
//
// Lua code that cleans up after a pcall is interrupted, too: cleaning up belongs into C functions
// (a C __close, for one), which the hook lets run.
#pragma once

#include "bindings/lua_api.h"

namespace moonbase::bindings {

// Called from the signal handler: may use async-signal-safe calls only (sqlite3_interrupt,
// PQcancel).
using InterruptCallback = void (*)(void* argument);

// While it lives, SIGINT interrupts the state of `L`, on the thread that made it; a signal
// delivered to another thread is passed on. A SIGINT that comes more than a second after one that
// still waits for `clear_interrupt` has the default action: what runs cannot be stopped, and the
// program ends, saying so. One at a time.
class InterruptHandler {
 public:
  explicit InterruptHandler(lua_State* L);
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;
  ~InterruptHandler();
};

// What SIGINT should call besides arming the hook: null for nothing. The argument must stay valid
// until it is replaced.
void set_interrupt_callback(InterruptCallback callback, void* argument);

// What the signal handler does, for programs that take the signal themselves: async-signal-safe, on
// the state's thread.
void request_interrupt(lua_State* main);
// Whether an interrupt was requested and not cleared yet.
bool interrupt_pending(lua_State* L);
// Throws base::Error(Interrupted) when one is pending: for loops in C++.
void check_interrupt(lua_State* L);
// Disarms the hook everywhere: the prompt calls it before it reads.
void clear_interrupt(lua_State* L);

// Area: replaces coroutine.resume, coroutine.wrap and coroutine.close.
void open_interrupt(lua_State* L, int module);

}  // namespace moonbase::bindings
