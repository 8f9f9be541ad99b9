#include "orm/base/decimal.h"

#include <cmath>
#include <cstring>
#include <random>

#include <catch2/catch.hpp>

#include "orm/base/error.h"

namespace decimal = moonbase::base::decimal;
using moonbase::base::Error;

namespace {

// Random canonical decimals with up to `digits` digits and a random point.
class Decimals {
 public:
  std::string next(int digits = 30) {
    const int count = std::uniform_int_distribution<int>(1, digits)(random_);
    const int point = std::uniform_int_distribution<int>(0, count)(random_);
    std::string text = std::uniform_int_distribution<int>(0, 1)(random_) == 0 ? "-" : "";
    for (int i = 0; i < count; ++i) {
      if (i == point) text += '.';
      text += static_cast<char>('0' + std::uniform_int_distribution<int>(0, 9)(random_));
    }
    return decimal::parse(text).value();
  }
  int64_t integer(int64_t bound) {
    return std::uniform_int_distribution<int64_t>(-bound, bound)(random_);
  }

 private:
  std::mt19937_64 random_{20261120};
};

std::string abs(const std::string& a) { return a.front() == '-' ? a.substr(1) : a; }

}  // namespace

TEST_CASE("parse makes canonical text") {
  CHECK(decimal::parse("12.50") == "12.50");
  CHECK(decimal::parse(" +007.10 ") == "7.10");
  CHECK(decimal::parse(".5") == "0.5");
  CHECK(decimal::parse("-3.") == "-3");
  CHECK(decimal::parse("-0.00") == "0.00");
  CHECK(decimal::parse("1.2E+3") == "1200");
  CHECK(decimal::parse("1.25e-4") == "0.000125");
  CHECK(decimal::parse("123e-2") == "1.23");
  CHECK(decimal::parse("0e5") == "0");
}

TEST_CASE("parse refuses what is no decimal") {
  for (const char* text : {"", " ", "-", ".", "1.2.3", "1e", "1e+-3", "1e1.5", "e5", "0x10", "1,5",
                           "NaN", "inf", "--1", "1 2", "1e99999999999", "1e5000", "1e-5000"}) {
    CAPTURE(text);
    CHECK_FALSE(decimal::parse(text));
  }
  CHECK_FALSE(decimal::parse(std::string(5000, '1')));
}

TEST_CASE("compare goes by value") {
  CHECK(decimal::compare("1.10", "1.1") == 0);
  CHECK(decimal::compare("-1.5", "1.5") == -1);
  CHECK(decimal::compare("-1.5", "-1.4") == -1);
  CHECK(decimal::compare("10", "9.99") == 1);
  CHECK(decimal::compare("0", "0.000") == 0);
  CHECK(decimal::compare("0.01", "0.009") == 1);
}

TEST_CASE("arithmetic as Python's decimal module has it") {
  CHECK(decimal::add("0.10", "0.2") == "0.30");
  CHECK(decimal::add("-1", "1.00") == "0.00");
  CHECK(decimal::sub("1", "0.001") == "0.999");
  CHECK(decimal::mul("1.10", "-3.0") == "-3.300");
  CHECK(decimal::neg("1.50") == "-1.50");
  CHECK(decimal::neg("-1.50") == "1.50");
  CHECK(decimal::neg("0.0") == "0.0");
  CHECK(decimal::div("1", "4") == "0.25");
  CHECK(decimal::div("10", "2") == "5");
  CHECK(decimal::div("6.0", "2.0") == "3");
  CHECK(decimal::div("1.00", "2") == "0.50");
  CHECK(decimal::div("0", "7.00") == "0");
  CHECK(decimal::div("1", "0.01") == "100");
  CHECK(decimal::div("1", "3") == "0.3333333333333333333333333333");
  CHECK(decimal::div("-0.6", "95129") == "-0.000006307224926152908156293033670");
  CHECK(decimal::div("-2", "3") == "-0.6666666666666666666666666667");
  CHECK(decimal::div("100000000000000000000000000000000001", "1") ==
        "100000000000000000000000000000000000");
}

TEST_CASE("a division by zero and an endless product are errors") {
  CHECK_THROWS_WITH(decimal::div("1", "0.00"), "division by zero: 1 / 0.00");
  const std::string long_number(3000, '7');
  CHECK_THROWS_AS(decimal::mul(long_number, long_number), Error);
}

