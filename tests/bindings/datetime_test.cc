// moonbase.datetime, date, time and timedelta: each expectation is what Python prints for the same
// expression.
#include <catch2/catch.hpp>

#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

class DateFixture : public LuaFixture {
 public:
  DateFixture() {
    run("datetime, date, time, timedelta = moonbase.datetime, moonbase.date, moonbase.time, "
        "moonbase.timedelta");
  }
};

struct Row {
  const char* expression;
  const char* expected;
};

TEST_CASE_METHOD(DateFixture, "values as Python has them") {
  const Row rows[] = {
      {"datetime(2026, 11, 20)", "2026-11-20 00:00:00"},
      {"datetime(2026, 11, 20, 5, 6, 7, 89)", "2026-11-20 05:06:07.000089"},
      {"datetime{year = 2026, month = 2, day = 3, minute = 4}", "2026-02-03 00:04:00"},
      {"datetime{2026, 2, 3, hour = 4, tzinfo = '+02:00'}", "2026-02-03 04:00:00+02:00"},
      {"date(2024, 2, 29)", "2024-02-29"},
      {"time(9, 30)", "09:30:00"},
      {"time{second = 1, microsecond = 5}", "00:00:01.000005"},
      {"timedelta{days = 1, hours = 2, minutes = 3, seconds = 4, microseconds = 5}",
       "1 day, 2:03:04.000005"},
      {"timedelta(1, 2, 3)", "1 day, 0:00:02.000003"},
      {"timedelta{seconds = -1}", "-1 day, 23:59:59"},
      {"timedelta{weeks = 1, milliseconds = 1}", "7 days, 0:00:00.001000"},
      {"timedelta{days = 1.5}", "1 day, 12:00:00"},
      {"datetime.combine(date(2026, 1, 2), time(3, 4))", "2026-01-02 03:04:00"},
      {"datetime(2026, 1, 2, 3):isoformat()", "2026-01-02T03:00:00"},
      {"datetime(2026, 1, 2, 3):isoformat(' ')", "2026-01-02 03:00:00"},
      {"datetime(2026, 1, 2, 3):date(), datetime(2026, 1, 2, 3):time()", "2026-01-02 03:00:00"},
      {"datetime(2026, 1, 31):replace{year = 2027, hour = 8}", "2027-01-31 08:00:00"},
      {"date(2026, 11, 20):replace{day = 1}, time(1, 2):replace{minute = 3}",
       "2026-11-01 01:03:00"},
      {"datetime(2026, 11, 20):strftime '%d.%m.%Y %H:%M', date(2026, 11, 20):strftime '%A'",
       "20.11.2026 00:00 Friday"},
      {"date(2026, 11, 20):weekday(), date(2026, 11, 22):isoweekday(), datetime(2026, 11, "
       "20):weekday()",
       "4 7 4"},
      {"timedelta{days = 2, seconds = 30}:total_seconds(), timedelta{seconds = -1}.days",
       "172830.0 -1"},
      {"timedelta{seconds = -1}.seconds, timedelta{microseconds = -1}.microseconds",
       "86399 999999"},
      {"datetime.fromisoformat '2026-11-20T10:11:12.5', date.fromisoformat '2026-11-20'",
       "2026-11-20 10:11:12.500000 2026-11-20"},
      {"datetime.fromisoformat('2026-11-20 10:00:00+05:30').tzinfo, datetime(2026, 1, 1).tzinfo",
       "+05:30 nil"},
      {"datetime.utcfromtimestamp(1.5), datetime.fromtimestamp(0, 'UTC')",
       "1970-01-01 00:00:01.500000 1970-01-01 00:00:00+00:00"},
      {"datetime{1970, 1, 1, 2, tzinfo = '+02:00'}:timestamp()", "0.0"},
      {"datetime{1970, 1, 1, 2, tzinfo = '+02:00'}:astimezone('UTC')", "1970-01-01 00:00:00+00:00"},
      {"datetime{1970, 1, 1, tzinfo = timedelta{hours = -5}}:utcoffset()", "-1 day, 19:00:00"},
  };
  for (const Row& row : rows) {
    INFO(row.expression);
    CHECK(eval(row.expression) == row.expected);
  }
}

