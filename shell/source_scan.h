// A look at Lua text without parsing it: where its strings and comments are, how deep its brackets
// and blocks are nested. Plain values, any thread; nothing throws but bad_alloc.
#pragma once

#include <string>
#include <string_view>

namespace moonbase::shell {

class SourceScanner {
 public:
  // The next piece of the text: whole lines, each with its line end. Returns it, as long as it was,
  // with blanks for comments and for the insides of strings.
  std::string feed(std::string_view piece);

  // Brackets and blocks that are open; negative when more were closed than opened.
  int depth() const { return depth_; }
  // Whether the text so far ends inside a string or a long comment.
  bool inside_text() const { return !closing_.empty(); }

 private:
  void step();
  void comment();
  void open_long();
  void skip_text();
  void skip_quoted(char quote);
  void word();
  char peek(size_t ahead = 0) const;
  int level_of_long_bracket() const;
  void blank(size_t from, size_t to);

  std::string_view text_;  // the piece
  std::string code_;       // and what it becomes
  size_t at_ = 0;
  int depth_ = 0;
  std::string closing_;  // what ends the string or comment this is in: a quote or "]==]"
};

// The text with blanks for comments and for the insides of strings.
std::string code_of(std::string_view text);

}  // namespace moonbase::shell
