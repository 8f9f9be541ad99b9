#include "shell/editor/menu.h"

#include <algorithm>

#include "shell/editor/glyph.h"

namespace moonbase::editor {

namespace {

constexpr int kMostRows = 8;
constexpr int kNarrowestDoc = 16;
constexpr std::string_view kGap = "  ";

// The beginning of a text that fits into `width` columns, and blanks up to there.
std::string fitted(const std::string& text, int width) {
  size_t at = 0;
  int used = 0;
  while (at < text.size()) {
    Glyph glyph = glyph_at(text, at);
    if (used + glyph.width > width) break;
    used += glyph.width;
    at += glyph.length;
  }
  return text.substr(0, at) + std::string(static_cast<size_t>(width - used), ' ');
}

}  // namespace

std::string common_beginning(const std::vector<Candidate>& candidates) {
  const std::string& first = candidates.front().text;
  size_t common = first.size();
  for (const Candidate& candidate : candidates) {
    auto end = std::mismatch(first.begin(), first.begin() + static_cast<ptrdiff_t>(common),
                             candidate.text.begin(), candidate.text.end());
    common = static_cast<size_t>(end.first - first.begin());
  }
  // Not a part of a character.
  while (common > 0 && common < first.size() && (first[common] & 0xc0) == 0x80) --common;
  return first.substr(0, common);
}

std::vector<std::string> wrapped(const std::string& text, int width, size_t count) {
  std::vector<std::string> lines;
  std::string line;
  auto end_line = [&] {
    lines.push_back(std::move(line));
    line.clear();
  };
  size_t at = 0;
  while (at < text.size() && lines.size() < count) {
    if (text[at] == '\n') {
      end_line();
      ++at;
      continue;
    }
    size_t end = std::min(text.find_first_of(" \n", at + 1), text.size());
    std::string word = text.substr(at, end - at);
    if (!line.empty() && width_of(line) + width_of(word) > width) {
      end_line();
      word.erase(0, word.find_first_not_of(' '));
    }
    line += word;
    at = end;
  }
  if (!line.empty() && lines.size() < count) end_line();
  bool cut = at < text.size() || !line.empty();
  if (cut && !lines.empty()) lines.back() += " …";
  return lines;
}

void Menu::step(int direction) {
  size_t count = completion_.candidates.size();
  if (!chosen_) {
    chosen_ = direction > 0 ? 0 : count - 1;
  } else {
    chosen_ = (*chosen_ + (direction > 0 ? 1 : count - 1)) % count;
  }
}

const std::string& Menu::text() const {
  return chosen_ ? completion_.candidates[*chosen_].text : typed_;
}

std::vector<std::vector<Span>> Menu::lines(Size size) const {
  const auto& candidates = completion_.candidates;
  size_t visible = static_cast<size_t>(std::clamp(size.rows / 3, 1, kMostRows));
  size_t chosen = chosen_.value_or(0);
  size_t top = chosen < visible ? 0 : chosen - visible + 1;
  int width = 1;
  for (const Candidate& candidate : candidates) width = std::max(width, width_of(candidate.text));
  width = std::min(width, std::max(size.columns - 1, 1));
  int doc_width = size.columns - width - static_cast<int>(kGap.size());
  std::vector<std::string> doc;
  if (chosen_ && doc_width >= kNarrowestDoc)
    doc = wrapped(candidates[chosen].doc, doc_width, visible);
  size_t names = std::min(candidates.size() - top, visible);

  std::vector<std::vector<Span>> lines;
  for (size_t i = 0; i < std::max(names, doc.size()); ++i) {
    bool is_name = i < names;
    bool is_chosen = is_name && chosen_ && top + i == chosen;
    std::vector<Span> line;
    line.push_back({fitted(is_name ? candidates[top + i].text : "", width),
                    is_chosen ? Style::kMenuChosen : Style::kMenu});
    if (i < doc.size()) {
      line.push_back({std::string(kGap), Style::kPlain});
      line.push_back({doc[i], Style::kHint});
    }
    lines.push_back(std::move(line));
  }
  if (candidates.size() > visible) {
    std::string place = chosen_ ? std::to_string(chosen + 1) + " of " : "";
    lines.push_back({{place + std::to_string(candidates.size()), Style::kHint}});
  }
  return lines;
}

}  // namespace moonbase::editor
