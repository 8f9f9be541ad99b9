#include "bindings/lua_datetime.h"

#include <array>
#include <cmath>
#include <optional>
#include <string>

#include "bindings/class_def.h"
#include "bindings/datetime_operators.h"
#include "bindings/guard.h"
#include "bindings/stack.h"
#include "bindings/strptime.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using base::kMicrosPerDay;
using base::kMicrosPerSecond;

[[noreturn]] void throw_value(std::string message) {
  throw Error(ErrorKind::kValueError, std::move(message));
}

// --- reading fields: datetime(2026, 11, 20), datetime{year = 2026, …}, d:replace{year = 2027} ---

constexpr std::array<const char*, 7> kNames = {"year",   "month",  "day",        "hour",
                                               "minute", "second", "microsecond"};
constexpr size_t kDateFields = 3;  // the first ones are a date's, the others a time's

class FieldReader {
 public:
  FieldReader(lua_State* L, int first, const char* name, size_t from, size_t to)
      : L_(L), name_(name), kw_(L, first, name), from_(from) {
    kw_.expect_positional(0, static_cast<int>(to - from));
  }

  int64_t read(size_t field, std::optional<int64_t> fallback) {
    auto given = kw_.take_integer(kNames[field]);
    int position = static_cast<int>(field - from_) + 1;
    if (position <= kw_.count()) {
      if (given) twice(field);
      kw_.push(position);
      int is_integer = 0;
      if (lua_type(L_, -1) == LUA_TNUMBER) given = lua_tointegerx(L_, -1, &is_integer);
      if (is_integer == 0) kw_.throw_keyword(kNames[field], "an integer", -1);
      lua_pop(L_, 1);
    }
    if (!given) given = fallback;
    if (given) return *given;
    throw Error(ErrorKind::kTypeError, std::string(name_) + " needs " + kNames[field]);
  }

  Kwargs& keywords() { return kw_; }

 private:
  [[noreturn]] void twice(size_t field) const {
    throw Error(ErrorKind::kTypeError,
                std::string(name_) + ": " + kNames[field] + " is given twice");
  }

  lua_State* L_;
  const char* name_;
  Kwargs kw_;
  size_t from_;
};

int64_t in_range(int64_t value, int64_t low, int64_t high, const char* name) {
  if (value >= low && value <= high) return value;
  throw_value(std::string(name) + " must be in " + std::to_string(low) + ".." +
              std::to_string(high));
}

// Days from the fields; those not given are `old`'s.
int64_t read_days(FieldReader& fields, std::optional<base::CivilDate> old) {
  auto before = [&](int base::CivilDate::*field) {
    return old ? std::optional<int64_t>((*old).*field) : std::nullopt;
  };
  int64_t year = fields.read(0, before(&base::CivilDate::year));
  int64_t month = fields.read(1, before(&base::CivilDate::month));
  int64_t day = fields.read(2, before(&base::CivilDate::day));
  if (year < 1 || year > 9999) throw_value("year " + std::to_string(year) + " is out of range");
  in_range(month, 1, 12, "month");
  if (day < 1 || day > base::days_in_month(static_cast<int>(year), static_cast<int>(month))) {
    throw_value("day is out of range for month");
  }
  return base::days_from_civil(static_cast<int>(year), static_cast<int>(month),
                               static_cast<int>(day));
}

