// The text that is being edited, the cursor in it, what can be undone, and what was cut. Positions
// are bytes at the beginning of a character. Pure, one thread; nothing throws but bad_alloc.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moonbase::editor {

class EditBuffer {
 public:
  const std::string& text() const { return text_; }
  size_t cursor() const { return cursor_; }
  bool at_end() const { return cursor_ == text_.size(); }

  // Begins anew, with nothing to undo. What was cut stays.
  void reset();
  // Between two commands: cuts that follow each other directly are one, and moves by lines keep the
  // column they began in.
  void next_command();

  // --- changes; the cursor goes behind what was put in ---
  // `typed` characters of a word are undone together.
  void insert(std::string_view text, bool typed = false);
  void erase(size_t begin, size_t end) { replace(begin, end, {}); }
  void replace(size_t begin, size_t end, std::string_view text);
  void replace_all(std::string_view text) { replace(0, text_.size(), text); }
  // Exchanges the characters around the cursor.
  void transpose();

  // --- cutting and putting back ---
  void kill(size_t begin, size_t end);
  void yank();
  // After a yank: what was cut before that, instead.
  void yank_earlier();

  void undo();
  void redo();

  // --- moving ---
  void move_to(size_t at) { cursor_ = at; }
  // To the line above (-1) or below (+1); false when there is none.
  bool move_line(int direction);
  size_t line_begin() const;
  size_t line_end() const;
  size_t left() const;
  size_t right() const;
  size_t word_left() const;
  size_t word_right() const;
  // Words between blanks.
  size_t blank_word_left() const;

 private:
  struct Edit {
    size_t at;
    std::string removed, inserted;
    size_t cursor;  // before
  };

  std::string text_;
  size_t cursor_ = 0;
  std::vector<Edit> done_, undone_;
  bool typing_ = false;          // the last edit takes more typed characters
  std::deque<std::string> cut_;  // newest first
  bool cut_now_ = false, cut_before_ = false;
  // What the last yank put in.
  struct Yanked {
    size_t begin, end, index;
  };
  std::optional<Yanked> yanked_now_, yanked_before_;
  std::optional<int> column_now_, column_before_;
};

}  // namespace moonbase::editor
