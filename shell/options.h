// What the command line asks for. Plain data.
#pragma once

#include <string>
#include <vector>

namespace moonbase::shell {

enum class Verb { kShell, kRun, kNew, kDbCreate, kDbDrop };

struct Options {
  Verb verb = Verb::kShell;
  std::string app;       // --app, else MOONBASE_APP
  std::string database;  // the shell's URL or --database
  bool echo = false;
  bool alarm = false;  // tell of objects that a script loads one by one
  bool reset = false;
  bool simple_prompt = false;
  bool has_code = false;
  std::string code;                    // -e
  std::string script;                  // of `run`
  std::vector<std::string> arguments;  // and what follows it
  std::string name;                    // of `new`
};

}  // namespace moonbase::shell
