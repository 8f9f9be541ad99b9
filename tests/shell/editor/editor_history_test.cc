// The history in memory and in its file.
#include <fstream>
#include <sstream>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/editor/history.h"
#include "tests/support/temp_folder.h"

namespace moonbase::editor {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

std::vector<std::string> entries(const History& history) {
  std::vector<std::string> out;
  for (size_t i = 0; i < history.size(); ++i) out.push_back(history[i]);
  return out;
}

struct Fixture {
  test::TempFolder folder;
  fs::path file = fs::path(folder.path()) / "state/moonbase/history";

  // For other users, too.
  void open_folders() const {
    const fs::path top = folder.path();
    for (const fs::path& path : {top, top / "state", top / "state/moonbase"})
      fs::permissions(path, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  }
};

TEST_CASE_METHOD(Fixture, "entries of many lines come back as they were") {
  const std::vector<std::string> typed = {"1 + 1", "for i = 1, 2 do\n  print 'a\\n'\nend", "世界"};
  {
    History history(file);
    for (const auto& entry : typed) history.add(entry);
  }
  CHECK(content(file) == "1 + 1\nfor i = 1, 2 do\\n  print 'a\\\\n'\\nend\n世界\n");
  CHECK(entries(History(file)) == typed);
}

TEST_CASE_METHOD(Fixture, "only its owner reads it") {
  History(file).add("x");
  struct stat status {};
  REQUIRE(stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  fs::permissions(file, fs::perms(0644));
  CHECK(History(file).size() == 1);
  REQUIRE(stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE_METHOD(Fixture, "blanks and what was just entered add nothing") {
  History history(file);
  for (const char* entry : {"a", "a", " \n ", "b", "a"}) history.add(entry);
  CHECK(entries(history) == std::vector<std::string>{"a", "b", "a"});
}

TEST_CASE_METHOD(Fixture, "entries with passwords stay in memory") {
  History history(file);
  for (const char* entry :
       {"db = connect 'postgresql://ada:secret@host/x'", "u.password = 'geheim'",
        "User{password_hash = \"x\"}", "u:set_password('cat')", "API_TOKEN = 'abc'",
        "config['SECRET_KEY'] = 'k'", "u.password = 'open"}) {
    CAPTURE(entry);
    CHECK(holds_secret(entry));
    history.add(entry);
  }
  CHECK(history.size() == 7);
  CHECK(content(file).empty());
  for (const char* entry : {"User.query:filter_by{name = 'ada'}", "u.password", "'password'",
                            "connect 'postgresql://ada@host/x'", "print(tokens[1])"}) {
    CAPTURE(entry);
    CHECK_FALSE(holds_secret(entry));
  }
}

TEST_CASE_METHOD(Fixture, "two shells write one file") {
  auto write = [this](const std::string& name) {
    History history(file);
    for (int i = 0; i < 200; ++i) history.add(name + std::to_string(i));
  };
  std::thread other(write, "other ");
  write("this ");
  other.join();
  std::vector<std::string> all = entries(History(file));
  CHECK(all.size() == 400);
  for (const char* name : {"this ", "other "}) {
    int next = 0;
    for (const std::string& entry : all) {
      if (entry.starts_with(name)) CHECK(entry == name + std::to_string(next++));
    }
    CHECK(next == 200);
  }
}

TEST_CASE_METHOD(Fixture, "half a line, left by a shell that was killed, is an entry of its own") {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "whole\nhal";
  History(file).add("next");
  CHECK(content(file) == "whole\nhal\nnext\n");
}

TEST_CASE_METHOD(Fixture, "a file that has grown long is cut to its newest entries") {
  fs::create_directories(file.parent_path());
  {
    std::ofstream out(file);
    for (int i = 0; i < 20'000; ++i) out << "entry " << i << '\n';
  }
  History history(file);
  CHECK(history.size() == 10'000);
  CHECK(history[0] == "entry 10000");
  history.add("newest");
  History again(file);
  CHECK(again.size() == 10'001);
  CHECK(again[10'000] == "newest");
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), {}) == 1);
}

TEST_CASE_METHOD(Fixture, "a file that is a folder costs one warning, and the file only") {
  fs::create_directories(file);
  History history(file);
  CHECK(history.take_warning().find("is a folder") != std::string::npos);
  CHECK(history.take_warning().empty());
  history.add("x");
  history.add("y");
  CHECK(entries(history) == std::vector<std::string>{"x", "y"});
  CHECK(history.take_warning().empty());
}

TEST_CASE_METHOD(Fixture, "a folder that cannot be made costs one warning") {
  fs::create_directories(file.parent_path().parent_path());
  std::ofstream(file.parent_path()) << "in the way";
  History history(file);
  history.add("x");
  history.add("y");
  CHECK(history.size() == 2);
  CHECK(history.take_warning().find("the history is not kept") == 0);
  CHECK(history.take_warning().empty());
}

TEST_CASE_METHOD(Fixture, "a device or a pipe costs one warning, and is not read for ever") {
  fs::create_directories(file.parent_path());
  SECTION("a device") { fs::create_symlink("/dev/zero", file); }
  SECTION("a pipe") { REQUIRE(mkfifo(file.c_str(), S_IRUSR | S_IWUSR) == 0); }
  History history(file);
  CHECK(history.take_warning().find("is no plain file") != std::string::npos);
  history.add("x");
  CHECK(entries(history) == std::vector<std::string>{"x"});
}

// Root may write everything: another user for as long as it lives.
struct NotRoot {
  NotRoot() { changed = geteuid() == 0 && seteuid(65534) == 0; }
  ~NotRoot() {
    if (changed) REQUIRE(seteuid(0) == 0);
  }
  bool changed = false;
};

TEST_CASE_METHOD(Fixture,
                 "a file that may only be read suggests what is in it, and is left as it is") {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "kept = 1\n";
  open_folders();
  fs::permissions(file, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  {
    NotRoot user;
    History history(file);
    CHECK(history.take_warning().find("cannot be written (Permission denied)") !=
          std::string::npos);
    history.add("new = 2");
    CHECK(entries(history) == std::vector<std::string>{"kept = 1", "new = 2"});
    CHECK(history.take_warning().empty());
  }
  CHECK(content(file) == "kept = 1\n");
}

TEST_CASE_METHOD(Fixture, "a folder that nobody may look into costs one warning") {
  fs::create_directories(file.parent_path());
  fs::permissions(folder.path(), fs::perms::none);
  {
    NotRoot user;
    History history(file);
    history.add("x");
    CHECK(entries(history) == std::vector<std::string>{"x"});
    CHECK(history.take_warning().find("the history is not kept") == 0);
  }
  fs::permissions(folder.path(), fs::perms::owner_all);
}

TEST_CASE("searching") {
  History history;
  for (const char* entry : {"User.query:all()", "x = 1", "User.query:count()", "Post.query"})
    history.add(entry);
  CHECK(history.find_prefix("User", 4) == 2);
  CHECK(history.find_prefix("User", 2) == 0);
  CHECK_FALSE(history.find_prefix("User", 0));
  CHECK(history.find_prefix_after("User", 1) == 2);
  // The same again is nothing new.
  CHECK_FALSE(history.find_prefix("Post.query", 4));
  CHECK(history.find_part("query", 4) == 3);
  CHECK(history.find_part("user", 4) == 2);
  CHECK(history.find_part("User", 2) == 0);
  CHECK_FALSE(history.find_part("USER", 4));
  CHECK(position_of("QUERY:", "User.QUERY:x") == 5);
}

}  // namespace
}  // namespace moonbase::editor
