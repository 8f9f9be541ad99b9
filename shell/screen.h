// Where the shell writes: values to standard output, errors and remarks to standard error. A
// transcript (tests/shell) has all of it on standard output, in order. One object of the program;
// its thread only. Write errors, those of print() too, are told by `finish`.
#pragma once

#include <cstddef>
#include <string_view>

namespace moonbase::shell {

enum class Mode {
  kScript,      // no person there: no prompt, no banner
  kTerminal,    // a person at a terminal
  kTranscript,  // as at a terminal, but reading a pipe: the input is echoed
};

class Screen {
 public:
  // kTranscript under MOONBASE_TRANSCRIPT, kTerminal when standard input is a terminal.
  Screen();

  Mode mode() const { return mode_; }
  bool interactive() const { return mode_ != Mode::kScript; }
  // Columns.
  size_t width() const;
  // To which texts are folded: the columns of the terminal; 0 where standard output is none.
  size_t fold_width() const;
  // Lines of the terminal; 0 where standard output is none.
  size_t height() const;
  // Whether what is written may have colours.
  bool colours() const;

  // A line (or several) on standard output.
  void value(std::string_view text) const;
  // A line (or several) on standard error.
  void remark(std::string_view text) const;
  // Without a line end, at once; on standard error when standard output is no terminal.
  void prompt(std::string_view text);
  // Sends what is buffered; false when standard output did not take all that was written to it.
  bool finish();
  // What a transcript shows as typed; nothing elsewhere.
  void typed(std::string_view line);

 private:
  Mode mode_;
};

}  // namespace moonbase::shell
