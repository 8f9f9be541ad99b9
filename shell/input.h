// One input: a text that is a whole Lua expression, or whole Lua statements. Here it is told
// whether a text is complete, and a long text is cut into inputs. Functions of the thread that runs
// the Lua state; they run no Lua code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bindings/lua_api.h"

namespace moonbase::shell {

enum class Compiled {
  kFunction,    // pushed: a function that returns the values of the expression, if it is one
  kIncomplete,  // more lines may complete it; nothing pushed
  kError,       // pushed: Lua's message
};

// Compiles `text` as an expression or else as statements, comparisons in query-building calls
// rewritten, the locals of earlier inputs at hand (bindings/prompt_locals.h). Errors and tracebacks
// call it `chunk_name` ("=stdin") and count its lines from `first_line`. With `last`, there are no
// more lines to come: kIncomplete is not returned.
Compiled compile_input(lua_State* L, std::string_view text, const std::string& chunk_name,
                       int first_line, bool last);

// Whether more lines could complete `text`, which compile_input would call incomplete then.
bool wants_more_lines(lua_State* L, std::string_view text);

struct Input {
  std::string text;
  int first_line;
};

// Takes inputs, one after the other, from the text of a script. An input is as many lines as make a
// complete one, and the lines after it that begin with blanks and a `:` or `.`, as a long chain of
// calls is written.
class InputSplitter {
 public:
  // `text` must outlive the splitter.
  InputSplitter(lua_State* L, std::string_view text) : L_(L), rest_(text) {}

  // False when nothing but blank lines is left. What no more lines complete is the last input.
  bool next(Input& input);

 private:
  std::string_view take_line();

  lua_State* L_;
  std::string_view rest_;
  int line_ = 1;  // of the beginning of rest_
};

}  // namespace moonbase::shell
