// Errors on their way between C++ and Lua: kinds, fields, identity, destructors.
#include <catch2/catch.hpp>

#include "bindings/guard.h"
#include "bindings/stack.h"
#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

int throw_integrity(lua_State*) {
  throw Error(ErrorKind::kIntegrityError, "UNIQUE constraint failed: user.email")
      .with_statement("INSERT INTO user (email) VALUES (?)", {base::Value::text("a@b")})
      .with_orig("UNIQUE constraint failed", "23505")
      .with_hint("look for the other row");
}

int throw_standard(lua_State*) { throw std::runtime_error("disk on fire"); }
int throw_bad_alloc(lua_State*) { throw std::bad_alloc(); }

// What the core does with a hook: calls it, adds what it was doing, lets the error pass.
int call_hook(lua_State* L) {
  try {
    lua_pushvalue(L, 1);
    call_lua(L, 0, 0);
  } catch (Error& error) {
    error.add_context("flushing the session");
    throw;
  }
  return 0;
}

int probe_destroyed = 0;
struct Probe {
  ~Probe() { ++probe_destroyed; }
};
int raise_past_probe(lua_State* L) {
  Probe probe;
  return luaL_error(L, "past a C++ object");
}

TEST_CASE_METHOD(LuaFixture, "a core error is an object with its fields") {
  set_function("fail", guarded<throw_integrity>);
  run("ok, err = pcall(fail)");
  CHECK(eval("ok, err.kind, err.message") ==
        "false IntegrityError UNIQUE constraint failed: user.email");
  CHECK(eval("err.statement") == "INSERT INTO user (email) VALUES (?)");
  CHECK(eval("#err.params, err.params[1]") == "1 a@b");
  CHECK(eval("err.orig, err.sqlstate, err.hint") ==
        "UNIQUE constraint failed 23505 look for the other row");
  CHECK(eval("err == err, err.location") == "true test:1:");
  CHECK(eval("tostring(err):match '^[^\\n]*'") ==
        "IntegrityError: UNIQUE constraint failed: user.email");
  CHECK(eval("('failed: ' .. err):sub(1, 22)") == "failed: IntegrityError");
}

TEST_CASE_METHOD(LuaFixture, "an error knows the line of the program that failed") {
  set_function("fail", guarded<throw_integrity>);
  run("_, err = pcall(function()\n\n fail() end)");
  CHECK(eval("err.location") == "test:3:");
}

TEST_CASE_METHOD(LuaFixture,
                 "fields that make no sense for an error are nil, unknown ones are an error") {
  run("_, err = pcall(moonbase.raise, 'NoResultFound', 'No row was found')");
  CHECK(eval("err.statement, err.params, err.orig, err.sqlstate, err.hint") ==
        "nil nil nil nil nil");
  CHECK(failure("return err.kidn") ==
        "AttributeError: Error has no attribute 'kidn'; did you mean 'kind'?");
  CHECK(failure("err.kind = 'x'") == "AttributeError: Error.kind cannot be assigned");
}

TEST_CASE_METHOD(LuaFixture, "standard exceptions become errors, failed allocations a message") {
  set_function("standard", guarded<throw_standard>);
  set_function("memory", guarded<throw_bad_alloc>);
  CHECK(failure("standard()") == "InvalidRequestError: unexpected failure: disk on fire");
  CHECK(eval("pcall(memory)") == "false not enough memory");
}

TEST_CASE_METHOD(LuaFixture, "a Lua error keeps its identity through C++, whatever it is") {
  set_function("call_hook", guarded<call_hook>);
  run("value = {} ok, err = pcall(call_hook, function() error(value) end)");
  CHECK(eval("ok, rawequal(err, value)") == "false true");
  run("_, err = pcall(call_hook, function() error(42) end)");
  CHECK(eval("math.type(err), err") == "integer 42");
  run("_, err = pcall(call_hook, function() error() end)");
  CHECK(eval("err") == "nil");
}

TEST_CASE_METHOD(LuaFixture, "what the core adds on the way reaches the same error object") {
  set_function("call_hook", guarded<call_hook>);
  run("value = moonbase.error('ValueError', 'bad', 'write a good one')"
      "_, err = pcall(call_hook, function() call_hook(function() error(value) end) end)");
  CHECK(eval("rawequal(err, value), err.kind, err.hint") == "true ValueError write a good one");
  CHECK(eval("#err.context, err.context[1]") == "2 flushing the session");
}

TEST_CASE_METHOD(LuaFixture, "ScriptError shows C++ the kind and the traceback") {
  try {
    run("local function inner() moonbase.raise('DataError', 'too long') end inner()");
    FAIL("no error");
  } catch (const ScriptError& error) {
    CHECK(error.kind() == ErrorKind::kDataError);
    CHECK(error.message() == "too long");
    CHECK(error.traceback().find("inner") != std::string::npos);
  }
  try {
    run("error('plain', 0)");
    FAIL("no error");
  } catch (const ScriptError& error) {
    CHECK(error.message() == "plain");
    CHECK(error.traceback().find("stack traceback") != std::string::npos);
  }
  CHECK(lua_gettop(L) == 0);
}

TEST_CASE("a ScriptError may outlive its state") {
  std::optional<ScriptError> kept;
  {
    LuaFixture lua;
    try {
      lua.run("error {}");
    } catch (ScriptError& error) {
      kept = error;
    }
  }
  REQUIRE(kept);
  CHECK(kept->message() == "a table was raised as an error");
}

TEST_CASE_METHOD(LuaFixture, "an unknown kind is an error itself") {
  CHECK(failure("moonbase.error('IntegrityEror', 'x')") ==
        "ArgumentError: 'IntegrityEror' is no kind of error; did you mean 'IntegrityError'?");
}

// With the C build of Lua this destructor is skipped: the program would be linked to the wrong
// library.
TEST_CASE_METHOD(LuaFixture, "Lua errors run the destructors they pass") {
  set_function("raise_past_probe", raise_past_probe);
  probe_destroyed = 0;
  CHECK(eval("pcall(raise_past_probe)").find("past a C++ object") != std::string::npos);
  CHECK(probe_destroyed == 1);
}

}  // namespace
}  // namespace moonbase::bindings
