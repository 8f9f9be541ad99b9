#include "shell/editor/line_editor.h"

#include <csignal>

#include "shell/editor/external.h"

namespace moonbase::editor {

namespace {

// How long the rest of an escape sequence may take: the time after which Esc is a key of its own.
constexpr int kSequenceMilliseconds = 100;
// How long a resized terminal is given to be resized again.
constexpr int kResizeMilliseconds = 30;
// How long it may take to say where its cursor is.
constexpr int kAnswerMilliseconds = 100;
constexpr std::string_view kWhereIsCursor = "\x1b[6n";

}  // namespace

LineEditor::Event LineEditor::read(const Prompt& prompt, std::string& input) {
  editor_.start(prompt);
  if (!terminal_.enter()) return Event::kEnd;
  // However this ends, an exception included.
  struct Leaving {
    Terminal& terminal;
    ~Leaving() { terminal.leave(); }
  } leaving{terminal_};
  interrupted_ = false;
  begin_on_empty_line();
  Key key;
  while (next_key(key)) {
    switch (editor_.take(key)) {
      case Outcome::kGoOn:
        break;
      case Outcome::kAccepted:
        input = editor_.text();
        history_.add(input);
        finish(Event::kInput, false);
        hand_over();
        return Event::kInput;
      case Outcome::kAbandoned:
        return finish(Event::kInterrupted, true);
      case Outcome::kEnd:
        return finish(Event::kEnd, false);
      case Outcome::kSuspend:
        suspend();
        break;
      case Outcome::kClearScreen:
        clear_screen();
        break;
      case Outcome::kExternal:
        edit_externally();
        break;
    }
  }
  return interrupted_ ? finish(Event::kInterrupted, true) : finish(Event::kEnd, false);
}

// Paints when there is nothing more to read: keys that came together are one frame. False at the
// end of the input and after an interrupt.
bool LineEditor::next_key(Key& key) {
  Waiting state;
  for (;;) {
    if (keys_.next(key)) {
      if (key.code != Key::Code::kCursor) return true;
      take_answer(key, state);
      continue;
    }
    std::string bytes;
    bool sequence = state.painted && keys_.in_sequence();
    int patience = !state.painted ? state.patience : sequence ? kSequenceMilliseconds : -1;
    switch (terminal_.wait(bytes, patience)) {
      case Terminal::Event::kBytes:
        keys_.feed(bytes);
        break;
      case Terminal::Event::kTimeout:
        if (sequence) keys_.end_sequence();
        if (!state.painted) paint_or_ask(state);
        break;
      case Terminal::Event::kResized:
        // While a window is drawn larger, more of them come: the last one is painted.
        state = {.painted = false, .resized = true, .patience = kResizeMilliseconds};
        break;
      case Terminal::Event::kStopped:
        painter_.forget();
        begin_on_empty_line();
        repaint();
        break;
      case Terminal::Event::kInterrupt:
        interrupted_ = true;
        return false;
      case Terminal::Event::kEnd:
        return false;
    }
  }
}

// What a resized terminal did to its lines, only it knows.
void LineEditor::paint_or_ask(Waiting& state) {
  if (state.resized && !state.asked) {
    terminal_.write(kWhereIsCursor);
    state.asked = true;
    state.patience = kAnswerMilliseconds;
    return;
  }
  repaint();
  state = {.painted = true};
}

void LineEditor::take_answer(const Key& key, Waiting& state) {
  if (!state.asked) return;
  painter_.resized(key.column, terminal_.size());
  repaint();
  state = {.painted = true};
}

// What was printed without a line end stays, with a mark behind it: blanks up to the width wrap
// when, and only when, the cursor was not in the first column.
void LineEditor::begin_on_empty_line() {
  auto columns = static_cast<size_t>(terminal_.size().columns);
  std::string_view mark = "\x1b[2m%\x1b[0m";
  terminal_.write(std::string(mark) + std::string(columns - 1, ' ') + "\r\x1b[K");
}

void LineEditor::repaint() {
  Size size = terminal_.size();
  terminal_.write(painter_.paint(editor_.view(size), size));
}

LineEditor::Event LineEditor::finish(Event event, bool abandoned) {
  terminal_.write(painter_.leave(editor_.final_view(abandoned), terminal_.size()));
  return event;
}

// From here on Ctrl-C is a signal. One that was typed behind the Enter came as a byte: it is for
// what runs now, and what was typed before it is dropped, as a terminal does it.
void LineEditor::hand_over() {
  terminal_.leave();
  std::string early = keys_.take_rest() + terminal_.read_now();
  size_t interrupt = early.rfind('\x03');
  keys_.feed(std::string_view(early).substr(interrupt == std::string::npos ? 0 : interrupt + 1));
  if (interrupt != std::string::npos) std::raise(SIGINT);
}

void LineEditor::clear_screen() {
  terminal_.write("\x1b[H\x1b[2J");
  painter_.forget();
}

void LineEditor::suspend() {
  terminal_.write(painter_.leave(editor_.final_view(false), terminal_.size()));
  terminal_.suspend();
  begin_on_empty_line();
}

void LineEditor::edit_externally() {
  terminal_.write(painter_.leave(editor_.final_view(false), terminal_.size()));
  terminal_.leave();
  std::string text = editor_.text();
  std::string trouble = editor::edit_externally(text);
  terminal_.enter();
  begin_on_empty_line();
  if (trouble.empty()) {
    editor_.replace_text(text);
  } else {
    editor_.show_message(trouble);
  }
}

}  // namespace moonbase::editor
