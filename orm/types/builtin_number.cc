// Integer, Boolean, Float and Numeric.
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>

#include "orm/base/decimal.h"
#include "orm/base/text.h"
#include "orm/types/builtin.h"

namespace moonbase::types {
namespace {

using base::Tag;
using base::Value;
namespace decimal = base::decimal;

constexpr uint32_t mask_of(Tag tag) { return tag_mask({Tag::kNull, tag}); }

// 2^63 is the first double past the 64-bit integers.
bool is_int64(double d) { return d >= -0x1p63 && d < 0x1p63 && d == std::trunc(d); }

std::optional<double> parse_double(std::string_view text) {
  text = base::trim(text);
  double d = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), d);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return d;
}

class IntegerType final : public Type {
 public:
  explicit IntegerType(TypeSpec spec)
      : Type(std::move(spec), mask_of(Tag::kInt), mask_of(Tag::kInt)) {}

 private:
  static constexpr std::string_view kTakes = "a whole number";

  Value do_cast(Value v) const override {
    if (v.tag() == Tag::kDouble) {
      if (is_int64(v.as_double())) return Value::integer(static_cast<int64_t>(v.as_double()));
      const bool too_large =
          std::isfinite(v.as_double()) && v.as_double() == std::trunc(v.as_double());
      refuse_content(*this, too_large ? "a whole number of 64 bits" : kTakes, v);
    }
    if (v.tag() == Tag::kDecimal) {
      if (const auto i = decimal::to_int64(v.as_bytes())) return Value::integer(*i);
      refuse_content(*this, kTakes, v);
    }
    if (v.tag() == Tag::kBool) refuse_sort(*this, kTakes, v, v.as_bool() ? "write 1" : "write 0");
    if (v.tag() == Tag::kText) {
      const auto number = decimal::parse(v.as_bytes());
      const auto whole = number ? decimal::to_int64(*number) : std::nullopt;
      if (whole) {
        refuse_sort(*this, kTakes, v,
                    "write " + std::to_string(*whole) + ", or convert the text with tonumber(…)");
      }
    }
    refuse_sort(*this, kTakes, v);
  }

  Value do_load(Value v) const override {
    if (v.tag() == Tag::kBool) return Value::integer(v.as_bool() ? 1 : 0);
    if (v.tag() == Tag::kDouble && is_int64(v.as_double()))
      return Value::integer(static_cast<int64_t>(v.as_double()));
    if (v.tag() == Tag::kText || v.tag() == Tag::kDecimal) {
      const auto number = decimal::parse(v.as_bytes());
      if (const auto i = number ? decimal::to_int64(*number) : std::nullopt)
        return Value::integer(*i);
    }
    cannot_read(*this, v);
  }
};

class BooleanType final : public Type {
 public:
  explicit BooleanType(TypeSpec spec)
      : Type(std::move(spec), mask_of(Tag::kBool), mask_of(Tag::kBool)) {}

 private:
  static constexpr std::string_view kTakes = "true, false, 1 or 0";

  Value do_cast(Value v) const override {
    if (v.tag() == Tag::kInt) {
      if (v.as_int() == 0 || v.as_int() == 1) return Value::boolean(v.as_int() == 1);
      refuse_content(*this, kTakes, v);
    }
    if (v.tag() == Tag::kDouble) {
      if (v.as_double() == 0 || v.as_double() == 1) return Value::boolean(v.as_double() == 1);
      refuse_content(*this, kTakes, v);
    }
    refuse_sort(*this, kTakes, v);
  }

  Value do_load(Value v) const override {
    if (v.tag() == Tag::kInt) return Value::boolean(v.as_int() != 0);
    if (v.tag() == Tag::kDouble && (v.as_double() == 0 || v.as_double() == 1))
      return Value::boolean(v.as_double() == 1);
    if (v.tag() == Tag::kText) {
      for (std::string_view word : {"true", "t", "1"}) {
        if (base::equal_ignoring_case(v.as_bytes(), word)) return Value::boolean(true);
      }
      for (std::string_view word : {"false", "f", "0"}) {
        if (base::equal_ignoring_case(v.as_bytes(), word)) return Value::boolean(false);
      }
    }
    cannot_read(*this, v);
  }
};

