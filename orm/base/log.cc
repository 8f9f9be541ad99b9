#include "orm/base/log.h"

#include <chrono>

namespace moonbase::base {

LogSink::~LogSink() = default;

void LogSink::statement(const StatementRecord&) {}

void LogSink::warning(std::string_view, std::string_view) {}

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace moonbase::base
