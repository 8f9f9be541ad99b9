// Where the core reports what it does: every statement that reached a database, and warnings. A
// sink is owned by whoever installs it (an engine's echo, a recorder, a test) and is called on the
// thread that runs the statement, which waits for it. What a sink throws leaves through the
// statement's caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "orm/base/value.h"

namespace moonbase::base {

struct StatementRecord {
  std::string statement;
  std::vector<Value> params;  // of the first execution, when there were several
  double start_time = 0;      // clock_seconds()
  double end_time = 0;
  size_t executions = 1;                // how many sets of values the statement ran with
  int64_t rows = -1;                    // returned or affected; -1 when not known
  bool is_transaction_control = false;  // BEGIN, COMMIT, ROLLBACK, SAVEPOINT and the like
  std::string bind_key;                 // which of several databases; empty for the default one
  std::string error;                    // the database's message when it refused
  // Of a statement made of a tree: how long ago it was compiled when the cache had it, else how
  // long compiling took, in seconds; negative otherwise.
  double cached_for = -1, generated_in = -1;

  double duration() const { return end_time - start_time; }
};

class LogSink {
 public:
  virtual ~LogSink();
  virtual void statement(const StatementRecord& record);
  // `kind` is a class of warnings, "SAWarning"; `message` one sentence.
  virtual void warning(std::string_view kind, std::string_view message);
};

// Monotonic seconds since an arbitrary start.
double clock_seconds();

}  // namespace moonbase::base