TEST_CASE_METHOD(DateFixture, "fields") {
  run("d = datetime(2026, 11, 20, 5, 6, 7, 89)");
  CHECK(eval("d.year, d.month, d.day, d.hour, d.minute, d.second, d.microsecond") ==
        "2026 11 20 5 6 7 89");
  run("t = time(5, 6, 7, 89) e = date(1, 2, 3)");
  CHECK(eval("t.hour, t.minute, t.second, t.microsecond, e.year, e.month, e.day") ==
        "5 6 7 89 1 2 3");
  CHECK(failure("return d.minutes") ==
        "AttributeError: datetime has no attribute 'minutes'; did you mean 'minute'?");
  CHECK(failure("d.year = 3") == "AttributeError: datetime.year cannot be assigned");
}

TEST_CASE_METHOD(DateFixture, "arithmetic as Python has it") {
  const Row rows[] = {
      {"datetime(2026, 12, 31, 23) + timedelta{hours = 2}", "2027-01-01 01:00:00"},
      {"timedelta{days = 1} + datetime(2024, 2, 28)", "2024-02-29 00:00:00"},
      {"datetime(2026, 3, 1) - timedelta{days = 1}", "2026-02-28 00:00:00"},
      {"datetime(2026, 3, 2) - datetime(2026, 3, 1, 12)", "12:00:00"},
      {"date(2026, 3, 1) - date(2026, 2, 1)", "28 days, 0:00:00"},
      {"date(2026, 3, 1) + timedelta{hours = 47}", "2026-03-02"},
      {"date(2026, 3, 1) - timedelta{hours = 1}", "2026-02-28"},
      {"timedelta{hours = 1} * 3, 2 * timedelta{hours = 1}, timedelta{seconds = 1} * 1.5",
       "3:00:00 2:00:00 0:00:01.500000"},
      {"timedelta{hours = 1} / 4, timedelta{hours = 1} / timedelta{minutes = 8}", "0:15:00 7.5"},
      {"timedelta{seconds = 7} // 2, timedelta{seconds = 7} // timedelta{seconds = 2}",
       "0:00:03.500000 3"},
      {"timedelta{seconds = -7} % timedelta{seconds = 2}, -timedelta{hours = 1}",
       "0:00:01 -1 day, 23:00:00"},
      {"timedelta{microseconds = 3} / 2, timedelta{microseconds = 5} / 2",
       "0:00:00.000002 0:00:00.000002"},
      {"timedelta{days = -1}:abs()", "1 day, 0:00:00"},
      {"datetime{2026, 1, 1, 12, tzinfo = '+01:00'} - datetime{2026, 1, 1, 12, tzinfo = 'UTC'}",
       "-1 day, 23:00:00"},
  };
  for (const Row& row : rows) {
    INFO(row.expression);
    CHECK(eval(row.expression) == row.expected);
  }
}

TEST_CASE_METHOD(DateFixture, "comparisons as Python has them") {
  CHECK(eval("datetime(2026, 1, 1) < datetime(2026, 1, 2), datetime(2026, 1, 1) >= datetime(2026, "
             "1, 1)") == "true true");
  CHECK(eval("datetime(2026, 1, 1) == datetime(2026, 1, 1), date(2026, 1, 1) == datetime(2026, 1, "
             "1)") == "true false");
  CHECK(eval("time(1) > time(0, 59), timedelta{hours = 1} == timedelta{minutes = 60}") ==
        "true true");
  CHECK(
      eval("datetime{2026, 1, 1, 2, tzinfo = '+02:00'} == datetime{2026, 1, 1, tzinfo = 'UTC'}") ==
      "true");
  CHECK(eval("datetime{2026, 1, 1, tzinfo = 'UTC'} == datetime(2026, 1, 1)") == "false");
  CHECK(failure("return datetime(2026, 1, 1) < date(2026, 1, 1)") ==
        "TypeError: can't compare datetime to date");
  CHECK(failure("return datetime(2026, 1, 1) < 5") ==
        "TypeError: can't compare datetime to number");
  CHECK(failure("return datetime{2026, 1, 1, tzinfo = 'UTC'} < datetime(2026, 1, 1)") ==
        "TypeError: can't compare offset-naive and offset-aware datetimes");
}

