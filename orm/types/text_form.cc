#include "orm/types/text_form.h"

#include <nlohmann/json.hpp>

#include "orm/base/decimal.h"
#include "orm/base/error.h"
#include "orm/base/scalar.h"
#include "orm/base/text.h"

namespace moonbase::types {

namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = (c | 0x20) - 'a';
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

// \x6869, or the bytes as they are.
Value bytes_of(std::string_view text) {
  if (!text.starts_with("\\x")) return Value::blob(text);
  std::string out;
  for (size_t i = 2; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    if (high < 0 || low < 0)
      throw Error(ErrorKind::kDataError, "bytes after \\x are pairs of the digits 0 to f");
    out += static_cast<char>(high << 4 | low);
  }
  return Value::blob(out);
}

}  // namespace

std::string text_form(const Value& value) {
  switch (value.tag()) {
    case Tag::kBool:
      return value.as_bool() ? "t" : "f";
    case Tag::kInt:
      return std::to_string(value.as_int());
    case Tag::kDouble:
      return base::decimal::double_repr(value.as_double());
    case Tag::kBlob: {
      constexpr std::string_view kDigits = "0123456789abcdef";
      std::string out = "\\x";
      for (unsigned char byte : value.as_bytes()) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
      }
      return out;
    }
    case Tag::kDate:
      return base::format_date(value.as_int());
    case Tag::kTime:
      return base::format_time(value.as_int());
    case Tag::kDateTime:
      return base::isoformat_datetime(value.as_int(), value.utc_offset(), ' ');
    case Tag::kInterval:
      return base::format_interval(value.as_int());
    default:
      return std::string(value.as_bytes());
  }
}

Value from_text_form(std::string_view text, const Type& type) {
  try {
    Value value;
    switch (type.base_kind()) {
      case TypeKind::kLargeBinary:
        return bytes_of(text);
      case TypeKind::kDecorator:
        value = Value::text(text);
        break;
      case TypeKind::kJson:
      case TypeKind::kArray:
        // Not every database looks into it.
        if (!nlohmann::json::accept(text)) throw Error(ErrorKind::kDataError, "no JSON");
        value = Value::bytes(Tag::kJson, text);
        break;
      default:
        value = type.load(Value::text(text));
    }
    value = type.cast(std::move(value));
    value.own();
    return value;
  } catch (const Error&) {
    throw Error(ErrorKind::kDataError,
                base::quote_for_message(text, 60) + " is no value of " + type.repr());
  }
}

}  // namespace moonbase::types
