// The local variables that a place of a text sees. Belongs to one parse; the names point into its
// text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace moonbase::syntax {

class Scope {
 public:
  // Lua's own limit, in one function.
  static constexpr size_t kMaxLocals = 200;

  size_t mark() const { return names_.size(); }
  void close_to(size_t mark) { names_.resize(mark); }

  // False when the function, whose locals begin at `function`, has too many.
  bool declare(std::string_view name, size_t function) {
    names_.push_back(name);
    return names_.size() - function <= kMaxLocals;
  }

  bool has(std::string_view name) const {
    for (size_t i = names_.size(); i-- > 0;) {
      if (names_[i] == name) {
        return true;
      }
    }
    return false;
  }

 private:
  std::vector<std::string_view> names_;
};

}  // namespace moonbase::syntax
