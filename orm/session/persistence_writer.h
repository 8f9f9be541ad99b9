// The statement being repeated: rows of one shape in a row share it. Private to persistence*.cc;
// used by the session's thread.
#pragma once

#include <utility>
#include <vector>

#include "orm/session/persistence.h"

namespace moonbase::session {

class Persistence::Writer {
 public:
  // `of`: the table's part of a class, or the relationship, whose rows are written. `returned`:
  // what comes back of the rows of a statement that takes many.
  Writer(engine::Connection& connection, const void* of, Action action, std::vector<int> slots,
         compile::CompiledPtr statement, std::vector<int> returned = {})
      : takes_rows_(statement->takes_rows),
        batch_(connection, std::move(statement)),
        of_(of),
        action_(action),
        slots_(std::move(slots)),
        returned_(std::move(returned)) {}

  bool serves(const void* of, Action action, const std::vector<int>& slots) const {
    return !takes_rows_ && of == of_ && action == action_ && slots == slots_;
  }
  bool serves_rows(const void* of, const std::vector<int>& slots,
                   const std::vector<int>& returned) const {
    return takes_rows_ && of == of_ && slots == slots_ && returned == returned_;
  }
  bool takes_rows() const { return takes_rows_; }
  Action action() const { return action_; }
  const std::vector<int>& slots() const { return slots_; }
  const std::vector<int>& returned() const { return returned_; }
  engine::Connection::Batch& batch() { return batch_; }

 private:
  bool takes_rows_;
  engine::Connection::Batch batch_;
  const void* of_;
  Action action_;
  std::vector<int> slots_, returned_;
};

}  // namespace moonbase::session
