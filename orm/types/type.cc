#include "orm/types/type.h"

#include <array>
#include <cmath>
#include <optional>

#include "orm/base/decimal.h"
#include "orm/base/error.h"
#include "orm/base/scalar.h"
#include "orm/base/text.h"
#include "orm/types/builtin.h"

namespace moonbase::types {
namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
namespace decimal = base::decimal;

constexpr std::array kKindNames = std::to_array<std::string_view>({
    "Integer",  "BigInteger",  "SmallInteger", "Boolean",     "String",        "Text",
    "Unicode",  "UnicodeText", "Float",        "Double",      "Numeric",       "Date",
    "DateTime", "Time",        "Interval",     "LargeBinary", "Enum",          "JSON",
    "Uuid",     "ARRAY",       "NullType",     "SQL type",    "TypeDecorator",
});
static_assert(kKindNames.size() == static_cast<size_t>(TypeKind::kDecorator) + 1);

std::string quoted(std::string_view text) { return base::quote_for_message(text, text.size()); }

std::string boolean_word(bool b) { return b ? "true" : "false"; }

std::string arguments_of(const TypeSpec& spec) {
  std::vector<std::string> parts;
  auto add_number = [&parts](int n) {
    if (n != kUnspecified) parts.push_back(std::to_string(n));
  };
  if (spec.impl) parts.push_back(spec.impl->repr());
  for (const std::string& value : spec.enum_values) parts.push_back(quoted(value));
  if (spec.item) parts.push_back(spec.item->repr());
  if (spec.base_kind != TypeKind::kEnum && !spec.impl) add_number(spec.length);
  if (!spec.impl) add_number(spec.precision);
  if (!spec.impl) add_number(spec.scale);
  if (spec.timezone && !spec.impl) parts.push_back("timezone=true");
  const bool decimal_by_default = spec.base_kind == TypeKind::kNumeric;
  if (spec.as_decimal != decimal_by_default && !spec.impl)
    parts.push_back("asdecimal=" + boolean_word(spec.as_decimal));
  if (!spec.collation.empty()) parts.push_back("collation=" + quoted(spec.collation));
  if (!spec.enum_name.empty()) parts.push_back("name=" + quoted(spec.enum_name));
  if (!spec.native_enum) parts.push_back("native_enum=false");
  if (spec.create_constraint) parts.push_back("create_constraint=true");
  return base::join(parts, ", ");
}

std::string repr_of(const TypeSpec& spec) {
  const std::string arguments = arguments_of(spec);
  return arguments.empty() ? spec.name : spec.name + "(" + arguments + ")";
}

std::string token_of(const TypeSpec& spec, const std::string& repr) {
  std::string token = std::to_string(static_cast<int>(spec.kind)) + "." +
                      std::to_string(static_cast<int>(spec.base_kind)) + " " + repr;
  if (spec.length != kUnspecified && spec.base_kind == TypeKind::kEnum)
    token += " length " + std::to_string(spec.length);
  if (spec.item) token += " of [" + spec.item->cache_token() + "]";
  if (spec.impl) token += " over [" + spec.impl->cache_token() + "]";
  if (!spec.token.empty()) token += " token " + quoted(spec.token);
  for (const auto& [dialect, variant] : spec.variants) {
    token += " on " + quoted(dialect) + " [" + variant->cache_token() + "]";
  }
  return token;
}

bool is_number(const Value& v) {
  return v.tag() == Tag::kInt || v.tag() == Tag::kDouble || v.tag() == Tag::kDecimal ||
         v.tag() == Tag::kBool;
}

// Both are numbers, of different tags.
bool equal_numbers(const Value& a, const Value& b) {
  if (b.tag() == Tag::kDecimal) return equal_numbers(b, a);
  if (a.tag() == Tag::kDecimal) {
    if (b.tag() == Tag::kDouble) return decimal::to_double(a.as_bytes()) == b.as_double();
    return decimal::to_int64(a.as_bytes()) == b.as_int();
  }
  if (b.tag() == Tag::kDouble) return equal_numbers(b, a);
  if (a.tag() == Tag::kDouble) {
    // Exact, unlike converting a large integer to double. 2^63 is the first double past the
    // integers.
    const double d = a.as_double();
    return d >= -0x1p63 && d < 0x1p63 && static_cast<int64_t>(d) == b.as_int() &&
           d == std::trunc(d);
  }
  return a.as_int() == b.as_int();  // an integer and a boolean
}

std::string quoted_literal(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    throw Error(ErrorKind::kCompileError,
                "text with a NUL byte cannot be written as SQL text; bind it as a parameter");
  }
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out += '\'';
}

