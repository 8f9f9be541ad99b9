#include "orm/base/decimal.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

#include <boost/multiprecision/cpp_int.hpp>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::base::decimal {
namespace {

using boost::multiprecision::cpp_int;

// The parts of a canonical text.
struct Parts {
  bool negative;
  std::string_view whole;     // at least one digit
  std::string_view fraction;  // may be empty
};

Parts parts_of(std::string_view a) {
  Parts p{};
  p.negative = !a.empty() && a.front() == '-';
  if (p.negative) a.remove_prefix(1);
  const size_t point = a.find('.');
  p.whole = a.substr(0, point);
  if (point != std::string_view::npos) p.fraction = a.substr(point + 1);
  return p;
}

bool all_zeros(std::string_view digits) {
  return digits.find_first_not_of('0') == std::string_view::npos;
}

[[noreturn]] void throw_too_long() {
  throw Error(ErrorKind::kValueError,
              "a decimal has more than " + std::to_string(kMaxDigits) + " digits");
}

// Canonical text from digits of which the last `scale` stand after the point.
std::string assemble(bool negative, std::string digits, int scale) {
  const size_t after = static_cast<size_t>(scale);
  if (digits.size() <= after) digits.insert(0, after + 1 - digits.size(), '0');
  const size_t whole_size = digits.size() - after;
  digits.erase(0, std::min(digits.find_first_not_of('0'), whole_size - 1));
  if (digits.size() > static_cast<size_t>(kMaxDigits)) throw_too_long();
  if (after != 0) digits.insert(digits.size() - after, 1, '.');
  if (negative && digits.find_first_not_of("0.") != std::string::npos) digits.insert(0, 1, '-');
  return digits;
}

// value = coefficient * 10^-scale
struct Number {
  cpp_int coefficient;
  int scale;
};

cpp_int power_of_ten(int exponent) {
  return boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(exponent));
}

Number number_of(std::string_view a) {
  const Parts p = parts_of(a);
  std::string digits(p.whole);
  digits += p.fraction;
  // cpp_int would read a leading zero as octal.
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  Number n{cpp_int(digits), static_cast<int>(p.fraction.size())};
  if (p.negative) n.coefficient = -n.coefficient;
  return n;
}

std::string text_of(const cpp_int& coefficient, int scale) {
  return assemble(coefficient < 0, cpp_int(abs(coefficient)).str(), scale);
}

void rescale(Number& n, int scale) {
  if (scale > n.scale) n.coefficient *= power_of_ten(scale - n.scale);
  n.scale = scale;
}

std::string add_signed(std::string_view a, std::string_view b, bool subtract) {
  Number x = number_of(a), y = number_of(b);
  const int scale = std::max(x.scale, y.scale);
  rescale(x, scale);
  rescale(y, scale);
  return text_of(
      subtract ? cpp_int(x.coefficient - y.coefficient) : cpp_int(x.coefficient + y.coefficient),
      scale);
}

// numerator / denominator, both positive, to the nearest whole number, ties to even.
cpp_int divide_half_even(const cpp_int& numerator, const cpp_int& denominator) {
  cpp_int quotient, remainder;
  boost::multiprecision::divide_qr(numerator, denominator, quotient, remainder);
  const cpp_int doubled = remainder * 2;
  if (doubled > denominator || (doubled == denominator && quotient % 2 != 0)) ++quotient;
  return quotient;
}

int digit_count(const cpp_int& positive) { return static_cast<int>(positive.str().size()); }

// Removes zeros at the end of the fraction, keeping `wanted` digits of it.
void strip_zeros(cpp_int& coefficient, int& scale, int wanted) {
  while (scale > wanted && coefficient % 10 == 0) {
    coefficient /= 10;
    --scale;
  }
}

// Magnitudes of canonical parts.
int compare_magnitude(const Parts& a, const Parts& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -1 : 1;
  if (int order = a.whole.compare(b.whole); order != 0) return order < 0 ? -1 : 1;
  const size_t common = std::min(a.fraction.size(), b.fraction.size());
  if (int order = a.fraction.substr(0, common).compare(b.fraction.substr(0, common)); order != 0) {
    return order < 0 ? -1 : 1;
  }
  if (!all_zeros(a.fraction.substr(common))) return 1;
  return all_zeros(b.fraction.substr(common)) ? 0 : -1;
}

bool take_digits(std::string_view& text, std::string& digits) {
  const size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
  digits.append(text.substr(0, count));
  text.remove_prefix(count);
  return count != 0;
}

// "e+3" and nothing after it.
std::optional<int> parse_exponent(std::string_view text) {
  text.remove_prefix(1);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return std::nullopt;
  }
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return exponent;
}

}  // namespace

