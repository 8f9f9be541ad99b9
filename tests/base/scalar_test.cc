#include "orm/base/scalar.h"

#include <random>
#include <set>

#include <catch2/catch.hpp>

using namespace moonbase::base;

namespace {

int64_t at(std::string_view text) { return parse_datetime(text).value().micros; }

}  // namespace

TEST_CASE("every day from year 1 to 9999 goes to its fields and back") {
  CivilDate expected{1, 1, 1};
  bool all_equal = true;
  for (int64_t days = kMinDays; days <= kMaxDays; ++days) {
    const CivilDate d = civil_from_days(days);
    all_equal = all_equal && d.year == expected.year && d.month == expected.month &&
                d.day == expected.day && days_from_civil(d.year, d.month, d.day) == days;
    if (++expected.day > days_in_month(expected.year, expected.month)) {
      expected.day = 1;
      if (++expected.month > 12) {
        expected.month = 1;
        ++expected.year;
      }
    }
  }
  CHECK(all_equal);
  CHECK(format_date(kMinDays) == "0001-01-01");
  CHECK(format_date(kMaxDays) == "9999-12-31");
}

TEST_CASE("storage text has a fixed width and reads back") {
  CHECK(format_datetime(at("2026-11-20 10:05")) == "2026-11-20 10:05:00.000000");
  CHECK(format_datetime(-1) == "1969-12-31 23:59:59.999999");
  CHECK(format_time(1) == "00:00:00.000001");
  std::mt19937_64 random(3);
  std::uniform_int_distribution<int64_t> any(kMinDateTime, kMaxDateTime);
  for (int i = 0; i < 2000; ++i) {
    const int64_t micros = any(random);
    const std::string text = format_datetime(micros);
    CAPTURE(text);
    CHECK(text.size() == 26);
    CHECK(at(text) == micros);
    CHECK(at(isoformat_datetime(micros)) == micros);
    CHECK(parse_date(format_date(day_of(micros))) == day_of(micros));
    CHECK(parse_time(format_time(time_of(micros))) == time_of(micros));
  }
}

TEST_CASE("years that a calendar has not print all the same") {
  CHECK(format_date(kMaxDays + 1) == "10000-01-01");
  CHECK(format_date(kMinDays - 366) == "0000-01-01");
}

