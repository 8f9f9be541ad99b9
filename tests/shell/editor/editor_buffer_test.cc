// The text being edited, without a terminal.
#include <catch2/catch.hpp>

#include "shell/editor/buffer.h"
#include "shell/editor/glyph.h"

namespace moonbase::editor {
namespace {

struct Fixture {
  EditBuffer buffer;

  explicit Fixture(std::string_view text = "") { buffer.insert(text); }

  void type(std::string_view text) {
    for (char c : text) {
      buffer.next_command();
      buffer.insert(std::string_view(&c, 1), true);
    }
  }
  // The text with the cursor as `|`.
  std::string shown() const {
    std::string text = buffer.text();
    return text.insert(buffer.cursor(), "|");
  }
};

TEST_CASE("the cursor moves by whole characters") {
  Fixture f("a世e\u0301👩\u200d🚀");
  std::string seen;
  while (f.buffer.cursor() > 0) {
    f.buffer.move_to(f.buffer.left());
    seen += f.shown() + " ";
  }
  CHECK(seen == "a世e\u0301|👩\u200d🚀 a世|e\u0301👩\u200d🚀 a|世e\u0301👩\u200d🚀 |a世e\u0301👩\u200d🚀 ");
}

TEST_CASE("words, and words between blanks") {
  Fixture f("db.session:add(größe)");
  f.buffer.move_to(f.buffer.word_left());
  CHECK(f.shown() == "db.session:add(|größe)");
  f.buffer.move_to(f.buffer.word_left());
  CHECK(f.shown() == "db.session:|add(größe)");
  f.buffer.move_to(f.buffer.word_right());
  CHECK(f.shown() == "db.session:add|(größe)");
  f.buffer.move_to(f.buffer.blank_word_left());
  CHECK(f.shown() == "|db.session:add(größe)");
}

TEST_CASE("moves between lines keep the column, across shorter lines and wide characters") {
  Fixture f("abcdef\nx\n世界世界");
  f.buffer.move_to(4);
  f.buffer.next_command();
  CHECK(f.buffer.move_line(1));
  CHECK(f.shown() == "abcdef\nx|\n世界世界");
  f.buffer.next_command();
  CHECK(f.buffer.move_line(1));
  CHECK(f.shown() == "abcdef\nx\n世界|世界");
  f.buffer.next_command();
  CHECK_FALSE(f.buffer.move_line(1));
}

TEST_CASE("a typed word is undone as one; other changes one by one") {
  Fixture f;
  f.type("local x");
  CHECK(f.buffer.text() == "local x");
  f.buffer.undo();
  CHECK(f.buffer.text() == "local ");
  f.buffer.undo();
  CHECK(f.buffer.text() == "local");
  f.buffer.undo();
  CHECK(f.buffer.text().empty());
  f.buffer.undo();
  f.buffer.redo();
  f.buffer.redo();
  CHECK(f.buffer.text() == "local ");
  f.type("y");
  f.buffer.redo();
  CHECK(f.buffer.text() == "local y");
}

TEST_CASE("undo brings back what was deleted, and the cursor") {
  Fixture f("one two");
  f.buffer.move_to(3);
  f.buffer.erase(3, 7);
  CHECK(f.shown() == "one|");
  f.buffer.undo();
  CHECK(f.shown() == "one| two");
}

TEST_CASE("cuts that follow each other are put back as one") {
  Fixture f("one two three");
  f.buffer.next_command();
  f.buffer.kill(f.buffer.word_left(), f.buffer.cursor());
  f.buffer.next_command();
  f.buffer.kill(f.buffer.word_left(), f.buffer.cursor());
  CHECK(f.shown() == "one |");
  f.buffer.next_command();
  f.buffer.yank();
  CHECK(f.shown() == "one two three|");
}

TEST_CASE("earlier cuts come back one after the other") {
  Fixture f("a b");
  f.buffer.next_command();
  f.buffer.kill(2, 3);
  f.buffer.next_command();
  f.buffer.move_to(0);
  f.buffer.next_command();
  f.buffer.kill(0, 1);
  f.buffer.next_command();
  f.buffer.yank();
  CHECK(f.shown() == "a| ");
  f.buffer.next_command();
  f.buffer.yank_earlier();
  CHECK(f.shown() == "b| ");
  f.buffer.next_command();
  f.buffer.yank_earlier();
  CHECK(f.shown() == "a| ");
  f.buffer.next_command();
  f.buffer.next_command();
  f.buffer.yank_earlier();
  CHECK(f.shown() == "a| ");
}

TEST_CASE("two characters change places") {
  Fixture f("ab世");
  f.buffer.transpose();
  CHECK(f.shown() == "a世b|");
  f.buffer.move_to(0);
  f.buffer.transpose();
  CHECK(f.shown() == "|a世b");
}

TEST_CASE("what could harm a terminal is spelled out") {
  auto spelled = [](std::string_view text) { return glyph_at(text, 0).spelled; };
  CHECK(spelled("\x1b[2J") == "^[");
  CHECK(spelled("\x7f") == "^?");
  CHECK(spelled("\t") == "    ");
  CHECK(spelled("\xff") == "\\xff");
  CHECK(spelled("\xc2\x9b") == "<009b>");
  CHECK(spelled("\u202e") == "<202e>");
  CHECK(spelled("\u200b") == "<200b>");
  CHECK(spelled("\u0301") == "<0301>");
  CHECK(spelled("a").empty());
  CHECK(width_of("a世\x1b"
                 "e\u0301") == 6);
}

}  // namespace
}  // namespace moonbase::editor
