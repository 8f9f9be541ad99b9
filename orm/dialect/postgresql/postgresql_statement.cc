// Statements. The first run sends text and values together; from the second on the statement is
// prepared at the server. Once it is, the server keeps the types of its columns as they are, so
// from the third run on they come in the binary form where that is the faster one. All rows of a
// run come at once, unless they are to be streamed: then they stay at the server, in a cursor, and
// come in batches.
#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "orm/base/error.h"
#include "orm/dialect/postgresql/postgresql_connection.h"
#include "orm/dialect/postgresql/postgresql_queue.h"
#include "orm/dialect/postgresql/postgresql_sql_text.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

// The server takes values up to 1 GiB.
constexpr size_t kMaxValueBytes = size_t{1} << 30;
// Fewer rows at a time are not worth the way to the server.
constexpr int kLeastBatch = 100;
// The room that one huge value took is not kept for all time.
constexpr size_t kKeptBytes = 64 * 1024;

struct Column {
  std::string name;
  TypeId type = 0;
  TypeForm form;
};

class PostgresqlStatement final : public driver::DriverStatement, public OpenCursor {
 public:
  PostgresqlStatement(PostgresqlConnection& connection, std::string_view sql)
      : connection_(connection), sql_(sql), shape_(read_shape(sql)) {
    auto count = static_cast<size_t>(shape_.parameters);
    bound_.resize(count);
    wire_.resize(count);
  }
  ~PostgresqlStatement() override {
    close_cursor();
    forget_prepared();
  }

  void stream(int rows) override { batch_ = rows > 0 ? std::max(rows, kLeastBatch) : 0; }

  void bind(int index, const Value& value) override {
    if (index < 0 || index >= shape_.parameters) {
      throw Error(ErrorKind::kInterfaceError,
                  fmt::format("there is no parameter ${}, only {}", index + 1, shape_.parameters));
    }
    bound_[static_cast<size_t>(index)] =
        value.is_bytes() ? Value::borrowed(value.tag(), value.as_bytes()) : value;
  }

  bool step() override {
    if (!result_) {
      execute();
    } else if (row_ < rows_) {
      ++row_;
    }
    if (row_ == rows_ && !cursor_.empty()) fetch(batch_);
    if (row_ == rows_ && rest_) show(std::move(rest_));
    return row_ < rows_;
  }

  void reset() noexcept override {
    close_cursor();
    rows_waiting_.clear();
    runs_.clear();
    result_.reset();
    rest_.reset();
    rows_ = row_ = batch_ = 0;
  }

  void bring_rest() override;

  bool queue() override;
  void collect(const EachRun& each) override;
  void take_rows() override {
    takes_rows_ = true;
    rows_waiting_.resize(bound_.size());
  }

  int parameter_count() const override { return shape_.parameters; }
  int column_count() const override { return static_cast<int>(columns_.size()); }
  driver::ColumnInfo column_info(int column) const override {
    const Column& c = columns_[static_cast<size_t>(column)];
    return {c.name, std::string(type_name(c.type))};
  }

  Value column(int column) const override {
    if (is_null(column)) return Value();
    std::string_view bytes(libpq().getvalue(result_.get(), row_, column),
                           static_cast<size_t>(libpq().getlength(result_.get(), row_, column)));
    const TypeForm& form = columns_[static_cast<size_t>(column)].form;
    return is_binary_ ? read_binary(form.form, bytes) : read_text(form, bytes);
  }
  int64_t column_int(int column) const override {
    Value value = this->column(column);
    switch (value.tag()) {
      case Tag::kInt:
      case Tag::kBool:
        return value.as_int();
      case Tag::kDouble:
        return static_cast<int64_t>(value.as_double());
      case Tag::kDecimal:
      case Tag::kText: {
        int64_t i = 0;
        std::string_view text = value.as_bytes();
        std::from_chars(text.data(), text.data() + text.size(), i);
        return i;
      }
      default:
        return 0;
    }
  }
  bool is_null(int column) const override {
    return libpq().getisnull(result_.get(), row_, column) != 0;
  }

  int64_t changes() const override { return changes_; }
  int64_t last_insert_id() const override { return 0; }
  bool is_write() const override { return shape_.is_write; }

