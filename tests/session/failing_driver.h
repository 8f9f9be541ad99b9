// SQLite whose n-th call to the database fails: what an interrupt, a full disk or a lost connection
// does, at any place of one's choice.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/base/error.h"
#include "orm/dialect/dialect.h"

namespace moonbase::test {

struct Failures {
  int calls = 0;          // so far
  int fail_at = 0;        // the number of the call that fails; 0: none
  bool for_good = false;  // so do all after it, rollbacks included

  void call() {
    ++calls;
    if (fail_at != 0 && (calls == fail_at || (for_good && calls > fail_at)))
      throw base::Error(base::ErrorKind::kOperationalError, "the disk is on fire");
  }
  // A call that fails only when the connection is lost.
  void late_call() const {
    if (for_good && fail_at != 0 && calls >= fail_at)
      throw base::Error(base::ErrorKind::kOperationalError, "the disk has burnt down");
  }
};

class FailingStatement : public driver::DriverStatement {
 public:
  FailingStatement(std::unique_ptr<driver::DriverStatement> inner, Failures& failures)
      : inner_(std::move(inner)), failures_(failures) {}
  void bind(int index, const base::Value& value) override { inner_->bind(index, value); }
  bool step() override {
    failures_.call();
    return inner_->step();
  }
  void reset() noexcept override { inner_->reset(); }
  int parameter_count() const override { return inner_->parameter_count(); }
  int column_count() const override { return inner_->column_count(); }
  driver::ColumnInfo column_info(int column) const override { return inner_->column_info(column); }
  base::Value column(int column) const override { return inner_->column(column); }
  int64_t column_int(int column) const override { return inner_->column_int(column); }
  bool is_null(int column) const override { return inner_->is_null(column); }
  int64_t changes() const override { return inner_->changes(); }
  int64_t last_insert_id() const override { return inner_->last_insert_id(); }
  bool is_write() const override { return inner_->is_write(); }

 private:
  std::unique_ptr<driver::DriverStatement> inner_;
  Failures& failures_;
};

class FailingConnection : public driver::DriverConnection {
 public:
  FailingConnection(std::unique_ptr<driver::DriverConnection> inner, Failures& failures)
      : inner_(std::move(inner)), failures_(failures) {}
  std::unique_ptr<driver::DriverStatement> prepare(std::string_view sql) override {
    return std::make_unique<FailingStatement>(inner_->prepare(sql), failures_);
  }
  void execute_script(std::string_view sql) override {
    failures_.late_call();
    inner_->execute_script(sql);
  }
  std::string_view begin(bool for_write) override {
    failures_.call();
    return inner_->begin(for_write);
  }
  void commit() override {
    failures_.call();
    inner_->commit();
  }
  void rollback() override {
    failures_.late_call();
    inner_->rollback();
  }
  bool in_transaction() const override { return inner_->in_transaction(); }
  void interrupt() noexcept override { inner_->interrupt(); }
  bool ping() noexcept override { return inner_->ping(); }
  bool is_usable() const noexcept override { return inner_->is_usable(); }
  int max_parameters() const override { return inner_->max_parameters(); }
  std::string server_version() const override { return inner_->server_version(); }

 private:
  std::unique_ptr<driver::DriverConnection> inner_;
  Failures& failures_;
};

class FailingDialect : public dialect::Dialect {
 public:
  explicit FailingDialect(Failures& failures) : failures_(failures) {}
  const compile::DialectTraits& traits() const override { return sqlite().traits(); }
  void check(const dialect::ConnectArguments& arguments) const override {
    sqlite().check(arguments);
  }
  std::unique_ptr<driver::DriverConnection> connect(
      const dialect::ConnectArguments& arguments) const override {
    return std::make_unique<FailingConnection>(sqlite().connect(arguments), failures_);
  }
  bool is_single_connection(const dialect::ConnectArguments& arguments) const override {
    return sqlite().is_single_connection(arguments);
  }
  std::string display_location(const dialect::ConnectArguments& arguments) const override {
    return sqlite().display_location(arguments);
  }
  std::span<const std::string_view> isolation_levels() const override {
    return sqlite().isolation_levels();
  }
  bool restarts_read_for_write() const override { return sqlite().restarts_read_for_write(); }
  base::Value to_driver(const base::Value& value, const types::Type& type) const override {
    return sqlite().to_driver(value, type);
  }
  std::optional<dialect::Refusal> refusal(const base::Error& error) const override {
    return sqlite().refusal(error);
  }
  std::string explain_prefix(const dialect::ExplainOptions& options) const override {
    return sqlite().explain_prefix(options);
  }
  std::vector<dialect::PlanStep> read_plan(
      std::span<const std::vector<base::Value>> rows) const override {
    return sqlite().read_plan(rows);
  }
  bool has_table(driver::DriverConnection& connection, const std::string& schema,
                 const std::string& name) const override {
    return sqlite().has_table(connection, schema, name);
  }
  std::vector<std::string> table_names(driver::DriverConnection& connection) const override {
    return sqlite().table_names(connection);
  }

 private:
  static const dialect::Dialect& sqlite() { return *dialect::find_dialect("sqlite"); }
  Failures& failures_;
};

}  // namespace moonbase::test
