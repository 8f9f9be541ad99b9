// The dialogue with a person, and its silent twin for a script on standard input. Used on the
// thread of the Lua state.
#pragma once

#include <string>
#include <string_view>

#include "bindings/call.h"
#include "bindings/lua_api.h"
#include "shell/evaluator.h"
#include "shell/line_reader.h"
#include "shell/screen.h"

namespace moonbase::shell {

// Reads and runs inputs until the person leaves. An error never ends it. At a terminal inputs are
// written with the editor, elsewhere they are lines.
class Repl {
 public:
  Repl(lua_State* L, Screen& screen) : L_(L), screen_(screen), evaluator_(L, screen), reader_(L) {}

  // `simple`: no editor, whatever the terminal can do.
  void run(bool simple);

 private:
  void run_lines();
  void run_editor();
  LineReader::Event read_line(std::string& line, bool continues);
  enum class Taken { kMore, kDone, kOver };
  // Runs the input if it is complete; when it is the `last` text there is, whatever it is.
  Taken take(std::string_view input, bool last);
  Taken take_input(std::string_view input, std::string_view text, bool last);
  // An empty line in a tour: its own line is run.
  Taken take_tour_line();
  // Tells why the tour cannot go on, and ends it.
  void abandon_tour(const bindings::ScriptError& error);
  bool leave();
  // Before and after an input: what it cost.
  void begin_count();
  void show_count();
  // After an input that was begun.
  void end_input(Outcome outcome);

  lua_State* L_;
  Screen& screen_;
  Evaluator evaluator_;
  LineReader reader_;
  double started_ = 0;   // the input, in seconds of base::clock_seconds()
  bool failed_ = false;  // the last input or command
  bool warned_ = false;  // that leaving loses work; forgotten at the next input
};

// Runs a script's text as a sequence of inputs, up to the first that fails. Returns the exit code.
// Messages call the text `chunk` ("stdin", "-e") and, with `show_place`, name the line.
int run_inputs(lua_State* L, Screen& screen, std::string_view text, const std::string& chunk,
               bool show_place);

// The same for a text that a person asks for at the prompt: what fails is told, and ends it.
void run_file_inputs(lua_State* L, Screen& screen, std::string_view text, const std::string& chunk);

// What the N+1 alarm has heard since it was asked last (bindings/load_alarm.h); nothing where it is
// off.
void show_alarm(lua_State* L, const Screen& screen);
// Runs an input of Lua or SQL that was entered before. Returns false when it fails, which is told.
bool run_again(lua_State* L, Screen& screen, std::string_view text);

// The exit code of a program that Ctrl-C stopped.
inline constexpr int kInterruptedExit = 130;

}  // namespace moonbase::shell