 private:
  void execute();
  void check_parameter_count() const;
  template <class Run>
  void run_again_if_stale(Run run);
  void run();
  void run_sent(bool is_as_before);
  void note_changes();
  void collect_rows(const EachRun& each);
  void collect_runs(const EachRun& each);
  std::vector<ResultPtr> send_runs(std::optional<Error>& error);
  void prepare_named();
  void run_streamed();
  // The next rows of the cursor, or, for 0, all of them into rest_.
  void fetch(int rows);
  void show(ResultPtr result);
  void close_cursor() noexcept;
  ResultPtr send_text(const std::string& sql);
  ResultPtr send_prepared();
  bool declare_types();
  bool has_type_of_before(size_t i) const;
  bool has_types_of_before() const;
  void write_parameters();
  void write_parameter(size_t i);
  void note_columns();
  bool is_binary_faster() const;
  void forget_prepared() {
    if (!name_.empty()) connection_.retire(std::move(name_));
    name_.clear();
  }

  PostgresqlConnection& connection_;
  const std::string sql_;
  const SqlShape shape_;
  std::vector<Value> bound_;
  WireParameters wire_;
  bool has_run_ = false;
  std::string name_;  // at the server; empty: not prepared
  bool wants_binary_ = false;

  int batch_ = 0;         // rows to come at a time; 0: all
  std::string cursor_;    // at the server; empty: none is open
  bool is_held_ = false;  // it belongs to no transaction
  ResultPtr rest_;        // what a cursor had, to be shown next

  ResultPtr result_;
  bool is_binary_ = false;
  int row_ = 0, rows_ = 0;
  int64_t changes_ = -1;
  std::vector<Column> columns_;

  bool takes_rows_ = false;
  RowArrays rows_waiting_;
  QueuedRuns runs_;
};

// A plan that the server has lost or may not use any more: DISCARD ALL, or a table that changed.
bool is_stale_plan(const Error& error) {
  return error.sqlstate() == "26000" ||
         (error.sqlstate() == "0A000" && error.message().find("cached plan") != std::string::npos);
}

void PostgresqlStatement::check_parameter_count() const {
  if (shape_.parameters <= connection_.max_parameters()) return;
  throw Error(ErrorKind::kProgrammingError,
              fmt::format("the statement has {} parameters, and PostgreSQL takes {}",
                          shape_.parameters, connection_.max_parameters()))
      .with_hint("Split it: insert fewer rows at a time, or pass a list as one array.")
      .with_orig({}, "54023");
}

template <class Run>
void PostgresqlStatement::run_again_if_stale(Run run) {
  try {
    run();
  } catch (const Error& error) {
    if (!is_stale_plan(error)) throw;
    name_.clear();
    has_run_ = false;
    if (!connection_.start_again()) throw;
    run();
  }
  if (wire_.room.capacity() > kKeptBytes) std::string().swap(wire_.room);
}

void PostgresqlStatement::execute() {
  check_parameter_count();
  const bool can_wait = connection_.is_sound() || connection_.is_idle();
  if (batch_ > 0 && shape_.is_query && can_wait) return run_streamed();
  run_again_if_stale([this] { run(); });
}

void PostgresqlStatement::run() {
  bool is_as_before = declare_types();
  write_parameters();
  run_sent(is_as_before);
}

// The parameters are written.
void PostgresqlStatement::run_sent(bool is_as_before) {
  if (!is_as_before) {
    forget_prepared();
    has_run_ = false;
  }
  bool uses_prepared = has_run_ && connection_.keeps_prepared();
  bool is_prepared = !name_.empty();
  if (!is_prepared) wants_binary_ = false;
  result_ = uses_prepared ? send_prepared() : send_text(sql_);
  is_binary_ = uses_prepared && wants_binary_;
  if (libpq().resultStatus(result_.get()) == PGRES_EMPTY_QUERY) {
    result_.reset();
    throw Error(ErrorKind::kProgrammingError, "the text holds no SQL statement");
  }
  if (!is_prepared) note_columns();
  has_run_ = true;
  row_ = 0;
  rows_ = libpq().ntuples(result_.get());
  note_changes();
}

void PostgresqlStatement::note_changes() {
  std::string_view command = libpq().cmdStatus(result_.get());
  changes_ = -1;
  if (command.starts_with('S')) return;  // SELECT, as most are
  for (std::string_view word : {"INSERT ", "UPDATE ", "DELETE ", "MERGE "}) {
    if (!command.starts_with(word)) continue;
    std::string_view count = libpq().cmdTuples(result_.get());
    std::from_chars(count.data(), count.data() + count.size(), changes_);
  }
}

// ---- many runs at once ----

bool PostgresqlStatement::queue() {
  if (takes_rows_) return rows_waiting_.add(bound_);
  check_parameter_count();
  // All runs that wait have the same types.
  if (runs_.size() > 0 && !has_types_of_before()) return false;
  if (!declare_types()) {
    forget_prepared();
    has_run_ = false;
  }
  write_parameters();
  return runs_.add(wire_);
}

