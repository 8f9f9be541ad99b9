// The state itself: areas of the context, closing, memory.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "bindings/context.h"
#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

std::vector<std::string> course;

struct First {
  ~First() { course.emplace_back("~First"); }
  void close() { course.emplace_back("close First"); }
  int number = 1;
};

struct Second {
  explicit Second(Context& context) : first(context.area<First>()) {}
  ~Second() { course.emplace_back("~Second"); }
  void close() { course.emplace_back("close Second"); }
  First& first;
  LuaRef kept;
};

int note_collection(lua_State*) {
  course.emplace_back("lua_close");
  return 0;
}

TEST_CASE(
    "areas are made on demand, closed before the state and destroyed after it, newest first") {
  course.clear();
  {
    LuaFixture lua;
    Context& context = lua.runtime.context();
    Second& second = context.area<Second>();
    second.first.number = 5;
    CHECK(context.area<First>().number == 5);
    CHECK(&context.area<Second>() == &second);
    lua.set_function("note", note_collection);
    lua.run("keep = setmetatable({}, {__gc = note})");
    lua_getglobal(lua.L, "keep");
    second.kept = LuaRef(lua.L, -1);
  }
  CHECK(course ==
        std::vector<std::string>{"close Second", "close First", "lua_close", "~Second", "~First"});
}

TEST_CASE_METHOD(LuaFixture, "the context is reached from coroutines") {
  lua_State* co = lua_newthread(L);
  CHECK(&Context::of(co) == &runtime.context());
  CHECK(Context::of(co).main() == L);
}

TEST_CASE_METHOD(LuaFixture, "a reference keeps its value until it is released") {
  lua_newtable(L);
  LuaRef ref(L, -1);
  const void* table = lua_topointer(L, -1);
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT, 0);
  LuaRef moved = std::move(ref);
  CHECK(ref.empty());
  moved.push(L);
  CHECK(lua_topointer(L, -1) == table);
  moved.reset();
  moved.push(L);
  CHECK(lua_isnil(L, -1));
}

TEST_CASE_METHOD(LuaFixture, "errors of a chunk name it") {
  CHECK(failure("x = = 1").find("test:1:") != std::string::npos);
  CHECK(failure("require 'moonbase.nothing'")
            .find("no module 'moonbase.nothing' in the program itself") != std::string::npos);
}

TEST_CASE_METHOD(LuaFixture, "a memory limit ends a program, not the state") {
  runtime.set_memory_limit(runtime.memory_used() + 1'000'000);
  CHECK(failure("local t = {} for i = 1, 1e9 do t[i] = 'x' .. i end") ==
        "InvalidRequestError: not enough memory");
  CHECK(eval("1 + 1") == "2");
}

// Raises the limit by small steps: the failing allocation visits every place of the program.
TEST_CASE_METHOD(LuaFixture, "failed allocations leave the state usable wherever they happen") {
  const char* program = R"(
    local d = moonbase.datetime(2026, 11, 20) + moonbase.timedelta{days = 1}
    local ok, err = pcall(function() return d.yaer end)
    local t = moonbase.json.loads('{"a":[1,2,{"b":null}]}')
    result = tostring(d) .. tostring(err) .. moonbase.json.dumps(t) .. tostring(moonbase.decimal '1.5' * 2)
  )";
  run("collectgarbage()");
  int failures = 0;
  for (size_t room = 0;; room += 64) {
    run("collectgarbage()");
    runtime.set_memory_limit(runtime.memory_used() + room);
    std::string outcome = "no error";
    lua_settop(L, 0);
    if (luaL_loadstring(L, program) != LUA_OK || lua_pcall(L, 0, 0, 0) != LUA_OK)
      outcome = "failed";
    runtime.set_memory_limit(0);
    lua_settop(L, 0);
    if (outcome == "no error") break;
    ++failures;
    REQUIRE(failures < 5000);
  }
  CHECK(failures > 10);
  CHECK(eval("result:sub(1, 19)") == "2026-11-21 00:00:00");
}

}  // namespace
}  // namespace moonbase::bindings
