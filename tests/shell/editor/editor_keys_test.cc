// Bytes of a terminal become keys.
#include <vector>

#include <catch2/catch.hpp>

#include "shell/editor/keys.h"

namespace moonbase::editor {
namespace {

using Code = Key::Code;

std::string name(const Key& key) {
  constexpr const char* kNames[] = {"text",   "paste",   "letter",    "unknown",  "enter",
                                    "tab",    "backtab", "backspace", "delete",   "insert",
                                    "escape", "left",    "right",     "up",       "down",
                                    "home",   "end",     "pageup",    "pagedown", "cursor"};
  std::string out = key.control ? "C-" : "";
  if (key.alt) out += "M-";
  if (key.code == Code::kLetter) return out + key.letter;
  out += kNames[static_cast<size_t>(key.code)];
  return key.text.empty() ? out : out + " " + key.text;
}

std::string keys_of(KeyDecoder& decoder) {
  std::string out;
  for (Key key; decoder.next(key);) out += (out.empty() ? "" : ", ") + name(key);
  return out;
}

std::string keys(std::string_view bytes) {
  KeyDecoder decoder;
  decoder.feed(bytes);
  return keys_of(decoder);
}

TEST_CASE("characters and control keys") {
  CHECK(keys("aé世😀") == "text a, text é, text 世, text 😀");
  CHECK(keys("\r\n\t\x7f\b") == "enter, enter, tab, backspace, backspace");
  CHECK(keys(std::string_view("\0\x01\x1a\x1f", 4)) == "C-@, C-a, C-z, C-_");
}

TEST_CASE("the answer of a terminal that was asked where its cursor is") {
  KeyDecoder decoder;
  decoder.feed("\x1b[12;7R");
  Key key;
  REQUIRE(decoder.next(key));
  CHECK(key.code == Code::kCursor);
  CHECK(key.column == 6);
  CHECK(keys("\x1b[R") == "unknown");
}

TEST_CASE("a key knows what came together with it") {
  KeyDecoder decoder;
  Key key;
  decoder.feed("\r  x");
  REQUIRE(decoder.next(key));
  CHECK(key.next == ' ');
  CHECK(keys_of(decoder) == "text  , text  , text x");
  decoder.feed("\r");
  REQUIRE(decoder.next(key));
  CHECK(key.next == '\0');
  decoder.feed("\x03rest");
  REQUIRE(decoder.next(key));
  CHECK(decoder.take_rest() == "rest");
  CHECK_FALSE(decoder.next(key));
}

TEST_CASE("the sequences of cursor keys, in every dialect") {
  CHECK(keys("\x1b[A\x1bOA\x1b[D\x1bOC") == "up, up, left, right");
  CHECK(keys("\x1b[H\x1b[1~\x1b[7~\x1bOH") == "home, home, home, home");
  CHECK(keys("\x1b[F\x1b[4~\x1b[8~") == "end, end, end");
  CHECK(keys("\x1b[2~\x1b[3~\x1b[5~\x1b[6~\x1b[Z") == "insert, delete, pageup, pagedown, backtab");
  CHECK(keys("\x1b[1;5C\x1b[1;3D\x1b[3;5~\x1b\x1b[C") == "C-right, M-left, C-delete, M-right");
  CHECK(keys("\x1bOM\x1b\r\x1b[13;2u") == "enter, M-enter, M-enter");
}

TEST_CASE("Alt is an Escape before the key") {
  CHECK(keys("\x1b"
             "f\x1b"
             "B\x1b<\x1b\x7f\x1b\x01") == "M-f, M-b, M-<, M-backspace, C-M-a");
  CHECK(keys("\x1bé") == "text é");
}

TEST_CASE("a sequence may come in pieces; only an Escape alone asks for the clock") {
  KeyDecoder decoder;
  for (std::string_view piece : {"\x1b", "[", "1;", "5"}) {
    decoder.feed(piece);
    CHECK(keys_of(decoder).empty());
    CHECK(decoder.in_sequence());
  }
  decoder.feed("C");
  CHECK(keys_of(decoder) == "C-right");
  CHECK_FALSE(decoder.in_sequence());

  decoder.feed("\x1b");
  CHECK(keys_of(decoder).empty());
  decoder.end_sequence();
  CHECK(keys_of(decoder) == "escape");

  decoder.feed("\x1b[");
  decoder.end_sequence();
  CHECK(keys_of(decoder) == "M-[");
}

TEST_CASE("a character in pieces waits for its rest") {
  KeyDecoder decoder;
  decoder.feed("\xe4\xb8");
  CHECK(keys_of(decoder).empty());
  CHECK_FALSE(decoder.in_sequence());
  decoder.feed("\x96x");
  CHECK(keys_of(decoder) == "text 世, text x");
}

TEST_CASE("bytes that are no character are characters each for itself") {
  CHECK(keys("\xff"
             "a") == "text \xff, text a");
  CHECK(keys("\xe4\xb8"
             "a") == "text \xe4, text \xb8, text a");
  CHECK(keys("\xc0\x80") == "text \xc0, text \x80");
}

TEST_CASE("sequences that mean nothing are swallowed whole") {
  CHECK(keys("\x1b[99;99xa") == "unknown, text a");
  CHECK(keys("\x1b[?62;c1") == "unknown, text 1");
  CHECK(keys("\x1b[[Aa") == "up, text a");
  CHECK(keys("\x1bOPa") == "unknown, text a");
  CHECK(keys("\x1b[1\x03") == "unknown, C-c");
  CHECK(keys("\x1b[" + std::string(100, '1') + "a").find("unknown") == 0);
}

TEST_CASE("a paste is one key, and what it holds is text only") {
  CHECK(keys("\x1b[200~a\tb\r\nc\rd\x1b[201~e") == "paste a\tb\nc\nd, text e");
  // A forged end of the paste cannot hide in a sequence, and nothing in it reaches the terminal.
  CHECK(keys("\x1b[200~x\x1b[31m\x07\x03y\x1b[201~") == "paste x[31my");
  KeyDecoder decoder;
  decoder.feed("\x1b[200~one");
  CHECK(keys_of(decoder).empty());
  CHECK_FALSE(decoder.in_sequence());
  decoder.feed(" two\x1b[20");
  CHECK(keys_of(decoder).empty());
  decoder.feed("1~");
  CHECK(keys_of(decoder) == "paste one two");
}

}  // namespace
}  // namespace moonbase::editor
