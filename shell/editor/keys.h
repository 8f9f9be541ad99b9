// Keys from the bytes that a terminal sends. Pure: the caller reads the terminal and watches the
// clock. One object for a terminal, one thread; nothing throws but bad_alloc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace moonbase::editor {

struct Key {
  enum class Code : uint8_t {
    kText,     // `text` is what was typed: one character, or a byte that is none
    kPaste,    // `text` is all of it, line ends as \n, no other control characters but tabs
    kLetter,   // with control or alt: `letter`
    kUnknown,  // a sequence that means nothing here
    kEnter,
    kTab,
    kBackTab,
    kBackspace,
    kDelete,
    kInsert,
    kEscape,
    kLeft,
    kRight,
    kUp,
    kDown,
    kHome,
    kEnd,
    kPageUp,
    kPageDown,
    kCursor,  // the terminal's answer: the cursor is in `column`, from 0
  };
  Code code = Code::kUnknown;
  bool control = false;
  bool alt = false;
  char letter = 0;  // lower case; `_` and such, too
  // The byte that came together with it, behind it; 0 for none. What a person types comes alone.
  char next = 0;
  int column = 0;
  std::string text;
};

class KeyDecoder {
 public:
  void feed(std::string_view bytes) { bytes_ += bytes; }
  // Takes the next key that is complete; false when there is none.
  bool next(Key& key);
  // Whether an Escape, or what follows one, waits for the rest of its sequence: give it a tenth of
  // a second, then call `end_sequence`.
  bool in_sequence() const { return !bytes_.empty() && bytes_[0] == '\x1b' && !in_paste_; }
  // What there is of a sequence is all there will be: `next` takes it as it is.
  void end_sequence() { ended_ = true; }
  // Takes the bytes that no key was made of yet.
  std::string take_rest() { return std::exchange(bytes_, {}); }

 private:
  bool take(Key& key);
  bool take_escape(Key& key);
  bool take_csi(Key& key, size_t at, bool alt);
  bool take_paste(Key& key);
  bool take_text(Key& key);
  void consume(size_t count);

  std::string bytes_;
  bool in_paste_ = false;
  bool ended_ = false;
};

// What of a pasted text may go into the buffer: CR and CRLF are line ends, other control characters
// are left out.
std::string clean_paste(std::string_view text);

}  // namespace moonbase::editor
