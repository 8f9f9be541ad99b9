#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/compile/traits.h"

namespace moonbase::compile {

namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool needs_quotes(const DialectTraits& dialect, std::string_view name) {
  if (name.empty() || is_digit(name.front()) || name.front() == '$') return true;
  for (char c : name) {
    bool plain = is_lower(c) || is_digit(c) || c == '_' || c == '$' ||
                 (is_upper(c) && !dialect.lower_case_folding);
    if (!plain) return true;
  }
  const auto& words = dialect.reserved_words;
  return std::binary_search(words.begin(), words.end(), std::string_view(base::lower(name)));
}

}  // namespace

std::string force_quote(const DialectTraits& dialect, std::string_view name) {
  // A driver would end the statement there.
  if (name.find('\0') != name.npos)
    throw base::Error(base::ErrorKind::kCompileError,
                      "A name in SQL cannot hold a NUL byte: " + base::quote_for_message(name));
  std::string quoted(1, dialect.quote_open);
  for (char c : name) {
    if (c == dialect.quote_close) quoted += c;
    quoted += c;
  }
  return quoted += dialect.quote_close;
}

std::string quote_identifier(const DialectTraits& dialect, std::string_view name) {
  return needs_quotes(dialect, name) ? force_quote(dialect, name) : std::string(name);
}

std::string quote_table(const DialectTraits& dialect, const schema::Table& table) {
  std::string name = quote_identifier(dialect, table.name());
  return table.schema().empty() ? name : quote_identifier(dialect, table.schema()) + "." + name;
}

}  // namespace moonbase::compile
