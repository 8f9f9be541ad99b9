#include "shell/pager.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::shell {
namespace {

// A pager that is left early must not end the program.
class NoPipeSignal {
 public:
  NoPipeSignal() { before_ = std::signal(SIGPIPE, SIG_IGN); }
  ~NoPipeSignal() { std::signal(SIGPIPE, before_); }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  void (*before_)(int);
};

// Empty where the person wants none.
std::string pager_command() {
  const char* pager = std::getenv("PAGER");
  std::string command = pager != nullptr ? pager : "less";
  // Long lines are cut, colours pass, the screen stays.
  return command == "less" ? "less -SRX" : command;
}

}  // namespace

TableOutput::TableOutput(const Screen& screen, const std::string& path, bool append)
    : screen_(screen), path_(path) {
  if (path_.empty()) {
    if (!pager_command().empty()) height_ = screen.height();
    return;
  }
  file_ = std::fopen(path_.c_str(), append ? "a" : "w");
  if (file_ == nullptr)
    throw base::Error(
        base::ErrorKind::kOperationalError,
        "cannot write " + base::quote_for_message(path_) + ": " + std::strerror(errno))
        .with_hint(":output FILE names another file, :output alone is the screen.");
}

TableOutput::~TableOutput() {
  if (file_ == nullptr) return;
  if (paging_) {
    end_pager();
  } else {
    std::fclose(file_);
  }
}

bool TableOutput::line(std::string_view line) {
  if (!path_.empty() || paging_) return write(line);
  if (height_ == 0) {
    screen_.value(line);
    return true;
  }
  held_.emplace_back(line);
  // The prompt needs a line of its own.
  if (held_.size() + 1 < height_) return true;
  start_pager();
  if (!paging_) height_ = 0;
  bool wanted = true;
  for (const std::string& held : held_) wanted = wanted && this->line(held);
  held_.clear();
  return wanted;
}

void TableOutput::start_pager() {
  std::fflush(stdout);
  file_ = popen(pager_command().c_str(), "w");
  paging_ = file_ != nullptr;
}

bool TableOutput::write(std::string_view line) {
  NoPipeSignal no_signal;
  bool ok = std::fwrite(line.data(), 1, line.size(), file_) == line.size() &&
            std::fputc('\n', file_) != EOF;
  if (ok || paging_) return ok;
  throw base::Error(base::ErrorKind::kOperationalError,
                    "cannot write " + base::quote_for_message(path_) + ": " + std::strerror(errno));
}

void TableOutput::end_pager() noexcept {
  NoPipeSignal no_signal;
  pclose(file_);
  file_ = nullptr;
}

void TableOutput::close() {
  for (const std::string& held : held_) screen_.value(held);
  held_.clear();
  if (file_ == nullptr) return;
  if (paging_) return end_pager();
  bool ok = std::fclose(file_) == 0;
  file_ = nullptr;
  if (!ok)
    throw base::Error(
        base::ErrorKind::kOperationalError,
        "cannot write " + base::quote_for_message(path_) + ": " + std::strerror(errno));
}

}  // namespace moonbase::shell
