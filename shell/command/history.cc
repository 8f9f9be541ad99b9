// :history, earlier inputs: those of all shells, or of this one; a script of them; run once more.
#include "shell/editor/history.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "orm/base/text.h"
#include "shell/command/functions.h"
#include "shell/inputs.h"
#include "shell/printer.h"
#include "shell/question.h"
#include "shell/repl.h"
#include "shell/saved_inputs.h"

namespace moonbase::shell::command {
namespace {

constexpr size_t kShown = 20;

// What the arguments ask for.
struct Request {
  bool session = false, replay = false, save = false;
  std::string file;
  std::string text;    // to look for
  bool stray = false;  // words behind the file's name, which may be meant for it
  size_t most = kShown;
  size_t from = 1, to = SIZE_MAX;  // numbers
  bool all = true;                 // nothing was chosen
};

struct Listed {
  size_t number;
  std::string text;
  bool failed = false;
  bool shown = false;  // that it gave a value is known
};

std::optional<size_t> whole_number(std::string_view text) {
  size_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "12-15", "12-".
bool take_range(std::string_view text, Request& request) {
  size_t dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  auto from = whole_number(text.substr(0, dash));
  auto to = dash + 1 == text.size() ? SIZE_MAX : whole_number(text.substr(dash + 1));
  if (!from || !to) return false;
  request.from = *from;
  request.to = *to;
  request.most = SIZE_MAX;
  return true;
}

// A word off the front of `text`.
std::string_view take_word(std::string_view& text) {
  text = base::trim(text);
  const std::string_view word = text.substr(0, text.find_first_of(" \t\n"));
  text.remove_prefix(word.size());
  return word;
}

// The name of a file off the front of `text`, which may stand in quotes; empty where an option
// comes instead.
std::string take_file(std::string_view& text) {
  text = base::trim(text);
  if (text.starts_with("--")) return {};
  const size_t end = text.starts_with('\'') || text.starts_with('"') ? text.find(text[0], 1)
                                                                     : std::string_view::npos;
  if (end == std::string_view::npos) return std::string(take_word(text));
  std::string file(text.substr(1, end - 1));
  text.remove_prefix(end + 1);
  return file;
}

// Takes the options out; returns the other words.
std::string take_options(std::string_view arguments, Request& request) {
  std::string text;
  while (!base::trim(arguments).empty()) {
    const std::string_view word = take_word(arguments);
    if (word == "--session") {
      request.session = true;
    } else if (word == "--replay") {
      request.replay = true;
    } else if (word == "--save") {
      request.save = true;
      request.file = take_file(arguments);
    } else {
      text += (text.empty() ? "" : " ") + std::string(word);
      Request unused;
      const bool chooses = whole_number(word) || take_range(word, unused);
      request.stray = request.stray || (!request.file.empty() && !chooses);
    }
  }
  return text;
}

Request parse(std::string_view arguments) {
  Request request;
  const std::string text = take_options(arguments, request);
  request.all = text.empty();
  if (auto count = whole_number(text); count) {
    request.most = *count;
  } else if (!take_range(text, request)) {
    request.text = text;
  }
  // What is run or saved is not cut.
  bool counted = whole_number(text).has_value();
  if ((request.replay || request.save || !request.text.empty()) && !counted)
    request.most = SIZE_MAX;
  return request;
}

std::vector<Listed> known_inputs(lua_State* L, bool session) {
  std::vector<Listed> all;
  if (session) {
    for (const Entered* input : inputs(L).entered()) {
      const std::string_view text = base::trim(input->text);
      all.push_back({input->number, std::string(text), input->failed, input->shown});
    }
  } else {
    editor::History history(editor::history_path());
    for (size_t i = 0; i < history.size(); ++i) all.push_back({i + 1, history[i]});
  }
  return all;
}

// Oldest first.
std::vector<Listed> chosen(std::vector<Listed> all, const Request& request) {
  std::erase_if(all, [&](const Listed& input) {
    return input.number < request.from || input.number > request.to ||
           (!request.text.empty() && !editor::position_of(request.text, input.text));
  });
  if (all.size() > request.most)
    all.erase(all.begin(), all.end() - static_cast<ptrdiff_t>(request.most));
  return all;
}

// What a script can do again: no commands of the shell, no questions (`x?`).
std::vector<Listed> runnable(lua_State* L, std::vector<Listed> inputs) {
  std::erase_if(inputs, [L](const Listed& input) {
    std::string_view text = base::trim(input.text);
    return is_command(text) || question_in(text) || is_farewell(L, text);
  });
  return inputs;
}

// The file of all inputs does not say which failed. What does not compile did; of this shell's own
// it is known.
void mark_failed(lua_State* L, std::vector<Listed>& listed) {
  const std::vector<const Entered*> own = inputs(L).entered();
  for (Listed& input : listed) {
    const auto last = std::find_if(own.rbegin(), own.rend(), [&](const Entered* entered) {
      return base::trim(entered->text) == base::trim(input.text);
    });
    input.failed = last != own.rend() ? (*last)->failed : !is_runnable(L, input.text);
    if (last != own.rend()) input.shown = (*last)->shown;
  }
}

void save(lua_State* L, Screen& screen, const std::vector<Listed>& inputs,
          const std::string& path) {
  std::string name = printable(path, false);
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    return screen.remark(name + " is there already: --save takes the name of a new file");
  std::string script;
  size_t kept = 0, failed = 0, secret = 0;
  for (const Listed& input : runnable(L, inputs)) {
    if (input.failed) {
      ++failed;
    } else if (editor::holds_secret(input.text)) {
      ++secret;
    } else {
      ++kept;
      script += script_of(L, input.text, input.shown);
    }
  }
  std::ofstream file(path, std::ios::binary);
  if (!(file << script << std::flush))
    return screen.remark("cannot write " + name + ": " + std::strerror(errno));
  std::string text = counted(kept, "input") + " saved to " + name;
  if (failed + secret != 0) text += "; left out: ";
  if (failed != 0) text += std::to_string(failed) + " that failed";
  if (secret != 0) text += (failed != 0 ? ", " : "") + std::to_string(secret) + " with a password";
  screen.remark(text);
}

void replay(lua_State* L, Screen& screen, const std::vector<Listed>& inputs) {
  for (const Listed& input : runnable(L, inputs)) {
    screen.value(std::to_string(input.number) + "  " + printable(input.text, true));
    if (!run_again(L, screen, input.text)) return;
  }
}

}  // namespace

CommandResult history(lua_State* L, Screen& screen, std::string_view arguments) {
  Request request = parse(arguments);
  std::vector<Listed> inputs = chosen(known_inputs(L, request.session), request);
  bool vague = request.all && !request.session;
  if (request.save && request.file.empty()) {
    screen.remark("--save takes the name of a file: :history --session --save lesson.lua");
  } else if (request.stray) {
    screen.remark(
        "a file's name with blanks takes quotes, and what is looked for stands before: "
        ":history flush --save 'my lesson.lua'");
  } else if ((request.save || request.replay) && vague) {
    screen.remark("say which: --session, numbers as 3-7, or a text that they hold");
  } else if (inputs.empty()) {
    screen.remark("no input like this is kept");
  } else if (request.save) {
    if (!request.session) mark_failed(L, inputs);
    save(L, screen, inputs, request.file);
  } else if (request.replay) {
    replay(L, screen, inputs);
  } else {
    for (const Listed& input : inputs)
      screen.value(std::to_string(input.number) + "  " + printable(input.text, true));
  }
  return CommandResult::kGoOn;
}

}  // namespace moonbase::shell::command