TEST_CASE("date-times are read in the forms that databases and people write") {
  const int64_t noon = at("2026-11-20 12:00:00.000000");
  CHECK(at("2026-11-20T12:00:00") == noon);
  CHECK(at("2026-11-20 12:00") == noon);
  CHECK(at("2026-11-20") == noon - 12 * 3600 * kMicrosPerSecond);
  CHECK(at("2026-11-20 12:00:00.5") == noon + 500'000);
  CHECK(at("2026-11-20 12:00:00.123456789") == noon + 123'456);
  CHECK(parse_datetime("2026-11-20 12:00:00")->utc_offset == kNaive);
  CHECK(parse_datetime("2026-11-20T12:00:00Z")->utc_offset == 0);
  CHECK(parse_datetime("2026-11-20T12:00:00+02:30")->utc_offset == 9000);
  CHECK(parse_datetime("2026-11-20 12:00:00-0800")->utc_offset == -28'800);
  CHECK(parse_datetime("2026-11-20 12:00:00+02")->utc_offset == 7200);
  // The clock is the one that was written.
  CHECK(at("2026-11-20T12:00:00+02:30") == noon);
}

TEST_CASE("what is no date or time is refused") {
  for (const char* text : {"",
                           "2026",
                           "2026-13-01",
                           "2026-02-29",
                           "2026-00-10",
                           "2026-01-00",
                           "0000-01-01",
                           "26-01-01",
                           "2026-1-1",
                           "2026-01-01 ",
                           "2026-01-01x",
                           "2026-01-01 24:00:00",
                           "2026-01-01 12",
                           "2026-01-01 12:60",
                           "2026-01-01 12:00:60",
                           "2026-01-01 12:00:00.",
                           "2026-01-01 12:00:00.1234567890",
                           "2026-01-01 12:00:00+",
                           "2026-01-01 12:00:00+25:00",
                           "2026-01-01 12:00:00Zz",
                           "2026-01-01Z",
                           "infinity"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_datetime(text));
  }
  CHECK(parse_datetime("2024-02-29"));
  CHECK_FALSE(parse_datetime("1900-02-29"));
  CHECK_FALSE(parse_date("2026-01-01 00:00"));
  CHECK_FALSE(parse_time("12:00:00Z"));
  CHECK(parse_time("23:59:59.999999") == kMicrosPerDay - 1);
}

TEST_CASE("isoformat is Python's") {
  CHECK(isoformat_datetime(at("2026-11-20 10:05")) == "2026-11-20T10:05:00");
  CHECK(isoformat_datetime(at("2026-11-20 10:05:00.000120")) == "2026-11-20T10:05:00.000120");
  CHECK(isoformat_datetime(at("2026-11-20 10:05"), -12'600) == "2026-11-20T10:05:00-03:30");
  CHECK(isoformat_datetime(at("2026-11-20 10:05"), 0, ' ') == "2026-11-20 10:05:00+00:00");
  CHECK(isoformat_time(0) == "00:00:00");
}

TEST_CASE("intervals print as str(timedelta) and read back") {
  const int64_t second = kMicrosPerSecond;
  CHECK(format_interval(0) == "0:00:00");
  CHECK(format_interval(kMicrosPerDay + 2 * 3600 * second + 1) == "1 day, 2:00:00.000001");
  CHECK(format_interval(-second) == "-1 day, 23:59:59");
  CHECK(format_interval(12 * kMicrosPerDay + 13 * 3600 * second) == "12 days, 13:00:00");
  CHECK(parse_interval("36:00:00") == 36 * 3600 * second);
  CHECK(parse_interval("-00:00:01") == -second);
  CHECK(parse_interval("1 day") == kMicrosPerDay);
  CHECK(parse_interval("1 year 2 mons -3 days 04:05:06.5") ==
        (365 + 60 - 3) * kMicrosPerDay + (4 * 3600 + 5 * 60 + 6) * second + 500'000);
  for (const char* text :
       {"", "5", "1 week", "1 day,", "1:2:3", "12:60:00", "x", "99999999999999999999 days",
        "100000000 years", "1 day 01:00:00 1 day"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_interval(text));
  }
  std::mt19937_64 random(5);
  std::uniform_int_distribution<int64_t> any(-1000 * kMicrosPerDay, 1000 * kMicrosPerDay);
  for (int i = 0; i < 500; ++i) {
    const int64_t micros = any(random);
    CAPTURE(format_interval(micros));
    CHECK(parse_interval(format_interval(micros)) == micros);
  }
}

TEST_CASE("weekdays and days of the year") {
  CHECK(weekday(days_from_civil(2026, 11, 20)) == 4);
  CHECK(weekday(days_from_civil(1969, 12, 28)) == 6);
  CHECK(weekday(days_from_civil(1, 1, 1)) == 0);
  CHECK(day_of_year(days_from_civil(2024, 12, 31)) == 366);
  CHECK(days_in_month(2000, 2) == 29);
  CHECK(days_in_month(2100, 2) == 28);
}

TEST_CASE("strftime knows Python's directives") {
  const int64_t morning = at("2026-01-04 09:05:07.000120"), night = at("2024-12-30 00:30");
  CHECK(strftime("%Y-%m-%d %H:%M:%S.%f", morning) == "2026-01-04 09:05:07.000120");
  CHECK(strftime("%a %A %b %B %y %j %e|%p %I", morning) ==
        "Sun Sunday Jan January 26 004  4|AM 09");
  CHECK(strftime("%I %p", night) == "12 AM");
  CHECK(strftime("%I %p", at("2026-01-01 12:00")) == "12 PM");
  CHECK(strftime("%w %u %U %W", morning) == "0 7 01 00");
  CHECK(strftime("%G-W%V", night) == "2025-W01");
  CHECK(strftime("%c|%x|%X|%F %T|%R", morning) ==
        "Sun Jan  4 09:05:07 2026|01/04/26|09:05:07|2026-01-04 09:05:07|09:05");
  CHECK(strftime("[%z%Z]", morning) == "[]");
  CHECK(strftime("%z %Z", morning, 0) == "+0000 UTC");
  CHECK(strftime("%z %Z", morning, -5400) == "-0130 UTC-01:30");
  CHECK(strftime("%s", at("1970-01-02 01:00"), 3600) == "86400");
  CHECK(strftime("100%% %Q %", morning) == "100% %Q %");
}

TEST_CASE("the clocks agree with each other") {
  const int64_t before = utcnow_micros(), now = now_micros(), after = utcnow_micros();
  const int64_t offset = local_utc_offset(before) * kMicrosPerSecond;
  CHECK(before > at("2020-01-01"));
  CHECK(now >= before + offset);
  CHECK(now <= after + offset);
}

TEST_CASE("UUIDs are read in every spelling and written in one") {
  const std::string canonical = "12345678-1234-5678-9abc-def012345678";
  for (const char* text :
       {"12345678-1234-5678-9abc-def012345678", "12345678123456789ABCDEF012345678",
        "{12345678-1234-5678-9abc-def012345678}",
        "urn:uuid:12345678-1234-5678-9abc-def012345678"}) {
    CHECK(parse_uuid(text) == canonical);
  }
  for (const char* text :
       {"", "1234", "12345678-1234-5678-9abc-def01234567", "1234567812345678-9abc-def0-1234-5678",
        "12345678-1234-5678-9abc-def01234567g", "{12345678123456789abcdef012345678"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_uuid(text));
  }
}

TEST_CASE("random UUIDs are canonical, of version 4, and differ") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string u = uuid4();
    CHECK(parse_uuid(u) == u);
    CHECK(u[14] == '4');
    CHECK(std::string("89ab").find(u[19]) != std::string::npos);
    seen.insert(u);
  }
  CHECK(seen.size() == 100);
}
