// Many sessions in many threads on few connections: nobody waits for ever, nothing is mixed up.
// Run it under the preset `tsan`, too.
#include "tests/session/thread_work.h"
#include "tests/support/postgresql.h"
#include "tests/support/temp_folder.h"

using namespace moonbase;

TEST_CASE("eight threads with a session each share four connections to a file") {
  test::TempFolder folder;
  test::run_threads("sqlite:///" + folder.file("threads.db"), [](int round) { return round == 5; });
}

TEST_CASE("eight threads with a session each share four connections to a server") {
  test::PostgresqlDatabase database;
  test::run_threads(database.url(), [](int round) { return round == 10; });
}
