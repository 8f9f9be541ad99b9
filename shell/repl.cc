#include "shell/repl.h"

#include "bindings/interrupt.h"
#include "orm/base/text.h"
#include "shell/commands.h"
#include "shell/editing.h"
#include "shell/editor/line_editor.h"
#include "shell/input.h"
#include "shell/module.h"
#include "shell/sql_input.h"

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
  const editor::Prompt prompt{{{std::string(kPrompt), editor::Style::kPrompt}},
                              std::string(kContinuation)};
  std::string input;
  for (bool over = false; !over;) {
    bindings::clear_interrupt(L_);
    if (std::string warning = history.take_warning(); !warning.empty())
      screen_.remark("warning: " + printable(warning, false));
    screen_.finish();
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
  if (text.empty()) return Taken::kDone;
  if (is_farewell(L_, text)) return leave() ? Taken::kOver : Taken::kDone;
  if (is_command(text)) {
    bool over = run_command(L_, screen_, text) == CommandResult::kLeave && leave();
    return over ? Taken::kOver : Taken::kDone;
  }
  warned_ = false;
  if (is_sql_input(L_, text)) {
    if (!last && wants_more_sql(input)) return Taken::kMore;
    evaluator_.run_sql(text);
    ++number_;
    return Taken::kDone;
  }
  bool single_line = input.find('\n') == std::string_view::npos;
  InputSource source{"input " + std::to_string(number_), std::string(input), 1, !single_line};
  if (evaluator_.run(source, last) == Outcome::kIncomplete) return Taken::kMore;
  ++number_;
  return Taken::kDone;
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

int run_inputs(lua_State* L, Screen& screen, std::string_view text, const std::string& chunk,
               bool show_place) {
  Evaluator evaluator(L, screen);
  InputSplitter splitter(L, text);
  Input input;
  while (splitter.next(input)) {
    InputSource source{chunk, input.text, input.first_line, show_place};
    switch (evaluator.run(source, true)) {
      case Outcome::kFailed:
        return 1;
      case Outcome::kInterrupted:
        return kInterruptedExit;
      case Outcome::kDone:
      case Outcome::kIncomplete:
        break;
    }
  }
  std::string work = uncommitted_work(L);
  if (!work.empty()) screen.remark("warning: not committed, and so lost: " + work);
  return 0;
}

}  // namespace moonbase::shell
