#include "bindings/runtime.h"

#include <cstdio>
#include <cstdlib>
#include <new>

#include "bindings/call.h"
#include "bindings/error_object.h"
#include "bindings/guard.h"
#include "bindings/lua_syntax.h"
#include "bindings/open.h"
#include "bindings/prelude.h"
#include "bindings/stack.h"

namespace moonbase::bindings {
namespace {

// lua_newstate, unlike luaL_newstate, leaves warn() mute.
void print_warning(void*, const char* text, int to_be_continued) {
  static bool inside = false;
  if (!inside) std::fputs("warning: ", stderr);
  std::fputs(text, stderr);
  if (to_be_continued == 0) std::fputs("\n", stderr);
  inside = to_be_continued != 0;
}

// An error that nothing protected: Lua ends the program when this returns.
int panic(lua_State* L) {
  const char* message = lua_tostring(L, -1);
  std::fprintf(stderr, "moonbase: unprotected error in Lua: %s\n",
               message != nullptr ? message : "?");
  return 0;
}

int set_up(lua_State* L) {
  luaL_openlibs(L);
  add_prelude_searcher(L);
  open_moonbase(L);
  for (std::string_view module : prelude_modules()) {
    lua_getglobal(L, "require");
    push_string(L, "moonbase." + std::string(module));
    lua_call(L, 1, 0);
  }
  return 0;
}

struct Chunk {
  std::string_view code;
  const char* name;
};

int run_chunk(lua_State* L) {
  const auto* chunk = static_cast<const Chunk*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  if (load_source(L, chunk->code, chunk->name) != LUA_OK) return lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

}  // namespace

Runtime::Runtime(const RuntimeOptions& options) {
  memory_.limit = options.memory_limit;
  state_ = lua_newstate(allocate, &memory_);
  if (state_ == nullptr) throw std::bad_alloc();
  context_ = std::make_unique<Context>(state_);
  lua_atpanic(state_, panic);
  lua_setwarnf(state_, print_warning, nullptr);
  if (options.generational) {
    lua_gc(state_, LUA_GCGEN, 0, 0);
  } else {
    lua_gc(state_, LUA_GCINC, options.gc_pause, options.gc_step_multiplier, 0);
  }
  lua_pushcfunction(state_, guarded<set_up>);
  if (lua_pcall(state_, 0, 0, 0) == LUA_OK) return;
  base::Error error = to_error(state_, -1);
  close();
  throw error;
}

Runtime::~Runtime() { close(); }

void Runtime::close() noexcept {
  context_->close_areas();
  lua_close(state_);
  context_->forget_state();
  context_.reset();
}

void Runtime::run(std::string_view code, const std::string& chunk_name) {
  // Nothing that allocates Lua's memory happens before the call protects it.
  Chunk chunk{code, chunk_name.c_str()};
  lua_pushcfunction(state_, guarded<run_chunk>);
  lua_pushlightuserdata(state_, &chunk);
  call_lua(state_, 1, 0);
}

void Runtime::set_package_path(const std::string& path) {
  lua_getglobal(state_, LUA_LOADLIBNAME);
  push_string(state_, path);
  lua_setfield(state_, -2, "path");
  lua_pop(state_, 1);
}

void* Runtime::allocate(void* memory, void* block, size_t old_size, size_t new_size) {
  auto& m = *static_cast<Memory*>(memory);
  if (block == nullptr) old_size = 0;  // for a new block it is a type tag
  if (new_size == 0) {
    std::free(block);
    m.used -= old_size;
    return nullptr;
  }
  size_t used = m.used - old_size + new_size;
  if (m.limit != 0 && used > m.limit && new_size > old_size) return nullptr;
  void* moved = block == nullptr ? std::malloc(new_size) : std::realloc(block, new_size);
  if (moved != nullptr) m.used = used;
  return moved;
}

}  // namespace moonbase::bindings
