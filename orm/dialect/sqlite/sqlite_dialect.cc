#include "orm/dialect/sqlite/sqlite_dialect.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "orm/base/decimal.h"
#include "orm/base/error.h"
#include "orm/base/scalar.h"
#include "orm/base/text.h"
#include "orm/dialect/sqlite/sqlite_driver.h"
#include "orm/dialect/sqlite/sqlite_error.h"
#include "orm/dialect/sqlite/sqlite_reflector.h"

namespace moonbase::dialect::sqlite {

namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

// A double keeps so many decimal digits exactly; SQLite has no other way to hold a fraction as a
// number.
constexpr int kExactDigits = 15;

int significant_digits(std::string_view decimal) {
  if (decimal.find('.') != std::string_view::npos) {
    while (decimal.back() == '0') decimal.remove_suffix(1);
  }
  size_t first = decimal.find_first_of("123456789");
  if (first == std::string_view::npos) return 0;
  std::string_view digits = decimal.substr(first);
  return static_cast<int>(
      std::count_if(digits.begin(), digits.end(), [](char c) { return c != '.'; }));
}

// Bound as a number, not as text: only then do comparisons with an expression (a sum) compare
// numbers.
Value decimal_to_sqlite(std::string_view decimal) {
  if (std::optional<int64_t> whole = base::decimal::to_int64(decimal))
    return Value::integer(*whole);
  if (significant_digits(decimal) <= kExactDigits)
    return Value::real(base::decimal::to_double(decimal));
  throw Error(ErrorKind::kDataError,
              fmt::format("SQLite cannot keep {} exactly: its numbers have {} significant digits",
                          decimal, kExactDigits))
      .with_hint("Round the value, or declare the column as String to keep every digit.");
}

Value datetime_to_sqlite(int64_t micros) {
  char buffer[48];
  return Value::text({buffer, static_cast<size_t>(base::write_datetime(buffer, micros) - buffer)});
}

// An interval is the moment that far from 1970-01-01, as in SQLAlchemy.
Value interval_to_sqlite(int64_t micros) {
  if (micros < base::kMinDateTime || micros > base::kMaxDateTime) {
    throw Error(ErrorKind::kDataError,
                fmt::format("SQLite cannot keep the interval {}: it is stored as a date "
                            "between the years 1 and 9999",
                            base::format_interval(micros)));
  }
  return datetime_to_sqlite(micros);
}

Value uuid_to_sqlite(std::string_view uuid) {
  char buffer[36];
  char* end = std::copy_if(uuid.begin(), uuid.begin() + std::min<ptrdiff_t>(36, std::ssize(uuid)),
                           buffer, [](char c) { return c != '-'; });
  return Value::text({buffer, static_cast<size_t>(end - buffer)});
}

Value double_to_sqlite(double d) {
  if (!std::isnan(d)) return Value::real(d);
  throw Error(ErrorKind::kDataError, "SQLite cannot keep NaN: it would turn it into NULL")
      .with_hint("Store NULL, or the text 'nan' in a String column.");
}

}  // namespace

Value to_sqlite(const Value& value) {
  switch (value.tag()) {
    case Tag::kNull:
      return Value();
    case Tag::kBool:
      return Value::integer(value.as_bool() ? 1 : 0);
    case Tag::kInt:
      return Value::integer(value.as_int());
    case Tag::kDouble:
      return double_to_sqlite(value.as_double());
    case Tag::kText:
    case Tag::kJson:
      return Value::borrowed(Tag::kText, value.as_bytes());
    case Tag::kBlob:
      return Value::borrowed(Tag::kBlob, value.as_bytes());
    case Tag::kDecimal:
      return decimal_to_sqlite(value.as_bytes());
    case Tag::kDate:
      return Value::text(base::format_date(value.as_int()));
    case Tag::kTime:
      return Value::text(base::format_time(value.as_int()));
    case Tag::kDateTime:
      return datetime_to_sqlite(value.as_int());
    case Tag::kInterval:
      return interval_to_sqlite(value.as_int());
    case Tag::kUuid:
      return uuid_to_sqlite(value.as_bytes());
    default:
      break;
  }
  throw Error(
      ErrorKind::kInterfaceError,
      fmt::format("SQLite cannot be given a value of the sort {}", base::tag_name(value.tag())));
}

namespace {

class SqliteDialect : public Dialect {
 public:
  const compile::DialectTraits& traits() const override { return sqlite_traits(); }

  void check(const ConnectArguments& arguments) const override { check_arguments(arguments); }
  std::unique_ptr<driver::DriverConnection> connect(
      const ConnectArguments& arguments) const override {
    return open_database(arguments);
  }
  bool is_single_connection(const ConnectArguments& arguments) const override {
    return is_memory(arguments);
  }
  std::string display_location(const ConnectArguments& arguments) const override {
    return is_memory(arguments) ? ":memory:" : database_path(arguments);
  }

  std::span<const std::string_view> isolation_levels() const override {
    static constexpr std::string_view kLevels[] = {"READ UNCOMMITTED", "SERIALIZABLE",
                                                   "AUTOCOMMIT"};
    return kLevels;
  }
  bool restarts_read_for_write() const override { return true; }

  Value to_driver(const Value& value, const types::Type&) const override {
    return to_sqlite(value);
  }
  bool keeps_results_over_commit() const override { return true; }

  std::string explain_prefix(const ExplainOptions& options) const override {
    if (options.analyze) {
      throw base::Error(base::ErrorKind::kNotSupportedError,
                        "SQLite tells how it would run a statement, not what each step took")
          .with_hint(
              "Leave analyze out; db.get_recorded_queries() has the time of each statement.");
    }
    return "EXPLAIN QUERY PLAN ";
  }
  // Columns: id, parent, one that is not used, detail.
  std::vector<PlanStep> read_plan(std::span<const std::vector<base::Value>> rows) const override {
    std::vector<PlanStep> steps;
    for (const std::vector<base::Value>& row : rows)
      steps.push_back({row[0].as_int(), row[1].as_int(), std::string(row[3].as_bytes())});
    return steps;
  }

  bool has_table(driver::DriverConnection& connection, const std::string& schema,
                 const std::string& name) const override {
    std::string sql = fmt::format(
        "SELECT 1 FROM {}.sqlite_master WHERE type IN ('table', 'view') "
        "AND name = ? COLLATE NOCASE",
        compile::force_quote(traits(), schema.empty() ? "main" : schema));
    if (schema.empty()) {
      sql +=
          " UNION ALL SELECT 1 FROM temp.sqlite_master WHERE type IN ('table', 'view') AND name = "
          "? COLLATE NOCASE";
    }
    std::unique_ptr<driver::DriverStatement> statement = connection.prepare(sql);
    for (int i = 0; i < statement->parameter_count(); ++i) {
      statement->bind(i, Value::borrowed(Tag::kText, name));
    }
    return statement->step();
  }

  std::vector<std::string> table_names(driver::DriverConnection& connection) const override {
    std::unique_ptr<driver::DriverStatement> statement = connection.prepare(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' "
        "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name");
    std::vector<std::string> names;
    while (statement->step()) names.emplace_back(statement->column(0).as_bytes());
    return names;
  }
  std::optional<Refusal> refusal(const base::Error& error) const override {
    return sqlite::refusal(error);
  }
  const Reflector* reflector() const override { return &sqlite_reflector(); }
};

}  // namespace

const Dialect& sqlite_dialect() {
  static const SqliteDialect dialect;
  return dialect;
}

}  // namespace moonbase::dialect::sqlite
