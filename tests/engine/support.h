// What the tests of engines share: engines over a file, over memory and over a scripted driver, and
// a sink that keeps what it hears.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "orm/base/error.h"
#include "orm/driver/fake.h"
#include "orm/engine/connection.h"
#include "orm/engine/pool.h"
#include "tests/support/temp_folder.h"

namespace moonbase::test {

inline engine::EnginePtr open_engine(const std::string& url, engine::EngineOptions options = {}) {
  return engine::create_engine(engine::parse_url(url), std::move(options));
}

// A dialect whose connections follow a script; everything else is SQLite's.
class FakeDialect : public dialect::Dialect {
 public:
  explicit FakeDialect(std::shared_ptr<driver::FakeScript> script) : script_(std::move(script)) {}

  const compile::DialectTraits& traits() const override { return sqlite().traits(); }
  void check(const dialect::ConnectArguments&) const override {}
  std::unique_ptr<driver::DriverConnection> connect(
      const dialect::ConnectArguments&) const override {
    return driver::fake_connect(script_);
  }
  bool is_single_connection(const dialect::ConnectArguments&) const override { return false; }
  std::string display_location(const dialect::ConnectArguments&) const override {
    return "nowhere";
  }
  std::span<const std::string_view> isolation_levels() const override {
    return sqlite().isolation_levels();
  }
  bool restarts_read_for_write() const override { return true; }
  base::Value to_driver(const base::Value& value, const types::Type& type) const override {
    return sqlite().to_driver(value, type);
  }
  std::string explain_prefix(const dialect::ExplainOptions&) const override { return ""; }
  std::vector<dialect::PlanStep> read_plan(
      std::span<const std::vector<base::Value>>) const override {
    return {};
  }
  bool has_table(driver::DriverConnection&, const std::string&, const std::string&) const override {
    return false;
  }
  std::vector<std::string> table_names(driver::DriverConnection&) const override { return {}; }

 private:
  static const dialect::Dialect& sqlite() { return *dialect::find_dialect("sqlite"); }
  std::shared_ptr<driver::FakeScript> script_;
};

// Keeps what it hears, as "BEGIN" or "SELECT ? [1]".
class KeepingSink : public base::LogSink {
 public:
  void statement(const base::StatementRecord& record) override {
    records.push_back(record);
    std::string line = record.statement;
    for (size_t i = 0; i < record.params.size(); ++i)
      line += (i == 0 ? " [" : ", ") + record.params[i].repr();
    lines.push_back(record.params.empty() ? line : line + "]");
  }
  std::vector<base::StatementRecord> records;
  std::vector<std::string> lines;
};

// The error that `action` ends with.
inline base::Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const base::Error& error) {
    return error;
  }
  throw std::logic_error("nothing was thrown");
}

// The first column of the first row; NULL when there is none.
inline base::Value scalar(engine::Connection& connection, const std::string& sql) {
  engine::Cursor cursor = connection.execute_sql(sql);
  if (!cursor.next()) return base::Value();
  base::Value value = cursor.value(0);
  value.own();
  return value;
}

}  // namespace moonbase::test
