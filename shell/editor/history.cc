#include "shell/editor/history.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bindings/syntax/syntax.h"
#include "orm/base/text.h"

namespace moonbase::editor {

namespace {

namespace fs = std::filesystem;

// A file that has grown to twice this is cut to its newest entries.
constexpr size_t kKeptEntries = 10'000;

std::string encode(std::string_view entry) {
  std::string line;
  for (char c : entry) {
    if (c == '\n' || c == '\\') line += '\\';
    line += c == '\n' ? 'n' : c;
  }
  return line + '\n';
}

std::string decode(std::string_view line) {
  std::string entry;
  for (size_t i = 0; i < line.size(); ++i) {
    bool escape = line[i] == '\\' && i + 1 < line.size();
    if (escape) ++i;
    entry += escape && line[i] == 'n' ? '\n' : line[i];
  }
  return entry;
}

}  // namespace

// An open file, locked against the other shells until it is closed.
class History::LockedFile {
 public:
  LockedFile(const fs::path& path, int flags) {
    // Another shell may have put a new file in the place of the one that was just opened.
    for (bool current = false; !current;) {
      close();
      descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR);
      if (descriptor_ < 0 || flock(descriptor_, LOCK_EX) != 0) return;
      struct stat opened {
      }, named{};
      current = fstat(descriptor_, &opened) != 0 || stat(path.c_str(), &named) != 0 ||
                (opened.st_ino == named.st_ino && opened.st_dev == named.st_dev);
    }
    // A file from elsewhere may be open to others.
    struct stat status {};
    if (fstat(descriptor_, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
      fchmod(descriptor_, S_IRUSR | S_IWUSR);
  }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;
  ~LockedFile() { close(); }

  bool is_open() const { return descriptor_ >= 0; }
  // Not a device or a pipe, which could be read for ever.
  bool is_plain() const {
    struct stat status {};
    return fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  }

  // False with errno set when it cannot be read.
  bool read_all(std::string& text) const {
    std::array<char, 65536> bytes;
    for (;;) {
      ssize_t count = ::read(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return count == 0;
      text.append(bytes.data(), static_cast<size_t>(count));
    }
  }

  bool write_all(std::string_view text) const {
    while (!text.empty()) {
      ssize_t count = ::write(descriptor_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      text.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }

  // Whether a shell that was stopped while it wrote left half a line at the end.
  bool ends_in_line() const {
    off_t size = lseek(descriptor_, 0, SEEK_END);
    char last = 0;
    return size > 0 && pread(descriptor_, &last, 1, size - 1) == 1 && last != '\n';
  }

 private:
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  int descriptor_ = -1;
};

namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool names_secret(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
  for (std::string_view word : {"password", "passwd", "passphrase", "secret", "token", "api_key"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

// "scheme://user:password@host"
bool has_url_password(std::string_view text) {
  for (size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
    size_t end = std::min(text.find_first_of("/ \t\n'\"]", at + 3), text.size());
    std::string_view authority = text.substr(at + 3, end - at - 3);
    size_t sign = authority.rfind('@');
    if (sign != std::string_view::npos && authority.substr(0, sign).find(':') < sign) return true;
  }
  return false;
}

}  // namespace

fs::path history_path() {
  constexpr const char* kName = "moonbase/history";
  const char* state = std::getenv("XDG_STATE_HOME");
  // The standard says that a relative one means nothing.
  if (state != nullptr && state[0] == '/') return fs::path(state) / kName;
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') return {};
  return fs::path(home) / ".local/state" / kName;
}

bool holds_secret(std::string_view entry) {
  if (has_url_password(entry)) return true;
  // A string behind such a name: `password = 'x'`, `set_password('x')`, `['password'] = 'x'`.
  int distance = -1;
  constexpr int kNear = 4;
  for (const syntax::Token& token : syntax::tokens(entry)) {
    std::string_view text = entry.substr(token.begin, token.end - token.begin);
    bool string =
        token.cls == syntax::TokenClass::kString ||
        (token.cls == syntax::TokenClass::kInvalid && (text[0] == '"' || text[0] == '\''));
    if (string && distance >= 0) return true;
    if (names_secret(text)) {
      distance = 0;
    } else if (distance >= 0 && ++distance > kNear) {
      distance = -1;
    }
  }
  return false;
}

History::History(fs::path file) : file_(std::move(file)) {
  if (!file_.empty()) load();
}

void History::load() {
  std::error_code error;
  // A link stays one when the file is put in a new place.
  if (fs::path real = fs::canonical(file_, error); !error) file_ = real;
  if (fs::is_directory(file_, error)) return give_up("is a folder", 0);
  LockedFile file(file_, O_RDWR);
  if (file.is_open()) {
    if (read(file) && entries_.size() >= 2 * kKeptEntries) shorten();
  } else if (errno == EACCES || errno == EROFS) {
    // What may not be written may still be read.
    int error = errno;
    LockedFile readable(file_, O_RDONLY);
    if (!readable.is_open() || read(readable)) give_up("cannot be written", error);
  } else if (errno != ENOENT) {
    give_up("cannot be opened", errno);
  }
}

// False when it has given up.
bool History::read(const LockedFile& file) {
  std::string text;
  if (!file.is_plain()) {
    give_up("is no plain file", 0);
  } else if (!file.read_all(text)) {
    give_up("cannot be read", errno);
  }
  for (std::string_view line : base::split(text, '\n')) {
    if (!line.empty()) entries_.push_back(decode(line));
  }
  return !file_.empty();
}

// With the file locked: what other shells append waits until the new one is in its place.
void History::shorten() {
  entries_.erase(entries_.begin(), entries_.end() - kKeptEntries);
  std::string text;
  for (const std::string& entry : entries_) text += encode(entry);
  fs::path fresh = file_;
  fresh += ".new";
  int error = 0;
  {
    LockedFile file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.is_open() || !file.write_all(text)) error = errno;
  }
  if (error == 0 && std::rename(fresh.c_str(), file_.c_str()) != 0) error = errno;
  if (error != 0) give_up("cannot be shortened", error);
}

void History::add(std::string_view entry) {
  if (is_blank(entry) || (!entries_.empty() && entries_.back() == entry)) return;
  entries_.emplace_back(entry);
  if (!file_.empty() && !holds_secret(entry)) append(entry);
}

void History::append(std::string_view entry) {
  std::error_code ignored;
  if (fs::path folder = file_.parent_path(); !fs::exists(folder, ignored)) {
    fs::create_directories(folder, ignored);
    fs::permissions(folder, fs::perms::owner_all, ignored);
  }
  LockedFile file(file_, O_RDWR | O_APPEND | O_CREAT);
  if (!file.is_open()) return give_up("cannot be opened", errno);
  std::string line = (file.ends_in_line() ? "\n" : "") + encode(entry);
  if (!file.write_all(line)) give_up("cannot be written", errno);
}

void History::give_up(const std::string& what, int error) {
  warning_ = "the history is not kept: " + file_.string() + " " + what;
  if (error != 0) warning_ += std::string(" (") + std::strerror(error) + ")";
  file_.clear();
}

std::string History::take_warning() { return std::exchange(warning_, {}); }

std::optional<size_t> History::find_prefix(std::string_view prefix, size_t before) const {
  for (size_t i = before; i-- > 0;) {
    if (entries_[i].size() > prefix.size() && entries_[i].starts_with(prefix)) return i;
  }
  return std::nullopt;
}

std::optional<size_t> History::find_prefix_after(std::string_view prefix, size_t from) const {
  for (size_t i = from; i < entries_.size(); ++i) {
    if (entries_[i].size() > prefix.size() && entries_[i].starts_with(prefix)) return i;
  }
  return std::nullopt;
}

std::optional<size_t> History::find_part(std::string_view part, size_t before) const {
  for (size_t i = before; i-- > 0;) {
    if (position_of(part, entries_[i])) return i;
  }
  return std::nullopt;
}

std::optional<size_t> History::find_part_after(std::string_view part, size_t from) const {
  for (size_t i = from; i < entries_.size(); ++i) {
    if (position_of(part, entries_[i])) return i;
  }
  return std::nullopt;
}

std::optional<size_t> position_of(std::string_view part, std::string_view entry) {
  bool exact = std::any_of(part.begin(), part.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  auto equal = [exact](char a, char b) { return (exact ? a : to_lower(a)) == b; };
  auto found = std::search(entry.begin(), entry.end(), part.begin(), part.end(), equal);
  if (found == entry.end() && !part.empty()) return std::nullopt;
  return static_cast<size_t>(found - entry.begin());
}

}  // namespace moonbase::editor
