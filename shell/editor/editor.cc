#include "shell/editor/editor.h"

#include <algorithm>
#include <utility>

#include "shell/editor/glyph.h"

namespace moonbase::editor {

namespace {

using Code = Key::Code;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

size_t blanks_at_begin(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (c & 0x80) != 0;
}

}  // namespace

void Editor::start(Prompt prompt) {
  prompt_ = std::move(prompt);
  buffer_.reset();
  walk_.reset();
  search_.reset();
  menu_.reset();
  control_x_ = false;
  message_.clear();
}

Outcome Editor::take(const Key& key) {
  buffer_.next_command();
  message_.clear();
  next_ = key.next;
  if (search_) {
    if (auto outcome = run_in_search(key)) return *outcome;
  }
  if (menu_ && run_in_menu(key)) return Outcome::kGoOn;
  keeps_walk_ = false;
  Outcome outcome = std::exchange(control_x_, false) ? run_control_x(key) : run(key);
  if (!keeps_walk_) walk_.reset();
  return outcome;
}

// --- what is typed ---

void Editor::type(std::string_view text) {
  buffer_.insert(text, true);
  settle_indentation(text.size());
}

void Editor::paste(std::string_view text) {
  // The line end that a copied line brings along would only be in the way of Enter.
  if (buffer_.at_end()) {
    while (text.ends_with('\n')) text.remove_suffix(1);
  }
  buffer_.insert(text);
}

// A line that was indented for what could come moves when the word on it turns out to close a
// block, and back when the word goes on.
void Editor::settle_indentation(size_t typed) {
  size_t begin = buffer_.line_begin();
  if (begin == 0) return;
  std::string_view text = buffer_.text();
  std::string_view line = text.substr(begin, buffer_.cursor() - begin);
  size_t blanks = blanks_at_begin(line);
  constexpr size_t kLongest = std::string_view("elseif").size() + 1;
  if (blanks == line.size() || line.size() - blanks > kLongest || is_sql()) return;
  std::string_view before = text.substr(0, begin);
  size_t wanted_before = indentation_of(before, line.substr(0, line.size() - typed));
  size_t wanted = indentation_of(before, line);
  if (blanks != wanted_before || wanted == wanted_before) return;
  size_t cursor = buffer_.cursor() - blanks + wanted;
  buffer_.replace(begin, begin + blanks, std::string(wanted, ' '));
  buffer_.move_to(cursor);
}

Outcome Editor::accept() {
  if (!is_blank(text()) && services_.wants_more && services_.wants_more(text())) return new_line();
  return Outcome::kAccepted;
}

Outcome Editor::new_line() {
  std::string_view before = std::string_view(text()).substr(0, buffer_.cursor());
  size_t indentation =
      is_sql() ? blanks_at_begin(before.substr(buffer_.line_begin())) : indentation_after(before);
  // Text that a terminal pastes as if it were typed brings its own indentation.
  if (next_ == ' ' || next_ == '\t') indentation = 0;
  buffer_.insert("\n" + std::string(indentation, ' '));
  return Outcome::kGoOn;
}

// --- moving ---

Outcome Editor::to_begin() {
  buffer_.move_to(buffer_.line_begin());
  return Outcome::kGoOn;
}

Outcome Editor::to_end() {
  if (!take_ghost(false)) buffer_.move_to(buffer_.line_end());
  return Outcome::kGoOn;
}

Outcome Editor::backward() {
  buffer_.move_to(buffer_.left());
  return Outcome::kGoOn;
}

Outcome Editor::forward() {
  if (!take_ghost(false)) buffer_.move_to(buffer_.right());
  return Outcome::kGoOn;
}

Outcome Editor::word_backward() {
  buffer_.move_to(buffer_.word_left());
  return Outcome::kGoOn;
}

Outcome Editor::word_forward() {
  if (!take_ghost(true)) buffer_.move_to(buffer_.word_right());
  return Outcome::kGoOn;
}

Outcome Editor::text_begin() {
  buffer_.move_to(0);
  return Outcome::kGoOn;
}

Outcome Editor::text_end() {
  buffer_.move_to(text().size());
  return Outcome::kGoOn;
}

// A walk through the history goes on, even where an entry has lines to move through.
Outcome Editor::up() {
  if (!walk_ && buffer_.move_line(-1)) return Outcome::kGoOn;
  return walk(-1);
}

Outcome Editor::down() {
  if (!walk_ && buffer_.move_line(1)) return Outcome::kGoOn;
  return walk(1);
}

// --- deleting, cutting ---

Outcome Editor::end_or_delete() { return text().empty() ? Outcome::kEnd : delete_forward(); }

Outcome Editor::delete_backward() {
  // In the blanks that a line begins with, a step of the indentation.
  size_t begin = buffer_.line_begin();
  std::string_view blanks = std::string_view(text()).substr(begin, buffer_.cursor() - begin);
  bool step =
      blanks.size() >= 2 && begin > 0 && blanks.find_first_not_of(' ') == std::string_view::npos;
  size_t from = step ? buffer_.cursor() - (blanks.size() % 2 == 0 ? 2 : 1) : buffer_.left();
  buffer_.erase(from, buffer_.cursor());
  return Outcome::kGoOn;
}

Outcome Editor::delete_forward() {
  size_t cursor = buffer_.cursor();
  buffer_.erase(cursor, buffer_.right());
  return Outcome::kGoOn;
}

Outcome Editor::cut_line() {
  size_t end = buffer_.line_end();
  // At the end of a line, its line end.
  if (end == buffer_.cursor()) end = buffer_.right();
  buffer_.kill(buffer_.cursor(), end);
  return Outcome::kGoOn;
}

Outcome Editor::cut_to_begin() {
  buffer_.kill(buffer_.line_begin(), buffer_.cursor());
  return Outcome::kGoOn;
}

Outcome Editor::cut_word() {
  buffer_.kill(buffer_.cursor(), buffer_.word_right());
  return Outcome::kGoOn;
}

Outcome Editor::cut_word_backward() {
  buffer_.kill(buffer_.word_left(), buffer_.cursor());
  return Outcome::kGoOn;
}

Outcome Editor::cut_blank_word() {
  buffer_.kill(buffer_.blank_word_left(), buffer_.cursor());
  return Outcome::kGoOn;
}

Outcome Editor::yank() {
  buffer_.yank();
  return Outcome::kGoOn;
}

Outcome Editor::yank_earlier() {
  buffer_.yank_earlier();
  return Outcome::kGoOn;
}

Outcome Editor::transpose() {
  buffer_.transpose();
  return Outcome::kGoOn;
}

Outcome Editor::undo() {
  buffer_.undo();
  return Outcome::kGoOn;
}

Outcome Editor::redo() {
  buffer_.redo();
  return Outcome::kGoOn;
}

// --- the history ---

std::string_view Editor::ghost() const {
  if (text().empty() || !buffer_.at_end() || walk_ || search_ || menu_) return {};
  auto found = history_.find_prefix(text(), history_.size());
  return found ? std::string_view(history_[*found]).substr(text().size()) : std::string_view();
}

bool Editor::take_ghost(bool word) {
  std::string_view rest = ghost();
  if (rest.empty()) return false;
  size_t end = rest.size();
  if (word) {
    end = 0;
    while (end < rest.size() && !is_word(rest[end])) ++end;
    while (end < rest.size() && is_word(rest[end])) ++end;
  }
  buffer_.insert(rest.substr(0, end));
  return true;
}

// Through the entries that begin with what stands before the cursor.
Outcome Editor::walk(int direction) {
  keeps_walk_ = true;
  if (!walk_) {
    if (direction > 0) return Outcome::kGoOn;
    walk_ = Walk{text(), buffer_.cursor(), history_.size()};
  }
  std::string_view prefix = std::string_view(walk_->typed).substr(0, walk_->cursor);
  auto same = [this](std::optional<size_t> found) { return found && history_[*found] == text(); };
  auto found = direction < 0 ? history_.find_prefix(prefix, walk_->at)
                             : history_.find_prefix_after(prefix, walk_->at + 1);
  // What was entered several times is one step.
  while (same(found)) {
    found = direction < 0 ? history_.find_prefix(prefix, *found)
                          : history_.find_prefix_after(prefix, *found + 1);
  }
  if (found) {
    walk_->at = *found;
    buffer_.replace_all(history_[*found]);
  } else if (direction > 0) {
    size_t cursor = walk_->cursor;
    buffer_.replace_all(walk_->typed);
    buffer_.move_to(cursor);
    keeps_walk_ = false;
  }
  return Outcome::kGoOn;
}

Outcome Editor::search() {
  search_ = Search{"", text(), buffer_.cursor(), history_.size(), false};
  return Outcome::kGoOn;
}

// The entry that contains the query: the one shown, too, unless `again`.
void Editor::find(bool older, bool again) {
  Search& search = *search_;
  size_t count = history_.size();
  size_t at = std::min(search.at, count);
  auto found = older ? history_.find_part(search.query, std::min(again ? at : at + 1, count))
                     : history_.find_part_after(search.query, again ? at + 1 : at);
  search.failed = !found;
  if (!found) return;
  search.at = *found;
  buffer_.replace_all(history_[*found]);
  buffer_.move_to(*position_of(search.query, history_[*found]));
}

// Nothing for a key that ends the search and has its own meaning.
std::optional<Outcome> Editor::run_in_search(const Key& key) {
  bool control = key.code == Code::kLetter && key.control && !key.alt;
  if (key.code == Code::kText || key.code == Code::kPaste) {
    search_->query += key.text;
    find(true, false);
  } else if (key.code == Code::kBackspace) {
    std::string& query = search_->query;
    query.erase(previous_glyph(query, query.size()));
    search_->at = history_.size();
    if (query.empty()) {
      search_->failed = false;
    } else {
      find(true, false);
    }
  } else if (control && (key.letter == 'r' || key.letter == 's')) {
    if (!search_->query.empty()) find(key.letter == 'r', true);
  } else if (control && (key.letter == 'g' || key.letter == 'c')) {
    size_t cursor = search_->cursor;
    buffer_.replace_all(search_->typed);
    buffer_.move_to(cursor);
    search_.reset();
  } else {
    search_.reset();
    if (key.code == Code::kEscape) return Outcome::kGoOn;
    return std::nullopt;
  }
  return Outcome::kGoOn;
}

// --- completion ---

Outcome Editor::tab() {
  size_t begin = buffer_.line_begin();
  if (is_blank(std::string_view(text()).substr(begin, buffer_.cursor() - begin))) {
    buffer_.insert("  ");
  } else if (next_ > ' ' && next_ != '\x7f') {
    // Pasted: nobody types on in the same moment.
    buffer_.insert("\t");
  } else {
    complete();
  }
  return Outcome::kGoOn;
}

void Editor::complete() {
  if (!services_.complete) return;
  Completion completion = services_.complete(text(), buffer_.cursor());
  if (completion.candidates.empty()) {
    message_ = "nothing to complete here";
    return;
  }
  size_t begin = completion.begin;
  std::string typed = text().substr(begin, buffer_.cursor() - begin);
  std::string common = common_beginning(completion.candidates);
  if (common != typed && (common.starts_with(typed) || completion.candidates.size() == 1)) {
    buffer_.replace(begin, buffer_.cursor(), common);
    typed = common;
  }
  if (completion.candidates.size() == 1) {
    message_ = completion.candidates.front().doc;
  } else {
    menu_.emplace(std::move(completion), std::move(typed));
  }
}

void Editor::show_choice() { buffer_.replace(menu_->begin(), buffer_.cursor(), menu_->text()); }

// True when the key was for the menu; any other one closes it.
bool Editor::run_in_menu(const Key& key) {
  bool next = key.code == Code::kTab || key.code == Code::kDown;
  bool back = key.code == Code::kBackTab || key.code == Code::kUp;
  bool leaves =
      key.code == Code::kEscape || (key.code == Code::kLetter && key.control && key.letter == 'g');
  if (next || back) {
    menu_->step(next ? 1 : -1);
    show_choice();
    return true;
  }
  if (leaves) buffer_.replace(menu_->begin(), buffer_.cursor(), menu_->typed());
  bool chosen = key.code == Code::kEnter && menu_->has_choice();
  menu_.reset();
  return leaves || chosen;
}

}  // namespace moonbase::editor
