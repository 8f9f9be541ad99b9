#include "shell/editor/buffer.h"

#include <algorithm>
#include <utility>

#include "shell/editor/glyph.h"

namespace moonbase::editor {

namespace {

constexpr size_t kKeptCuts = 30;
constexpr size_t kKeptEdits = 1000;

// Letters, digits, `_`, and all that is not ASCII.
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (c & 0x80) != 0;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

}  // namespace

void EditBuffer::reset() {
  text_.clear();
  cursor_ = 0;
  done_.clear();
  undone_.clear();
  next_command();
  next_command();
}

void EditBuffer::next_command() {
  cut_before_ = std::exchange(cut_now_, false);
  yanked_before_ = std::exchange(yanked_now_, std::nullopt);
  column_before_ = std::exchange(column_now_, std::nullopt);
}

void EditBuffer::insert(std::string_view text, bool typed) {
  bool joins = typed && typing_ && !done_.empty() && text.size() == 1 && is_word(text[0]) &&
               is_word(done_.back().inserted.back());
  if (joins) {
    done_.back().inserted += text;
    text_.insert(cursor_, text);
    cursor_ += text.size();
    undone_.clear();
  } else {
    replace(cursor_, cursor_, text);
  }
  typing_ = typed;
}

void EditBuffer::replace(size_t begin, size_t end, std::string_view text) {
  typing_ = false;
  if (begin == end && text.empty()) return;
  // A copy: `text` may be a part of the text.
  Edit edit{begin, text_.substr(begin, end - begin), std::string(text), cursor_};
  text_.replace(begin, end - begin, edit.inserted);
  cursor_ = begin + edit.inserted.size();
  done_.push_back(std::move(edit));
  if (done_.size() > kKeptEdits) done_.erase(done_.begin());
  undone_.clear();
}

void EditBuffer::transpose() {
  size_t middle = at_end() ? left() : cursor_;
  size_t begin = previous_glyph(text_, middle);
  size_t end = next_glyph(text_, middle);
  if (begin == middle || end == middle) return;
  replace(begin, end, text_.substr(middle, end - middle) + text_.substr(begin, middle - begin));
}

void EditBuffer::kill(size_t begin, size_t end) {
  if (begin == end) return;
  std::string text = text_.substr(begin, end - begin);
  bool backwards = end == cursor_;
  if (cut_before_ && !cut_.empty()) {
    cut_.front() = backwards ? text + cut_.front() : cut_.front() + text;
  } else {
    cut_.push_front(std::move(text));
    if (cut_.size() > kKeptCuts) cut_.pop_back();
  }
  cut_now_ = true;
  erase(begin, end);
}

void EditBuffer::yank() {
  if (cut_.empty()) return;
  size_t begin = cursor_;
  insert(cut_.front());
  yanked_now_ = Yanked{begin, cursor_, 0};
}

void EditBuffer::yank_earlier() {
  if (!yanked_before_) return;
  Yanked yanked = *yanked_before_;
  yanked.index = (yanked.index + 1) % cut_.size();
  replace(yanked.begin, yanked.end, cut_[yanked.index]);
  yanked.end = cursor_;
  yanked_now_ = yanked;
}

void EditBuffer::undo() {
  typing_ = false;
  if (done_.empty()) return;
  Edit edit = std::move(done_.back());
  done_.pop_back();
  text_.replace(edit.at, edit.inserted.size(), edit.removed);
  cursor_ = edit.cursor;
  undone_.push_back(std::move(edit));
}

void EditBuffer::redo() {
  typing_ = false;
  if (undone_.empty()) return;
  Edit edit = std::move(undone_.back());
  undone_.pop_back();
  text_.replace(edit.at, edit.removed.size(), edit.inserted);
  cursor_ = edit.at + edit.inserted.size();
  done_.push_back(std::move(edit));
}

bool EditBuffer::move_line(int direction) {
  size_t begin = line_begin();
  size_t end = line_end();
  if (direction < 0 ? begin == 0 : end == text_.size()) return false;
  int column =
      column_before_.value_or(width_of(std::string_view(text_).substr(begin, cursor_ - begin)));
  cursor_ = direction < 0 ? begin - 1 : end + 1;
  size_t at = line_begin();
  size_t stop = line_end();
  for (int width = 0; at < stop;) {
    Glyph glyph = glyph_at(text_, at);
    width += glyph.width;
    if (width > column) break;
    at += glyph.length;
  }
  cursor_ = at;
  column_now_ = column;
  return true;
}

size_t EditBuffer::line_begin() const {
  if (cursor_ == 0) return 0;
  return text_.rfind('\n', cursor_ - 1) + 1;
}

size_t EditBuffer::line_end() const { return std::min(text_.find('\n', cursor_), text_.size()); }

size_t EditBuffer::left() const { return previous_glyph(text_, cursor_); }

size_t EditBuffer::right() const { return next_glyph(text_, cursor_); }

size_t EditBuffer::word_left() const {
  size_t at = cursor_;
  while (at > 0 && !is_word(text_[at - 1])) --at;
  while (at > 0 && is_word(text_[at - 1])) --at;
  return at;
}

size_t EditBuffer::word_right() const {
  size_t at = cursor_;
  while (at < text_.size() && !is_word(text_[at])) ++at;
  while (at < text_.size() && is_word(text_[at])) ++at;
  return at;
}

size_t EditBuffer::blank_word_left() const {
  size_t at = cursor_;
  while (at > 0 && is_blank(text_[at - 1])) --at;
  while (at > 0 && !is_blank(text_[at - 1])) --at;
  return at;
}

}  // namespace moonbase::editor
