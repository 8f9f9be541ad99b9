// Where a SQLite database is and what its options say: everything about ConnectArguments that needs
// no SQLite.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/dialect/sqlite/sqlite_driver.h"
#include "orm/dialect/sqlite/sqlite_options.h"

namespace moonbase::dialect::sqlite {

namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

constexpr std::string_view kForms =
    "SQLite URLs: sqlite:///relative.db, sqlite:////absolute/path.db, sqlite:// for a database in "
    "memory.";

const std::vector<std::string_view> kOptionNames = {
    "timeout", "foreign_keys", "journal_mode", "uri", "mode",
    "cache",   "immutable",    "nolock",       "vfs", "check_same_thread"};

// Those that SQLite itself reads from a `file:` URI.
bool is_uri_option(std::string_view name) {
  return name == "mode" || name == "cache" || name == "immutable" || name == "nolock" ||
         name == "vfs";
}

[[noreturn]] void refuse_value(std::string_view name, std::string_view value,
                               std::string_view wanted) {
  throw Error(ErrorKind::kArgumentError, fmt::format("SQLite's option {} is {}, not {}", name,
                                                     wanted, base::quote_for_message(value)));
}

bool parse_bool(std::string_view name, std::string_view value) {
  std::string word = base::lower(value);
  if (word == "true" || word == "1" || word == "on" || word == "yes") return true;
  if (word == "false" || word == "0" || word == "off" || word == "no") return false;
  refuse_value(name, value, "true or false");
}

int parse_timeout(std::string_view value) {
  double seconds = -1;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc() || end != value.data() + value.size() ||
      !(seconds >= 0 && seconds < 1e6)) {
    refuse_value("timeout", value, "a number of seconds");
  }
  return static_cast<int>(seconds * 1000);
}

std::string parse_word(std::string_view name, std::string_view value,
                       std::initializer_list<std::string_view> words) {
  std::string word = base::lower(value);
  if (std::find(words.begin(), words.end(), word) != words.end()) return word;
  std::vector<std::string> listed(words.begin(), words.end());
  refuse_value(name, value, "one of " + base::join(listed, ", "));
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view path) {
  std::string out;
  for (char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

// The path of a database text that may be a `file:` URI (without its query, which a URL has taken
// off).
std::string path_part(std::string_view database) {
  if (!database.starts_with("file:")) return std::string(database);
  database.remove_prefix(5);
  if (database.starts_with("//")) {
    size_t slash = database.find('/', 2);
    database = slash == std::string_view::npos ? std::string_view() : database.substr(slash);
  }
  return percent_decode(database);
}

}  // namespace

SqliteOptions read_options(const ConnectArguments& arguments) {
  SqliteOptions options;
  for (const auto& [name, value] : arguments.options) {
    if (name == "timeout") {
      options.timeout_ms = parse_timeout(value);
    } else if (name == "foreign_keys") {
      options.foreign_keys = parse_bool(name, value);
    } else if (name == "journal_mode") {
      options.journal_mode =
          parse_word(name, value, {"delete", "truncate", "persist", "memory", "wal", "off"});
    } else if (name == "uri" || name == "check_same_thread") {
      parse_bool(name, value);
    } else if (is_uri_option(name)) {
      if (name == "mode") options.mode = parse_word(name, value, {"ro", "rw", "rwc", "memory"});
      options.uri_query += fmt::format("{}{}={}", options.uri_query.empty() ? '?' : '&', name,
                                       percent_encode(value));
    } else {
      std::vector<std::string> names(kOptionNames.begin(), kOptionNames.end());
      throw Error(ErrorKind::kArgumentError,
                  fmt::format("SQLite has no option {}{}", base::quote_for_message(name),
                              base::did_you_mean(name, names)))
          .with_hint(fmt::format("Its options are {}.", base::join(names, ", ")));
    }
  }
  return options;
}

void check_arguments(const ConnectArguments& arguments) {
  if (!arguments.host.empty() || !arguments.user.empty() || arguments.port != 0) {
    std::string meant =
        arguments.host + (arguments.database.empty() ? "" : "/" + arguments.database);
    throw Error(
        ErrorKind::kArgumentError,
        fmt::format(
            "A SQLite URL has no host: for the file {0} write sqlite:///{0} with three slashes",
            meant))
        .with_hint(std::string(kForms));
  }
  read_options(arguments);
}

bool is_memory(const ConnectArguments& arguments) {
  std::string path = path_part(arguments.database);
  if (path.empty() || path == ":memory:") return true;
  return std::any_of(arguments.options.begin(), arguments.options.end(), [](const auto& option) {
    return option.first == "mode" && option.second == "memory";
  });
}

std::string database_path(const ConnectArguments& arguments) {
  fs::path path = path_part(arguments.database);
  if (path.is_relative()) {
    fs::path folder =
        arguments.base_folder.empty() ? fs::path(".") : fs::path(arguments.base_folder);
    path = fs::absolute(folder / path);
  }
  return path.lexically_normal().string();
}

std::string open_name(const ConnectArguments& arguments, const SqliteOptions& options) {
  std::string path =
      is_memory(arguments) ? path_part(arguments.database) : database_path(arguments);
  if (path.empty()) path = ":memory:";
  if (options.uri_query.empty()) return path;
  return "file:" + percent_encode(path) + options.uri_query;
}

void check_place(const std::string& path, const SqliteOptions& options) {
  std::error_code ignored;
  std::string orig = "unable to open database file";
  auto fail = [&](const std::string& why, std::string hint) {
    throw Error(ErrorKind::kOperationalError, orig + ": " + why)
        .with_hint(std::move(hint))
        .with_orig(orig, "SQLITE_CANTOPEN");
  };
  if (fs::is_directory(path, ignored)) {
    fail(path + " is a folder",
         "Name a file inside it: sqlite:///" + (fs::path(path) / "app.db").string());
  }
  fs::path folder = fs::path(path).parent_path();
  if (!fs::is_directory(folder, ignored)) {
    bool exists = fs::exists(folder, ignored);
    fail(fmt::format("the folder {} {}", folder.string(), exists ? "is a file" : "does not exist"),
         exists
             ? "Correct the path in the URL."
             : fmt::format(
                   "Create it (mkdir -p {}), or correct the path in the URL. Three slashes start a "
                   "relative path, four an absolute one.",
                   folder.string()));
  }
  if ((options.mode == "ro" || options.mode == "rw") && !fs::exists(path, ignored)) {
    fail(fmt::format("{} does not exist, and mode={} creates no file", path, options.mode),
         "Leave out the mode to create it, or correct the path in the URL.");
  }
}

}  // namespace moonbase::dialect::sqlite
