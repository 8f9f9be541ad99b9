#include "shell/editor/keys.h"

#include <array>
#include <charconv>

namespace moonbase::editor {

namespace {

using Code = Key::Code;

constexpr char kEsc = '\x1b';
constexpr std::string_view kPasteEnd = "\x1b[201~";
constexpr int kPasteBegin = 200;
// What is longer is no key's sequence.
constexpr size_t kLongestSequence = 32;

Key letter(char c, bool control, bool alt) {
  Key key;
  key.code = Code::kLetter;
  key.control = control;
  key.alt = alt;
  key.letter = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return key;
}

Key special(Code code, bool alt = false) {
  Key key;
  key.code = code;
  key.alt = alt;
  return key;
}

// A byte below the blank, or the one that Backspace sends.
Key control_byte(char c, bool alt) {
  switch (c) {
    case '\r':
    case '\n':
      return special(Code::kEnter, alt);
    case '\t':
      return special(Code::kTab, alt);
    case '\b':
    case '\x7f':
      return special(Code::kBackspace, alt);
    default:
      return letter(static_cast<char>(c + '@'), true, alt);
  }
}

bool is_control(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }

Code code_of_final(char final) {
  switch (final) {
    case 'A':
      return Code::kUp;
    case 'B':
      return Code::kDown;
    case 'C':
      return Code::kRight;
    case 'D':
      return Code::kLeft;
    case 'H':
      return Code::kHome;
    case 'F':
      return Code::kEnd;
    case 'M':
      return Code::kEnter;  // of the keypad
    case 'Z':
      return Code::kBackTab;
    default:
      return Code::kUnknown;
  }
}

Code code_of_number(int number) {
  switch (number) {
    case 1:
    case 7:
      return Code::kHome;
    case 2:
      return Code::kInsert;
    case 3:
      return Code::kDelete;
    case 4:
    case 8:
      return Code::kEnd;
    case 5:
      return Code::kPageUp;
    case 6:
      return Code::kPageDown;
    default:
      return Code::kUnknown;
  }
}

// Bytes that the first one promises: 1 for what begins no character.
size_t promised_length(char first) {
  auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xf0 && byte < 0xf8) return 4;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
}

struct Parameters {
  std::array<int, 2> values{0, 1};
  explicit Parameters(std::string_view text) {
    for (int& value : values) {
      size_t end = std::min(text.find(';'), text.size());
      std::from_chars(text.data(), text.data() + end, value);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
};

}  // namespace

void KeyDecoder::consume(size_t count) {
  bytes_.erase(0, count);
  ended_ = false;
}

bool KeyDecoder::next(Key& key) {
  if (!take(key)) return false;
  key.next = bytes_.empty() ? '\0' : bytes_[0];
  return true;
}

bool KeyDecoder::take(Key& key) {
  if (in_paste_) return take_paste(key);
  if (bytes_.empty()) return false;
  if (bytes_[0] == kEsc) return take_escape(key);
  if (!is_control(bytes_[0])) return take_text(key);
  key = control_byte(bytes_[0], false);
  consume(1);
  return true;
}

bool KeyDecoder::take_text(Key& key) {
  size_t length = 1;
  size_t promised = promised_length(bytes_[0]);
  while (length < promised && length < bytes_.size() && (bytes_[length] & 0xc0) == 0x80) ++length;
  // The rest of a character is on its way, unless another one follows.
  if (length < promised && length == bytes_.size() && !ended_) return false;
  key = special(Code::kText);
  // Cut short, its bytes are characters each for itself.
  key.text = bytes_.substr(0, length == promised ? length : 1);
  consume(key.text.size());
  return true;
}

bool KeyDecoder::take_escape(Key& key) {
  // An Escape before the sequence is Alt.
  size_t at = 1;
  bool alt = bytes_.size() > 2 && bytes_[1] == kEsc && (bytes_[2] == '[' || bytes_[2] == 'O');
  if (alt) at = 2;
  if (at == bytes_.size()) {
    if (!ended_) return false;
    key = special(Code::kEscape);
    consume(1);
    return true;
  }
  char c = bytes_[at];
  if (c == '[' || c == 'O') return take_csi(key, at, alt);
  if (c == kEsc) {
    key = special(Code::kEscape);
    consume(1);
  } else if ((c & 0x80) != 0) {
    // Alt with a letter that is not ASCII: the letter.
    consume(1);
    return take(key);
  } else {
    key = is_control(c) ? control_byte(c, true) : letter(c, false, true);
    consume(2);
  }
  return true;
}

// `at` is where the `[` or `O` is.
bool KeyDecoder::take_csi(Key& key, size_t at, bool alt) {
  size_t begin = at + 1;
  size_t end = begin;
  // The linux console sends `ESC [ [ A` for F1.
  if (end < bytes_.size() && bytes_[end] == '[') ++end;
  auto is_parameter = [this](size_t i) { return bytes_[i] >= ' ' && bytes_[i] < '@'; };
  while (end < bytes_.size() && end - at < kLongestSequence && is_parameter(end)) ++end;
  if (end == bytes_.size()) {
    if (!ended_) return false;
    // Alt-[ or Alt-O.
    key = letter(bytes_[at], false, true);
    consume(at + 1);
    return true;
  }
  bool broken = is_control(bytes_[end]) || (bytes_[end] & 0x80) != 0;
  Parameters parameters(std::string_view(bytes_).substr(begin, end - begin));
  char final = bytes_[end];
  consume(broken ? end : end + 1);
  if (broken) {
    key = special(Code::kUnknown);
    return true;
  }
  int number = parameters.values[0];
  if (final == '~' && number == kPasteBegin) {
    in_paste_ = true;
    return take_paste(key);
  }
  key = special(final == '~' ? code_of_number(number) : code_of_final(final));
  if (key.code != Code::kUnknown) {
    int modifiers = parameters.values[1] - 1;
    key.alt = alt || (modifiers & 2) != 0;
    key.control = (modifiers & 4) != 0;
  }
  if (final == 'R' && number > 0) {
    key = special(Code::kCursor);
    key.column = parameters.values[1] - 1;
  }
  // Shift-Enter of terminals that tell it apart.
  if (final == 'u' && number == '\r') key = special(Code::kEnter, true);
  return true;
}

bool KeyDecoder::take_paste(Key& key) {
  size_t end = bytes_.find(kPasteEnd);
  if (end == std::string::npos) return false;
  key = special(Code::kPaste);
  key.text = clean_paste(std::string_view(bytes_).substr(0, end));
  in_paste_ = false;
  consume(end + kPasteEnd.size());
  return true;
}

std::string clean_paste(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\r') {
      out += '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else if (c == '\n' || c == '\t' || !is_control(c)) {
      out += c;
    }
  }
  return out;
}

}  // namespace moonbase::editor
