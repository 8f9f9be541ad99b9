// The inputs of a prompt, with their numbers and texts: what :history lists, and what the source of
// a function that was written at the prompt is looked up in. One for each Lua state; plain data of
// its thread; nothing throws but bad_alloc.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/context.h"
#include "bindings/lua_api.h"

namespace moonbase::shell {

struct Entered {
  std::string chunk;   // its name in messages: "input 3", or a file's path
  std::string text;    // as it was typed, so that its lines can be counted
  size_t number = 0;   // of an input; 0 for a file
  bool ended = false;  // it ran; before, it may still be incomplete
  bool failed = false;
  bool shown = false;  // it gave a value, which was shown
};

// Keeps the last inputs and files, as many as the limits allow.
class Inputs {
 public:
  // The name of the input that is begun next, which `end` makes another one.
  std::string next_chunk() const;
  // An input that runs now, if it is complete. It takes the place of one that never ended.
  void begin(std::string text);
  // The input that was begun last has run; no file was kept since.
  void end(bool failed, bool shown);
  // A text that is no input, but has functions. It takes the place of an older one of that name.
  void keep_file(std::string chunk, std::string text);

  // The text of an input or a file; empty when it is not known.
  std::string_view find(std::string_view chunk) const;
  // The inputs that ran, oldest first; valid until the next change.
  std::vector<const Entered*> entered() const;

 private:
  static constexpr size_t kMaxEntries = 1000, kMaxBytes = 8'000'000;
  void put(Entered entry);

  std::deque<Entered> entries_;
  size_t bytes_ = 0;  // of their texts
  size_t next_ = 1;
};

inline Inputs& inputs(lua_State* L) { return bindings::Context::of(L).area<Inputs>(); }

}  // namespace moonbase::shell
