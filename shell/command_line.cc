#include "shell/command_line.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "bindings/lua_api.h"
#include "orm/base/text.h"

namespace moonbase::shell {
namespace {

constexpr const char* kFooter =
    "Without a command it is the shell. It runs app.lua of the working folder; without one, a\n"
    "microblog that is built in, on moonbase.db.";

class Parser {
 public:
  Parser() : cli_("A database workbench scripted in Lua.", "moonbase") {
    cli_.footer(kFooter);
    cli_.get_formatter()->column_width(26);
    cli_.set_version_flag("--version", "moonbase " MOONBASE_VERSION " (" LUA_RELEASE ")",
                          "print the version");
    cli_.set_help_flag("-h,--help", "print this help");
    cli_.require_subcommand(0, 1);
    cli_.prefix_command();
    add_shell_options(cli_);
    add_shell();
    add_run();
    add_new();
    add_db();
  }

  ParsedCommandLine parse(int argc, const char* const* argv) {
    try {
      cli_.parse(argc, argv);
    } catch (const CLI::Success& asked) {
      return {std::nullopt, cli_.exit(asked)};
    } catch (const CLI::ArgumentMismatch& error) {
      return mistake(missing_value(error.what()));
    } catch (const CLI::ParseError& error) {
      return mistake(error.what());
    }
    if (cli_.get_subcommands().empty() && !cli_.remaining().empty())
      return refuse(cli_, cli_.remaining()[0]);
    if (run_->parsed()) return parsed_run();
    if (shell_->parsed()) options_.verb = Verb::kShell;
    if (new_->parsed()) options_.verb = Verb::kNew;
    if (db_->parsed()) {
      if (db_->get_subcommands().empty()) return refuse_db();
      options_.verb = create_->parsed() ? Verb::kDbCreate : Verb::kDbDrop;
    }
    for (CLI::App* command : cli_.get_subcommands()) {
      if (!command->remaining().empty()) return refuse(*command, command->remaining()[0]);
    }
    options_.has_code = has_code();
    for (const CLI::Option* url : url_options_) {
      if (url->count() != 0 && options_.database.empty())
        return mistake("the database URL is empty");
    }
    return {options_, 0};
  }

 private:
  void add_app_options(CLI::App& app) {
    app.add_option("--app", options_.app, "the app's file, instead of ./app.lua")
        ->type_name("FILE")
        ->envname("MOONBASE_APP");
    url_options_.push_back(app.add_option("--database", options_.database,
                                          "the database, instead of the app's DATABASE_URI")
                               ->type_name("URL"));
    app.add_flag("--echo", options_.echo, "show the statements that reach the database");
    app.add_flag("--alarm", options_.alarm, "tell of objects that are loaded one by one (N+1)");
  }

  void add_shell_options(CLI::App& app) {
    add_app_options(app);
    app.add_flag("--reset", options_.reset, "make the built-in microblog's data anew");
    app.add_flag("--simple-prompt", options_.simple_prompt,
                 "read plain lines: no editing, no colours");
    code_options_.push_back(app.add_option("-e", options_.code, "run CODE, show its value, leave")
                                ->type_name("CODE")
                                ->join());
  }

  CLI::App* add_command(CLI::App& parent, const char* name, const char* description) {
    CLI::App* command = parent.add_subcommand(name, description);
    command->set_help_flag("-h,--help", "print this help");
    command->footer("");
    command->allow_extras();
    return command;
  }

  void add_shell() {
    shell_ = add_command(cli_, "shell", "the shell (what moonbase does by itself)");
    url_options_.push_back(
        shell_->add_option("URL", options_.database, "a database, instead of the app's"));
    add_shell_options(*shell_);
  }

  void add_run() {
    run_ = add_command(cli_, "run",
                       "run FILE in the app's context: run [OPTIONS] FILE [ARGUMENTS...]");
    run_->prefix_command();
    add_app_options(*run_);
  }

  void add_new() {
    new_ = add_command(cli_, "new", "make a folder with app.lua, models.lua, config.lua, seeds/");
    new_->add_option("NAME", options_.name, "the folder")->required();
  }