std::optional<std::string> parse(std::string_view text) {
  text = trim(text);
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::string digits;
  bool any = take_digits(text, digits);
  int scale = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const size_t before = digits.size();
    any = take_digits(text, digits) || any;
    if (digits.size() > static_cast<size_t>(kMaxDigits)) return std::nullopt;
    scale = static_cast<int>(digits.size() - before);
  }
  if (!any || digits.size() > static_cast<size_t>(kMaxDigits)) return std::nullopt;
  if (!text.empty()) {
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    const std::optional<int> exponent = parse_exponent(text);
    if (!exponent || std::abs(static_cast<int64_t>(*exponent)) > kMaxDigits) return std::nullopt;
    scale -= *exponent;
    if (scale < 0) {
      digits.append(static_cast<size_t>(-scale), '0');
      scale = 0;
    }
    if (std::max(digits.size(), static_cast<size_t>(scale) + 1) > static_cast<size_t>(kMaxDigits))
      return std::nullopt;
  }
  return assemble(negative, std::move(digits), scale);
}

int compare(std::string_view a, std::string_view b) {
  const Parts x = parts_of(a), y = parts_of(b);
  if (x.negative != y.negative) return x.negative ? -1 : 1;
  const int order = compare_magnitude(x, y);
  return x.negative ? -order : order;
}

bool is_zero(std::string_view a) { return a.find_first_not_of("0.") == std::string_view::npos; }

int scale(std::string_view a) { return static_cast<int>(parts_of(a).fraction.size()); }

std::string add(std::string_view a, std::string_view b) { return add_signed(a, b, false); }

std::string sub(std::string_view a, std::string_view b) { return add_signed(a, b, true); }

std::string mul(std::string_view a, std::string_view b) {
  const Number x = number_of(a), y = number_of(b);
  return text_of(x.coefficient * y.coefficient, x.scale + y.scale);
}

std::string div(std::string_view a, std::string_view b) {
  if (is_zero(b))
    throw Error(ErrorKind::kValueError,
                "division by zero: " + std::string(a) + " / " + std::string(b));
  const Number x = number_of(a), y = number_of(b);
  const int wanted_scale = std::max(0, x.scale - y.scale);
  if (x.coefficient == 0) return assemble(false, "0", wanted_scale);
  const bool negative = (x.coefficient < 0) != (y.coefficient < 0);
  cpp_int numerator = abs(x.coefficient), denominator = abs(y.coefficient);
  // Scaled so that the whole quotient has kDivisionDigits or one digit more.
  const int shift = kDivisionDigits + digit_count(denominator) - digit_count(numerator);
  if (shift > 0) numerator *= power_of_ten(shift);
  if (shift < 0) denominator *= power_of_ten(-shift);
  int scale = x.scale - y.scale + shift;
  if (digit_count(numerator / denominator) > kDivisionDigits) {
    denominator *= 10;
    --scale;
  }
  cpp_int quotient = divide_half_even(numerator, denominator);
  const bool exact = quotient * denominator == numerator;
  if (exact) strip_zeros(quotient, scale, wanted_scale);
  if (scale < 0) {
    quotient *= power_of_ten(-scale);
    scale = 0;
  }
  return text_of(negative ? cpp_int(-quotient) : quotient, scale);
}

std::string neg(std::string_view a) {
  if (is_zero(a)) return std::string(a);
  if (a.front() == '-') return std::string(a.substr(1));
  return "-" + std::string(a);
}

std::string quantize(std::string_view a, int scale) {
  assert(scale >= 0);
  const int have = decimal::scale(a);
  if (have <= scale) return pad(a, scale);
  const Number n = number_of(a);
  const cpp_int rounded = divide_half_even(abs(n.coefficient), power_of_ten(have - scale));
  return text_of(n.coefficient < 0 ? cpp_int(-rounded) : rounded, scale);
}

std::string pad(std::string_view a, int scale) {
  std::string out(a);
  const int have = decimal::scale(a);
  if (have >= scale) return out;
  if (scale > kMaxDigits) throw_too_long();
  if (have == 0) out += '.';
  return out.append(static_cast<size_t>(scale - have), '0');
}

double to_double(std::string_view a) {
  double d = 0;
  const auto [end, error] = std::from_chars(a.data(), a.data() + a.size(), d);
  if (error == std::errc::result_out_of_range) {
    // Too large or too small for a double; from_chars leaves `d` alone.
    const Parts p = parts_of(a);
    d = all_zeros(p.whole) ? 0.0 : HUGE_VAL;
    return p.negative ? -d : d;
  }
  return d;
}

std::optional<int64_t> to_int64(std::string_view a) {
  const Parts p = parts_of(a);
  if (!all_zeros(p.fraction)) return std::nullopt;
  const std::string_view digits = a.substr(0, p.whole.size() + (p.negative ? 1 : 0));
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::string from_double(double d) {
  assert(std::isfinite(d));
  return *parse(double_repr(d));
}

std::string from_double(double d, int scale) { return quantize(from_double(d), scale); }

std::string double_repr(double d) {
  if (std::isnan(d)) return "nan";
  if (std::isinf(d)) return d < 0 ? "-inf" : "inf";
  std::array<char, 40> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), d);
  assert(error == std::errc());
  std::string out(buffer.data(), end);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

}  // namespace moonbase::base::decimal
