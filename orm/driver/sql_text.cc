#include "orm/driver/sql_text.h"

#include "orm/base/text.h"

namespace moonbase::driver {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The text behind the comment it starts with; empty when the comment does not end.
std::string_view skip_comment(std::string_view sql) {
  bool is_line = sql[0] == '-';
  size_t end = is_line ? sql.find('\n', 2) : sql.find("*/", 2);
  return end == std::string_view::npos ? std::string_view() : sql.substr(end + (is_line ? 1 : 2));
}

}  // namespace

std::string first_keyword(std::string_view sql) {
  while (!sql.empty()) {
    if (sql.starts_with("--") || sql.starts_with("/*")) {
      sql = skip_comment(sql);
    } else if (is_letter(sql[0])) {
      size_t length = 1;
      while (length < sql.size() && is_letter(sql[length])) ++length;
      return base::lower(sql.substr(0, length));
    } else if (std::string_view(" \t\r\n\f(;").find(sql[0]) != std::string_view::npos) {
      sql.remove_prefix(1);
    } else {
      break;
    }
  }
  return {};
}

}  // namespace moonbase::driver
