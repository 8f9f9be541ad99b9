#include "orm/base/log.h"

#include <catch2/catch.hpp>

using namespace moonbase::base;

namespace {

struct Recorder : LogSink {
  void statement(const StatementRecord& record) override { statements.push_back(record.statement); }
  std::vector<std::string> statements;
};

}  // namespace

TEST_CASE("a sink takes what it overrides and ignores the rest") {
  Recorder recorder;
  LogSink& sink = recorder;
  StatementRecord record;
  record.statement = "SELECT 1";
  sink.statement(record);
  sink.warning("SAWarning", "ignored");
  CHECK(recorder.statements == std::vector<std::string>{"SELECT 1"});
}

TEST_CASE("a record knows how long it took, and the clock does not go back") {
  StatementRecord record;
  record.start_time = 1.5;
  record.end_time = 1.75;
  CHECK(record.duration() == 0.25);
  const double first = clock_seconds();
  CHECK(clock_seconds() >= first);
}
