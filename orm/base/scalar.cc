#include "orm/base/scalar.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <system_error>

#include <sys/random.h>

#include "orm/base/text.h"

namespace moonbase::base {
namespace {

constexpr int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// Reads forms of fixed width from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_.front(); }
  bool take(char c) {
    if (peek() != c || text_.empty()) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Exactly `count` digits.
  bool digits(size_t count, int& out) {
    if (text_.size() < count) return false;
    out = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!is_digit(text_[i])) return false;
      out = out * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return true;
  }
  // One to nine digits as a fraction of a second, cut to microseconds.
  bool fraction(int& microseconds) {
    size_t count = 0;
    microseconds = 0;
    for (; count < text_.size() && is_digit(text_[count]); ++count) {
      if (count < 6) microseconds = microseconds * 10 + (text_[count] - '0');
    }
    if (count == 0 || count > 9) return false;
    for (size_t i = count; i < 6; ++i) microseconds *= 10;
    text_.remove_prefix(count);
    return true;
  }
  // One or more digits.
  bool number(int64_t& out) {
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), out);
    if (error != std::errc() || !is_digit(peek())) return false;
    text_.remove_prefix(static_cast<size_t>(end - text_.data()));
    return true;
  }
  std::string_view word() {
    size_t count = 0;
    while (count < text_.size() && text_[count] >= 'a' && text_[count] <= 'z') ++count;
    const std::string_view out = text_.substr(0, count);
    text_.remove_prefix(count);
    return out;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  std::string_view text_;
};

bool read_date(Reader& in, int64_t& days) {
  int year, month, day;
  if (!in.digits(4, year) || !in.take('-') || !in.digits(2, month) || !in.take('-') ||
      !in.digits(2, day))
    return false;
  if (!is_valid_date(year, month, day)) return false;
  days = days_from_civil(year, month, day);
  return true;
}

// ":MM[:SS[.f…]]" after the hour.
bool read_after_hour(Reader& in, TimeFields& t) {
  if (!in.take(':') || !in.digits(2, t.minute)) return false;
  if (in.take(':')) {
    if (!in.digits(2, t.second)) return false;
    if (in.take('.') && !in.fraction(t.microsecond)) return false;
  }
  return true;
}

bool read_time(Reader& in, int64_t& micros) {
  TimeFields t{};
  if (!in.digits(2, t.hour) || !read_after_hour(in, t)) return false;
  if (!is_valid_time(t.hour, t.minute, t.second, t.microsecond)) return false;
  micros = micros_from_time(t);
  return true;
}

bool read_utc_offset(Reader& in, int32_t& offset) {
  if (in.take('Z')) {
    offset = 0;
    return true;
  }
  const bool negative = in.peek() == '-';
  if (!in.take('-') && !in.take('+')) return false;
  int hours, minutes = 0;
  if (!in.digits(2, hours)) return false;
  if (!in.at_end()) {
    in.take(':');
    if (!in.digits(2, minutes)) return false;
  }
  if (hours > 23 || minutes > 59) return false;
  offset = (hours * 60 + minutes) * 60;
  if (negative) offset = -offset;
  return true;
}

char* write_digits(char* out, int value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + width;
}

char* write_seconds(char* out, const TimeFields& t) {
  out = write_digits(out, t.hour, 2);
  *out++ = ':';
  out = write_digits(out, t.minute, 2);
  *out++ = ':';
  return write_digits(out, t.second, 2);
}

// Room for a year of any size.
using DateTimeBuffer = std::array<char, 48>;

template <class Write>
std::string written(Write write) {
  DateTimeBuffer buffer;
  return std::string(buffer.data(), write(buffer.data()));
}

char* write_isoformat_time(char* out, int64_t micros_of_day) {
  const TimeFields t = time_fields(micros_of_day);
  out = write_seconds(out, t);
  if (t.microsecond != 0) {
    *out++ = '.';
    out = write_digits(out, t.microsecond, 6);
  }
  return out;
}

// Days that one of PostgreSQL's units stands for, or 0.
int64_t days_of_unit(std::string_view unit) {
  if (unit == "day" || unit == "days") return 1;
  if (unit == "mon" || unit == "mons") return 30;
  if (unit == "year" || unit == "years") return 365;
  return 0;
}

}  // namespace

int days_in_month(int year, int month) {
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[static_cast<size_t>(month - 1)];
}

bool is_valid_date(int year, int month, int day) {
  return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
         day <= days_in_month(year, month);
}

bool is_valid_time(int hour, int minute, int second, int microsecond) {
  return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59 &&
         microsecond >= 0 && microsecond <= 999'999;
}

