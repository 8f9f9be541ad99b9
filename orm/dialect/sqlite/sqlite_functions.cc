#include "orm/dialect/sqlite/sqlite_functions.h"

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <boost/regex.hpp>
#include <sqlite3.h>

#include "orm/base/scalar.h"

namespace moonbase::dialect::sqlite {

namespace {

std::string_view text_argument(sqlite3_value* value) {
  const unsigned char* bytes = sqlite3_value_text(value);
  if (!bytes) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(sqlite3_value_bytes(value))};
}

// The compiled pattern, kept by SQLite as long as the statement calls with the same one.
const boost::regex& compiled_pattern(sqlite3_context* context, sqlite3_value* pattern,
                                     std::unique_ptr<boost::regex>& fresh) {
  if (auto* kept = static_cast<boost::regex*>(sqlite3_get_auxdata(context, 0))) return *kept;
  std::string_view text = text_argument(pattern);
  fresh = std::make_unique<boost::regex>(text.begin(), text.end(), boost::regex::perl);
  return *fresh;
}

// True, and the result is NULL, when one of the arguments is.
bool is_null_result(sqlite3_context* context, int count, sqlite3_value** arguments) {
  for (int i = 0; i < count; ++i) {
    if (sqlite3_value_type(arguments[i]) != SQLITE_NULL) continue;
    sqlite3_result_null(context);
    return true;
  }
  return false;
}

void fail(sqlite3_context* context, const std::string& message) {
  sqlite3_result_error(context, message.data(), static_cast<int>(message.size()));
}

void report(sqlite3_context* context, const std::exception& error) {
  fail(context, "regular expression: " + std::string(error.what()));
}

// `text REGEXP pattern` finds the pattern anywhere in the text. No exception may pass through
// SQLite's C frames.
void regexp(sqlite3_context* context, int count, sqlite3_value** arguments) {
  if (is_null_result(context, count, arguments)) return;
  try {
    std::unique_ptr<boost::regex> fresh;
    const boost::regex& pattern = compiled_pattern(context, arguments[0], fresh);
    std::string_view text = text_argument(arguments[1]);
    sqlite3_result_int(context, boost::regex_search(text.begin(), text.end(), pattern) ? 1 : 0);
    if (fresh) {
      sqlite3_set_auxdata(context, 0, fresh.release(),
                          [](void* p) { delete static_cast<boost::regex*>(p); });
    }
  } catch (const std::exception& error) {
    report(context, error);
  }
}

// As PostgreSQL's: the first match is replaced, with the flag g every one; i ignores case. \1 or $1
// in the replacement is the first group.
void regexp_replace(sqlite3_context* context, int count, sqlite3_value** arguments) {
  if (is_null_result(context, count, arguments)) return;
  try {
    boost::regex::flag_type options = boost::regex::perl;
    boost::match_flag_type how = boost::format_perl | boost::format_first_only;
    for (char flag : count > 3 ? text_argument(arguments[3]) : std::string_view()) {
      if (flag == 'i') {
        options |= boost::regex::icase;
      } else if (flag == 'g') {
        how = boost::format_perl;
      } else {
        throw std::runtime_error(std::string("there is no flag '") + flag + "', only i and g");
      }
    }
    std::string_view pattern = text_argument(arguments[1]);
    const boost::regex compiled(pattern.begin(), pattern.end(), options);
    std::string text(text_argument(arguments[0])), replacement(text_argument(arguments[2]));
    std::string out = boost::regex_replace(text, compiled, replacement, how);
    sqlite3_result_text64(context, out.data(), out.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } catch (const std::exception& error) {
    report(context, error);
  }
}

// As `/` does it, a division by zero gives NULL.
void floordiv(sqlite3_context* context, int count, sqlite3_value** arguments) {
  if (is_null_result(context, count, arguments)) return;
  auto is_integer = [](sqlite3_value* value) {
    return sqlite3_value_numeric_type(value) == SQLITE_INTEGER;
  };
  if (!is_integer(arguments[0]) || !is_integer(arguments[1])) {
    double divisor = sqlite3_value_double(arguments[1]);
    if (divisor == 0) return sqlite3_result_null(context);
    return sqlite3_result_double(context, std::floor(sqlite3_value_double(arguments[0]) / divisor));
  }
  sqlite3_int64 a = sqlite3_value_int64(arguments[0]), b = sqlite3_value_int64(arguments[1]);
  if (b == 0) return sqlite3_result_null(context);
  if (b == -1) {
    // The least integer has no negative.
    if (a == std::numeric_limits<sqlite3_int64>::min())
      return sqlite3_result_double(context, -static_cast<double>(a));
    return sqlite3_result_int64(context, -a);
  }
  const bool rounds_up = a % b != 0 && (a < 0) != (b < 0);
  sqlite3_result_int64(context, a / b - (rounds_up ? 1 : 0));
}

void epoch_micros(sqlite3_context* context, int count, sqlite3_value** arguments) {
  if (is_null_result(context, count, arguments)) return;
  std::string_view text = text_argument(arguments[0]);
  if (auto point = base::parse_datetime(text)) {
    sqlite3_result_int64(context, point->micros);
  } else if (auto time = base::parse_time(text)) {
    sqlite3_result_int64(context, *time);
  } else {
    fail(context, "'" + std::string(text) + "' is no date or time");
  }
}

void epoch_text(sqlite3_context* context, int count, sqlite3_value** arguments) {
  if (is_null_result(context, count, arguments)) return;
  const double approximate = sqlite3_value_double(arguments[0]);
  if (!(approximate >= static_cast<double>(base::kMinDateTime) &&
        approximate <= static_cast<double>(base::kMaxDateTime))) {
    return fail(context, "the date or interval lies outside the years 1 to 9999");
  }
  const int64_t micros = sqlite3_value_type(arguments[0]) == SQLITE_INTEGER
                             ? sqlite3_value_int64(arguments[0])
                             : std::llround(approximate);
  std::string text = base::format_datetime(micros);
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

// The sum of intervals, which are stored as date-times behind 1970, and of how many.
struct IntervalSum {
  int64_t micros;
  int64_t count;
};

IntervalSum* interval_sum_of(sqlite3_context* context) {
  return static_cast<IntervalSum*>(sqlite3_aggregate_context(context, sizeof(IntervalSum)));
}

void add_interval(sqlite3_context* context, sqlite3_value* value, bool takes_away) {
  if (sqlite3_value_type(value) == SQLITE_NULL) return;
  std::string_view text = text_argument(value);
  const auto point = base::parse_datetime(text);
  if (!point) return fail(context, "'" + std::string(text) + "' is no interval");
  IntervalSum* sum = interval_sum_of(context);
  if (sum == nullptr) return sqlite3_result_error_nomem(context);
  const int64_t step = takes_away ? -point->micros : point->micros;
  if (__builtin_add_overflow(sum->micros, step, &sum->micros))
    return fail(context, "the sum of the intervals is too large");
  sum->count += takes_away ? -1 : 1;
}

void interval_step(sqlite3_context* context, int, sqlite3_value** arguments) {
  add_interval(context, arguments[0], false);
}

void interval_inverse(sqlite3_context* context, int, sqlite3_value** arguments) {
  add_interval(context, arguments[0], true);
}

template <bool is_average>
void interval_result(sqlite3_context* context) {
  const IntervalSum* sum = interval_sum_of(context);
  if (sum == nullptr) return sqlite3_result_error_nomem(context);
  if (sum->count == 0) return sqlite3_result_null(context);
  const int64_t micros = is_average ? sum->micros / sum->count : sum->micros;
  if (micros < base::kMinDateTime || micros > base::kMaxDateTime)
    return fail(context, "the sum of the intervals is too large");
  std::string text = base::format_datetime(micros);
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void bitxor(sqlite3_context* context, int count, sqlite3_value** arguments) {
  if (is_null_result(context, count, arguments)) return;
  sqlite3_result_int64(context,
                       sqlite3_value_int64(arguments[0]) ^ sqlite3_value_int64(arguments[1]));
}

}  // namespace

int register_functions(sqlite3* db) {
  struct Function {
    const char* name;
    int arguments;
    void (*call)(sqlite3_context*, int, sqlite3_value**);
  };
  constexpr Function kFunctions[] = {{"regexp", 2, regexp},
                                     {"regexp_replace", 3, regexp_replace},
                                     {"regexp_replace", 4, regexp_replace},
                                     {"bitxor", 2, bitxor},
                                     {"floordiv", 2, floordiv},
                                     {"epoch_micros", 1, epoch_micros},
                                     {"epoch_text", 1, epoch_text}};
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  for (const Function& f : kFunctions) {
    int code =
        sqlite3_create_function(db, f.name, f.arguments, kFlags, nullptr, f.call, nullptr, nullptr);
    if (code != SQLITE_OK) return code;
  }
  int code = sqlite3_create_window_function(db, "interval_sum", 1, kFlags, nullptr, interval_step,
                                            interval_result<false>, interval_result<false>,
                                            interval_inverse, nullptr);
  if (code != SQLITE_OK) return code;
  return sqlite3_create_window_function(db, "interval_avg", 1, kFlags, nullptr, interval_step,
                                        interval_result<true>, interval_result<true>,
                                        interval_inverse, nullptr);
}

}  // namespace moonbase::dialect::sqlite