void PostgresqlStatement::collect(const EachRun& each) {
  struct Emptied {
    PostgresqlStatement& self;
    ~Emptied() {
      self.rows_waiting_.clear();
      self.runs_.clear();
      self.reset();
    }
  } emptied{*this};
  takes_rows_ ? collect_rows(each) : collect_runs(each);
}

void PostgresqlStatement::collect_rows(const EachRun& each) {
  const size_t count = rows_waiting_.size();
  run_again_if_stale([this] { run_sent(rows_waiting_.write(wire_)); });
  const bool returns = !columns_.empty();
  if (returns && rows_ != static_cast<int>(count)) {
    throw Error(
        ErrorKind::kFlushError,
        fmt::format("the INSERT of {} rows made {}, so which of them are there is not known", count,
                    rows_))
        .with_hint("A trigger or a rule of the table may leave rows out, or write others.");
  }
  changes_ = 1;
  // RETURNING has the rows in the order in which they are written, that of the SELECT. Their keys
  // need not be: a trigger or a default may number them as it likes.
  for (size_t i = 0; i < count; ++i) {
    if (returns) row_ = static_cast<int>(i);
    each(i);
  }
}

void PostgresqlStatement::collect_runs(const EachRun& each) {
  std::optional<Error> error;
  std::vector<ResultPtr> results = send_runs(error);
  if (error && is_stale_plan(*error)) {
    name_.clear();
    has_run_ = false;
    // Outside a transaction the runs are one of their own, of which nothing is kept.
    if (connection_.start_again()) {
      error.reset();
      results = send_runs(error);
    }
  }
  for (size_t i = 0; i < results.size(); ++i) {
    show(std::move(results[i]));
    if (i == 0) note_columns();
    note_changes();
    each(i);
  }
  if (error) throw *error;
}

// What run_pipeline gives, of the runs that wait.
std::vector<ResultPtr> PostgresqlStatement::send_runs(std::optional<Error>& error) {
  const size_t count = runs_.size();
  const bool prepares = connection_.keeps_prepared() && name_.empty() && (has_run_ || count > 1);
  if (prepares) prepare_named();
  std::vector<ResultPtr> results = connection_.run_pipeline(
      count,
      [&](size_t run) {
        runs_.show(run, wire_);
        return name_.empty()
                   ? libpq().sendQueryParams(connection_.handle(), sql_.c_str(), shape_.parameters,
                                             wire_.types.data(), wire_.values.data(),
                                             wire_.lengths.data(), wire_.formats.data(), 0)
                   : libpq().sendQueryPrepared(connection_.handle(), name_.c_str(),
                                               shape_.parameters, wire_.values.data(),
                                               wire_.lengths.data(), wire_.formats.data(), 0);
      },
      error);
  has_run_ = true;
  is_binary_ = false;
  return results;
}

void PostgresqlStatement::show(ResultPtr result) {
  result_ = std::move(result);
  row_ = 0;
  rows_ = libpq().ntuples(result_.get());
}

void PostgresqlStatement::run_streamed() {
  declare_types();
  write_parameters();
  std::string name = connection_.next_name();
  // Outside a transaction the server keeps the rows until the cursor is closed.
  is_held_ = connection_.is_idle();
  send_text("DECLARE " + name + " NO SCROLL CURSOR " + (is_held_ ? "WITH HOLD FOR " : "FOR ") +
            sql_);
  cursor_ = std::move(name);
  if (!is_held_) connection_.add_cursor(this);
  changes_ = -1;
  is_binary_ = false;
  fetch(batch_);
  note_columns();
}

void PostgresqlStatement::fetch(int rows) {
  std::string count = rows > 0 ? std::to_string(rows) : "ALL";
  std::string sql = fmt::format("FETCH FORWARD {} FROM {}", count, cursor_);
  ResultPtr result = connection_.run_text(sql.c_str());
  bool is_last = rows == 0 || libpq().ntuples(result.get()) < rows;
  if (rows > 0) {
    show(std::move(result));
  } else {
    rest_ = std::move(result);
  }
  if (is_last) close_cursor();
}

void PostgresqlStatement::bring_rest() { fetch(0); }

void PostgresqlStatement::close_cursor() noexcept {
  if (cursor_.empty()) return;
  connection_.remove_cursor(this);
  std::string sql = "CLOSE " + cursor_;
  cursor_.clear();
  const bool is_there = connection_.is_sound() || (is_held_ && connection_.is_idle());
  if (!is_there) return;
  try {
    connection_.run_text(sql.c_str());
  } catch (const Error&) {
    // It ends with the transaction.
    return;
  }
}

ResultPtr PostgresqlStatement::send_text(const std::string& sql) {
  return connection_.run([&] {
    return libpq().sendQueryParams(connection_.handle(), sql.c_str(), shape_.parameters,
                                   wire_.types.data(), wire_.values.data(), wire_.lengths.data(),
                                   wire_.formats.data(), 0);
  });
}

