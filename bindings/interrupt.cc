#include "bindings/interrupt.h"

#include <atomic>
#include <cassert>
#include <string_view>

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "bindings/call.h"
#include "bindings/class_def.h"
#include "bindings/context.h"
#include "bindings/error_object.h"
#include "bindings/guard.h"
#include "bindings/stack.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

Error interrupted_error() { return Error(ErrorKind::kInterrupted, "stopped by Ctrl-C"); }

// Raises at every instruction of Lua until the request is cleared; then takes itself away.
void interrupt_hook(lua_State* L, lua_Debug*) {
  if (!Context::of(L).interrupted()) {
    lua_sethook(L, nullptr, 0, 0);
    return;
  }
  raise(L, interrupted_error());
}

void arm(lua_State* L) { lua_sethook(L, interrupt_hook, LUA_MASKCOUNT, 1); }

// --- the signal ---

struct Target {
  std::atomic<lua_State*> main = nullptr;
  std::atomic<InterruptCallback> callback = nullptr;
  std::atomic<void*> argument = nullptr;
  time_t requested_at = 0;  // seconds of the monotonic clock; the handler's own
  pthread_t thread{};
  struct sigaction previous {};
};
Target target;  // of the process, as signals are
static_assert(std::atomic<lua_State*>::is_always_lock_free);

void end_program(int signal_number) {
  constexpr std::string_view kWords =
      "\nCtrl-C again, and what runs cannot be stopped: the program ends\n";
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, kWords.data(), kWords.size());
  signal(signal_number, SIG_DFL);
  ::raise(signal_number);
}

void on_signal(int signal_number) {
  lua_State* main = target.main;
  if (main == nullptr) return;
  if (pthread_equal(pthread_self(), target.thread) == 0) {
    pthread_kill(target.thread, signal_number);
    return;
  }
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (!Context::of(main).interrupted()) {
    target.requested_at = now.tv_sec;
  } else if (now.tv_sec - target.requested_at > 1) {
    end_program(signal_number);
    return;
  }
  request_interrupt(main);
}

// --- coroutines ---

// While it lives, `co` is the coroutine that runs. On both ways a pending interrupt goes along.
class RunningScope {
 public:
  RunningScope(lua_State* from, lua_State* co) : context_(Context::of(from)), from_(from) {
    switch_to(co);
  }
  RunningScope(const RunningScope&) = delete;
  RunningScope& operator=(const RunningScope&) = delete;
  ~RunningScope() { switch_to(from_); }

 private:
  void switch_to(lua_State* L) {
    // In this order, a signal between the two lines arms the right one.
    context_.set_running(L);
    if (context_.interrupted()) arm(L);
  }

  Context& context_;
  lua_State* from_;
};

// Resumes `co` with the top `count` values of L. Returns how many results it moved to L, or -1 with
// the error value on the top of `co`.
int resume(lua_State* L, lua_State* co, int count) {
  if (lua_checkstack(co, count) == 0) {
    lua_pushliteral(co, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, co, count);
  int results = 0;
  int status;
  {
    RunningScope scope(L, co);
    status = lua_resume(co, L, count, &results);
  }
  if (status != LUA_OK && status != LUA_YIELD) return -1;
  if (lua_checkstack(L, results + 1) == 0) {
    lua_pop(co, results);
    lua_pushliteral(co, "too many results to resume");
    return -1;
  }
  lua_xmove(co, L, results);
  return results;
}

lua_State* check_coroutine(lua_State* L) {
  lua_State* co = lua_tothread(L, 1);
  if (co == nullptr) throw_argument(L, 1, "coroutine");
  return co;
}

int coroutine_resume(lua_State* L) {
  lua_State* co = check_coroutine(L);
  int results = resume(L, co, lua_gettop(L) - 1);
  if (results < 0) {
    lua_xmove(co, L, 1);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  lua_pushboolean(L, 1);
  lua_insert(L, -(results + 1));
  return results + 1;
}

int call_wrapped(lua_State* L) {
  lua_State* co = lua_tothread(L, lua_upvalueindex(1));
  int results = resume(L, co, lua_gettop(L));
  if (results >= 0) return results;
  bool failed_inside = lua_status(co) != LUA_OK && lua_status(co) != LUA_YIELD;
  if (failed_inside) {
    RunningScope scope(L, co);
    lua_resetthread(co);  // closes its variables; the error value stays on its top
  }
  lua_xmove(co, L, 1);
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

int coroutine_wrap(lua_State* L) {
  check_function(L, 1);
  lua_State* co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, guarded<call_wrapped>, 1);
  return 1;
}

// Upvalue 1 is Lua's own coroutine.close.
int coroutine_close(lua_State* L) {
  lua_State* co = check_coroutine(L);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  RunningScope scope(L, co);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

constexpr MethodDef kCoroutine[] = {
    {"resume", guarded<coroutine_resume>,
     "resume(co, ...)  runs a coroutine until it yields or ends"},
    {"wrap", guarded<coroutine_wrap>,
     "wrap(f)  a function that resumes a new coroutine each time it is called"},
};

}  // namespace

InterruptHandler::InterruptHandler(lua_State* L) {
  assert(target.main == nullptr);
  target.thread = pthread_self();
  target.main = Context::of(L).main();
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &target.previous);
}

InterruptHandler::~InterruptHandler() {
  sigaction(SIGINT, &target.previous, nullptr);
  set_interrupt_callback(nullptr, nullptr);
  target.main = nullptr;
}

void set_interrupt_callback(InterruptCallback callback, void* argument) {
  // The handler never sees one's function with the other's argument.
  target.callback = nullptr;
  target.argument = argument;
  target.callback = callback;
}

void request_interrupt(lua_State* main) {
  Context& context = Context::of(main);
  context.set_interrupted(true);
  arm(context.running());
  if (InterruptCallback callback = target.callback) callback(target.argument);
}

bool interrupt_pending(lua_State* L) { return Context::of(L).interrupted(); }

void check_interrupt(lua_State* L) {
  if (interrupt_pending(L)) throw interrupted_error();
}

void clear_interrupt(lua_State* L) {
  Context& context = Context::of(L);
  context.set_interrupted(false);
  // Suspended coroutines find the request cleared when they run again.
  if (lua_gethook(context.main()) == interrupt_hook) lua_sethook(context.main(), nullptr, 0, 0);
  if (lua_gethook(context.running()) == interrupt_hook)
    lua_sethook(context.running(), nullptr, 0, 0);
}

void open_interrupt(lua_State* L, int) {
  lua_getglobal(L, LUA_COLIBNAME);
  add_functions(L, -1, kCoroutine);
  lua_getfield(L, -1, "close");
  lua_pushcclosure(L, guarded<coroutine_close>, 1);
  lua_setfield(L, -2, "close");
  lua_pop(L, 1);
}

}  // namespace moonbase::bindings
