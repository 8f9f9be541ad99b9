#include <array>
#include <cstdlib>

#include "orm/base/scalar.h"

namespace moonbase::base {
namespace {

constexpr std::array<std::string_view, 7> kDayNames = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> kMonthNames = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

void append_padded(std::string& out, int64_t value, size_t width, char fill = '0') {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), fill);
  out += digits;
}

struct IsoWeek {
  int year, week;
};

// The week belongs to the year that its Thursday is in.
IsoWeek iso_week(int64_t days) {
  const int64_t thursday = days - weekday(days) + 3;
  return {civil_from_days(thursday).year, (day_of_year(thursday) - 1) / 7 + 1};
}

class Formatter {
 public:
  Formatter(int64_t micros, int32_t utc_offset)
      : micros_(micros),
        utc_offset_(utc_offset),
        days_(day_of(micros)),
        date_(civil_from_days(days_)),
        time_(time_fields(time_of(micros))) {}

  std::string run(std::string_view format) {
    for (size_t i = 0; i < format.size(); ++i) {
      if (format[i] != '%' || i + 1 == format.size()) {
        out_ += format[i];
      } else {
        const char directive = format[++i];
        if (!date_directive(directive) && !time_directive(directive) && !composed(directive)) {
          out_ += '%';
          out_ += directive;
        }
      }
    }
    return std::move(out_);
  }

 private:
  bool date_directive(char directive) {
    const size_t day = static_cast<size_t>(weekday(days_)),
                 month = static_cast<size_t>(date_.month - 1);
    switch (directive) {
      case 'Y':
        append_padded(out_, date_.year, 4);
        return true;
      case 'y':
        append_padded(out_, std::abs(date_.year) % 100, 2);
        return true;
      case 'm':
        append_padded(out_, date_.month, 2);
        return true;
      case 'd':
        append_padded(out_, date_.day, 2);
        return true;
      case 'e':
        append_padded(out_, date_.day, 2, ' ');
        return true;
      case 'j':
        append_padded(out_, day_of_year(days_), 3);
        return true;
      case 'A':
        out_ += kDayNames[day];
        return true;
      case 'a':
        out_ += kDayNames[day].substr(0, 3);
        return true;
      case 'B':
        out_ += kMonthNames[month];
        return true;
      case 'b':
      case 'h':
        out_ += kMonthNames[month].substr(0, 3);
        return true;
      default:
        return week_directive(directive);
    }
  }

  bool week_directive(char directive) {
    const int day = weekday(days_), sunday_first = (day + 1) % 7, elapsed = day_of_year(days_) - 1;
    switch (directive) {
      case 'w':
        append_padded(out_, sunday_first, 1);
        return true;
      case 'u':
        append_padded(out_, day + 1, 1);
        return true;
      case 'U':
        append_padded(out_, (elapsed + 7 - sunday_first) / 7, 2);
        return true;
      case 'W':
        append_padded(out_, (elapsed + 7 - day) / 7, 2);
        return true;
      case 'G':
        append_padded(out_, iso_week(days_).year, 4);
        return true;
      case 'V':
        append_padded(out_, iso_week(days_).week, 2);
        return true;
      default:
        return false;
    }
  }

  bool time_directive(char directive) {
    switch (directive) {
      case 'H':
        append_padded(out_, time_.hour, 2);
        return true;
      case 'I':
        append_padded(out_, (time_.hour + 11) % 12 + 1, 2);
        return true;
      case 'p':
        out_ += time_.hour < 12 ? "AM" : "PM";
        return true;
      case 'M':
        append_padded(out_, time_.minute, 2);
        return true;
      case 'S':
        append_padded(out_, time_.second, 2);
        return true;
      case 'f':
        append_padded(out_, time_.microsecond, 6);
        return true;
      case 'z': {
        std::string offset = format_utc_offset(utc_offset_);
        if (!offset.empty()) offset.erase(3, 1);
        out_ += offset;
        return true;
      }
      case 'Z':
        if (utc_offset_ != kNaive) out_ += "UTC";
        if (utc_offset_ != 0) out_ += format_utc_offset(utc_offset_);
        return true;
      case 's':
        append_seconds_since_epoch();
        return true;
      default:
        return false;
    }
  }

  // A naive date-time is on the local clock, as in Python; its offset is looked up as if it were
  // UTC.
  void append_seconds_since_epoch() {
    const int32_t offset = utc_offset_ == kNaive ? local_utc_offset(micros_) : utc_offset_;
    out_ += std::to_string(day_of(micros_) * 86'400 + time_of(micros_) / kMicrosPerSecond - offset);
  }

  bool composed(char directive) {
    switch (directive) {
      case 'c':
        return expand("%a %b %e %H:%M:%S %Y");
      case 'x':
      case 'D':
        return expand("%m/%d/%y");
      case 'X':
      case 'T':
        return expand("%H:%M:%S");
      case 'F':
        return expand("%Y-%m-%d");
      case 'R':
        return expand("%H:%M");
      case 'n':
        out_ += '\n';
        return true;
      case 't':
        out_ += '\t';
        return true;
      case '%':
        out_ += '%';
        return true;
      default:
        return false;
    }
  }

  bool expand(std::string_view format) {
    out_ += Formatter(micros_, utc_offset_).run(format);
    return true;
  }

  int64_t micros_;
  int32_t utc_offset_;
  int64_t days_;
  CivilDate date_;
  TimeFields time_;
  std::string out_;
};

}  // namespace

std::string strftime(std::string_view format, int64_t micros, int32_t utc_offset) {
  return Formatter(micros, utc_offset).run(format);
}

}  // namespace moonbase::base
