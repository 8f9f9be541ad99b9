#include "shell/repl.h"

#include <fmt/format.h>

#include "bindings/interrupt.h"
#include "bindings/load_alarm.h"
#include "bindings/origins.h"
#include "bindings/statement_log.h"
#include "orm/base/log.h"
#include "orm/base/text.h"
#include "shell/commands.h"
#include "shell/editing.h"
#include "shell/editor/line_editor.h"
#include "shell/input.h"
#include "shell/inputs.h"
#include "shell/module.h"
#include "shell/prompt_state.h"
#include "shell/settings.h"
#include "shell/sql_input.h"
#include "shell/tour.h"

namespace moonbase::shell {
namespace {

constexpr std::string_view kPrompt = "moonbase> ";
constexpr std::string_view kContinuation = "        … ";

}  // namespace

LineReader::Event Repl::read_line(std::string& line, bool continues) {
  bindings::clear_interrupt(L_);
  screen_.prompt(continues ? kContinuation : kPrompt);
  auto event = reader_.read(line);
  if (event == LineReader::Event::kLine) {
    screen_.typed(line);
  } else {
    screen_.prompt("\n");
  }
  return event;
}

void Repl::run(bool simple) {
  bindings::statement_log(L_).set_counting(true);
  // A transcript is compared: what it costs is in it where it asks for that.
  settings(L_).queries = settings(L_).view = screen_.mode() == Mode::kTerminal;
  bindings::load_alarm(L_).set_on(settings(L_).queries);
  bindings::Context::of(L_).area<bindings::Origins>().set_on(true);
  bool editor = !simple && screen_.mode() == Mode::kTerminal && editor::Terminal::is_usable();
  if (editor) {
    run_editor();
  } else {
    run_lines();
  }
  bindings::clear_interrupt(L_);
}

void Repl::run_lines() {
  std::string pending;  // the lines of the input so far
  std::string line;
  for (Taken taken = Taken::kDone; taken != Taken::kOver;) {
    switch (read_line(line, !pending.empty())) {
      case LineReader::Event::kInterrupted:
        pending.clear();
        continue;
      case LineReader::Event::kLine:
        pending += pending.empty() ? line : "\n" + line;
        taken = take(pending, false);
        break;
      case LineReader::Event::kEnd:
        // Lua says what is missing.
        taken = pending.empty() ? (leave() ? Taken::kOver : Taken::kDone) : take(pending, true);
    }
    if (taken == Taken::kDone) pending.clear();
  }
}

void Repl::run_editor() {
  editor::History history(editor::history_path());
  editor::LineEditor editor(history, editing_services(L_),
                            [this] { return bindings::interrupt_pending(L_); });
  const auto style = is_production(L_) ? editor::Style::kInvalid : editor::Style::kPrompt;
  std::string input;
  for (bool over = false; !over;) {
    bindings::clear_interrupt(L_);
    if (std::string warning = history.take_warning(); !warning.empty())
      screen_.remark("warning: " + printable(warning, false));
    screen_.finish();
    const editor::Prompt prompt{{{prompt_text(L_) + "> ", style}}, std::string(kContinuation)};
    switch (editor.read(prompt, input)) {
      case editor::LineEditor::Event::kInterrupted:
        break;
      case editor::LineEditor::Event::kInput:
        over = take(input, true) == Taken::kOver;
        break;
      case editor::LineEditor::Event::kEnd:
        over = leave();
    }
  }
}

Repl::Taken Repl::take(std::string_view input, bool last) {
  std::string_view text = base::trim(input);
  if (text.empty()) return settings(L_).touring ? take_tour_line() : Taken::kDone;
  const bool touring = settings(L_).touring;
  failed_ = false;
  const Taken taken = take_input(input, text, last);
  if (!touring || taken != Taken::kDone) return taken;
  try {
    if (const std::string news = tour_after(L_, text, failed_); !news.empty()) screen_.value(news);
  } catch (const bindings::ScriptError& error) {
    abandon_tour(error);
  }
  return taken;
}

Repl::Taken Repl::take_tour_line() {
  std::string line;
  try {
    line = tour_line(L_);
  } catch (const bindings::ScriptError& error) {
    abandon_tour(error);
    return Taken::kDone;
  }
  screen_.value("  " + line);
  return take(line, true);
}

void Repl::abandon_tour(const bindings::ScriptError& error) {
  screen_.remark(describe_error(L_, error));
  try {
    screen_.remark(stop_tour(L_));
  } catch (const bindings::ScriptError& second) {
    screen_.remark(describe_error(L_, second));
  }
}

Repl::Taken Repl::take_input(std::string_view input, std::string_view text, bool last) {
  if (is_farewell(L_, text)) return leave() ? Taken::kOver : Taken::kDone;
  if (is_command(text)) {
    const CommandResult result = run_command(L_, screen_, text);
    failed_ = result == CommandResult::kFailed;
    const bool over = result == CommandResult::kLeave && leave();
    return over ? Taken::kOver : Taken::kDone;
  }
  warned_ = false;
  if (!question_in(text) && is_sql_input(L_, text)) {
    if (!last && wants_more_sql(input)) return Taken::kMore;
    inputs(L_).begin(std::string(text));
    begin_count();
    end_input(evaluator_.run_sql(text));
    return Taken::kDone;
  }
  bool single_line = input.find('\n') == std::string_view::npos;
  InputSource source{inputs(L_).next_chunk(), std::string(input), 1, !single_line};
  inputs(L_).begin(source.text);
  begin_count();
  Outcome outcome = evaluator_.run(source, last);
  if (outcome == Outcome::kIncomplete) return Taken::kMore;
  end_input(outcome);
  return Taken::kDone;
}

void Repl::end_input(Outcome outcome) {
  failed_ = outcome != Outcome::kDone;
  show_count();
  inputs(L_).end(failed_, evaluator_.has_shown());
}

void Repl::begin_count() {
  bindings::statement_log(L_).mark();
  bindings::load_alarm(L_).take();
  started_ = base::clock_seconds();
}

// The queries folded into one line; where they are echoed, they were seen.
void Repl::show_count() {
  double seconds = base::clock_seconds() - started_;
  const bindings::StatementLog& log = bindings::statement_log(L_);
  size_t queries = settings(L_).queries && !log.is_echoing() ? log.counts().statements : 0;
  std::string text;
  if (queries != 0) {
    text = fmt::format("{} {}, {:.1f} ms", queries, queries == 1 ? "query" : "queries",
                       log.counts().seconds * 1000);
  }
  if (settings(L_).timing)
    text += fmt::format("{}{:.1f} ms in all", text.empty() ? "" : "; ", seconds * 1000);
  if (!text.empty()) screen_.remark(screen_.colours() ? "\x1b[2m" + text + "\x1b[0m" : text);
  show_alarm(L_, screen_);
}

void show_alarm(lua_State* L, const Screen& screen) {
  for (const std::string& line : bindings::load_alarm(L).take()) {
    const std::string text = printable(line, false);
    screen.remark(screen.colours() ? "\x1b[33m" + text + "\x1b[0m" : text);
  }
}

// The first time, work that would be lost keeps the person here.
bool Repl::leave() {
  std::string work = uncommitted_work(L_);
  if (work.empty() || warned_) return true;
  warned_ = true;
  screen_.remark("not committed: " + work +
                 ". db.session:commit() keeps it; leave once more to lose it.");
  // Whoever reads a pipe cannot answer.
  return screen_.mode() != Mode::kTerminal;
}

namespace {

// Up to the first input that fails; 0, or the exit code.
int run_each_input(lua_State* L, Screen& screen, std::string_view text, const std::string& chunk,
                   bool show_place) {
  inputs(L).keep_file(chunk, std::string(text));
  Evaluator evaluator(L, screen);
  InputSplitter splitter(L, text);
  Input input;
  while (splitter.next(input)) {
    InputSource source{chunk, input.text, input.first_line, show_place};
    const Outcome outcome = evaluator.run(source, true);
    show_alarm(L, screen);
    switch (outcome) {
      case Outcome::kFailed:
        return 1;
      case Outcome::kInterrupted:
        return kInterruptedExit;
      case Outcome::kDone:
      case Outcome::kIncomplete:
        break;
    }
  }
  return 0;
}

}  // namespace

void run_file_inputs(lua_State* L, Screen& screen, std::string_view text,
                     const std::string& chunk) {
  run_each_input(L, screen, text, chunk, true);
}

bool run_again(lua_State* L, Screen& screen, std::string_view text) {
  Evaluator evaluator(L, screen);
  if (is_sql_input(L, text)) return evaluator.run_sql(text) == Outcome::kDone;
  bool several_lines = text.find('\n') != std::string_view::npos;
  const InputSource source{"replayed", std::string(text), 1, several_lines};
  return evaluator.run(source, true) == Outcome::kDone;
}

int run_inputs(lua_State* L, Screen& screen, std::string_view text, const std::string& chunk,
               bool show_place) {
  if (int code = run_each_input(L, screen, text, chunk, show_place); code != 0) return code;
  std::string work = uncommitted_work(L);
  if (!work.empty()) screen.remark("warning: not committed, and so lost: " + work);
  return 0;
}

}  // namespace moonbase::shell
