// The same as threads_test.cc, for long. Runs with `scripts/test --long`, and under the preset
// `tsan`.
#include "orm/base/log.h"
#include "tests/session/thread_work.h"
#include "tests/support/postgresql.h"
#include "tests/support/temp_folder.h"

using namespace moonbase;

namespace {

std::function<bool(int)> for_seconds(double seconds) {
  return [end = base::clock_seconds() + seconds](int) { return base::clock_seconds() >= end; };
}

}  // namespace

TEST_CASE("eight threads work for seconds on four connections to a file") {
  test::TempFolder folder;
  // SQLite gives a file to whoever asks at the right moment: eight may starve one for long.
  test::run_threads("sqlite:///" + folder.file("threads.db") + "?timeout=60", for_seconds(10));
}

TEST_CASE("eight threads work for a minute on four connections to a server") {
  test::PostgresqlDatabase database;
  test::run_threads(database.url(), for_seconds(60));
}
