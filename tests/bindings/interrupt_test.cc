// Ctrl-C. The programs send the signal to themselves, so that each test has one course.
#include "bindings/interrupt.h"

#include <catch2/catch.hpp>
#include <signal.h>

#include "bindings/guard.h"
#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

int press_ctrl_c(lua_State*) {
  ::raise(SIGINT);
  return 0;
}

int call_back(lua_State* L) {
  call_lua(L, 0, 0);
  return 0;
}

class InterruptFixture : public LuaFixture {
 public:
  InterruptFixture() : handler(L) {
    set_function("ctrl_c", press_ctrl_c);
    set_function("call_back", guarded<call_back>);
  }
  InterruptHandler handler;
};

const char kStopped[] = "Interrupted: stopped by Ctrl-C";

TEST_CASE_METHOD(InterruptFixture, "a loop stops") {
  CHECK(failure("ctrl_c() while true do end") == kStopped);
  CHECK(interrupt_pending(L));
}

TEST_CASE_METHOD(InterruptFixture, "pcall in a loop does not swallow it") {
  CHECK(failure("local n = 0 while true do pcall(function() n = n + 1 if n == 1 then ctrl_c() end "
                "while true do end end) end") == kStopped);
}

TEST_CASE_METHOD(InterruptFixture, "it reaches a coroutine and those that wait for it") {
  CHECK(
      failure("while true do local co = coroutine.create(function() ctrl_c() while true do end end)"
              "  coroutine.resume(co) end") == kStopped);
  clear_interrupt(L);
  CHECK(failure("for x in coroutine.wrap(function() coroutine.yield(1) ctrl_c() while true do end "
                "end) do end") == kStopped);
}

TEST_CASE_METHOD(InterruptFixture, "it reaches nested coroutines") {
  CHECK(
      failure("local function nest(n) if n == 0 then ctrl_c() while true do end end"
              "  while true do coroutine.resume(coroutine.create(nest), n - 1) end end nest(5)") ==
      kStopped);
  CHECK(runtime.context().running() == L);
}

TEST_CASE_METHOD(InterruptFixture, "a signal between two coroutines stops whoever runs next") {
  CHECK(failure("local co = coroutine.wrap(function() while true do coroutine.yield() end end)"
                "co() ctrl_c() while true do co() end") == kStopped);
}

TEST_CASE_METHOD(InterruptFixture, "it passes through C++") {
  CHECK(failure("while true do pcall(call_back, function() ctrl_c() while true do end end) end") ==
        kStopped);
}

TEST_CASE_METHOD(InterruptFixture,
                 "coroutine.close runs its closing functions under the interrupt") {
  CHECK(
      failure(
          "local co = coroutine.create(function()"
          "  local c <close> = setmetatable({}, {__close = function() ctrl_c() while true do end "
          "end})"
          "  coroutine.yield() end) coroutine.resume(co) coroutine.close(co) while true do end") ==
      kStopped);
}

TEST_CASE_METHOD(InterruptFixture, "after clearing everything runs on, suspended coroutines, too") {
  run("co = coroutine.wrap(function() while true do coroutine.yield('alive') end end) co()");
  CHECK(failure("ctrl_c() while true do co() end") == kStopped);
  clear_interrupt(L);
  CHECK(!interrupt_pending(L));
  CHECK(eval("(function() local n = 0 for i = 1, 1000 do n = n + i end return n end)()") ==
        "500500");
  run("ctrl_c = nil fresh = coroutine.wrap(function() coroutine.yield('alive') end)");
  CHECK(eval("fresh()") == "alive");
}

TEST_CASE_METHOD(InterruptFixture, "the callback is told, and loops in C++ can ask") {
  static int told = 0;
  told = 0;
  set_interrupt_callback([](void* argument) { ++*static_cast<int*>(argument); }, &told);
  CHECK_NOTHROW(check_interrupt(L));
  request_interrupt(L);
  CHECK(told == 1);
  CHECK_THROWS_WITH(check_interrupt(L), "stopped by Ctrl-C");
}

TEST_CASE("without a handler SIGINT is as it was") {
  struct sigaction before {
  }, after{};
  sigaction(SIGINT, nullptr, &before);
  { InterruptFixture fixture; }
  sigaction(SIGINT, nullptr, &after);
  CHECK(before.sa_handler == after.sa_handler);
}

TEST_CASE_METHOD(LuaFixture, "coroutines behave as Lua's own") {
  CHECK(eval("coroutine.resume(coroutine.create(function(...) return ... end), 1, nil, 3)") ==
        "true 1 nil 3");
  CHECK(eval("coroutine.resume(coroutine.create(function() error({}, 0) end))").substr(0, 12) ==
        "false table:");
  run("co = coroutine.create(function(a) local b = coroutine.yield(a + 1) return b * 2 end)");
  CHECK(eval("select(2, coroutine.resume(co, 1)), select(2, coroutine.resume(co, 5)), "
             "coroutine.status(co)") == "2 10 dead");
  CHECK(eval("coroutine.resume(co)") == "false cannot resume dead coroutine");
  CHECK(eval("coroutine.resume(coroutine.running())") ==
        "false cannot resume non-suspended coroutine");
  CHECK(failure("coroutine.wrap(function() error('inside', 0) end)()").find("inside") !=
        std::string::npos);
  CHECK(failure("local f = coroutine.wrap(function() end) f() f()")
            .find("cannot resume dead coroutine") != std::string::npos);
  CHECK(failure("coroutine.resume(1)") ==
        "TypeError: resume: argument 1: expected coroutine, got number");
  run("closed = false co = coroutine.create(function() local c <close> = setmetatable({}, {__close "
      "= function() closed = true end})"
      " coroutine.yield() end) coroutine.resume(co)");
  CHECK(eval("coroutine.close(co), closed") == "true true");
  run("seen = {} for i in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do "
      "seen[#seen + 1] = i end");
  CHECK(eval("#seen") == "3");
  run("closed = false w = coroutine.wrap(function() local c <close> = setmetatable({}, {__close = "
      "function() closed = true end}) error 'x' end) pcall(w)");
  CHECK(eval("closed") == "true");
}

}  // namespace
}  // namespace moonbase::bindings