class FloatType final : public Type {
 public:
  explicit FloatType(TypeSpec spec)
      : Type(std::move(spec), mask_of(Tag::kDouble), mask_of(Tag::kDouble)) {}

 private:
  Value do_cast(Value v) const override {
    if (v.tag() == Tag::kInt) return Value::real(static_cast<double>(v.as_int()));
    if (v.tag() == Tag::kDecimal) return Value::real(decimal::to_double(v.as_bytes()));
    const bool is_numeral = v.tag() == Tag::kText && decimal::parse(v.as_bytes());
    refuse_sort(*this, "a number", v, is_numeral ? "convert the text with tonumber(…)" : "");
  }

  Value do_load(Value v) const override {
    if (v.tag() == Tag::kInt) return Value::real(static_cast<double>(v.as_int()));
    if (v.tag() == Tag::kDecimal) return Value::real(decimal::to_double(v.as_bytes()));
    if (v.tag() == Tag::kText) {
      if (const auto d = parse_double(v.as_bytes())) return Value::real(*d);
    }
    cannot_read(*this, v);
  }
};

// Exact decimals. A declared scale is a minimum here: digits beyond it are the database's to round.
class DecimalType final : public Type {
 public:
  explicit DecimalType(TypeSpec spec) : DecimalType(spec.scale, std::move(spec)) {}

 private:
  static constexpr std::string_view kTakes = "a number";

  DecimalType(int scale, TypeSpec&& spec)
      : Type(std::move(spec), pass_mask(scale), pass_mask(scale)) {}

  static uint32_t pass_mask(int scale) {
    return scale == kUnspecified ? mask_of(Tag::kDecimal) : mask_of(Tag::kNull);
  }

  Value padded(std::string_view canonical) const {
    if (scale() == kUnspecified) return Value::bytes(Tag::kDecimal, canonical);
    return Value::bytes(Tag::kDecimal, decimal::pad(canonical, scale()));
  }

  // A double is inexact anyway, so it is rounded to the scale: 0.1 + 0.2 is 0.30.
  Value from_double(double d) const {
    const std::string text =
        scale() == kUnspecified ? decimal::from_double(d) : decimal::from_double(d, scale());
    return Value::bytes(Tag::kDecimal, text);
  }

  Value do_cast(Value v) const override {
    switch (v.tag()) {
      case Tag::kDecimal:
        return padded(v.as_bytes());
      case Tag::kInt:
        return padded(std::to_string(v.as_int()));
      case Tag::kDouble:
        if (!std::isfinite(v.as_double())) refuse_content(*this, "a finite number", v);
        return from_double(v.as_double());
      case Tag::kText:
        // The one way to write an exact decimal in a program.
        if (const auto number = decimal::parse(v.as_bytes())) return padded(*number);
        refuse_content(*this, "a number, or one as text like '12.50'", v);
      default:
        refuse_sort(*this, kTakes, v);
    }
  }

  Value do_load(Value v) const override {
    if (v.tag() == Tag::kInt) return padded(std::to_string(v.as_int()));
    if (v.tag() == Tag::kDouble && std::isfinite(v.as_double())) return from_double(v.as_double());
    if (v.tag() == Tag::kDecimal)
      return decimal::scale(v.as_bytes()) >= scale() ? std::move(v) : padded(v.as_bytes());
    if (v.tag() == Tag::kText) {
      if (const auto number = decimal::parse(v.as_bytes())) return padded(*number);
    }
    cannot_read(*this, v);
  }
};

}  // namespace

TypePtr make_integer(TypeSpec spec) { return std::make_shared<IntegerType>(std::move(spec)); }
TypePtr make_boolean(TypeSpec spec) { return std::make_shared<BooleanType>(std::move(spec)); }
TypePtr make_float(TypeSpec spec) { return std::make_shared<FloatType>(std::move(spec)); }
TypePtr make_decimal(TypeSpec spec) { return std::make_shared<DecimalType>(std::move(spec)); }

}  // namespace moonbase::types