// Microseconds of the day from the fields; those not given are `old`'s.
int64_t read_time(FieldReader& fields, const base::TimeFields& old) {
  base::TimeFields t;
  t.hour = static_cast<int>(in_range(fields.read(3, old.hour), 0, 23, "hour"));
  t.minute = static_cast<int>(in_range(fields.read(4, old.minute), 0, 59, "minute"));
  t.second = static_cast<int>(in_range(fields.read(5, old.second), 0, 59, "second"));
  t.microsecond =
      static_cast<int>(in_range(fields.read(6, old.microsecond), 0, 999'999, "microsecond"));
  return base::micros_from_time(t);
}

// A zone as a program gives it: 'UTC', 'Z', '+02:00' or a timedelta. nil and null are naive.
int32_t read_zone(lua_State* L, int index) {
  if (is_nil_or_null(L, index)) return base::kNaive;
  if (const auto* delta = test_box<TimedeltaBox>(L, index)) {
    if (delta->micros <= -kMicrosPerDay || delta->micros >= kMicrosPerDay)
      throw_value("a UTC offset is less than a day");
    return static_cast<int32_t>(delta->micros / kMicrosPerSecond);
  }
  if (lua_type(L, index) != LUA_TSTRING) throw_argument(L, index, "'UTC', '+02:00' or a timedelta");
  std::string_view text = check_string(L, index);
  if (base::equal_ignoring_case(text, "utc") || text == "Z") return 0;
  auto parsed = base::parse_datetime("2000-01-01 00:00:00" + std::string(text));
  if (!parsed || parsed->utc_offset == base::kNaive) {
    throw_value(base::quote_for_message(text) + " is no UTC offset: write '+02:00'");
  }
  return parsed->utc_offset;
}

int32_t take_zone(lua_State* L, Kwargs& kw, int32_t fallback) {
  if (!kw.take("tzinfo")) return fallback;
  int32_t zone = read_zone(L, lua_gettop(L));
  lua_pop(L, 1);
  return zone;
}

// --- constructors ---

int datetime_new(lua_State* L) {
  FieldReader fields(L, 1, "datetime", 0, kNames.size());
  int64_t days = read_days(fields, std::nullopt);
  int64_t time = read_time(fields, {0, 0, 0, 0});
  int32_t zone = take_zone(L, fields.keywords(), base::kNaive);
  fields.keywords().finish();
  push_datetime(L, days * kMicrosPerDay + time, zone);
  return 1;
}

int date_new(lua_State* L) {
  FieldReader fields(L, 1, "date", 0, kDateFields);
  int64_t days = read_days(fields, std::nullopt);
  fields.keywords().finish();
  push_date(L, days);
  return 1;
}

int time_new(lua_State* L) {
  FieldReader fields(L, 1, "time", kDateFields, kNames.size());
  int64_t micros = read_time(fields, {0, 0, 0, 0});
  fields.keywords().finish();
  push_time(L, micros);
  return 1;
}

// --- clocks and texts ---

int datetime_utcnow(lua_State* L) {
  push_datetime(L, base::utcnow_micros());
  return 1;
}

int datetime_now(lua_State* L) {
  int32_t zone = read_zone(L, 1);
  if (zone == base::kNaive) {
    push_datetime(L, base::now_micros());
  } else {
    push_datetime(L, base::utcnow_micros() + zone * kMicrosPerSecond, zone);
  }
  return 1;
}

int date_today(lua_State* L) {
  push_date(L, base::day_of(base::now_micros()));
  return 1;
}

[[noreturn]] void throw_isoformat(std::string_view text) {
  throw_value("invalid isoformat string: " + base::quote_for_message(text));
}

int datetime_fromisoformat(lua_State* L) {
  std::string_view text = check_string(L, 1);
  auto parsed = base::parse_datetime(text);
  if (!parsed) throw_isoformat(text);
  push_datetime(L, parsed->micros, parsed->utc_offset);
  return 1;
}

int date_fromisoformat(lua_State* L) {
  std::string_view text = check_string(L, 1);
  auto parsed = base::parse_date(text);
  if (!parsed) throw_isoformat(text);
  push_date(L, *parsed);
  return 1;
}

int time_fromisoformat(lua_State* L) {
  std::string_view text = check_string(L, 1);
  auto parsed = base::parse_time(text);
  if (!parsed) throw_isoformat(text);
  push_time(L, *parsed);
  return 1;
}

int datetime_strptime(lua_State* L) {
  base::DateTimeText read = strptime(check_string(L, 1), check_string(L, 2));
  push_datetime(L, read.micros, read.utc_offset);
  return 1;
}

int datetime_combine(lua_State* L) {
  int64_t days = check_box<DateBox>(L, 1).days;
  push_datetime(L, days * kMicrosPerDay + check_box<TimeBox>(L, 2).micros);
  return 1;
}

// Seconds since 1970 as microseconds, to the nearest one.
int64_t timestamp_micros(lua_State* L, int index) {
  double seconds = check_number(L, index);
  constexpr double kLimit = 3e11;  // past the year 9999
  if (!(std::fabs(seconds) < kLimit)) throw_value("timestamp out of range");
  return static_cast<int64_t>(std::nearbyint(static_cast<long double>(seconds) * kMicrosPerSecond));
}

int datetime_fromtimestamp(lua_State* L) {
  int64_t utc = timestamp_micros(L, 1);
  int32_t zone = read_zone(L, 2);
  int32_t offset = zone == base::kNaive ? base::local_utc_offset(utc) : zone;
  push_datetime(L, utc + offset * kMicrosPerSecond, zone);
  return 1;
}

int datetime_utcfromtimestamp(lua_State* L) {
  push_datetime(L, timestamp_micros(L, 1));
  return 1;
}

// --- fields ---

int64_t days_of(const DateTimeBox& v) { return base::day_of(v.micros); }
int64_t days_of(const DateBox& v) { return v.days; }
int64_t clock_of(const DateTimeBox& v) { return base::time_of(v.micros); }
int64_t clock_of(const TimeBox& v) { return v.micros; }

template <class T, int base::CivilDate::*field>
int civil_field(lua_State* L) {
  lua_pushinteger(L, base::civil_from_days(days_of(check_box<T>(L, 1))).*field);
  return 1;
}

template <class T, int base::TimeFields::*field>
int clock_field(lua_State* L) {
  lua_pushinteger(L, base::time_fields(clock_of(check_box<T>(L, 1))).*field);
  return 1;
}

int datetime_tzinfo(lua_State* L) {
  const auto& v = check_box<DateTimeBox>(L, 1);
  if (v.utc_offset == base::kNaive) {
    lua_pushnil(L);
  } else {
    push_string(L, v.utc_offset == 0 ? "UTC" : base::format_utc_offset(v.utc_offset));
  }
  return 1;
}

// --- methods ---

// The day of the week, counted from `first`.
template <class T, int first>
int day_of_week(lua_State* L) {
  lua_pushinteger(L, base::weekday(days_of(check_box<T>(L, 1))) + first);
  return 1;
}

int datetime_date(lua_State* L) {
  push_date(L, days_of(check_box<DateTimeBox>(L, 1)));
  return 1;
}

int datetime_time(lua_State* L) {
  push_time(L, clock_of(check_box<DateTimeBox>(L, 1)));
  return 1;
}

int datetime_replace(lua_State* L) {
  const DateTimeBox old = check_box<DateTimeBox>(L, 1);
  FieldReader fields(L, 2, "replace", 0, kNames.size());
  int64_t days = read_days(fields, base::civil_from_days(days_of(old)));
  int64_t time = read_time(fields, base::time_fields(clock_of(old)));
  int32_t zone = take_zone(L, fields.keywords(), old.utc_offset);
  fields.keywords().finish();
  push_datetime(L, days * kMicrosPerDay + time, zone);
  return 1;
}

int date_replace(lua_State* L) {
  const DateBox old = check_box<DateBox>(L, 1);
  FieldReader fields(L, 2, "replace", 0, kDateFields);
  int64_t days = read_days(fields, base::civil_from_days(old.days));
  fields.keywords().finish();
  push_date(L, days);
  return 1;
}

int time_replace(lua_State* L) {
  const TimeBox old = check_box<TimeBox>(L, 1);
  FieldReader fields(L, 2, "replace", kDateFields, kNames.size());
  int64_t micros = read_time(fields, base::time_fields(old.micros));
  fields.keywords().finish();
  push_time(L, micros);
  return 1;
}

int datetime_isoformat(lua_State* L) {
  const auto& v = check_box<DateTimeBox>(L, 1);
  std::string separator = opt_string(L, 2).value_or("T");
  if (separator.size() != 1) throw_value("isoformat: the separator is one character");
  push_string(L, base::isoformat_datetime(v.micros, v.utc_offset, separator[0]));
  return 1;
}

int datetime_tostring(lua_State* L) {
  const auto& v = check_box<DateTimeBox>(L, 1);
  push_string(L, base::isoformat_datetime(v.micros, v.utc_offset, ' '));
  return 1;
}

int date_isoformat(lua_State* L) {
  push_string(L, base::format_date(check_box<DateBox>(L, 1).days));
  return 1;
}

int time_isoformat(lua_State* L) {
  push_string(L, base::isoformat_time(check_box<TimeBox>(L, 1).micros));
  return 1;
}

int datetime_strftime(lua_State* L) {
  const auto& v = check_box<DateTimeBox>(L, 1);
  push_string(L, base::strftime(check_string(L, 2), v.micros, v.utc_offset));
  return 1;
}

int date_strftime(lua_State* L) {
  const auto& v = check_box<DateBox>(L, 1);
  push_string(L, base::strftime(check_string(L, 2), v.days * kMicrosPerDay));
  return 1;
}

// A time alone is formatted on Python's day zero.
int time_strftime(lua_State* L) {
  const auto& v = check_box<TimeBox>(L, 1);
  push_string(L, base::strftime(check_string(L, 2),
                                base::days_from_civil(1900, 1, 1) * kMicrosPerDay + v.micros));
  return 1;
}

// The instant; a naive datetime is one of the local clock, as in Python.
int64_t utc_micros(const DateTimeBox& v) {
  if (v.utc_offset != base::kNaive) return v.micros - v.utc_offset * kMicrosPerSecond;
  // The offset is asked for by instant: the guess is wrong at a change of the clock only, and then
  // by that change.
  int64_t guess = v.micros - base::local_utc_offset(v.micros) * kMicrosPerSecond;
  return v.micros - base::local_utc_offset(guess) * kMicrosPerSecond;
}

int datetime_timestamp(lua_State* L) {
  int64_t micros = utc_micros(check_box<DateTimeBox>(L, 1));
  lua_pushnumber(L, static_cast<double>(micros) / static_cast<double>(kMicrosPerSecond));
  return 1;
}

int datetime_utcoffset(lua_State* L) {
  const auto& v = check_box<DateTimeBox>(L, 1);
  if (v.utc_offset == base::kNaive) {
    lua_pushnil(L);
  } else {
    push_timedelta(L, v.utc_offset * kMicrosPerSecond);
  }
  return 1;
}

int datetime_astimezone(lua_State* L) {
  int64_t utc = utc_micros(check_box<DateTimeBox>(L, 1));
  int32_t zone = read_zone(L, 2);
  if (zone == base::kNaive) zone = base::local_utc_offset(utc);
  push_datetime(L, utc + zone * kMicrosPerSecond, zone);
  return 1;
}

// --- rows ---

constexpr MethodDef kDateTimeStatics[] = {
    {"utcnow", guarded<datetime_utcnow>, "datetime.utcnow()  now, in UTC, without an offset"},
    {"now", guarded<datetime_now>,
     "datetime.now([zone])  now, on the local clock or in a zone ('UTC', '+02:00')"},
    {"today", guarded<datetime_now>, "datetime.today()  now, on the local clock"},
    {"fromisoformat", guarded<datetime_fromisoformat>,
     "datetime.fromisoformat(text)  from '2026-11-20T10:00:00'; ValueError for anything else"},
    {"strptime", guarded<datetime_strptime>,
     "datetime.strptime(text, format)  from a text in a format like '%d.%m.%Y'; ValueError where "
     "it does not match"},
    {"combine", guarded<datetime_combine>, "datetime.combine(date, time)  both in one"},
    {"fromtimestamp", guarded<datetime_fromtimestamp>,
     "datetime.fromtimestamp(seconds[, zone])  from seconds since 1970, on the local clock or in a "
     "zone"},
    {"utcfromtimestamp", guarded<datetime_utcfromtimestamp>,
     "datetime.utcfromtimestamp(seconds)  from seconds since 1970, in UTC"},
};

constexpr MethodDef kDateTimeMethods[] = {
    {"weekday", guarded<day_of_week<DateTimeBox, 0>>, "weekday()  0 for Monday to 6 for Sunday"},
    {"isoweekday", guarded<day_of_week<DateTimeBox, 1>>,
     "isoweekday()  1 for Monday to 7 for Sunday"},
    {"date", guarded<datetime_date>, "date()  its date"},
    {"time", guarded<datetime_time>, "time()  its time of day"},
    {"replace", guarded<datetime_replace>, "replace{year=, …}  the same with other fields"},
    {"isoformat", guarded<datetime_isoformat>, "isoformat([separator])  '2026-11-20T10:00:00'"},
    {"strftime", guarded<datetime_strftime>,
     "strftime(format)  as text in a format like '%d.%m.%Y'"},
    {"timestamp", guarded<datetime_timestamp>, "timestamp()  seconds since 1970, a float"},
    {"utcoffset", guarded<datetime_utcoffset>,
     "utcoffset()  its distance from UTC, a timedelta, or nil"},
    {"astimezone", guarded<datetime_astimezone>,
     "astimezone(zone)  the same moment in a zone ('UTC', '+02:00')"},
};

constexpr MethodDef kDateTimeGetters[] = {
    {"year", guarded<civil_field<DateTimeBox, &base::CivilDate::year>>, "year  1 to 9999"},
    {"month", guarded<civil_field<DateTimeBox, &base::CivilDate::month>>, "month  1 to 12"},
    {"day", guarded<civil_field<DateTimeBox, &base::CivilDate::day>>, "day  of the month, from 1"},
    {"hour", guarded<clock_field<DateTimeBox, &base::TimeFields::hour>>, "hour  0 to 23"},
    {"minute", guarded<clock_field<DateTimeBox, &base::TimeFields::minute>>, "minute  0 to 59"},
    {"second", guarded<clock_field<DateTimeBox, &base::TimeFields::second>>, "second  0 to 59"},
    {"microsecond", guarded<clock_field<DateTimeBox, &base::TimeFields::microsecond>>,
     "microsecond  0 to 999999"},
    {"tzinfo", guarded<datetime_tzinfo>, "tzinfo  'UTC', '+02:00', or nil without a zone"},
};

constexpr MethodDef kDateTimeMetamethods[] = {
    {"__tostring", guarded<datetime_tostring>, "tostring(d)  '2026-11-20 10:00:00'"},
};

constexpr MethodDef kDateStatics[] = {
    {"today", guarded<date_today>, "date.today()  today, on the local clock"},
    {"fromisoformat", guarded<date_fromisoformat>,
     "date.fromisoformat(text)  from '2026-11-20'; ValueError for anything else"},
};

constexpr MethodDef kDateMethods[] = {
    {"weekday", guarded<day_of_week<DateBox, 0>>, "weekday()  0 for Monday to 6 for Sunday"},
    {"isoweekday", guarded<day_of_week<DateBox, 1>>, "isoweekday()  1 for Monday to 7 for Sunday"},
    {"replace", guarded<date_replace>, "replace{year=, month=, day=}  the same with other fields"},
    {"isoformat", guarded<date_isoformat>, "isoformat()  '2026-11-20'"},
    {"strftime", guarded<date_strftime>, "strftime(format)  as text in a format like '%d.%m.%Y'"},
};

constexpr MethodDef kDateGetters[] = {
    {"year", guarded<civil_field<DateBox, &base::CivilDate::year>>, "year  1 to 9999"},
    {"month", guarded<civil_field<DateBox, &base::CivilDate::month>>, "month  1 to 12"},
    {"day", guarded<civil_field<DateBox, &base::CivilDate::day>>, "day  of the month, from 1"},
};

constexpr MethodDef kDateMetamethods[] = {
    {"__tostring", guarded<date_isoformat>, "tostring(d)  '2026-11-20'"},
};

constexpr MethodDef kTimeStatics[] = {
    {"fromisoformat", guarded<time_fromisoformat>,
     "time.fromisoformat(text)  from '10:00:00'; ValueError for anything else"},
};

constexpr MethodDef kTimeMethods[] = {
    {"replace", guarded<time_replace>, "replace{hour=, …}  the same with other fields"},
    {"isoformat", guarded<time_isoformat>, "isoformat()  '10:00:00'"},
    {"strftime", guarded<time_strftime>, "strftime(format)  as text in a format like '%H:%M'"},
};

constexpr MethodDef kTimeGetters[] = {
    {"hour", guarded<clock_field<TimeBox, &base::TimeFields::hour>>, "hour  0 to 23"},
    {"minute", guarded<clock_field<TimeBox, &base::TimeFields::minute>>, "minute  0 to 59"},
    {"second", guarded<clock_field<TimeBox, &base::TimeFields::second>>, "second  0 to 59"},
    {"microsecond", guarded<clock_field<TimeBox, &base::TimeFields::microsecond>>,
     "microsecond  0 to 999999"},
};

constexpr MethodDef kTimeMetamethods[] = {
    {"__tostring", guarded<time_isoformat>, "tostring(t)  '10:00:00'"},
};

constexpr ClassDef kDateTimeClass{
    .name = "datetime",
    .doc =
        "datetime(year, month, day[, hour, minute, second, microsecond])  a date and a time, as in "
        "Python",
    .parent = &kTemporalClass,
    .methods = kDateTimeMethods,
    .getters = kDateTimeGetters,
    .metamethods = kDateTimeMetamethods,
    .statics = kDateTimeStatics,
    .constructor = guarded<datetime_new>,
    .usage = "d",
    .is_value = true,
};

constexpr ClassDef kDateClass{
    .name = "date",
    .doc = "date(year, month, day)  a day, as in Python",
    .parent = &kTemporalClass,
    .methods = kDateMethods,
    .getters = kDateGetters,
    .metamethods = kDateMetamethods,
    .statics = kDateStatics,
    .constructor = guarded<date_new>,
    .usage = "d",
    .is_value = true,
};

constexpr ClassDef kTimeClass{
    .name = "time",
    .doc = "time([hour, minute, second, microsecond])  a time of day, as in Python",
    .parent = &kTemporalClass,
    .methods = kTimeMethods,
    .getters = kTimeGetters,
    .metamethods = kTimeMetamethods,
    .statics = kTimeStatics,
    .constructor = guarded<time_new>,
    .usage = "t",
    .is_value = true,
};

}  // namespace

template <>
const ClassDef& class_of<DateTimeBox>() {
  return kDateTimeClass;
}

template <>
const ClassDef& class_of<DateBox>() {
  return kDateClass;
}

template <>
const ClassDef& class_of<TimeBox>() {
  return kTimeClass;
}

void push_datetime(lua_State* L, int64_t micros, int32_t utc_offset) {
  if (micros < base::kMinDateTime || micros > base::kMaxDateTime)
    throw_value("date value out of range");
  push_box(L, DateTimeBox{micros, utc_offset});
}

void push_date(lua_State* L, int64_t days) {
  if (days < base::kMinDays || days > base::kMaxDays) throw_value("date value out of range");
  push_box(L, DateBox{days});
}

void push_time(lua_State* L, int64_t micros) { push_box(L, TimeBox{micros}); }

void open_datetime(lua_State* L, int module) {
  for (const ClassDef* def : {&kDateTimeClass, &kDateClass, &kTimeClass, &kTimedeltaClass}) {
    register_class(L, *def);
    push_class(L, *def);
    lua_setfield(L, module, def->name);
  }
}

}  // namespace moonbase::bindings