// Both directions count from 1 March of year 0 in periods of 400 years (146,097 days): the leap day
// then ends a year, and the months from March on begin at day (153 m + 2) / 5 of it.
int64_t days_from_civil(int year, int month, int day) {
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = floor_div(y, 400);
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilDate civil_from_days(int64_t days) {
  days += 719'468;
  const int64_t era = floor_div(days, 146'097);
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t m = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(m < 10 ? m + 3 : m - 9);
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {static_cast<int>(year), month, static_cast<int>(day_of_year - (153 * m + 2) / 5 + 1)};
}

TimeFields time_fields(int64_t micros_of_day) {
  const int seconds = static_cast<int>(micros_of_day / kMicrosPerSecond);
  return {seconds / 3600, seconds / 60 % 60, seconds % 60,
          static_cast<int>(micros_of_day % kMicrosPerSecond)};
}

int64_t micros_from_time(const TimeFields& t) {
  return ((t.hour * 60 + t.minute) * 60 + t.second) * kMicrosPerSecond + t.microsecond;
}

int64_t day_of(int64_t micros) { return floor_div(micros, kMicrosPerDay); }

int64_t time_of(int64_t micros) { return micros - day_of(micros) * kMicrosPerDay; }

int weekday(int64_t days) {
  // 1970-01-01 was a Thursday.
  const int64_t d = (days + 3) % 7;
  return static_cast<int>(d < 0 ? d + 7 : d);
}

int day_of_year(int64_t days) {
  return static_cast<int>(days - days_from_civil(civil_from_days(days).year, 1, 1)) + 1;
}

std::optional<int64_t> parse_date(std::string_view text) {
  Reader in(text);
  int64_t days;
  if (!read_date(in, days) || !in.at_end()) return std::nullopt;
  return days;
}

std::optional<int64_t> parse_time(std::string_view text) {
  Reader in(text);
  int64_t micros;
  if (!read_time(in, micros) || !in.at_end()) return std::nullopt;
  return micros;
}

namespace {

// Two digits at p as a number; anything else as a number too large for any field.
int two_digits(const char* p) {
  const unsigned tens = static_cast<unsigned char>(p[0]) - '0',
                 ones = static_cast<unsigned char>(p[1]) - '0';
  return tens > 9 || ones > 9 ? 10'000 : static_cast<int>(tens * 10 + ones);
}

// The form that databases store, "2026-11-20 06:50:00.000000" or without the fraction, read without
// looking around; nothing for any other.
std::optional<int64_t> parse_stored_datetime(std::string_view text) {
  if (text.size() != 26 && text.size() != 19) return std::nullopt;
  const char* p = text.data();
  if (p[4] != '-' || p[7] != '-' || p[10] != ' ' || p[13] != ':' || p[16] != ':')
    return std::nullopt;
  const int year = two_digits(p) * 100 + two_digits(p + 2), month = two_digits(p + 5),
            day = two_digits(p + 8);
  TimeFields t{two_digits(p + 11), two_digits(p + 14), two_digits(p + 17), 0};
  if (text.size() == 26) {
    if (p[19] != '.' || two_digits(p + 24) > 99) return std::nullopt;
    t.microsecond = (two_digits(p + 20) * 100 + two_digits(p + 22)) * 100 + two_digits(p + 24);
  }
  if (!is_valid_date(year, month, day) || !is_valid_time(t.hour, t.minute, t.second, t.microsecond))
    return std::nullopt;
  return days_from_civil(year, month, day) * kMicrosPerDay + micros_from_time(t);
}

}  // namespace

std::optional<DateTimeText> parse_datetime(std::string_view text) {
  if (const std::optional<int64_t> micros = parse_stored_datetime(text))
    return DateTimeText{*micros, kNaive};
  Reader in(text);
  int64_t days, micros = 0;
  int32_t offset = kNaive;
  if (!read_date(in, days)) return std::nullopt;
  if (!in.at_end()) {
    if ((!in.take('T') && !in.take(' ')) || !read_time(in, micros)) return std::nullopt;
    if (!in.at_end() && (!read_utc_offset(in, offset) || !in.at_end())) return std::nullopt;
  }
  return DateTimeText{days * kMicrosPerDay + micros, offset};
}

std::optional<int64_t> parse_interval(std::string_view text) {
  // Past this a sum of days could leave 64 bits of microseconds.
  constexpr int64_t kMaxUnits = 100'000'000;
  Reader in(text);
  int64_t total = 0;
  while (true) {
    const bool negative = in.take('-');
    if (!negative) in.take('+');
    int64_t count;
    if (!in.number(count) || count > kMaxUnits) return std::nullopt;
    if (in.peek() == ':') {
      TimeFields t{};
      if (!read_after_hour(in, t) || !is_valid_time(0, t.minute, t.second, t.microsecond))
        return std::nullopt;
      const int64_t clock = count * 3600 * kMicrosPerSecond + micros_from_time(t);
      if (!in.at_end() || count > kMaxUnits / 24) return std::nullopt;
      return total + (negative ? -clock : clock);
    }
    if (!in.take(' ')) return std::nullopt;
    const int64_t days = days_of_unit(in.word()) * count;
    if ((days == 0 && count != 0) || days > kMaxUnits) return std::nullopt;
    total += (negative ? -days : days) * kMicrosPerDay;
    if (total > kMaxUnits * kMicrosPerDay || total < -kMaxUnits * kMicrosPerDay)
      return std::nullopt;
    if (in.at_end()) return total;
    in.take(',');
    if (!in.take(' ')) return std::nullopt;
  }
}

char* write_date(char* out, int64_t days) {
  const CivilDate date = civil_from_days(days);
  if (date.year >= 0 && date.year <= 9999) {
    out = write_digits(out, date.year, 4);
  } else {
    out = std::to_chars(out, out + 12, date.year).ptr;
  }
  *out++ = '-';
  out = write_digits(out, date.month, 2);
  *out++ = '-';
  return write_digits(out, date.day, 2);
}

char* write_time(char* out, int64_t micros_of_day) {
  const TimeFields t = time_fields(micros_of_day);
  out = write_seconds(out, t);
  *out++ = '.';
  return write_digits(out, t.microsecond, 6);
}

char* write_datetime(char* out, int64_t micros) {
  const int64_t days = day_of(micros);
  out = write_date(out, days);
  *out++ = ' ';
  return write_time(out, micros - days * kMicrosPerDay);
}

std::string format_date(int64_t days) {
  return written([&](char* out) { return write_date(out, days); });
}

std::string format_time(int64_t micros_of_day) {
  return written([&](char* out) { return write_time(out, micros_of_day); });
}

std::string format_datetime(int64_t micros) {
  return written([&](char* out) { return write_datetime(out, micros); });
}

std::string format_utc_offset(int32_t utc_offset) {
  if (utc_offset == kNaive) return {};
  const int minutes = std::abs(utc_offset) / 60;
  return written([&](char* out) {
    *out++ = utc_offset < 0 ? '-' : '+';
    out = write_digits(out, minutes / 60, 2);
    *out++ = ':';
    return write_digits(out, minutes % 60, 2);
  });
}

std::string isoformat_time(int64_t micros_of_day) {
  return written([&](char* out) { return write_isoformat_time(out, micros_of_day); });
}

std::string isoformat_datetime(int64_t micros, int32_t utc_offset, char separator) {
  const int64_t days = day_of(micros);
  return written([&](char* out) {
           out = write_date(out, days);
           *out++ = separator;
           return write_isoformat_time(out, micros - days * kMicrosPerDay);
         }) +
         format_utc_offset(utc_offset);
}

std::string format_interval(int64_t micros) {
  const int64_t days = day_of(micros);
  std::string clock = isoformat_time(micros - days * kMicrosPerDay);
  if (clock.front() == '0') clock.erase(0, 1);
  if (days == 0) return clock;
  return std::to_string(days) + (days == 1 || days == -1 ? " day, " : " days, ") + clock;
}

int64_t utcnow_micros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int64_t now_micros() {
  const int64_t utc = utcnow_micros();
  return utc + local_utc_offset(utc) * kMicrosPerSecond;
}

int32_t local_utc_offset(int64_t utc_micros) {
  const std::time_t seconds = floor_div(utc_micros, kMicrosPerSecond);
  std::tm local{};
  return localtime_r(&seconds, &local) != nullptr ? static_cast<int32_t>(local.tm_gmtoff) : 0;
}

std::optional<std::string> parse_uuid(std::string_view text) {
  constexpr std::string_view kUrn = "urn:uuid:";
  if (text.size() >= kUrn.size() && equal_ignoring_case(text.substr(0, kUrn.size()), kUrn)) {
    text.remove_prefix(kUrn.size());
  }
  if (text.size() >= 2 && text.front() == '{' && text.back() == '}')
    text = text.substr(1, text.size() - 2);
  const bool hyphenated = text.size() == 36;
  if (!hyphenated && text.size() != 32) return std::nullopt;
  std::string out;
  out.reserve(36);
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (hyphenated && (i == 8 || i == 13 || i == 18 || i == 23)) {
      if (c != '-') return std::nullopt;
      continue;
    }
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!is_hex) return std::nullopt;
    if (out.size() == 8 || out.size() == 13 || out.size() == 18 || out.size() == 23) out += '-';
    out += c;
  }
  return lower(out);
}

std::string uuid4() {
  std::array<unsigned char, 16> bytes;
  // Sixteen bytes are never cut short; only a signal before the source is seeded can interrupt.
  while (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);  // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);  // the RFC's variant
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 15];
  }
  return out;
}

}  // namespace moonbase::base
