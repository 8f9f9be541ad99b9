// How the shell shows a value: strings quoted, tables in Lua's syntax with limits, mapped objects
// by their __repr__, everything else by tostring. What reaches the screen holds no control
// characters but line ends. Used on the thread that runs the Lua state, inside a protected call:
// metamethods run, and what they raise passes through only when it is an interrupt.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/lua_api.h"

namespace moonbase::shell {

struct PrintLimits {
  size_t width = 80;       // columns of the screen
  int depth = 3;           // tables inside tables
  size_t items = 100;      // of one table
  size_t string = 10'000;  // bytes of one string or of the text of one object
};

class Printer {
 public:
  explicit Printer(lua_State* L, PrintLimits limits = {}) : L_(L), limits_(limits) {}

  // The text of the value at `index`, without a line end; it may have several lines.
  std::string text(int index);

 private:
  std::string nested(int index, int depth, size_t width);
  std::string object(int index, bool keep_lines);
  std::string table(int index, int depth, size_t width);
  std::string items(int index, int depth, size_t width);
  std::string function(int index);
  std::string string(int index);
  std::string shortened(std::string_view text, bool keep_lines);
  std::string key(int index, int depth, size_t width);
  std::vector<std::string> table_items(int index, int depth, size_t width, size_t& hidden);
  void refresh_list(int index);

  lua_State* L_;
  PrintLimits limits_;
  std::vector<const void*> open_;  // the tables around the current value
};

// `text` as a Lua string literal on one line.
std::string quote_lua(std::string_view text);
// `text` with control characters and malformed UTF-8 as escapes; line ends stay with `keep_lines`.
std::string printable(std::string_view text, bool keep_lines);
// "1 row", "2 rows": `what` is one of them.
std::string counted(size_t count, std::string_view what);

}  // namespace moonbase::shell