std::string number_literal(double d) {
  if (!std::isfinite(d)) {
    throw Error(ErrorKind::kCompileError,
                decimal::double_repr(d) + " cannot be written as SQL text; bind it as a parameter");
  }
  return decimal::double_repr(d);
}

}  // namespace

std::string_view kind_name(TypeKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

Type::Type(TypeSpec spec, uint32_t cast_mask, uint32_t load_mask)
    : spec_(std::move(spec)), cast_mask_(cast_mask), load_mask_(load_mask) {
  repr_ = repr_of(spec_);
  cache_token_ = token_of(spec_, repr_);
}

Type::~Type() = default;

std::string Type::sql_name() const {
  return spec_.name == "DOUBLE_PRECISION" ? "DOUBLE PRECISION" : spec_.name;
}

bool Type::equal(const Value& a, const Value& b) const {
  if (a.tag() == b.tag()) {
    return a.tag() == Tag::kDecimal ? decimal::compare(a.as_bytes(), b.as_bytes()) == 0 : a == b;
  }
  if (is_number(a) && is_number(b)) return equal_numbers(a, b);
  // Text and bytes with the same content.
  const bool both_bytes = a.is_bytes() && b.is_bytes() && !is_number(a) && !is_number(b);
  return both_bytes && a.as_bytes() == b.as_bytes();
}

std::string Type::literal(const Value& v) const {
  switch (v.tag()) {
    case Tag::kNull:
      return "NULL";
    case Tag::kBool:
    case Tag::kInt:
    case Tag::kDecimal:
    case Tag::kBlob:
      return v.repr(SIZE_MAX);
    case Tag::kDouble:
      return number_literal(v.as_double());
    case Tag::kText:
    case Tag::kUuid:
    case Tag::kJson:
      return quoted_literal(v.as_bytes());
    case Tag::kDate:
      return "'" + base::format_date(v.as_int()) + "'";
    case Tag::kTime:
      return "'" + base::format_time(v.as_int()) + "'";
    case Tag::kDateTime:
      return "'" + base::format_datetime(v.as_int()) + base::format_utc_offset(v.utc_offset()) +
             "'";
    case Tag::kInterval:
      return "'" + base::format_interval(v.as_int()) + "'";
    default:
      throw Error(ErrorKind::kCompileError, describe(v) + " cannot be written as SQL text");
  }
}

TypePtr Type::with_variant(TypePtr type, std::string dialect) const {
  TypeSpec spec = spec_;
  for (const auto& [name, variant] : spec.variants) {
    if (name == dialect) {
      throw Error(ErrorKind::kArgumentError,
                  repr_ + " already has a variant for " + quoted(dialect) + ": " + variant->repr());
    }
  }
  spec.variants.emplace_back(std::move(dialect), std::move(type));
  return rebuild(std::move(spec));
}

const Type& Type::variant_for(std::string_view dialect) const {
  for (const auto& [name, variant] : spec_.variants) {
    if (name == dialect) return *variant;
  }
  return *this;
}

TypePtr Type::rebuild(TypeSpec spec) const { return make(std::move(spec)); }

std::string describe(const Value& v) {
  switch (v.tag()) {
    case Tag::kNull:
    case Tag::kBool:
    case Tag::kInt:
    case Tag::kDouble:
      return v.repr();
    case Tag::kText:
    case Tag::kBlob:
    case Tag::kJson:
      return std::string(base::tag_name(v.tag())) + " " + v.repr(60);
    case Tag::kDecimal:
    case Tag::kDate:
    case Tag::kTime:
    case Tag::kDateTime:
    case Tag::kInterval:
    case Tag::kUuid:
      return "a " + std::string(base::tag_name(v.tag())) + " " + v.repr(60);
    case Tag::kExpression:
      return "an SQL expression";
    case Tag::kObject:
      return "an object";
    case Tag::kCollection:
      return "a collection";
    case Tag::kNeverSet:
    case Tag::kNotLoaded:
      return "no value";
  }
  return "an unknown value";
}

namespace {

std::string refusal(const Type& type, std::string_view takes, const Value& got,
                    const std::string& fix) {
  std::string message = type.name() + " takes " + std::string(takes) + ", got " + describe(got);
  if (!fix.empty()) message += "; " + fix;
  return message;
}

}  // namespace

void refuse_sort(const Type& type, std::string_view takes, const Value& got,
                 const std::string& fix) {
  throw Error(ErrorKind::kTypeError, refusal(type, takes, got, fix));
}

void refuse_content(const Type& type, std::string_view takes, const Value& got,
                    const std::string& fix) {
  throw Error(ErrorKind::kValueError, refusal(type, takes, got, fix));
}

void cannot_read(const Type& type, const Value& got) {
  throw Error(ErrorKind::kValueError, "Couldn't read " + got.repr(60) + " as " + type.name());
}

}  // namespace moonbase::types
