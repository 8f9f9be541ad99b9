// The candidates that Tab offers, and which of them is chosen. Pure values, one thread; nothing
// throws but bad_alloc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "shell/editor/painter.h"

namespace moonbase::editor {

struct Candidate {
  std::string text;
  std::string doc;  // what help() says about it, or empty
};

// What could stand instead of the text from `begin` to the cursor.
struct Completion {
  size_t begin = 0;
  std::vector<Candidate> candidates;
};

// The longest beginning that all candidates have, in whole characters.
std::string common_beginning(const std::vector<Candidate>& candidates);

// A text as lines of at most `width` columns, broken at blanks; at most `count` of them.
std::vector<std::string> wrapped(const std::string& text, int width, size_t count);

class Menu {
 public:
  // At least one candidate; none is chosen yet. `typed` is what stands from `begin` on now.
  Menu(Completion completion, std::string typed)
      : completion_(std::move(completion)), typed_(std::move(typed)) {}

  // Chooses the next one (+1) or the one before (-1), around the ends.
  void step(int direction);
  bool has_choice() const { return chosen_.has_value(); }
  // What stands from `begin` on: the chosen candidate, or what was typed.
  const std::string& text() const;
  const std::string& typed() const { return typed_; }
  size_t begin() const { return completion_.begin; }

  // The candidates around the chosen one, and beside them what help() says about it.
  std::vector<std::vector<Span>> lines(Size size) const;

 private:
  Completion completion_;
  std::string typed_;
  std::optional<size_t> chosen_;
};

}  // namespace moonbase::editor
