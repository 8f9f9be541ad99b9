// A Lua state with Moonbase in it. Owns the state and its Context; one thread at a time may use
// both.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "bindings/context.h"
#include "bindings/lua_api.h"

namespace moonbase::bindings {

struct RuntimeOptions {
  bool generational = false;  // the collector's mode
  int gc_pause = 200;  // incremental mode: percent of memory in use at which the next cycle starts
  int gc_step_multiplier = 100;
  size_t memory_limit = 0;  // bytes Lua may allocate; 0 for no limit
};

class Runtime {
 public:
  // Makes the state: the standard libraries, the areas (open.h), the embedded modules for
  // `require`, the prelude. Throws base::Error when the prelude fails or memory is short.
  explicit Runtime(const RuntimeOptions& options = {});
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

  // The main thread.
  lua_State* state() const { return state_; }
  Context& context() const { return *context_; }

  // Compiles and runs a chunk, without results. `chunk_name` as lua_load takes it ("@app.lua",
  // "=prompt"). Throws ScriptError (call.h).
  void run(std::string_view code, const std::string& chunk_name);
  // Where `require` looks for Lua files, as package.path; C modules keep Lua's own path.
  void set_package_path(const std::string& path);
  // Changes the limit; a report of "not enough memory" needs room of its own.
  void set_memory_limit(size_t bytes) { memory_.limit = bytes; }
  size_t memory_used() const { return memory_.used; }

 private:
  struct Memory {
    size_t used = 0;
    size_t limit = 0;
  };
  void close() noexcept;
  static void* allocate(void* memory, void* block, size_t old_size, size_t new_size);

  Memory memory_;
  lua_State* state_ = nullptr;
  std::unique_ptr<Context> context_;
};

}  // namespace moonbase::bindings
