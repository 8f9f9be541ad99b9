// A key costs less than a person could notice: with a buffer of 100 lines, the services of the
// shell and a history of 10,000 entries, a repaint takes less than a millisecond of the processor.
#include <ctime>
#include <string>

#include <catch2/catch.hpp>

#include "bindings/runtime.h"
#include "shell/editing.h"
#include "shell/editor/editor.h"
#include "shell/editor/painter.h"

namespace moonbase::shell {
namespace {

// Sanitizers and builds without optimisation take their time.
#ifdef NDEBUG
constexpr double kMostMilliseconds = 1;
#else
constexpr double kMostMilliseconds = 100;
#endif

double processor_milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

std::string lua_lines(int count) {
  std::string text = "local users = {}\n";
  for (int i = 2; i < count; ++i) {
    text += "if " + std::to_string(i) + " > 1 then users[" + std::to_string(i) +
            "] = User{username = 'user', email = \"x@example.com\"} end -- " + std::to_string(i) +
            "\n";
  }
  return text + "print(";
}

std::string sql_lines(int count) {
  std::string text = "select id, username\n";
  for (int i = 2; i < count; ++i)
    text += ", (select count(*) from post where user_id = " + std::to_string(i) + ") as n" +
            std::to_string(i) + "\n";
  return text + "from ";
}

double milliseconds_for_each_key(const std::string& text) {
  bindings::Runtime runtime;
  editor::History history;
  for (int i = 0; i < 10'000; ++i) history.add("entry = " + std::to_string(i));
  editor::Services services = editing_services(runtime.state());
  editor::Editor editor(history, services);
  editor::Painter painter(true);
  constexpr editor::Size kSize{.rows = 50, .columns = 100};
  editor.start({{{"moonbase> ", editor::Style::kPrompt}}, "        … "});
  editor::Key key;
  key.code = editor::Key::Code::kPaste;
  key.text = text;
  editor.take(key);
  painter.paint(editor.view(kSize), kSize);
  key.code = editor::Key::Code::kText;
  constexpr int kKeys = 400;
  double begin = processor_milliseconds();
  size_t sent = 0;
  for (int i = 0; i < kKeys; ++i) {
    key.text = static_cast<char>('a' + i % 26);
    editor.take(key);
    sent += painter.paint(editor.view(kSize), kSize).size();
  }
  double each = (processor_milliseconds() - begin) / kKeys;
  CHECK(sent > kKeys);
  return each;
}

TEST_CASE("a key in a buffer of 100 lines of Lua is painted in less than a millisecond") {
  double each = milliseconds_for_each_key(lua_lines(100));
  WARN(each << " ms for each key");
  CHECK(each < kMostMilliseconds);
}

TEST_CASE("a key in a buffer of 100 lines of SQL is painted in less than a millisecond") {
  double each = milliseconds_for_each_key(sql_lines(100));
  WARN(each << " ms for each key");
  CHECK(each < kMostMilliseconds);
}

}  // namespace
}  // namespace moonbase::shell
