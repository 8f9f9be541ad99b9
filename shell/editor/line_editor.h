// Reads inputs from a terminal through the editor: joins terminal, keys, editor and painter. One
// object of the program, on the thread of the services it is given. Throws what they throw; the
// terminal is left in order.
#pragma once

#include <functional>
#include <string>

#include "shell/editor/editor.h"
#include "shell/editor/keys.h"
#include "shell/editor/painter.h"
#include "shell/editor/terminal.h"

namespace moonbase::editor {

class LineEditor {
 public:
  // See Terminal for `interrupted`; the history must outlive this.
  LineEditor(History& history, Services services, std::function<bool()> interrupted)
      : history_(history),
        services_(std::move(services)),
        editor_(history_, services_),
        painter_(Terminal::has_colours()),
        terminal_(std::move(interrupted)) {}

  enum class Event { kInput, kEnd, kInterrupted };
  // Lets the person write an input, which becomes the history's newest entry. The terminal is in
  // its usual mode before and after.
  Event read(const Prompt& prompt, std::string& input);

 private:
  // What is to be done before the next key.
  struct Waiting {
    bool painted = false;
    bool resized = false;  // since the last frame
    bool asked = false;    // the terminal, where its cursor is
    int patience = 0;      // milliseconds until the next frame
  };
  bool next_key(Key& key);
  void paint_or_ask(Waiting& state);
  void take_answer(const Key& key, Waiting& state);
  void begin_on_empty_line();
  void repaint();
  Event finish(Event event, bool abandoned);
  void hand_over();
  void clear_screen();
  void suspend();
  void edit_externally();

  History& history_;
  Services services_;
  Editor editor_;
  KeyDecoder keys_;
  Painter painter_;
  Terminal terminal_;
  bool interrupted_ = false;
};

}  // namespace moonbase::editor
