#include "shell/repl.h"

#include "bindings/interrupt.h"
#include "orm/base/text.h"
#include "shell/commands.h"
#include "shell/input.h"
#include "shell/module.h"

namespace moonbase::shell {
namespace {

constexpr std::string_view kPrompt = "moonbase> ";
constexpr std::string_view kContinuation = "        … ";

}  // namespace

LineReader::Event Repl::read_line(std::string& line) {
  bindings::clear_interrupt(L_);
  screen_.prompt(pending_.empty() ? kPrompt : kContinuation);
  auto event = reader_.read(line);
  if (event == LineReader::Event::kLine) {
    screen_.typed(line);
  } else {
    screen_.prompt("\n");
  }
  return event;
}

void Repl::run() {
  std::string line;
  for (bool over = false; !over;) {
    switch (read_line(line)) {
      case LineReader::Event::kInterrupted:
        pending_.clear();
        break;
      case LineReader::Event::kLine:
        over = take_line(line);
        break;
      case LineReader::Event::kEnd:
        if (!pending_.empty()) {
          // Lua says what is missing.
          evaluator_.run({"input " + std::to_string(number_++), pending_, 1, true}, true);
          pending_.clear();
        } else {
          over = leave();
        }
    }
  }
  bindings::clear_interrupt(L_);
}

bool Repl::take_line(const std::string& line) {
  if (pending_.empty()) {
    std::string_view text = base::trim(line);
    if (text.empty()) return false;
    if (is_farewell(L_, text)) return leave();
    if (is_command(text)) return run_command(L_, screen_, text) == CommandResult::kLeave && leave();
  } else {
    pending_ += '\n';
  }
  pending_ += line;
  warned_ = false;
  bool single_line = pending_.find('\n') == std::string::npos;
  InputSource input{"input " + std::to_string(number_), pending_, 1, !single_line};
  if (evaluator_.run(input, false) == Outcome::kIncomplete) return false;
  ++number_;
  pending_.clear();
  return false;
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
