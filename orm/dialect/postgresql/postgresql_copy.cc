// COPY: many rows at once, in its text form, which every type has.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "orm/base/error.h"
#include "orm/base/scalar.h"
#include "orm/dialect/postgresql/postgresql_connection.h"
#include "orm/dialect/postgresql/postgresql_error.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

// In one message; libpq keeps a copy of it.
constexpr size_t kMessage = 1 << 16;

bool is_special(char c) { return c == '\\' || c == '\t' || c == '\n' || c == '\r'; }

// Where the first character from `begin` on stands that COPY reads as something else, or the end.
size_t find_special(std::string_view text, size_t begin) {
  // Eight bytes at a time are passed over: a high bit says that one of them may be special.
  constexpr uint64_t kOnes = 0x0101010101010101, kHighBits = kOnes << 7;
  constexpr uint64_t kBackslashes = kOnes * '\\', kFirstAboveControls = kOnes * ('\r' + 1);
  for (; begin + sizeof(uint64_t) <= text.size(); begin += sizeof(uint64_t)) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + begin, sizeof bytes);
    const uint64_t from_backslash = bytes ^ kBackslashes;
    const uint64_t is_control = (bytes - kFirstAboveControls) & ~bytes;
    const uint64_t is_backslash = (from_backslash - kOnes) & ~from_backslash;
    if (((is_control | is_backslash) & kHighBits) != 0) break;
  }
  while (begin < text.size() && !is_special(text[begin])) ++begin;
  return begin;
}

void append_escaped(std::string& out, std::string_view text) {
  for (size_t begin = 0;;) {
    const size_t special = find_special(text, begin);
    out += text.substr(begin, special - begin);
    if (special == text.size()) return;
    const char c = text[special];
    out += '\\';
    out += c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c;
    begin = special + 1;
  }
}

// Escapes what stands from `begin` on, which is most often nothing.
void escape_from(std::string& out, size_t begin) {
  if (find_special(out, begin) == out.size()) return;
  const std::string text = out.substr(begin);
  out.resize(begin);
  append_escaped(out, text);
}

// Without a fraction where that is zero: the server has less to read.
void append_datetime(std::string& out, int64_t micros) {
  char text[48];
  auto size = static_cast<size_t>(base::write_datetime(text, micros) - text);
  if (micros % base::kMicrosPerSecond == 0) size -= std::string_view(".000000").size();
  out.append(text, size);
}

void append_integer(std::string& out, int64_t value) {
  char digits[std::numeric_limits<int64_t>::digits10 + 2];  // and a sign
  const char* end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  out.append(digits, static_cast<size_t>(end - digits));
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\\\x";
  for (unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

void append_copy_text(std::string& out, const Value& value) {
  switch (value.tag()) {
    case Tag::kNull:
      out += "\\N";
      return;
    case Tag::kBool:
      out += value.as_bool() ? 't' : 'f';
      return;
    case Tag::kDouble:
      fmt::format_to(std::back_inserter(out), "{}", value.as_double());
      return;
    case Tag::kBlob:
      return append_hex(out, value.as_bytes());
    case Tag::kDate:
      out += base::format_date(value.as_int());
      return;
    case Tag::kTime:
      out += base::format_time(value.as_int());
      return;
    case Tag::kDateTime:
      append_datetime(out, value.as_int());
      if (value.utc_offset() != base::kNaive) out += base::format_utc_offset(value.utc_offset());
      return;
    case Tag::kInterval:
      fmt::format_to(std::back_inserter(out), "{} days {} microseconds",
                     value.as_int() / base::kMicrosPerDay, value.as_int() % base::kMicrosPerDay);
      return;
    case Tag::kInt:
      append_integer(out, value.as_int());
      return;
    default: {
      const size_t begin = out.size();
      append_text(out, value);
      escape_from(out, begin);
    }
  }
}

void PostgresqlConnection::append_copy_field(std::string& text, const Value& value,
                                             bool is_first) const {
  if (!is_first) text += '\t';
  append_copy_text(text, value);
}

void PostgresqlConnection::send_copy(const NextCopyText& next) {
  std::string_view text;
  while (next(text)) {
    for (; !text.empty(); text.remove_prefix(std::min(kMessage, text.size()))) {
      // The server has stopped reading: its answer says why.
      if (interrupted_.load()) return;
      const auto size = static_cast<int>(std::min(kMessage, text.size()));
      if (libpq().putCopyData(handle_, text.data(), size) != 1) refuse_sending();
    }
  }
}

int64_t PostgresqlConnection::copy_in(std::string_view sql, const NextCopyText& next) {
  const std::string statement(sql);
  Running running(*this);
  if (libpq().sendQuery(handle_, statement.c_str()) == 0) refuse_sending();
  ResultPtr begun{next_result()};
  if (!begun || libpq().resultStatus(begun.get()) != PGRES_COPY_IN) {
    const bool is_error = begun && libpq().resultStatus(begun.get()) == PGRES_FATAL_ERROR;
    while (ResultPtr rest{next_result()}) {
    }
    if (is_error) throw make_error(begun.get(), interrupted_.load(), is_usable());
    throw Error(ErrorKind::kProgrammingError, "the statement is no COPY … FROM STDIN");
  }
  try {
    send_copy(next);
  } catch (const Error&) {
    libpq().putCopyEnd(handle_, "the program gave up");
    while (ResultPtr rest{next_result()}) {
    }
    throw;
  }
  if (libpq().putCopyEnd(handle_, nullptr) != 1) refuse_sending();
  ResultPtr result = collect();
  std::string_view words = libpq().cmdTuples(result.get());
  int64_t rows = 0;
  std::from_chars(words.data(), words.data() + words.size(), rows);
  return rows;
}

}  // namespace moonbase::dialect::postgresql
