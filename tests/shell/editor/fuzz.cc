#include "tests/shell/editor/fuzz.h"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "bindings/syntax/syntax.h"
#include "shell/editor/editor.h"
#include "tests/shell/editor/grid.h"

namespace moonbase::editor {

namespace {

// What a person's keyboard, and a broken line, can send.
const std::vector<std::string>& inputs() {
  static const std::vector<std::string> all = {
      "a",
      "b",
      "x",
      "_",
      "1",
      " ",
      " ",
      "(",
      ")",
      "{",
      "}",
      "[[",
      "]]",
      "'",
      "\"",
      "--",
      "=",
      ":",
      "end",
      "do",
      "if x then",
      "elseif",
      "else",
      "function f()",
      "return ",
      "é",
      "世",
      "界",
      "ﬀ",
      "e\u0301",
      "😀",
      "👩\u200d🚀",
      "\u200b",
      "\u202e",
      "\u00a0",
      "\u0301",
      "\xc2\x9b",
      "\xff",
      "\xe4\xb8",
      "\xf0\x9f",
      "long words follow each other here ",
      "\x01",
      "\x02",
      "\x04",
      "\x05",
      "\x06",
      "\x07",
      "\t",
      "\t",
      "\x1b[Z",
      "\x0b",
      "\x0c",
      "\x0e",
      "\x10",
      "\x12",
      "\x13",
      "\x14",
      "\x15",
      "\x17",
      "\x18\x15",
      "\x19",
      "\x1f",
      "\x1b_",
      "\x7f",
      "\x7f",
      "\x7f",
      "\r",
      "\r",
      "\x1b\r",
      "\x1b[A",
      "\x1b[A",
      "\x1b[B",
      "\x1b[C",
      "\x1b[C",
      "\x1b[D",
      "\x1b[D",
      "\x1b[D",
      "\x1b[H",
      "\x1b[F",
      "\x1b[3~",
      "\x1b[1;5C",
      "\x1b[1;5D",
      "\x1b"
      "b",
      "\x1b"
      "d",
      "\x1b"
      "f",
      "\x1b"
      "y",
      "\x1b\x7f",
      "\x1b<",
      "\x1b>",
      "\x1b[200~paste\ttab\r\nline 世\x1b[31m\n\x1b[201~",
      "\x1b[99;99x",
      "\x1bOP",
      "\x03",
  };
  return all;
}

class Fuzzer {
 public:
  explicit Fuzzer(unsigned seed) : random_(seed), editor_(history_, services_) {
    for (const char* entry : {"User.query:all()", "for i = 1, 3 do\n  print(i)\nend", "x = '世界'",
                              "a long entry that is wider than most of the screens are"}) {
      history_.add(entry);
    }
    services_.wants_more = [](const std::string& text) {
      return syntax::completeness(text) == syntax::Completeness::kIncomplete;
    };
    services_.is_sql = [](const std::string& text) { return text.size() % 3 == 0; };
    services_.known = [](std::string_view name) { return name == "x"; };
    services_.complete = [this](const std::string& text, size_t cursor) {
      Completion completion{cursor, {}};
      for (size_t i = below(4) * below(4); i > 0; --i)
        completion.candidates.push_back(
            {text.substr(0, below(3)) + std::to_string(i), "what it is"});
      return completion;
    };
    begin();
  }

  void press() {
    if (below(40) == 0) {
      size_ = random_size();
      grid_.resize(size_);
    } else {
      keys_.feed(inputs()[below(inputs().size())]);
      if (below(4) == 0) keys_.end_sequence();
      Key key;
      while (keys_.next(key)) take(key);
    }
    check();
  }

 private:
  size_t below(size_t limit) { return random_() % limit; }

  Size random_size() {
    return {static_cast<int>(1 + below(12)), static_cast<int>(1 + below(below(3) == 0 ? 4 : 50))};
  }

  void begin() {
    editor_.start({{{"> ", Style::kPrompt}}, ". "});
    // What was printed before stays as it is.
    grid_ = Grid(size_);
    grid_.feed("!\r\n");
    painter_.forget();
  }

  void take(const Key& key) {
    Outcome outcome = editor_.take(key);
    REQUIRE(editor_.cursor() <= editor_.text().size());
    if (outcome == Outcome::kGoOn || outcome == Outcome::kExternal) return;
    if (outcome == Outcome::kAccepted) history_.add(editor_.text());
    grid_.feed(painter_.leave(editor_.final_view(outcome == Outcome::kAbandoned), size_));
    REQUIRE(grid_.cursor_column() == 0);
    REQUIRE(grid_.text(grid_.cursor_row()).empty());
    begin();
  }

  void check() {
    View view = editor_.view(size_);
    grid_.feed(painter_.paint(view, size_));
    Grid fresh(size_);
    fresh.feed(Painter(true).paint(view, size_));
    INFO(size_.rows << " rows, " << size_.columns << " columns\n" << editor_.text());
    REQUIRE(grid_.cursor_visible());
    REQUIRE(grid_.cursor_column() == fresh.cursor_column());
    REQUIRE(grid_.cursor_row() >= fresh.cursor_row());
    size_t top = grid_.cursor_row() - fresh.cursor_row();
    for (size_t row = 0; top + row < static_cast<size_t>(size_.rows); ++row) {
      if (grid_.styled(top + row) == fresh.styled(row)) continue;
      INFO("the whole repaint is\n" << fresh.screen() << "\nand this is\n" << grid_.screen());
      REQUIRE(grid_.styled(top + row) == fresh.styled(row));
    }
    if (top > 0 && !grid_.was_clamped()) REQUIRE(grid_.text(top - 1) == "!");
  }

  std::mt19937 random_;
  History history_;
  Services services_;
  Editor editor_;
  KeyDecoder keys_;
  Painter painter_{true};
  Size size_{8, 30};
  Grid grid_{size_};
};

}  // namespace

void fuzz_editor(unsigned seed, int keys) {
  INFO("seed " << seed);
  Fuzzer fuzzer(seed);
  for (int i = 0; i < keys; ++i) {
    INFO("key " << i);
    fuzzer.press();
  }
}

}  // namespace moonbase::editor
