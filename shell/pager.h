// Where the lines of a table go: to the screen, through the person's pager when they do not fit a
// terminal, or to a file. One object for a table, on the thread of the screen. Throws base::Error
// (OperationalError) for a file that cannot be written.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "shell/screen.h"

namespace moonbase::shell {

class TableOutput {
 public:
  // An empty `path` is the screen; `append` keeps what is in the file.
  TableOutput(const Screen& screen, const std::string& path, bool append);
  TableOutput(const TableOutput&) = delete;
  TableOutput& operator=(const TableOutput&) = delete;
  ~TableOutput();

  // False when nobody reads on: the pager was left.
  bool line(std::string_view line);
  // All lines are there. Waits until the pager is left.
  void close();

 private:
  void start_pager();
  bool write(std::string_view line);
  void end_pager() noexcept;

  const Screen& screen_;
  std::string path_;
  std::FILE* file_ = nullptr;      // that of the path, or the pager's input
  bool paging_ = false;            // file_ is the pager's
  size_t height_ = 0;              // lines that fit; 0 where nothing is paged
  std::vector<std::string> held_;  // until it is known whether they fit
};

}  // namespace moonbase::shell
