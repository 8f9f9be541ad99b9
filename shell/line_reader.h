// Lines from standard input, for a shell that waits for them: Ctrl-C ends the waiting. One object
// of the program, on the thread of the Lua state.
#pragma once

#include <string>

#include "bindings/lua_api.h"

namespace moonbase::shell {

class LineReader {
 public:
  explicit LineReader(lua_State* L) : L_(L) {}

  enum class Event { kLine, kEnd, kInterrupted };
  // Waits for a line and gives it without its line end. At the end of the input, what stands after
  // the last line end is a line, too. A terminal may have more input after kEnd.
  Event read(std::string& line);

 private:
  enum class Fill { kData, kEnd, kInterrupted };
  Fill fill();

  lua_State* L_;
  std::string buffer_;
};

// All that standard input has.
std::string read_all_input();

}  // namespace moonbase::shell