void PostgresqlStatement::prepare_named() {
  connection_.forget_retired();
  std::string name = connection_.next_name();
  connection_.run([&] {
    return libpq().sendPrepare(connection_.handle(), name.c_str(), sql_.c_str(), shape_.parameters,
                               wire_.types.data());
  });
  name_ = std::move(name);
}

ResultPtr PostgresqlStatement::send_prepared() {
  if (name_.empty()) prepare_named();
  return connection_.run([&] {
    return libpq().sendQueryPrepared(connection_.handle(), name_.c_str(), shape_.parameters,
                                     wire_.values.data(), wire_.lengths.data(),
                                     wire_.formats.data(), wants_binary_ ? 1 : 0);
  });
}

// False when a value is of another type than in the runs before. NULL goes with every type, a small
// integer with a large one.
bool PostgresqlStatement::declare_types() {
  bool is_as_before = true;
  for (size_t i = 0; i < bound_.size(); ++i) {
    if (has_type_of_before(i)) continue;
    wire_.types[i] = parameter_type(bound_[i]);
    is_as_before = false;
  }
  return is_as_before;
}

bool PostgresqlStatement::has_type_of_before(size_t i) const {
  if (bound_[i].is_null()) return true;
  TypeId type = parameter_type(bound_[i]), before = wire_.types[i];
  return type == before || (type == kInt4Id && before == kInt8Id);
}

bool PostgresqlStatement::has_types_of_before() const {
  for (size_t i = 0; i < bound_.size(); ++i) {
    if (!has_type_of_before(i)) return false;
  }
  return true;
}

void PostgresqlStatement::write_parameters() {
  wire_.room.clear();
  for (size_t i = 0; i < bound_.size(); ++i) write_parameter(i);
  for (size_t i = 0; i < bound_.size(); ++i) {
    const Value& value = bound_[i];
    if (value.is_null()) {
      wire_.values[i] = nullptr;
    } else if (value.tag() == Tag::kBlob) {
      // Sent from where it is. A null pointer would mean NULL.
      wire_.values[i] = value.as_bytes().empty() ? "" : value.as_bytes().data();
    } else {
      wire_.values[i] = wire_.room.data() + wire_.offsets[i];
    }
  }
}

void PostgresqlStatement::write_parameter(size_t i) {
  const Value& value = bound_[i];
  std::string& room = wire_.room;
  wire_.offsets[i] = room.size();
  wire_.formats[i] = 1;
  if (value.is_bytes() && value.as_bytes().size() >= kMaxValueBytes) {
    throw Error(ErrorKind::kDataError,
                fmt::format("a value of {} bytes is more than PostgreSQL takes, which is 1 GiB",
                            value.as_bytes().size()))
        .with_hint("Cut it into rows of some megabytes each, or keep it in a file.")
        .with_orig({}, "54000");
  }
  if (value.is_null()) {
    wire_.lengths[i] = 0;
  } else if (value.tag() == Tag::kBlob) {
    wire_.lengths[i] = static_cast<int>(value.as_bytes().size());
  } else if (append_binary(room, value, wire_.types[i])) {
    wire_.lengths[i] = static_cast<int>(room.size() - wire_.offsets[i]);
  } else {
    wire_.formats[i] = 0;
    append_text(room, value);
    room += '\0';
  }
}

void PostgresqlStatement::note_columns() {
  auto count = static_cast<size_t>(libpq().nfields(result_.get()));
  columns_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    int column = static_cast<int>(i);
    columns_[i].name = libpq().fname(result_.get(), column);
    columns_[i].type = libpq().ftype(result_.get(), column);
    columns_[i].form = connection_.form(columns_[i].type);
  }
  if (!name_.empty()) wants_binary_ = is_binary_faster();
}

// Decimals are kept as text anyway; everything else is read and written faster in the binary form.
bool PostgresqlStatement::is_binary_faster() const {
  auto has = [&](Form form) {
    return std::any_of(columns_.begin(), columns_.end(),
                       [form](const Column& c) { return c.form.form == form; });
  };
  bool all_known = std::all_of(columns_.begin(), columns_.end(),
                               [](const Column& c) { return has_binary(c.form.form); });
  return all_known && (!has(Form::kNumeric) || has(Form::kBytea));
}

}  // namespace

std::unique_ptr<driver::DriverStatement> make_statement(PostgresqlConnection& connection,
                                                        std::string_view sql) {
  return std::make_unique<PostgresqlStatement>(connection, sql);
}

}  // namespace moonbase::dialect::postgresql
