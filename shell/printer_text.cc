// Bytes that are fit for a terminal.
#include <algorithm>

#include "orm/base/text.h"
#include "shell/printer.h"

namespace moonbase::shell {
namespace {

// The length of the UTF-8 sequence at the beginning of `text` if a terminal may have it: well
// formed and no control character. 0 otherwise.
size_t clean_sequence(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (length > text.size() || !base::is_valid_utf8(text.substr(0, length))) return 0;
  bool c1_control = lead == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
  return c1_control ? 0 : length;
}

void append_escape(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\r') {
    out += "\\r";
  } else {
    auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

std::string printable(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t length = clean_sequence(text);
    if (length == 0 && keep_lines && (text[0] == '\n' || text[0] == '\t')) length = 1;
    if (length == 0) {
      append_escape(out, text[0]);
      length = 1;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string quote_lua(std::string_view text) {
  bool has_double = text.find('"') != std::string_view::npos;
  char quote = has_double && text.find('\'') == std::string_view::npos ? '\'' : '"';
  std::string escaped;
  escaped.reserve(text.size());
  for (char c : text) {
    if (c == '\\' || c == quote) escaped += '\\';
    escaped += c;
  }
  return quote + printable(escaped, false) + quote;
}

std::string counted(size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

}  // namespace moonbase::shell