TEST_CASE_METHOD(DateFixture, "an operator the other operand knows is left to it") {
  run("local other = moonbase.decimal '1'  ok, err = pcall(function() return datetime(2026, 1, 1) "
      "- other end)");
  CHECK(eval("ok, err.message") == "false expected decimal or integer, got datetime");
  CHECK(failure("return datetime(2026, 1, 1) + 1") ==
        "TypeError: unsupported operands for +: datetime and number");
  CHECK(failure("return datetime(2026, 1, 1) + date(2026, 1, 1)") ==
        "TypeError: unsupported operands for +: datetime and date");
}

TEST_CASE_METHOD(DateFixture, "impossible values are refused") {
  CHECK(failure("date(2026, 2, 29)") == "ValueError: day is out of range for month");
  CHECK(failure("date(2026, 13, 1)") == "ValueError: month must be in 1..12");
  CHECK(failure("date(0, 1, 1)") == "ValueError: year 0 is out of range");
  CHECK(failure("time(24)") == "ValueError: hour must be in 0..23");
  CHECK(failure("datetime(2026, 1)") == "TypeError: datetime needs day");
  CHECK(failure("datetime(2026, '1', 2)") ==
        "TypeError: datetime: 'month' must be an integer, got string");
  CHECK(failure("datetime{2026, 1, 1, houre = 2}") ==
        "TypeError: datetime has no option 'houre'; did you mean 'hour'?");
  CHECK(failure("datetime{2026, 1, 1, year = 2}") == "TypeError: datetime: year is given twice");
  CHECK(failure("return date(9999, 12, 31) + timedelta{days = 1}") ==
        "ValueError: date value out of range");
  CHECK(failure("return timedelta{days = 1e30}") == "ValueError: timedelta out of range");
  CHECK(failure("return timedelta{days = math.maxinteger}") ==
        "ValueError: timedelta out of range");
  CHECK(failure("return timedelta{days = 1} / 0") == "ValueError: division by zero");
  CHECK(failure("datetime.fromisoformat 'soon'") == "ValueError: invalid isoformat string: 'soon'");
  CHECK(failure("datetime(2026, 1, 1).isoformat()") ==
        "TypeError: d.isoformat(): methods take a colon: d:isoformat()");
}

TEST_CASE_METHOD(DateFixture, "strptime") {
  const Row rows[] = {
      {"datetime.strptime('20.11.2026 07:08', '%d.%m.%Y %H:%M')", "2026-11-20 07:08:00"},
      {"datetime.strptime('Nov 5 26, 1:02 pm', '%b %d %y, %I:%M %p')", "2026-11-05 13:02:00"},
      {"datetime.strptime('12 AM', '%I %p')", "1900-01-01 00:00:00"},
      {"datetime.strptime('Friday 20 November 2026', '%A %d %B %Y')", "2026-11-20 00:00:00"},
      {"datetime.strptime('2026-11-20T01:02:03.25+0130', '%Y-%m-%dT%H:%M:%S.%f%z')",
       "2026-11-20 01:02:03.250000+01:30"},
      {"datetime.strptime('2024 366', '%Y %j')", "2024-12-31 00:00:00"},
      {"datetime.strptime('100%', '%f%%')", "1900-01-01 00:00:00.100000"},
  };
  for (const Row& row : rows) {
    INFO(row.expression);
    CHECK(eval(row.expression) == row.expected);
  }
  CHECK(failure("datetime.strptime('x', '%d')") ==
        "ValueError: time data 'x' does not match format '%d'");
  CHECK(failure("datetime.strptime('1 2', '%d')") == "ValueError: unconverted data remains: ' 2'");
  CHECK(failure("datetime.strptime('1', '%q')") ==
        "ValueError: 'q' is a bad directive in format '%q'");
  CHECK(failure("datetime.strptime('2026-02-30', '%Y-%m-%d')") ==
        "ValueError: day is out of range for month");
  CHECK(failure("datetime.strptime('2026 366', '%Y %j')") ==
        "ValueError: time data '2026 366' does not match format '%Y %j'");
}

TEST_CASE_METHOD(DateFixture, "clocks") {
  run("a = datetime.utcnow() b = datetime.utcnow()");
  CHECK(eval("a <= b, (b - a) < timedelta{minutes = 1}, a.tzinfo") == "true true nil");
  CHECK(eval("datetime.now('UTC').tzinfo, datetime.now().tzinfo") == "UTC nil");
  CHECK(eval("math.abs(datetime.now():timestamp() - os.time()) < 60, date.today() <= "
             "datetime.now():date()") == "true true");
}

}  // namespace
}  // namespace moonbase::bindings
