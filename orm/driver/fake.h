// A scripted driver for tests: it records what it is asked to do, answers queries with rows given
// in advance and fails where the script says so. The script is shared by all connections made from
// it and by the test, which must use them from one thread. Throws only what the script holds.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "orm/base/error.h"
#include "orm/driver/driver.h"

namespace moonbase::driver {

struct FakeScript {
  struct Result {
    std::vector<std::string> columns;
    std::vector<std::vector<base::Value>> rows;
  };
  // By the statement's exact text; a statement that is not listed writes one row and returns none.
  std::map<std::string, Result> results;
  // By the text of the statement or "COMMIT", "ROLLBACK", "BEGIN", "connect", "ping": thrown
  // instead of doing it.
  std::map<std::string, base::Error> failures;
  // The 1-based number of the call in `log` that fails with `failure`; 0: none.
  size_t fail_call = 0;
  base::Error failure{base::ErrorKind::kOperationalError, "scripted failure"};
  // A failing statement also ends the transaction, as a full disk does to SQLite.
  bool failure_ends_transaction = false;

  // Everything done, in order: "connect", "BEGIN", statements with their values in brackets,
  // "close".
  std::vector<std::string> log;
  int prepared = 0;
  int open_connections = 0;
  std::atomic<int> interrupts = 0;

  // Notes a call and throws what the script holds for it.
  void call(const std::string& what, const std::string& detail = "");
};

// Throws what the script says about "connect".
std::unique_ptr<DriverConnection> fake_connect(std::shared_ptr<FakeScript> script);

}  // namespace moonbase::driver
