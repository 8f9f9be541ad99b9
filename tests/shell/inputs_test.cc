// The inputs that a prompt keeps.
#include "shell/inputs.h"

#include <string>

#include <catch2/catch.hpp>

namespace moonbase::shell {
namespace {

void enter(Inputs& inputs, const std::string& text) {
  inputs.begin(text);
  inputs.end(false, false);
}

TEST_CASE("an input has a number when it ran, and a text before") {
  Inputs inputs;
  CHECK(inputs.next_chunk() == "input 1");
  inputs.begin("function f()");
  CHECK(inputs.find("input 1") == "function f()");
  CHECK(inputs.entered().empty());
  inputs.begin("function f()\nend");
  inputs.end(false, true);
  CHECK(inputs.next_chunk() == "input 2");
  REQUIRE(inputs.entered().size() == 1);
  const Entered& input = *inputs.entered()[0];
  CHECK(input.text == "function f()\nend");
  CHECK(input.number == 1);
  CHECK(input.shown);
  CHECK_FALSE(input.failed);
}

TEST_CASE("an input that was given up leaves its number to the next one") {
  Inputs inputs;
  inputs.begin("function f(");
  inputs.keep_file("models.lua", "x = 1");
  enter(inputs, "n = 1");
  CHECK(inputs.find("input 1") == "n = 1");
  CHECK(inputs.entered().size() == 1);
}

TEST_CASE("a file is found, and is no input") {
  Inputs inputs;
  inputs.keep_file("models.lua", "x = 1");
  inputs.keep_file("models.lua", "x = 2");
  CHECK(inputs.find("models.lua") == "x = 2");
  CHECK(inputs.entered().empty());
  CHECK(inputs.next_chunk() == "input 1");
}

TEST_CASE("the lines of a long input, which come one by one, push nothing out") {
  Inputs inputs;
  enter(inputs, "function old() end");
  std::string text = "function long()";
  for (int line = 0; line < 1500; ++line) inputs.begin(text += "\n  x = x + 1");
  inputs.end(false, false);
  CHECK(inputs.find("input 1") == "function old() end");
  CHECK(inputs.find("input 2") == text);
}

TEST_CASE("inputs are kept up to a number and a size, the last one always") {
  Inputs inputs;
  for (int i = 1; i <= 1001; ++i) enter(inputs, "n = " + std::to_string(i));
  CHECK(inputs.find("input 1").empty());
  CHECK(inputs.find("input 2") == "n = 2");
  CHECK(inputs.entered().size() == 1000);
  CHECK(inputs.entered().front()->number == 2);

  const std::string large(5'000'000, ' ');
  enter(inputs, large);
  CHECK(inputs.find("input 1001") == "n = 1001");
  enter(inputs, large);
  CHECK(inputs.find("input 1002").empty());
  CHECK(inputs.find("input 1003") == large);
  enter(inputs, large + large);
  CHECK(inputs.entered().size() == 1);
  CHECK(inputs.find("input 1004").size() == large.size() * 2);
}

}  // namespace
}  // namespace moonbase::shell
