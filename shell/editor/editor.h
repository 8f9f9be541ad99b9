// One input being edited: takes keys, says what there is to see. Pure but for the services it is
// given; what reads and paints the terminal is line_editor.h. One object for a terminal, one
// thread. Throws what a service throws.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shell/editor/buffer.h"
#include "shell/editor/highlight.h"
#include "shell/editor/history.h"
#include "shell/editor/keys.h"
#include "shell/editor/menu.h"
#include "shell/editor/painter.h"

namespace moonbase::editor {

// What the editor asks about the language.
struct Services {
  // Whether Enter begins a new line, because more text could complete this one.
  std::function<bool(const std::string& text)> wants_more;
  // Whether it is SQL rather than Lua: how it is coloured, and that lines of it are not indented.
  std::function<bool(const std::string& text)> is_sql;
  KnownName known;
  // What Tab offers at the cursor.
  std::function<Completion(const std::string& text, size_t cursor)> complete;
};

struct Prompt {
  std::vector<Span> first;
  std::string continuation;
};

enum class Outcome {
  kGoOn,
  kAccepted,     // the input is `text()`
  kAbandoned,    // Ctrl-C
  kEnd,          // Ctrl-D on an empty input
  kSuspend,      // Ctrl-Z
  kClearScreen,  // Ctrl-L
  kExternal,     // Ctrl-X Ctrl-E: a program of the person's choice edits `text()`
};

class Editor {
 public:
  // Both must outlive it.
  Editor(const History& history, const Services& services)
      : history_(history), services_(services) {}

  // A new, empty input.
  void start(Prompt prompt);
  Outcome take(const Key& key);

  const std::string& text() const { return buffer_.text(); }
  size_t cursor() const { return buffer_.cursor(); }
  // What another program made of the text.
  void replace_text(std::string_view text) { buffer_.replace_all(text); }
  // A line below the input, until the next key.
  void show_message(std::string message) { message_ = std::move(message); }

  View view(Size size) const;
  // The input as it stays on the screen; `abandoned` marks it.
  View final_view(bool abandoned) const;

 private:
  struct Binding;
  static const Binding kBindings[];

  // Where Up and Down are in the history, and what they came from.
  struct Walk {
    std::string typed;
    size_t cursor;
    size_t at;
  };
  struct Search {
    std::string query;
    std::string typed;  // before the search
    size_t cursor;
    size_t at;  // the entry shown; the history's size for none
    bool failed = false;
  };

  Outcome run(const Key& key);
  Outcome run_control_x(const Key& key);
  std::optional<Outcome> run_in_search(const Key& key);
  bool run_in_menu(const Key& key);

  // --- commands ---
  Outcome accept();
  Outcome new_line();
  Outcome tab();
  Outcome end_or_delete();
  Outcome to_begin();
  Outcome to_end();
  Outcome backward();
  Outcome forward();
  Outcome word_backward();
  Outcome word_forward();
  Outcome text_begin();
  Outcome text_end();
  Outcome up();
  Outcome down();
  Outcome delete_backward();
  Outcome delete_forward();
  Outcome cut_line();
  Outcome cut_to_begin();
  Outcome cut_word();
  Outcome cut_word_backward();
  Outcome cut_blank_word();
  Outcome yank();
  Outcome yank_earlier();
  Outcome transpose();
  Outcome undo();
  Outcome redo();
  Outcome search();
  Outcome control_x();
  Outcome abandon() { return Outcome::kAbandoned; }
  Outcome suspend() { return Outcome::kSuspend; }
  Outcome clear_screen() { return Outcome::kClearScreen; }
  Outcome nothing() { return Outcome::kGoOn; }

  void type(std::string_view text);
  void paste(std::string_view text);
  void settle_indentation(size_t typed);
  bool is_sql() const { return services_.is_sql && services_.is_sql(text()); }
  bool take_ghost(bool word);
  std::string_view ghost() const;
  Outcome walk(int direction);
  void find(bool older, bool again);
  void complete();
  void show_choice();

  const History& history_;
  const Services& services_;
  EditBuffer buffer_;
  Prompt prompt_;
  std::optional<Walk> walk_;
  std::optional<Search> search_;
  std::optional<Menu> menu_;
  char next_ = 0;            // see Key
  bool keeps_walk_ = false;  // the command that runs is a step of the walk
  bool control_x_ = false;
  std::string message_;
};

}  // namespace moonbase::editor
