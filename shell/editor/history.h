// What was entered before, oldest first, in memory and in a file that other shells append to at the
// same time. A file that cannot be read or written costs the file only: the history goes on in
// memory. One thread; nothing throws but bad_alloc.
//
// The file has an entry per line, with `\n` for a line end and `\\` for a backslash; mode 0600.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moonbase::editor {

// $XDG_STATE_HOME/moonbase/history, or the same below ~/.local/state; empty when there is no home.
std::filesystem::path history_path();

// Whether an entry seems to hold a password: it stays out of the file. A URL with one, or a name
// like `password`, `secret`, `token` with a string behind it.
bool holds_secret(std::string_view entry);

class History {
 public:
  // Without a file.
  History() = default;
  // Reads the file; makes it, and its folder, at the first entry.
  explicit History(std::filesystem::path file);

  // An entry that repeats the last one, or is blank, changes nothing.
  void add(std::string_view entry);

  size_t size() const { return entries_.size(); }
  const std::string& operator[](size_t index) const { return entries_[index]; }

  // The newest entry before `before` that begins with `prefix` and is longer; and the oldest such
  // from `from` on.
  std::optional<size_t> find_prefix(std::string_view prefix, size_t before) const;
  std::optional<size_t> find_prefix_after(std::string_view prefix, size_t from) const;
  // The newest entry before `before`, or the oldest from `from` on, that contains `part`: small
  // letters stand for capitals, too, unless `part` has capitals itself.
  std::optional<size_t> find_part(std::string_view part, size_t before) const;
  std::optional<size_t> find_part_after(std::string_view part, size_t from) const;

  // What there is to say about the file, once: empty afterwards, or when all is well.
  std::string take_warning();

 private:
  class LockedFile;

  void load();
  bool read(const LockedFile& file);
  void shorten();
  void append(std::string_view entry);
  void give_up(const std::string& what, int error);

  std::filesystem::path file_;  // empty: none, or no more
  std::vector<std::string> entries_;
  std::string warning_;
};

// Where `part` is found in `entry` by the rule of find_part.
std::optional<size_t> position_of(std::string_view part, std::string_view entry);

}  // namespace moonbase::editor
