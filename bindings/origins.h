// Where the program made its objects, put them into a session and set their attributes: for errors
// ("made at app.lua:3") and for what the shell shows of an object. One for each Lua state; kept
// only while it is on, at a prompt or with --alarm, because it costs a few hundred nanoseconds a
// change. It keeps nothing alive: what is freed is forgotten. The state's thread only; nothing here
// throws but what a lack of memory does.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bindings/context.h"
#include "orm/state/instance_heap.h"

namespace moonbase::bindings {

class Origins : public state::RootSource {
 public:
  // What is known of one object; places as "input 3:1", empty ones are not known.
  struct Record {
    std::string made, added;
    std::vector<std::pair<int, std::string>> set;  // by slot, the last place of each
  };

  explicit Origins(Context& context);
  Origins(const Origins&) = delete;
  Origins& operator=(const Origins&) = delete;
  ~Origins() override;

  // From now on the places are noted, or no more.
  void set_on(bool on);

  // What runs now has made the object, added it, or set its attribute.
  void note_made(const state::Instance& instance);
  void note_added(const state::Instance& instance);
  void note_set(const state::Instance& instance, int slot);
  // Null when nothing is known.
  const Record* find(const state::Instance& instance) const;
  // ", made at input 3:1, added at input 4:1", of an object with a row ", name set at input 5:1";
  // empty when nothing is known.
  std::string describe(const state::Instance& instance) const;

  void each_root(const std::function<void(state::Instance&)>&) override {}
  void forget(state::Instance& instance) override { records_.erase(&instance); }

 private:
  // More objects than these are not told apart any more: all are forgotten.
  static constexpr size_t kMaxRecords = 50'000;
  Record& record(const state::Instance& instance);

  Context& context_;
  std::unordered_map<const state::Instance*, Record> records_;
};

// Area: moonbase._origin(object).
void open_origins(lua_State* L, int module);

}  // namespace moonbase::bindings