  void add_db() {
    db_ = add_command(cli_, "db", "create or drop the tables of the app's models");
    db_->require_subcommand(0, 1);
    create_ = add_command(*db_, "create", "make the tables that are missing");
    drop_ = add_command(*db_, "drop", "drop the tables; asks first at a terminal");
    for (CLI::App* command : {create_, drop_}) add_app_options(*command);
  }

  bool has_code() const {
    return std::any_of(code_options_.begin(), code_options_.end(),
                       [](const CLI::Option* option) { return option->count() != 0; });
  }

  // Everything from FILE on is the script's own.
  ParsedCommandLine parsed_run() {
    std::vector<std::string> rest = run_->remaining();
    if (rest.empty()) return mistake("run: which FILE?");
    if (rest[0].size() > 1 && rest[0][0] == '-' && rest[0] != "--") return refuse(*run_, rest[0]);
    if (rest[0] == "--") rest.erase(rest.begin());
    if (rest.empty()) return mistake("run: which FILE?");
    options_.verb = Verb::kRun;
    options_.script = rest[0];
    options_.arguments.assign(rest.begin() + 1, rest.end());
    return {options_, 0};
  }

  ParsedCommandLine refuse_db() {
    if (!db_->remaining().empty()) return refuse(*db_, db_->remaining()[0]);
    return mistake("db: create or drop?");
  }

  // "-e: 1 required CODE missing", in other words.
  static std::string missing_value(std::string message) {
    constexpr std::string_view kMiddle = ": 1 required ", kEnd = " missing";
    size_t at = message.find(kMiddle);
    if (at == std::string::npos || !message.ends_with(kEnd)) return message;
    message.resize(message.size() - kEnd.size());
    return message.replace(at, kMiddle.size(), " needs its ");
  }

  // The option that other programs have under this name; empty when there is none.
  static std::string_view other_name(std::string_view word) {
    if (word == "help" || word == "-?") return "--help";
    return word == "version" || word == "-v" || word == "-V" ? "--version" : "";
  }

  // A word that is neither a command nor an option here.
  ParsedCommandLine refuse(const CLI::App& app, const std::string& word) {
    std::vector<std::string> known;
    bool option = word.starts_with('-');
    for (const CLI::Option* o : app.get_options()) {
      for (const std::string& name : o->get_lnames()) {
        if (option) known.push_back("--" + name);
      }
    }
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      if (!option) known.push_back(command->get_name());
    }
    std::string name = option ? word.substr(0, word.find('=')) : word;
    std::string what = option          ? "there is no option "
                       : known.empty() ? "too many arguments: "
                                       : "there is no command ";
    std::string_view other = other_name(word);
    std::string guess = other.empty() ? base::did_you_mean(name, known)
                                      : "; did you mean '" + std::string(other) + "'?";
    std::string message = what + base::quote_for_message(name) + guess;
    bool database = !option && (word.find("://") != std::string::npos || word.ends_with(".db"));
    if (database && &app == &cli_) {
      bool url = word.find("://") != std::string::npos;
      message +=
          "\n  a database is opened with: moonbase shell " + (url ? word : "sqlite:///" + word);
    } else if (word.ends_with(".lua") && &app == &cli_) {
      message += "\n  a script is run with: moonbase run " + word;
    }
    return mistake(message);
  }

  static ParsedCommandLine mistake(const std::string& message) {
    std::fprintf(stderr, "moonbase: %s\n  moonbase --help lists what there is\n", message.c_str());
    return {std::nullopt, kUsageExit};
  }

  Options options_;
  CLI::App cli_;
  CLI::App* shell_ = nullptr;
  CLI::App* run_ = nullptr;
  CLI::App* new_ = nullptr;
  CLI::App* db_ = nullptr;
  CLI::App* create_ = nullptr;
  CLI::App* drop_ = nullptr;
  std::vector<CLI::Option*> code_options_;
  std::vector<CLI::Option*> url_options_;
};

}  // namespace

ParsedCommandLine parse_command_line(int argc, const char* const* argv) {
  return Parser().parse(argc, argv);
}

}  // namespace moonbase::shell
