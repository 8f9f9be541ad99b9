#include "bindings/strptime.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 7> kDays = {"monday", "tuesday",  "wednesday", "thursday",
                                                   "friday", "saturday", "sunday"};
constexpr std::array<std::string_view, 2> kHalves = {"am", "pm"};
constexpr size_t kShortName = 3;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Reader {
 public:
  Reader(std::string_view text, std::string_view format)
      : whole_(text), whole_format_(format), rest_(text) {}

  base::DateTimeText read() {
    std::string_view format = whole_format_;
    while (!format.empty()) {
      char c = format.front();
      format.remove_prefix(1);
      if (c == '%' && !format.empty()) {
        directive(format.front());
        format.remove_prefix(1);
      } else if (is_blank(c)) {
        skip_blanks();
      } else {
        literal(c);
      }
    }
    if (!rest_.empty()) {
      throw Error(ErrorKind::kValueError,
                  "unconverted data remains: " + base::quote_for_message(rest_));
    }
    return result();
  }

 private:
  [[noreturn]] void mismatch() const {
    throw Error(ErrorKind::kValueError, "time data " + base::quote_for_message(whole_) +
                                            " does not match format " +
                                            base::quote_for_message(whole_format_));
  }

  void skip_blanks() {
    if (rest_.empty() || !is_blank(rest_.front())) mismatch();
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  void literal(char c) {
    if (rest_.empty() || rest_.front() != c) mismatch();
    rest_.remove_prefix(1);
  }

  // As many digits as there are, up to `most`.
  int number(size_t least, size_t most, int low, int high) {
    size_t count = 0;
    int value = 0;
    while (count < most && count < rest_.size() && is_digit(rest_[count]))
      value = value * 10 + (rest_[count++] - '0');
    if (count < least || value < low || value > high) mismatch();
    rest_.remove_prefix(count);
    digits_ = count;
    return value;
  }

  // The index of the name the text begins with, in full or as its first letters.
  int name(std::span<const std::string_view> names, bool in_full) {
    for (size_t i = 0; i < names.size(); ++i) {
      size_t length = in_full ? names[i].size() : std::min(kShortName, names[i].size());
      if (base::equal_ignoring_case(rest_.substr(0, length), names[i].substr(0, length))) {
        rest_.remove_prefix(length);
        return static_cast<int>(i);
      }
    }
    mismatch();
  }

  // A directive that is nothing but a number.
  struct NumberField {
    char directive;
    size_t most;  // digits
    int low, high;
    int Reader::*field;
  };

  bool number_directive(char d) {
    static constexpr NumberField kFields[] = {
        {'m', 2, 1, 12, &Reader::month_},  {'d', 2, 1, 31, &Reader::day_},
        {'H', 2, 0, 23, &Reader::hour_},   {'M', 2, 0, 59, &Reader::minute_},
        {'S', 2, 0, 59, &Reader::second_}, {'j', 3, 1, 366, &Reader::day_of_year_},
    };
    for (const NumberField& f : kFields) {
      if (f.directive != d) continue;
      this->*f.field = number(1, f.most, f.low, f.high);
      return true;
    }
    return false;
  }

  void directive(char d) {
    if (number_directive(d)) return;
    switch (d) {
      case 'Y':
        year_ = number(4, 4, 1, 9999);
        return;
      case 'y':
        year_ = number(2, 2, 0, 99);
        year_ += year_ < 69 ? 2000 : 1900;
        return;
      case 'b':
      case 'B':
        month_ = name(kMonths, d == 'B') + 1;
        return;
      case 'a':
      case 'A':
        name(kDays, d == 'A');
        return;
      case 'I':
        hour_ = number(1, 2, 1, 12) % 12;
        return;
      case 'p':
        half_ = name(kHalves, true);
        return;
      case 'f':
        return fraction();
      case 'z':
        return zone();
      case 'Z':
        return zone_name();
      case '%':
        return literal('%');
      default:
        throw_bad_directive(d);
    }
  }

  [[noreturn]] void throw_bad_directive(char d) const {
    throw Error(ErrorKind::kValueError, base::quote_for_message({&d, 1}) +
                                            " is a bad directive in format " +
                                            base::quote_for_message(whole_format_));
  }

  void fraction() {
    micros_ = number(1, 6, 0, 999'999);
    for (size_t i = digits_; i < 6; ++i) micros_ *= 10;
  }

  void zone() {
    if (!rest_.empty() && rest_.front() == 'Z') {
      rest_.remove_prefix(1);
      utc_offset_ = 0;
      return;
    }
    if (rest_.empty() || (rest_.front() != '+' && rest_.front() != '-')) mismatch();
    int sign = rest_.front() == '-' ? -1 : 1;
    rest_.remove_prefix(1);
    int hours = number(2, 2, 0, 23);
    if (!rest_.empty() && rest_.front() == ':') rest_.remove_prefix(1);
    utc_offset_ = sign * (hours * 3600 + number(2, 2, 0, 59) * 60);
  }

  // Names of zones other than UTC mean nothing without a table of them.
  void zone_name() {
    std::string_view start = rest_.substr(0, 3);
    if (!base::equal_ignoring_case(start, "utc") && !base::equal_ignoring_case(start, "gmt"))
      mismatch();
    rest_.remove_prefix(3);
  }

  base::DateTimeText result() const {
    int64_t days;
    if (day_of_year_ != 0) {
      days = base::days_from_civil(year_, 1, 1) + day_of_year_ - 1;
      if (base::civil_from_days(days).year != year_) mismatch();
    } else {
      if (!base::is_valid_date(year_, month_, day_)) {
        throw Error(ErrorKind::kValueError, "day is out of range for month");
      }
      days = base::days_from_civil(year_, month_, day_);
    }
    int hour = half_ == 1 ? hour_ % 12 + 12 : hour_;
    return {days * base::kMicrosPerDay + base::micros_from_time({hour, minute_, second_, micros_}),
            utc_offset_};
  }

  std::string_view whole_, whole_format_, rest_;
  size_t digits_ = 0;  // of the last number
  int year_ = 1900, month_ = 1, day_ = 1, hour_ = 0, minute_ = 0, second_ = 0, micros_ = 0;
  int half_ = -1;        // 1 for PM
  int day_of_year_ = 0;  // 0 when not given
  int32_t utc_offset_ = base::kNaive;
};

}  // namespace

base::DateTimeText strptime(std::string_view text, std::string_view format) {
  return Reader(text, format).read();
}

}  // namespace moonbase::bindings
