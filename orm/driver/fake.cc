#include "orm/driver/fake.h"

#include "orm/driver/sql_text.h"

namespace moonbase::driver {

void FakeScript::call(const std::string& what, const std::string& detail) {
  log.push_back(what + detail);
  if (log.size() == fail_call) throw failure;
  if (auto found = failures.find(what); found != failures.end()) throw found->second;
}

namespace {

class FakeConnection;

class FakeStatement : public DriverStatement {
 public:
  FakeStatement(FakeConnection& connection, std::string sql);

  void bind(int index, const base::Value& value) override {
    values_[static_cast<size_t>(index)] = value;
  }
  bool step() override;
  void reset() noexcept override { next_row_ = 0; }
  int parameter_count() const override { return static_cast<int>(values_.size()); }
  int column_count() const override {
    return result_ ? static_cast<int>(result_->columns.size()) : 0;
  }
  ColumnInfo column_info(int column) const override {
    return {result_->columns[static_cast<size_t>(column)], ""};
  }
  base::Value column(int column) const override {
    return result_->rows[next_row_ - 1][static_cast<size_t>(column)];
  }
  int64_t column_int(int column) const override {
    return is_null(column) ? 0 : this->column(column).as_int();
  }
  bool is_null(int column) const override { return this->column(column).is_null(); }
  int64_t changes() const override { return result_ ? -1 : 1; }
  int64_t last_insert_id() const override { return result_ ? 0 : 1; }
  bool is_write() const override { return !result_ && first_keyword(sql_) != "select"; }

 private:
  FakeConnection& connection_;
  std::string sql_;
  const FakeScript::Result* result_ = nullptr;
  std::vector<base::Value> values_;
  size_t next_row_ = 0;
};

class FakeConnection : public DriverConnection {
 public:
  explicit FakeConnection(std::shared_ptr<FakeScript> script) : script_(std::move(script)) {
    ++script_->open_connections;
  }
  ~FakeConnection() override {
    --script_->open_connections;
    script_->log.push_back("close");
  }

  std::unique_ptr<DriverStatement> prepare(std::string_view sql) override {
    ++script_->prepared;
    return std::make_unique<FakeStatement>(*this, std::string(sql));
  }
  void execute_script(std::string_view sql) override { run(std::string(sql)); }
  std::string_view begin(bool for_write) override {
    std::string_view words = for_write ? "BEGIN IMMEDIATE" : "BEGIN";
    run(std::string(words));
    in_transaction_ = true;
    return words;
  }
  void commit() override {
    run("COMMIT");
    in_transaction_ = false;
  }
  void rollback() override {
    run("ROLLBACK");
    in_transaction_ = false;
  }
  bool in_transaction() const override { return in_transaction_; }
  void interrupt() noexcept override { ++script_->interrupts; }
  bool ping() noexcept override {
    script_->log.push_back("ping");
    return !script_->failures.contains("ping");
  }
  bool is_usable() const noexcept override { return true; }
  int max_parameters() const override { return 999; }
  std::string server_version() const override { return "1.0"; }

  // Notes a call; a failure may end the transaction.
  void run(const std::string& what, const std::string& detail = "") {
    try {
      script_->call(what, detail);
    } catch (const base::Error&) {
      if (script_->failure_ends_transaction) in_transaction_ = false;
      throw;
    }
  }
  const FakeScript& script() const { return *script_; }

 private:
  std::shared_ptr<FakeScript> script_;
  bool in_transaction_ = false;
};

FakeStatement::FakeStatement(FakeConnection& connection, std::string sql)
    : connection_(connection), sql_(std::move(sql)) {
  for (char c : sql_) {
    if (c == '?') values_.emplace_back();
  }
  auto found = connection_.script().results.find(sql_);
  if (found != connection_.script().results.end()) result_ = &found->second;
}

bool FakeStatement::step() {
  if (next_row_ == 0) {
    std::string detail;
    for (const base::Value& value : values_)
      detail += (detail.empty() ? " [" : ", ") + value.repr();
    connection_.run(sql_, detail.empty() ? detail : detail + "]");
  }
  if (!result_ || next_row_ >= result_->rows.size()) return false;
  ++next_row_;
  return true;
}

}  // namespace

std::unique_ptr<DriverConnection> fake_connect(std::shared_ptr<FakeScript> script) {
  script->call("connect");
  return std::make_unique<FakeConnection>(std::move(script));
}

}  // namespace moonbase::driver
