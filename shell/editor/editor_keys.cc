// Which key does what, and what there is to see.
#include <algorithm>

#include "shell/editor/editor.h"
#include "shell/editor/glyph.h"

namespace moonbase::editor {

using Code = Key::Code;

// `letter` 0 stands for the keys that have a code of their own.
struct Editor::Binding {
  Code code;
  char letter;
  bool control;
  bool alt;
  Outcome (Editor::*command)();
};

constexpr Editor::Binding Editor::kBindings[] = {
    {Code::kEnter, 0, false, false, &Editor::accept},
    {Code::kEnter, 0, false, true, &Editor::new_line},
    {Code::kTab, 0, false, false, &Editor::tab},
    {Code::kBackTab, 0, false, false, &Editor::nothing},
    {Code::kBackspace, 0, false, false, &Editor::delete_backward},
    {Code::kBackspace, 0, false, true, &Editor::cut_word_backward},
    {Code::kDelete, 0, false, false, &Editor::delete_forward},
    {Code::kLeft, 0, false, false, &Editor::backward},
    {Code::kLeft, 0, true, false, &Editor::word_backward},
    {Code::kLeft, 0, false, true, &Editor::word_backward},
    {Code::kRight, 0, false, false, &Editor::forward},
    {Code::kRight, 0, true, false, &Editor::word_forward},
    {Code::kRight, 0, false, true, &Editor::word_forward},
    {Code::kUp, 0, false, false, &Editor::up},
    {Code::kDown, 0, false, false, &Editor::down},
    {Code::kHome, 0, false, false, &Editor::to_begin},
    {Code::kHome, 0, true, false, &Editor::text_begin},
    {Code::kEnd, 0, false, false, &Editor::to_end},
    {Code::kEnd, 0, true, false, &Editor::text_end},
    {Code::kLetter, 'a', true, false, &Editor::to_begin},
    {Code::kLetter, 'b', true, false, &Editor::backward},
    {Code::kLetter, 'c', true, false, &Editor::abandon},
    {Code::kLetter, 'd', true, false, &Editor::end_or_delete},
    {Code::kLetter, 'e', true, false, &Editor::to_end},
    {Code::kLetter, 'f', true, false, &Editor::forward},
    {Code::kLetter, 'k', true, false, &Editor::cut_line},
    {Code::kLetter, 'l', true, false, &Editor::clear_screen},
    {Code::kLetter, 'n', true, false, &Editor::down},
    {Code::kLetter, 'p', true, false, &Editor::up},
    {Code::kLetter, 'r', true, false, &Editor::search},
    {Code::kLetter, 't', true, false, &Editor::transpose},
    {Code::kLetter, 'u', true, false, &Editor::cut_to_begin},
    {Code::kLetter, 'w', true, false, &Editor::cut_blank_word},
    {Code::kLetter, 'x', true, false, &Editor::control_x},
    {Code::kLetter, 'y', true, false, &Editor::yank},
    {Code::kLetter, 'z', true, false, &Editor::suspend},
    {Code::kLetter, '_', true, false, &Editor::undo},
    {Code::kLetter, '_', false, true, &Editor::redo},
    {Code::kLetter, '<', false, true, &Editor::text_begin},
    {Code::kLetter, '>', false, true, &Editor::text_end},
    {Code::kLetter, 'b', false, true, &Editor::word_backward},
    {Code::kLetter, 'd', false, true, &Editor::cut_word},
    {Code::kLetter, 'f', false, true, &Editor::word_forward},
    {Code::kLetter, 'y', false, true, &Editor::yank_earlier},
};

Outcome Editor::run(const Key& key) {
  if (key.code == Code::kText) {
    type(key.text);
    return Outcome::kGoOn;
  }
  if (key.code == Code::kPaste) {
    paste(key.text);
    return Outcome::kGoOn;
  }
  for (const Binding& binding : kBindings) {
    if (binding.code == key.code && binding.letter == key.letter &&
        binding.control == key.control && binding.alt == key.alt) {
      return (this->*binding.command)();
    }
  }
  return Outcome::kGoOn;
}

Outcome Editor::control_x() {
  control_x_ = true;
  return Outcome::kGoOn;
}

Outcome Editor::run_control_x(const Key& key) {
  if (key.code != Code::kLetter || !key.control) return Outcome::kGoOn;
  if (key.letter == 'e') return Outcome::kExternal;
  if (key.letter == 'u') return undo();
  return key.letter == 'c' ? Outcome::kAbandoned : Outcome::kGoOn;
}

View Editor::view(Size size) const {
  View view = final_view(false);
  view.cursor = buffer_.cursor();
  view.ghost = ghost();
  if (search_) {
    view.prompt = {{(search_->failed ? "no entry with '" : "search '") + search_->query + "': ",
                    Style::kHint}};
    if (auto found = position_of(search_->query, text()); found && !search_->query.empty()) {
      auto begin = view.styles.begin() + static_cast<ptrdiff_t>(*found);
      std::fill_n(begin, search_->query.size(), Style::kMatch);
    }
  } else if (auto pair = matching_brackets(text(), buffer_.cursor())) {
    view.styles[pair->first] = view.styles[pair->second] = Style::kMatch;
  }
  if (menu_) {
    view.below = menu_->lines(size);
  } else if (!message_.empty()) {
    constexpr size_t kMostLines = 4;
    for (std::string& line : wrapped(message_, size.columns, kMostLines))
      view.below.push_back({{std::move(line), Style::kHint}});
  }
  return view;
}

View Editor::final_view(bool abandoned) const {
  View view;
  view.prompt = prompt_.first;
  view.continuation = prompt_.continuation;
  view.text = text();
  view.styles = is_sql() ? highlight_sql(text()) : highlight(text(), services_.known);
  view.cursor = text().size();
  if (abandoned) view.ghost = "^C";
  return view;
}

}  // namespace moonbase::editor
