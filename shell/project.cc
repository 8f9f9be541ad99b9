#include "shell/project.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "bindings/embedded.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::shell {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

constexpr std::string_view kTemplates = "templates/";
constexpr std::string_view kPlaceholder = "{{name}}";

void check_name(const std::string& name) {
  auto good = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  };
  if (!name.empty() && name[0] != '.' && std::all_of(name.begin(), name.end(), good)) return;
  throw Error(ErrorKind::kArgumentError, base::quote_for_message(name) + " cannot name an app")
      .with_hint("A name is made of letters, digits, _ and -: moonbase new blog");
}

std::string fill_in(std::string_view text, const std::string& name) {
  std::string out(text);
  for (size_t at = out.find(kPlaceholder); at != std::string::npos;
       at = out.find(kPlaceholder, at + name.size())) {
    out.replace(at, kPlaceholder.size(), name);
  }
  return out;
}

void write_file(const fs::path& path, const std::string& text) {
  std::error_code failure;
  fs::create_directories(path.parent_path(), failure);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw Error(ErrorKind::kOperationalError, "cannot write " + fs::absolute(path).string());
}

}  // namespace

void make_project(Screen& screen, const std::string& name) {
  fs::path folder = fs::path(name).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  std::string app = folder.filename().string();
  check_name(app);
  std::error_code failure;
  if (fs::exists(folder) && (!fs::is_directory(folder) || !fs::is_empty(folder, failure))) {
    throw Error(ErrorKind::kArgumentError,
                fs::absolute(folder).string() + " exists and is not empty");
  }
  for (const auto& file : bindings::embedded_files()) {
    if (!file.path.starts_with(kTemplates)) continue;
    fs::path path = folder / file.path.substr(kTemplates.size());
    write_file(path, fill_in(file.content, app));
    screen.value("created " + path.string());
  }
  screen.value("next: cd " + folder.string() +
               " && moonbase db create && moonbase run seeds/first.lua && moonbase");
}

}  // namespace moonbase::shell
