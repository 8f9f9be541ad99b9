// Dates, times and UUIDs: arithmetic on the calendar, parsing, printing. A date is days since
// 1970-01-01, a time microseconds since midnight, a date-time microseconds since 1970-01-01
// 00:00:00 *on its own clock*: an aware one also has its UTC offset in seconds, and its instant is
// `micros - offset`. The calendar is the proleptic Gregorian one, years 1 to 9999 as in Python.
// Pure functions but for the clocks: any thread. Nothing throws but bad_alloc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "orm/base/value.h"

namespace moonbase::base {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
inline constexpr int64_t kMinDays = -719'162;   // 0001-01-01
inline constexpr int64_t kMaxDays = 2'932'896;  // 9999-12-31
inline constexpr int64_t kMinDateTime = kMinDays * kMicrosPerDay;
inline constexpr int64_t kMaxDateTime = (kMaxDays + 1) * kMicrosPerDay - 1;

struct CivilDate {
  int year, month, day;  // month and day count from 1
};
struct TimeFields {
  int hour, minute, second, microsecond;
};
struct DateTimeText {
  int64_t micros;
  int32_t utc_offset;  // seconds, or kNaive
};

// --- calendar ---
int days_in_month(int year, int month);
bool is_valid_date(int year, int month, int day);
bool is_valid_time(int hour, int minute, int second, int microsecond);
// Days since 1970-01-01; month 1..12, day 1..31 (not checked).
int64_t days_from_civil(int year, int month, int day);
CivilDate civil_from_days(int64_t days);
TimeFields time_fields(int64_t micros_of_day);
int64_t micros_from_time(const TimeFields& t);
// A date-time split into its day and the microseconds of that day (never negative).
int64_t day_of(int64_t micros);
int64_t time_of(int64_t micros);
// 0 is Monday, as in Python.
int weekday(int64_t days);
// 1 for the first of January.
int day_of_year(int64_t days);

// --- text in ---
// nullopt for anything that is not exactly the form or not a real date or time.
std::optional<int64_t> parse_date(std::string_view text);  // YYYY-MM-DD
std::optional<int64_t> parse_time(
    std::string_view text);  // HH:MM[:SS[.f…]], one to nine digits, cut to six
// YYYY-MM-DD, alone or followed by 'T' or a space and a time, then Z, +hh, +hhmm or +hh:mm.
std::optional<DateTimeText> parse_datetime(std::string_view text);
// "[-][N day[s][,] ]H:MM:SS[.f…]", with "1 mon" and "1 year" of PostgreSQL as 30 and 365 days.
std::optional<int64_t> parse_interval(std::string_view text);

// --- text out ---
// Storage: fixed width, always six digits of microseconds. The write_ forms append to `out` (32
// bytes suffice for the years 0 to 9999), write no terminator and return the end.
char* write_date(char* out, int64_t days);           // YYYY-MM-DD
char* write_time(char* out, int64_t micros_of_day);  // HH:MM:SS.ffffff
char* write_datetime(char* out, int64_t micros);     // YYYY-MM-DD HH:MM:SS.ffffff
std::string format_date(int64_t days);
std::string format_time(int64_t micros_of_day);
std::string format_datetime(int64_t micros);
// "+02:00"; empty for kNaive.
std::string format_utc_offset(int32_t utc_offset);
// As Python's isoformat: microseconds only when there are some, 'T' unless told otherwise, the
// offset of an aware one.
std::string isoformat_time(int64_t micros_of_day);
std::string isoformat_datetime(int64_t micros, int32_t utc_offset = kNaive, char separator = 'T');
// As Python's str(timedelta): "1 day, 2:03:04.000005", "-1 day, 23:59:59".
std::string format_interval(int64_t micros);
// Python's directives, in the C locale: %Y %m %d %H %M %S %f %y %j %a %A %b %B %p %I %z %Z %w %u %U
// %W %G %V %c %x %X %D %F %T %R %e %s %n %t %%. An unknown one is left as it is written.
std::string strftime(std::string_view format, int64_t micros, int32_t utc_offset = kNaive);

// --- clocks ---
int64_t utcnow_micros();
// The same moment on the local clock, and that clock's offset from UTC then, in seconds.
int64_t now_micros();
int32_t local_utc_offset(int64_t utc_micros);

// --- UUIDs ---
// Canonical text (36 characters, lower case) from 32 hex digits, with or without hyphens, braces or
// "urn:uuid:".
std::optional<std::string> parse_uuid(std::string_view text);
// A random UUID (version 4) from the system's random source.
std::string uuid4();

}  // namespace moonbase::base
