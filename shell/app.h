// The app that a command works on: finding it, running it, putting its names into the globals. Used
// on the thread of the Lua state. All that fails in the app's own files is a bindings::ScriptError;
// a file that is not there is a base::Error.
#pragma once

#include <filesystem>
#include <string>

#include "bindings/runtime.h"
#include "shell/options.h"

namespace moonbase::shell {

struct Preloaded {
  std::string names;  // "app, db, Post, User": as many as a line has room for
  int models = 0;     // how many names are models
  int tables = 0;     // how many tables the app knows
};

class AppLoader {
 public:
  // Looks for the app: --app or MOONBASE_APP, ./app.lua, an app with an empty `db` when only a
  // database is named, else the built-in microblog. Tells Lua where relative paths start and which
  // config values the command line forces. `runtime` must outlive this.
  AppLoader(bindings::Runtime& runtime, const Options& options);

  enum class Kind { kFile, kBare, kMicroblog };
  Kind kind() const { return kind_; }

  // Runs the app.
  void load();
  // Makes the microblog's tables and data where there are none yet or `reset` says so; for another
  // app only throws when `reset` is set.
  void fill(bool reset);
  // What the shell context processors return becomes global.
  Preloaded preload();
  // For scripts when no app was found: the microblog is loaded when one of its names is first read,
  // unless the script has made an app of its own by then.
  void load_when_needed();

  // Runs a Lua file with arguments, as `moonbase run` does.
  void run_file(const std::string& path, const std::vector<std::string>& arguments);

 private:
  void find(const Options& options);
  void set_package_path(const std::string& script_folder);
  void announce(const Options& options);
  void load_microblog();

  bindings::Runtime& runtime_;
  Kind kind_ = Kind::kMicroblog;
  std::filesystem::path file_;  // as it was named
};

}  // namespace moonbase::shell
