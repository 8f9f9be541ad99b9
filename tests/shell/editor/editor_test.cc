// What keys do to an input.
#include "shell/editor/editor.h"

#include <catch2/catch.hpp>

#include "bindings/syntax/syntax.h"

namespace moonbase::editor {
namespace {

struct Fixture {
  History history;
  Services services;
  Editor editor{history, services};
  KeyDecoder keys;
  Outcome outcome = Outcome::kGoOn;

  Fixture() {
    services.wants_more = [](const std::string& text) {
      return syntax::completeness(text) == syntax::Completeness::kIncomplete;
    };
    services.known = [](std::string_view name) { return name == "User"; };
    editor.start({{{"> ", Style::kPrompt}}, ". "});
  }

  std::string press(std::string_view bytes) {
    keys.feed(bytes);
    keys.end_sequence();
    for (Key key; keys.next(key);) outcome = editor.take(key);
    return shown();
  }
  // The text with the cursor as `|`.
  std::string shown() const {
    std::string text = editor.text();
    return text.insert(editor.cursor(), "|");
  }
  void again() { editor.start({{{"> ", Style::kPrompt}}, ". "}); }
  std::string styles_of(std::string_view bytes) {
    press(bytes);
    std::string out;
    for (Style style : editor.view({}).styles) {
      constexpr std::string_view kLetters = ".kcsn-KCImpggMMh";
      out += kLetters[static_cast<size_t>(style)];
    }
    return out;
  }
};

constexpr const char* kUp = "\x1b[A";
constexpr const char* kDown = "\x1b[B";
constexpr const char* kLeft = "\x1b[D";
constexpr const char* kRight = "\x1b[C";

TEST_CASE_METHOD(Fixture, "Enter begins a new line until the input is complete") {
  CHECK(press("for i = 1, 2 do\r") == "for i = 1, 2 do\n  |");
  CHECK(outcome == Outcome::kGoOn);
  press("print(i)\rend\r");
  CHECK(editor.text() == "for i = 1, 2 do\n  print(i)\nend");
  CHECK(outcome == Outcome::kAccepted);
}

TEST_CASE_METHOD(Fixture,
                 "Enter submits a complete input wherever the cursor is; Alt-Enter never") {
  press("f(1)\x1b\r2");
  CHECK(shown() == "f(1)\n2|");
  press(kUp);
  press("\r");
  CHECK(outcome == Outcome::kAccepted);
}

TEST_CASE_METHOD(Fixture, "text that a terminal pastes as if it were typed is indented once") {
  CHECK(press("if x then\r\tif y then\r\t\tz()\r\tend\rend") ==
        "if x then\n  if y then\n    z()\n  end\nend|");
}

TEST_CASE_METHOD(Fixture, "lines of SQL begin where the line above does") {
  services.wants_more = [](const std::string&) { return true; };
  services.is_sql = [](const std::string& text) { return text.starts_with("select"); };
  CHECK(press("select case when (\r") == "select case when (\n|");
  press("  1) then 2\r");
  CHECK(press("end") == "select case when (\n  1) then 2\n  end|");
}

TEST_CASE_METHOD(Fixture, "SQL has the colours of SQL") {
  services.is_sql = [](const std::string& text) { return text.starts_with("select"); };
  CHECK(styles_of("select 'a''b', \"from\", x.end, 1.5, null -- from") ==
        "kkkkkk.ssssss.................nnn..cccc.-------");
  again();
  CHECK(styles_of("select/* from */'") == "kkkkkk----------I");
}

TEST_CASE_METHOD(Fixture, "lines are indented by the blocks around them") {
  press("f({\rx = function()\rreturn 1\rend");
  CHECK(editor.text() == "f({\n  x = function()\n    return 1\n  end");
  press(",\r}");
  CHECK(editor.text() == "f({\n  x = function()\n    return 1\n  end,\n}");
  again();
  press("if a then\rb()\relse\rc()\relseif");
  CHECK(editor.text() == "if a then\n  b()\nelse\n  c()\nelseif");
}

TEST_CASE_METHOD(Fixture, "a name that only begins like `end` goes back to its place") {
  press("do\rend");
  CHECK(editor.text() == "do\nend");
  press("ing");
  CHECK(editor.text() == "do\n  ending");
}

TEST_CASE_METHOD(Fixture, "Backspace takes away a step of the indentation") {
  press("do\rdo\r");
  CHECK(shown() == "do\n  do\n    |");
  CHECK(press("\x7f") == "do\n  do\n  |");
}

TEST_CASE_METHOD(Fixture, "a paste is put in as it is and runs nothing") {
  CHECK(press("\x1b[200~do\r\n\tx()\nend\n\x1b[201~") == "do\n\tx()\nend|");
  CHECK(outcome == Outcome::kGoOn);
}

TEST_CASE_METHOD(Fixture, "colours") {
  CHECK(styles_of("local User = 'x' -- y") == "kkkkk.KKKK...sss.----");
  again();
  CHECK(styles_of("x.User:nil(12").substr(0, 13) == ".......ccc.nn");
  again();
  CHECK(styles_of(":help me") == "CCCCC...");
}

TEST_CASE_METHOD(Fixture, "a quote that is open is red, a string that its line ends altogether") {
  CHECK(styles_of("x = 'abc") == "....Isss");
  again();
  CHECK(styles_of("'abc\x1b\r1") == "IIII.n");
}

TEST_CASE_METHOD(Fixture, "the bracket at the cursor and its partner") {
  CHECK(styles_of("f({')'})") ==
        "."
        "m.sss.m");
  CHECK(styles_of(kLeft) ==
        "."
        "m.sss.m");
  CHECK(styles_of(kLeft) ==
        "."
        ".msssm.");
  again();
  CHECK(styles_of("(]") == "..");
}

TEST_CASE_METHOD(Fixture,
                 "Up fills in the entries that begin with what was typed, Down comes back") {
  for (const char* entry : {"User.a", "x = 1", "User.b", "User.b", "y"}) history.add(entry);
  CHECK(press("Us") == "Us|");
  CHECK(press(kUp) == "User.b|");
  CHECK(press(kUp) == "User.a|");
  CHECK(press(kUp) == "User.a|");
  CHECK(press(kDown) == "User.b|");
  CHECK(press(kDown) == "Us|");
  CHECK(press(kDown) == "Us|");
  again();
  CHECK(press(kUp) == "y|");
}

TEST_CASE_METHOD(Fixture, "Up edits a whole entry of many lines; a walk passes through them") {
  history.add("old");
  history.add("do\n  x()\nend");
  CHECK(press(kUp) == "do\n  x()\nend|");
  CHECK(press(kUp) == "old|");
  CHECK(press(kDown) == "do\n  x()\nend|");
  CHECK(press(std::string(kLeft) + kUp) == "do\n  |x()\nend");
}

TEST_CASE_METHOD(Fixture, "the newest entry that goes on from the text is suggested") {
  history.add("User.query:all()");
  history.add("User.query:count()");
  press("User");
  CHECK(editor.view({}).ghost == ".query:count()");
  CHECK(press("\x1b"
              "f") == "User.query|");
  CHECK(press(kRight) == "User.query:count()|");
  again();
  press("User");
  CHECK(press("\x05") == "User.query:count()|");
  again();
  press("User");
  press(kLeft);
  CHECK(editor.view({}).ghost.empty());
  CHECK(press("\x05") == "User|");
}

TEST_CASE_METHOD(Fixture, "Enter never runs a suggestion") {
  history.add("User.query:delete()");
  press("User\r");
  CHECK(outcome == Outcome::kAccepted);
  CHECK(editor.text() == "User");
  CHECK(editor.final_view(false).ghost.empty());
}

TEST_CASE_METHOD(Fixture, "Ctrl-R searches while the word is typed") {
  for (const char* entry : {"first(1)", "second(1)", "do\n  first(2)\nend", "third"})
    history.add(entry);
  CHECK(press("mine\x12"
              "fir") == "do\n  |first(2)\nend");
  CHECK(editor.view({}).prompt[0].text == "search 'fir': ");
  CHECK(press("\x12") == "|first(1)");
  press("\x12");
  CHECK(editor.view({}).prompt[0].text == "no entry with 'fir': ");
  CHECK(press("\x13") == "do\n  |first(2)\nend");
  // Enter runs what was found, in the middle of an entry, too.
  press("\r");
  CHECK(outcome == Outcome::kAccepted);
  again();
  press("mine\x12sec");
  CHECK(press("\x07") == "mine|");
  CHECK(press("\x12sec\x01") == "|second(1)");
}

TEST_CASE_METHOD(Fixture, "Ctrl-C, Ctrl-D, Ctrl-Z and the other editor") {
  press("x\x03");
  CHECK(outcome == Outcome::kAbandoned);
  CHECK(editor.final_view(true).ghost == "^C");
  again();
  press("\x04");
  CHECK(outcome == Outcome::kEnd);
  again();
  CHECK(press("ab\x01\x04") == "|b");
  CHECK(outcome == Outcome::kGoOn);
  press("\x1a");
  CHECK(outcome == Outcome::kSuspend);
  press("\x18\x05");
  CHECK(outcome == Outcome::kExternal);
}

TEST_CASE_METHOD(Fixture, "lines, words and the whole text are cut and put back") {
  CHECK(press("one two\x17\x17\x19") == "one two|");
  CHECK(press("\x01\x0b") == "|");
  CHECK(press("\x19\x19") == "one twoone two|");
  CHECK(press("\x15") == "|");
  CHECK(press("\x1f\x1f") == "one two|");
}

struct Completing : Fixture {
  std::vector<Candidate> candidates;
  Completing() {
    services.complete = [this](const std::string&, size_t) { return Completion{2, candidates}; };
  }
  std::string below() const {
    std::string out;
    for (const auto& line : editor.view({24, 40}).below) {
      if (!out.empty()) out += '\n';
      for (const Span& span : line) {
        out += span.style == Style::kMenuChosen ? "[" + span.text + "]" : span.text;
      }
    }
    return out;
  }
};

TEST_CASE_METHOD(Completing, "Tab completes what is certain and lists the rest") {
  candidates = {{"filter", "filter(…)  narrows the query"}, {"filter_by", "keys and values"}};
  CHECK(press("x:fi\t") == "x:filter|");
  CHECK(below() == "filter   \nfilter_by");
  CHECK(press("\t") == "x:filter|");
  CHECK(below() == "[filter   ]  filter(…)  narrows the query\nfilter_by");
  CHECK(press("\t") == "x:filter_by|");
  CHECK(press("\x1b[Z") == "x:filter|");
  CHECK(press("\t\t") == "x:filter|");
}

TEST_CASE_METHOD(Completing, "Enter takes the choice and runs nothing; Esc takes it back") {
  candidates = {{"all", ""}, {"any", ""}};
  press("x:\t\t\t\r");
  CHECK(outcome == Outcome::kGoOn);
  CHECK(shown() == "x:any|");
  CHECK(below().empty());
  again();
  press("x:\t\t");
  CHECK(press("\x1b") == "x:a|");
  CHECK(below().empty());
}

TEST_CASE_METHOD(Completing, "another key closes the menu and does what it does") {
  candidates = {{"all", ""}, {"any", ""}};
  press("x:\t\t");
  CHECK(press("(") == "x:all(|");
  CHECK(below().empty());
}

TEST_CASE_METHOD(Completing, "a single candidate is put in, and told about") {
  candidates = {{"count", "count()  the number of rows"}};
  CHECK(press("x:c\t") == "x:count|");
  CHECK(below() == "count()  the number of rows");
  press("(");
  CHECK(below().empty());
}

TEST_CASE_METHOD(Completing,
                 "nothing to complete is said; at the beginning of a line Tab indents") {
  press("x:\t");
  CHECK(below() == "nothing to complete here");
  again();
  CHECK(press("\t") == "  |");
}

TEST_CASE_METHOD(Completing, "a long menu shows the part around the choice") {
  for (char c = 'a'; c <= 'z'; ++c) candidates.push_back({std::string(1, c), ""});
  press("x:\t\x1b[Z");
  CHECK(below() == "s\nt\nu\nv\nw\nx\ny\n[z]\n26 of 26");
}

}  // namespace
}  // namespace moonbase::editor
