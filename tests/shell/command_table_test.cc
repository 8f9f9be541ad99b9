// The table of the shell's commands: each has a description, a name of its own, and a line in
// :help.
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "orm/base/text.h"
#include "shell/commands.h"

namespace moonbase::shell {
namespace {

TEST_CASE("every command has a docstring and says what it takes") {
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    CHECK_FALSE(command.doc.empty());
    CHECK_FALSE(command.doc.ends_with('.'));
    CHECK(find_command(command.name) == &command);
  }
}

TEST_CASE("no two commands share a name or an alias") {
  std::set<std::string> names;
  for (const Command& command : commands()) {
    CHECK(names.insert(std::string(command.name)).second);
    for (std::string_view alias : base::split(command.aliases, ' ')) {
      CAPTURE(alias);
      if (!alias.empty()) CHECK(names.insert(std::string(alias)).second);
    }
  }
}

TEST_CASE("the commands that psql's users type are there") {
  for (std::string_view name : {"d", "dt", "l", "timing", "x", "i", "q", "e", "o", "s", "c", "h"}) {
    CAPTURE(name);
    CHECK(find_command(name) != nullptr);
  }
}

}  // namespace
}  // namespace moonbase::shell
