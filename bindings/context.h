// What the binding knows about one Lua state: the object behind lua_getextraspace, reached in a few
// nanoseconds from any coroutine of the state. It owns the per-state objects of the bound areas
// (see `area`), knows which coroutine runs, so that an interrupt reaches it, and the rows that
// describe what is registered. One thread: the one that runs the state; a signal handler of that
// thread may use `running` and `interrupted` only. Made and destroyed by Runtime (runtime.h).
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "bindings/lua_api.h"

namespace moonbase::bindings {

struct ClassDef;
struct MethodDef;

class Context {
 public:
  // Installs the context in the state. `L` must be a main thread without a context.
  explicit Context(lua_State* L);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();

  // The context of a state or of any of its coroutines.
  static Context& of(lua_State* L) { return **static_cast<Context**>(lua_getextraspace(L)); }

  // The main thread. Keep this one, never the lua_State* a function was called with: that may be a
  // coroutine that dies.
  lua_State* main() const { return *main_; }

  // The state's one object of type T, made at the first call, as T(Context&) or T(). When the state
  // closes, first `close()` of every area that has such a member is called (newest first; it may
  // still use Lua and must not throw), then Lua collects all userdata, then the areas are destroyed
  // (newest first; they must not use Lua).
  template <class T>
  T& area();

  // The coroutine that executes now; maintained by interrupt.cc, which replaces coroutine.resume
  // and coroutine.wrap.
  lua_State* running() const { return running_.load(std::memory_order_relaxed); }
  void set_running(lua_State* L) { running_.store(L, std::memory_order_relaxed); }

  // Whether an interrupt was requested and not cleared yet (interrupt.h).
  bool interrupted() const { return interrupted_.load(std::memory_order_relaxed); }
  void set_interrupted(bool on) { interrupted_.store(on, std::memory_order_relaxed); }

  // --- descriptions, for help, completion and error messages ---
  // Remembers rows of static storage. Order of registration is kept.
  void add_class(const ClassDef& def) { classes_.push_back(&def); }
  void add_function(const MethodDef& def) { functions_.push_back(&def); }
  const std::vector<const ClassDef*>& classes() const { return classes_; }
  const std::vector<const MethodDef*>& functions() const { return functions_; }

  // The traceback of the last plain Lua value that passed `traceback_handler` (call.h); taking it
  // empties it.
  void set_traceback(std::string text) { traceback_ = std::move(text); }
  std::string take_traceback() { return std::exchange(traceback_, {}); }

  // Shared with every LuaRef: null once the state is closed.
  const std::shared_ptr<lua_State*>& state_handle() const { return main_; }

  // The two halves of closing, for Runtime: see `area`.
  void close_areas() noexcept;
  void forget_state() noexcept { *main_ = nullptr; }

 private:
  struct Slot {
    virtual ~Slot() = default;
    virtual void close() noexcept {}
  };
  template <class T>
  struct SlotOf;

  static size_t next_area_id();
  template <class T>
  static size_t area_id() {
    static const size_t id = next_area_id();
    return id;
  }

  std::shared_ptr<lua_State*> main_;
  std::atomic<lua_State*> running_;
  std::atomic<bool> interrupted_ = false;
  std::vector<Slot*> by_id_;                     // by area_id, null where there is none yet
  std::vector<std::unique_ptr<Slot>> in_order_;  // as they were made
  std::vector<const ClassDef*> classes_;
  std::vector<const MethodDef*> functions_;
  std::string traceback_;
};

// A reference into Lua's registry, released when it is destroyed. A root: what it refers to is
// never collected, so it is for the duration of a call or for an area's own tables; callbacks live
// in the user value of what owns them (box.h). It may outlive the state, and is empty then. Release
// makes no Lua call that can raise.
class LuaRef {
 public:
  LuaRef() = default;
  // Refers to the value at `index`, which stays on the stack.
  LuaRef(lua_State* L, int index);
  LuaRef(LuaRef&& other) noexcept;
  LuaRef& operator=(LuaRef&& other) noexcept;
  ~LuaRef() { reset(); }

  bool empty() const { return ref_ == LUA_NOREF; }
  // Pushes the value (nil when empty). `L` is any coroutine of the same state.
  void push(lua_State* L) const;
  void reset() noexcept;

 private:
  std::shared_ptr<lua_State*> state_;
  int ref_ = LUA_NOREF;
};

// --- implementation ---

template <class T>
struct Context::SlotOf final : Context::Slot {
  explicit SlotOf(Context& context) requires std::is_constructible_v<T, Context&> : value(context) {
  }
  explicit SlotOf(Context&) requires(!std::is_constructible_v<T, Context&>) : value() {}
  void close() noexcept override {
    if constexpr (requires { value.close(); }) value.close();
  }
  T value;
};

template <class T>
T& Context::area() {
  size_t id = area_id<T>();
  if (id < by_id_.size() && by_id_[id] != nullptr)
    return static_cast<SlotOf<T>*>(by_id_[id])->value;
  auto slot = std::make_unique<SlotOf<T>>(*this);
  if (id >= by_id_.size()) by_id_.resize(id + 1);
  SlotOf<T>* made = slot.get();
  in_order_.push_back(std::move(slot));
  by_id_[id] = made;
  return made->value;
}

}  // namespace moonbase::bindings
