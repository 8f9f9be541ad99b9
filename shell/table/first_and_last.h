// Rows of which only the first and the last ones are kept. Plain data of one thread.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "shell/table/table.h"

namespace moonbase::shell {

class FirstAndLast {
 public:
  // `max_rows` in all; the first ones are one more than the last ones where it is odd.
  explicit FirstAndLast(size_t max_rows) : max_(max_rows) {}

  void add(TableRow row) {
    ++count_;
    if (first_.size() < max_ - max_ / 2) {
      first_.push_back(std::move(row));
      return;
    }
    last_.push_back(std::move(row));
    if (last_.size() > max_ / 2) last_.pop_front();
  }

  const std::vector<TableRow>& first() const { return first_; }
  const std::deque<TableRow>& last() const { return last_; }
  size_t count() const { return count_; }  // of all that were added
  size_t hidden() const { return count_ - first_.size() - last_.size(); }

 private:
  size_t max_;
  size_t count_ = 0;
  std::vector<TableRow> first_;
  std::deque<TableRow> last_;
};

}  // namespace moonbase::shell
