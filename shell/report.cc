#include "shell/report.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include "bindings/error_object.h"
#include "bindings/stack.h"
#include "bindings/syntax/syntax.h"
#include "orm/base/place.h"
#include "orm/base/text.h"
#include "shell/habits.h"
#include "shell/inputs.h"
#include "shell/module.h"
#include "shell/printer.h"
#include "shell/question.h"

namespace moonbase::shell {
namespace {

// "models.lua:3: text" taken apart; `line` is 0 when there is no such beginning.
struct Place {
  std::string file;
  int line = 0;
  std::string text;
};

Place split_place(std::string_view message) {
  // A module that does not compile is reported by `require`, which adds a line of its own.
  constexpr std::string_view kLoading = "error loading module '";
  size_t at = message.find(kLoading);
  size_t end = message.find("':\n\t");
  if (at != std::string_view::npos && end != std::string_view::npos) message.remove_prefix(end + 4);

  Place place{"", 0, std::string(message)};
  // The first ":digits: " ends the name of the file.
  for (size_t colon = message.find(':'); colon != std::string_view::npos;
       colon = message.find(':', colon + 1)) {
    int line = 0;
    const char* last = message.data() + message.size();
    auto [digits_end, error] = std::from_chars(message.data() + colon + 1, last, line);
    if (error != std::errc() || digits_end == last || *digits_end != ':') continue;
    if (message.substr(0, colon).find('\n') != std::string_view::npos) break;
    std::string_view rest(digits_end + 1, static_cast<size_t>(last - digits_end - 1));
    return {std::string(message.substr(0, colon)), line, std::string(base::trim(rest))};
  }
  return place;
}

// What the file holds. The name comes from a message, which any text may be: what is no regular
// file is not opened, since reading it need not end, and one too large for a program is not read.
std::string content_of(const std::string& path) {
  constexpr uintmax_t kMaxBytes = 16'000'000;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > kMaxBytes) return {};
  std::ifstream file(path, std::ios::binary);
  std::string content(size, '\0');
  file.read(content.data(), static_cast<std::streamsize>(size));
  content.resize(static_cast<size_t>(file.gcount()));
  return content;
}

std::string line_of_file(const std::string& path, int number) {
  std::istringstream file(content_of(path));
  std::string line;
  for (int i = 0; i < number; ++i) {
    if (!std::getline(file, line)) return {};
  }
  return line;
}

// The code that the hint is looked for in.
std::string code_at(const Place& place, const InputSource& input) {
  if (place.line == 0 || place.file == input.chunk) return input.text;
  return line_of_file(place.file, place.line);
}

std::string prefix(const Place& place, const InputSource& input) {
  bool hidden = place.line == 0 || (place.file == input.chunk && !input.show_place);
  return hidden ? "" : place.file + ":" + std::to_string(place.line) + ": ";
}

// Without blanks and line ends at its end.
std::string_view without_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

std::string indented(const std::string& lines) {
  std::string out;
  for (std::string_view line : base::split(lines, '\n')) out += "\n  " + std::string(line);
  return out;
}

// The line of a file that Lua refused, with a caret below the mistake; nothing for another error.
std::string mark_mistake_in_file(const Place& place) {
  if (place.line == 0 || place.text.find(" near ") == std::string::npos) return "";
  const std::string content = content_of(place.file);
  const std::string_view text = without_end(content);
  const std::optional<size_t> offset = syntax::mistake(text);
  if (!offset) return "";
  // What is missing at the end Lua finds missing on the last line, which may be empty.
  const auto line = 1 + std::ranges::count(text.substr(0, *offset), '\n');
  if (line != place.line && *offset < text.size()) return "";
  return indented(base::marked_line(text, *offset));
}

// "module 'x' not found" lists every place that was looked in: those of Lua's own are no news.
std::string shorten_search(const std::string& text) {
  if (!text.starts_with("module '") || text.find("' not found:\n") == std::string::npos)
    return text;
  std::string out;
  for (std::string_view line : base::split(text, '\n')) {
    bool own = line.starts_with("\tno file '") && !line.starts_with("\tno file '/usr/") &&
               !line.starts_with("\tno file './");
    if (out.empty()) out = line;
    if (own) out += "\n  " + std::string(line.substr(1));
  }
  return out;
}

// The name in `before` + "name'"; empty where the message has no such part.
std::string_view name_after(std::string_view message, std::string_view before) {
  const size_t at = message.find(before);
  if (at == std::string_view::npos) return {};
  const std::string_view name = message.substr(at + before.size());
  return name.substr(0, name.find('\''));
}

// The name that stands before ".field" or ":field" in the code.
std::string owner_of(const std::string& code, std::string_view field) {
  const auto is_part = [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  };
  for (size_t at = code.find(field); at != std::string::npos; at = code.find(field, at + 1)) {
    if (at == 0 || (code[at - 1] != '.' && code[at - 1] != ':')) continue;
    size_t begin = at - 1;
    while (begin > 0 && is_part(code[begin - 1])) --begin;
    return code.substr(begin, at - 1 - begin);
  }
  return {};
}

// Of Lua's "attempt to index a nil value (global 'usr')", "… call a nil value (field 'formt')".
std::string guess_in(lua_State* L, std::string_view message, const std::string& code) {
  if (auto name = name_after(message, "a nil value (global '"); !name.empty())
    return guess_for(L, name);
  std::string_view name = name_after(message, "a nil value (field '");
  if (name.empty()) name = name_after(message, "a nil value (method '");
  const std::string owner = name.empty() ? std::string() : owner_of(code, name);
  return owner.empty() ? std::string() : guess_for_field(L, owner, name);
}

std::string describe_text(lua_State* L, std::string_view message, const InputSource& input,
                          const std::string& where) {
  Place place = split_place(message);
  // coroutine.wrap says the place again.
  std::string again = place.file + ":" + std::to_string(place.line) + ": ";
  while (place.line != 0 && place.text.starts_with(again)) place.text.erase(0, again.size());
  place.text = shorten_search(place.text);
  std::string before = prefix(place, input);
  if (before.empty()) before = "error: ";
  const std::string code = code_at(place, input);
  const bool is_of_input = place.file == input.chunk;
  std::string out = before + place.text + guess_in(L, place.text, code) +
                    (is_of_input ? where : mark_mistake_in_file(place));
  std::string hint = habit_after_error(L, place.text, code);
  return hint.empty() ? out : out + "\n  " + hint;
}

// The lines of earlier inputs that made or changed the object an error is about: "made at input
// 3:1".
std::string inputs_named_in(lua_State* L, const base::Error& error, const InputSource& input) {
  constexpr std::string_view kBefore = " at input ";
  constexpr size_t kMaxShown = 3, kShownBytes = 70;
  std::vector<std::string> shown;
  for (const std::string& what : error.context())
    for (size_t at = what.find(kBefore); at != std::string::npos; at = what.find(kBefore, at + 1)) {
      std::string chunk = what.substr(at + 4, what.find(':', at) - at - 4);
      std::string_view text = base::trim(inputs(L).find(chunk));
      if (chunk == input.chunk || text.empty() || shown.size() == kMaxShown) continue;
      text = text.substr(0, text.find('\n'));
      std::string line = chunk + ": " + base::escape_for_message(text, kShownBytes);
      if (std::find(shown.begin(), shown.end(), line) == shown.end()) shown.push_back(line);
    }
  std::string out;
  for (const std::string& line : shown) out += "\n  " + line;
  return out;
}

std::string describe_value(lua_State* L, int index) {
  if (luaL_getmetafield(L, index, "__tostring") == LUA_TNIL) {
    return "error: " + print_protected(L, index, PrintLimits{}) + " was raised";
  }
  lua_pop(L, 1);
  return "error: " + print_protected(L, index, PrintLimits{});
}

}  // namespace

std::string describe_error(lua_State* L, int index, const InputSource& input,
                           const std::string& place) {
  std::string out;
  if (const auto* box = bindings::test_box<bindings::ErrorBox>(L, index)) {
    out = prefix(split_place(box->location + " "), input) + box->error.paragraph();
    out.insert(std::min(out.find("\n  [SQL: "), out.size()), inputs_named_in(L, box->error, input));
  } else if (lua_type(L, index) == LUA_TSTRING) {
    size_t size = 0;
    const char* text = lua_tolstring(L, index, &size);
    out = describe_text(L, {text, size}, input, place);
  } else {
    return describe_value(L, index);
  }
  return printable(out, true);
}

std::string describe_error(lua_State* L, const bindings::ScriptError& error) {
  error.push(L);
  std::string out = describe_error(L, -1, InputSource{});
  lua_pop(L, 1);
  return out;
}

std::string mark_mistake(std::string_view text) {
  text = without_end(text);
  const std::optional<size_t> offset = syntax::mistake(text);
  if (!offset) return "";
  return indented(base::marked_line(text, *offset));
}

}  // namespace moonbase::shell
