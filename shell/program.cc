#include "shell/program.h"

#include <cstdio>
#include <string>

#include <unistd.h>

#include "bindings/call.h"
#include "bindings/context.h"
#include "bindings/hooks.h"
#include "bindings/interrupt.h"
#include "bindings/load_alarm.h"
#include "bindings/origins.h"
#include "bindings/runtime.h"
#include "bindings/statement_guard.h"
#include "bindings/statement_log.h"
#include "orm/base/text.h"
#include "orm/engine/interrupt.h"
#include "shell/app.h"
#include "shell/line_reader.h"
#include "shell/module.h"
#include "shell/project.h"
#include "shell/repl.h"
#include "shell/report.h"
#include "shell/screen.h"
#include "shell/sql_colours.h"
#include "shell/tables.h"

namespace moonbase::shell {
namespace {

using bindings::call_lua;
using bindings::Runtime;

void show_banner(Screen& screen, lua_State* L, const Preloaded& preloaded) {
  screen.value("Moonbase " MOONBASE_VERSION " on " LUA_RELEASE);
  std::string location = database_location(L);
  if (!location.empty()) screen.value("database  " + printable(location, false));
  screen.value("names     " + preloaded.names);
  if (preloaded.models != 0) {
    screen.value("          " + counted(static_cast<size_t>(preloaded.models), "model") + ", " +
                 counted(static_cast<size_t>(preloaded.tables), "table") +
                 "; :models and :tables list them");
  }
  screen.value(":help tells how to go on");
}

// A transcript has the echoed statements among the answers; at a terminal they have colours.
void redirect_echo(Screen& screen, lua_State* L) {
  auto write = [&screen](std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    screen.remark(screen.colours() ? coloured_statement(line) : line);
  };
  bindings::statement_log(L).set_writer(write, false);
}

int run_shell(Runtime& runtime, Screen& screen, const Options& options) {
  lua_State* L = runtime.state();
  bool coloured = screen.colours() && isatty(STDERR_FILENO) != 0;
  if (screen.mode() == Mode::kTranscript || coloured) redirect_echo(screen, L);
  AppLoader loader(runtime, options);
  loader.load();
  loader.fill(options.reset);
  Preloaded preloaded = loader.preload();
  if (options.has_code) {
    bool several_lines = options.code.find('\n') != std::string::npos;
    return run_inputs(L, screen, options.code, "-e", several_lines);
  }
  if (!screen.interactive()) {
    std::string text = read_all_input();
    // The mark that some editors begin a file with.
    if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
    // "#!/usr/bin/env moonbase"
    if (text.starts_with("#!")) text.replace(0, 2, "--");
    return run_inputs(L, screen, text, "stdin", true);
  }
  bindings::Context::of(L).area<bindings::Hooks>().interactive = true;
  bindings::Context::of(L).area<bindings::StatementGuard>().set_on(true);
  show_banner(screen, L, preloaded);
  Repl(L, screen).run(options.simple_prompt);
  return 0;
}

int run_script(Runtime& runtime, Screen& screen, const Options& options) {
  AppLoader loader(runtime, options);
  if (loader.kind() == AppLoader::Kind::kMicroblog) {
    loader.load_when_needed();
  } else {
    loader.load();
    loader.preload();
  }
  try {
    loader.run_file(options.script, options.arguments);
  } catch (const bindings::ScriptError&) {
    show_alarm(runtime.state(), screen);
    throw;
  }
  show_alarm(runtime.state(), screen);
  std::string work = uncommitted_work(runtime.state());
  if (!work.empty()) screen.remark("warning: not committed, and so lost: " + work);
  return 0;
}

void call_shell_module(lua_State* L, const char* function) {
  push_module_function(L, "moonbase.shell", function);
  call_lua(L, 0, 0);
}

// "2 tables (post, user) in app.db"
std::string describe_tables(lua_State* L) {
  push_module_function(L, "moonbase.shell", "tables");
  call_lua(L, 0, 2);
  std::string names = lua_tostring(L, -2);
  lua_Integer count = lua_tointeger(L, -1);
  lua_pop(L, 2);
  std::string out = counted(static_cast<size_t>(count), "table");
  if (count != 0) out += " (" + names + ")";
  std::string location = database_location(L);
  return location.empty() ? out : out + " in " + printable(location, false);
}

bool confirm_drop(Screen& screen, lua_State* L, const std::string& what) {
  if (screen.mode() != Mode::kTerminal) return true;
  screen.prompt("This drops " + what + " and all their rows. Type drop to do it: ");
  std::string answer;
  bool answered = LineReader(L).read(answer) == LineReader::Event::kLine;
  if (answered && base::trim(answer) == "drop") return true;
  if (!answered) screen.prompt("\n");
  screen.remark("nothing was dropped");
  return false;
}

int run_db(Runtime& runtime, Screen& screen, const Options& options) {
  AppLoader loader(runtime, options);
  loader.load();
  loader.preload();
  lua_State* L = runtime.state();
  std::string tables = describe_tables(L);
  if (options.verb == Verb::kDbCreate) {
    call_shell_module(L, "create_all");
    screen.value("created " + tables);
    return 0;
  }
  if (!confirm_drop(screen, L, tables)) return 1;
  call_shell_module(L, "drop_all");
  screen.value("dropped " + tables);
  return 0;
}

int run_verb(Runtime& runtime, Screen& screen, const Options& options) {
  switch (options.verb) {
    case Verb::kRun:
      return run_script(runtime, screen, options);
    case Verb::kDbCreate:
    case Verb::kDbDrop:
      return run_db(runtime, screen, options);
    case Verb::kShell:
    case Verb::kNew:
      break;
  }
  return run_shell(runtime, screen, options);
}

}  // namespace

int run_program(const Options& options) {
  Screen screen;
  try {
    if (options.verb == Verb::kNew) {
      make_project(screen, options.name);
      return 0;
    }
    Runtime runtime;
    lua_State* L = runtime.state();
    bindings::InterruptHandler handler(L);
    bindings::set_interrupt_callback([](void*) { engine::interrupt_every_engine(); }, nullptr);
    try {
      install_tables(L, screen);
      if (options.alarm) {
        bindings::load_alarm(L).set_on(true);
        bindings::Context::of(L).area<bindings::Origins>().set_on(true);
      }
      int exit_code = run_verb(runtime, screen, options);
      if (screen.finish()) return exit_code;
      screen.remark("error: standard output did not take all that was printed");
      return 1;
    } catch (const bindings::ScriptError& error) {
      bool interrupted = bindings::interrupt_pending(L);
      bindings::clear_interrupt(L);
      screen.remark(describe_error(L, error));
      return interrupted ? kInterruptedExit : 1;
    }
  } catch (const base::Error& error) {
    screen.remark(printable(error.paragraph(), true));
    return 1;
  }
}

}  // namespace moonbase::shell
