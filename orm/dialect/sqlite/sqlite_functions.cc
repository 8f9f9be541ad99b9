#include "orm/dialect/sqlite/sqlite_functions.h"

#include <memory>
#include <string>
#include <string_view>

#include <boost/regex.hpp>
#include <sqlite3.h>

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

// `text REGEXP pattern` finds the pattern anywhere in the text. No exception may pass through
// SQLite's C frames.
void regexp(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL ||
      sqlite3_value_type(arguments[1]) == SQLITE_NULL) {
    sqlite3_result_null(context);
    return;
  }
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
    std::string message = "regular expression: " + std::string(error.what());
    sqlite3_result_error(context, message.data(), static_cast<int>(message.size()));
  }
}

void bitxor(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL ||
      sqlite3_value_type(arguments[1]) == SQLITE_NULL) {
    sqlite3_result_null(context);
    return;
  }
  sqlite3_result_int64(context,
                       sqlite3_value_int64(arguments[0]) ^ sqlite3_value_int64(arguments[1]));
}

}  // namespace

int register_functions(sqlite3* db) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  int code = sqlite3_create_function(db, "regexp", 2, kFlags, nullptr, regexp, nullptr, nullptr);
  if (code != SQLITE_OK) return code;
  return sqlite3_create_function(db, "bitxor", 2, kFlags, nullptr, bitxor, nullptr, nullptr);
}

}  // namespace moonbase::dialect::sqlite
