// Runs inputs: compiles, calls, shows the values or the error. One object for a shell, on the
// thread of its Lua state; both must outlive it. Nothing that an input does ends in an exception
// here but a lack of memory.
#pragma once

#include <string>
#include <string_view>

#include "bindings/call.h"
#include "bindings/lua_api.h"
#include "shell/question.h"
#include "shell/report.h"
#include "shell/screen.h"

namespace moonbase::shell {

enum class Outcome { kDone, kIncomplete, kFailed, kInterrupted };

class Evaluator {
 public:
  Evaluator(lua_State* L, Screen& screen) : L_(L), screen_(screen) {}

  // Runs one input, answers it if it is a question ("x?"), shows what it returned and keeps the
  // first value as the global `_`, then lets the session end what has only read. kIncomplete only
  // without `last`: nothing was done.
  Outcome run(const InputSource& input, bool last);
  // Runs a statement of SQL and shows its rows.
  Outcome run_sql(std::string_view sql);
  // Whether the last input gave a value, which was shown.
  bool has_shown() const { return has_shown_; }

 private:
  // Shows the error, whose calls are those of settings().traceback from now on.
  Outcome fail(const InputSource& input, const bindings::ScriptError& error);
  Outcome show_failure(const InputSource& input, const std::string& place = "");
  Outcome call(const InputSource& input, int base);
  Outcome run_question(const InputSource& input, const Question& question);
  Outcome end_input(const InputSource& input);
  void show_results(int first);
  void keep_last_value(int index);
  void show_attributes(int index);
  void show_note(const InputSource& input, bool failed);
  void show_guess(const InputSource& input);
  void show_closed();

  lua_State* L_;
  Screen& screen_;
  bool has_shown_ = false;
};

}  // namespace moonbase::shell