TEST_CASE("quantize rounds half to even") {
  CHECK(decimal::quantize("1.005", 2) == "1.00");
  CHECK(decimal::quantize("1.015", 2) == "1.02");
  CHECK(decimal::quantize("1.0150001", 2) == "1.02");
  CHECK(decimal::quantize("-2.5", 0) == "-2");
  CHECK(decimal::quantize("-3.5", 0) == "-4");
  CHECK(decimal::quantize("9.999", 2) == "10.00");
  CHECK(decimal::quantize("-0.004", 2) == "0.00");
  CHECK(decimal::quantize("5", 2) == "5.00");
  CHECK(decimal::pad("5.125", 2) == "5.125");
}

TEST_CASE("integers and doubles go in and out") {
  CHECK(decimal::to_int64("-9223372036854775808") == INT64_MIN);
  CHECK(decimal::to_int64("9223372036854775807.000") == INT64_MAX);
  CHECK_FALSE(decimal::to_int64("9223372036854775808"));
  CHECK_FALSE(decimal::to_int64("1.5"));
  CHECK(decimal::to_double("-12.5") == -12.5);
  CHECK(decimal::to_double("1" + std::string(400, '0')) == HUGE_VAL);
  CHECK(decimal::from_double(19.99) == "19.99");
  CHECK(decimal::from_double(-0.0) == "0.0");
  CHECK(decimal::from_double(1e23) == "1" + std::string(23, '0'));
  CHECK(decimal::from_double(0.1 + 0.2, 2) == "0.30");
  CHECK(decimal::double_repr(3) == "3.0");
  CHECK(decimal::double_repr(1e300) == "1e+300");
  CHECK(decimal::double_repr(-HUGE_VAL) == "-inf");
}

TEST_CASE("sums, products and quotients undo one another") {
  Decimals random;
  for (int i = 0; i < 500; ++i) {
    const std::string a = random.next(), b = random.next();
    CAPTURE(a, b);
    CHECK(decimal::compare(decimal::sub(decimal::add(a, b), b), a) == 0);
    CHECK(decimal::add(a, b) == decimal::add(b, a));
    CHECK(decimal::mul(a, b) == decimal::mul(b, a));
    CHECK(decimal::compare(a, b) == -decimal::compare(b, a));
    const std::string difference = decimal::sub(a, b);
    CHECK(decimal::compare(a, b) == decimal::compare(difference, "0"));
    CHECK(decimal::parse(a) == a);
    if (decimal::is_zero(a) || decimal::is_zero(b)) continue;
    // |q - a/b| is at most half a unit of the 28th digit: |q*b - a| <= |a| * 10^-27.
    const std::string error = abs(decimal::sub(decimal::mul(decimal::div(a, b), b), a));
    CHECK(decimal::compare(error, decimal::mul(abs(a), "0.000000000000000000000000001")) <= 0);
  }
}

TEST_CASE("small decimals agree with 64-bit arithmetic") {
  Decimals random;
  for (int i = 0; i < 500; ++i) {
    const int64_t a = random.integer(1'000'000'000), b = random.integer(1'000'000'000);
    const std::string x = std::to_string(a), y = std::to_string(b);
    CHECK(decimal::to_int64(decimal::add(x, y)) == a + b);
    CHECK(decimal::to_int64(decimal::sub(x, y)) == a - b);
    CHECK(decimal::to_int64(decimal::mul(x, y)) == a * b);
    CHECK((decimal::compare(x, y) < 0) == (a < b));
    if (b != 0 && a % b == 0) CHECK(decimal::div(x, y) == std::to_string(a / b));
  }
}

TEST_CASE("rounding moves a number by half a unit at the most") {
  Decimals random;
  for (int i = 0; i < 300; ++i) {
    const std::string a = random.next(20);
    for (int scale = 0; scale < 6; ++scale) {
      CAPTURE(a, scale);
      const std::string rounded = decimal::quantize(a, scale);
      CHECK(decimal::scale(rounded) == scale);
      const std::string half =
          scale == 0 ? "0.5" : "0." + std::string(static_cast<size_t>(scale), '0') + "5";
      CHECK(decimal::compare(abs(decimal::sub(rounded, a)), half) <= 0);
    }
  }
}

TEST_CASE("every finite double comes back from its decimal") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const uint64_t bits = random();
    double d;
    static_assert(sizeof d == sizeof bits);
    std::memcpy(&d, &bits, sizeof d);
    if (!std::isfinite(d)) continue;
    CHECK(decimal::to_double(decimal::from_double(d)) == d);
  }
}
