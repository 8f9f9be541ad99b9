// Exact decimal numbers as canonical text: an optional '-', digits without superfluous leading
// zeros, and the fraction with its trailing zeros kept ("-12.50"), as Numeric columns hold them.
// Zero has no sign. Functions taking a decimal expect canonical text and do not check it; `parse`
// makes it. Pure functions: any thread. The arithmetic throws base::Error(ValueError) for a
// division by zero or a result of more than kMaxDigits digits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace moonbase::base::decimal {

// Bounds what an exponent or repeated multiplication can make of a short text.
inline constexpr int kMaxDigits = 4096;
// Significant digits of a quotient that does not end.
inline constexpr int kDivisionDigits = 28;

// Canonical text from what a person or a database writes: "+1.50", ".5", "-3.", "1.2E+3", with
// blanks around it. nullopt for anything else, NaN and infinities included.
std::optional<std::string> parse(std::string_view text);

// -1, 0 or 1; by value, so 1.10 equals 1.1.
int compare(std::string_view a, std::string_view b);
bool is_zero(std::string_view a);
// Digits after the point.
int scale(std::string_view a);

// Exact; the larger scale (add, sub) or the sum of scales (mul) is kept.
std::string add(std::string_view a, std::string_view b);
std::string sub(std::string_view a, std::string_view b);
std::string mul(std::string_view a, std::string_view b);
// Exact where the quotient ends within kDivisionDigits significant digits, else rounded half-even
// to that many.
std::string div(std::string_view a, std::string_view b);
std::string neg(std::string_view a);
// Exactly `scale` digits after the point, rounding half-even.
std::string quantize(std::string_view a, int scale);
// Zeros appended up to `scale` digits after the point; never rounds.
std::string pad(std::string_view a, int scale);

// The nearest double.
double to_double(std::string_view a);
// nullopt when it has a fraction other than zero or does not fit.
std::optional<int64_t> to_int64(std::string_view a);
// The shortest text that reads back as the same double. `d` must be finite.
std::string from_double(double d);
// The same, rounded half-even to `scale` digits after the point. `d` must be finite.
std::string from_double(double d, int scale);
// For any double: "inf", "-inf", "nan", else shortest, always with a point or an exponent ("2.0",
// "1e+300").
std::string double_repr(double d);

}  // namespace moonbase::base::decimal
