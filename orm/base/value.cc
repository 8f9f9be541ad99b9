#include "orm/base/value.h"

#include <array>
#include <cmath>
#include <stdexcept>

#include "orm/base/decimal.h"
#include "orm/base/scalar.h"
#include "orm/base/text.h"

namespace moonbase::base {
namespace {

constexpr std::array<std::string_view, 18> kTagNames = {
    "null",    "boolean",   "integer",    "float",      "text",      "bytes",
    "decimal", "date",      "time",       "datetime",   "timedelta", "uuid",
    "JSON",    "never set", "not loaded", "expression", "object",    "collection",
};
static_assert(kTagNames.size() == static_cast<size_t>(Tag::kCollection) + 1);

bool has_text_content(Tag tag) {
  return tag == Tag::kText || tag == Tag::kBlob || tag == Tag::kDecimal || tag == Tag::kUuid ||
         tag == Tag::kJson;
}

// A finalizer that spreads every input bit over the result (splitmix64).
uint64_t mix(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

uint64_t hash_bytes(std::string_view s, uint64_t seed) {
  uint64_t h = seed;
  const char* p = s.data();
  size_t left = s.size();
  for (; left >= 8; p += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    h = mix(h ^ word);
  }
  uint64_t tail = 0;
  if (left != 0) std::memcpy(&tail, p, left);
  return mix(h ^ tail ^ (static_cast<uint64_t>(s.size()) << 56));
}

std::string hex_literal(std::string_view s, size_t max_bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "x'";
  auto append = [&out](std::string_view part) {
    for (char c : part) {
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  };
  if (s.size() <= max_bytes) {
    append(s);
  } else {
    append(s.substr(0, max_bytes / 2));
    out += "…";
    append(s.substr(s.size() - max_bytes / 2));
  }
  return out += '\'';
}

}  // namespace

std::string_view tag_name(Tag tag) { return kTagNames[static_cast<size_t>(tag)]; }

Value Value::bytes(Tag tag, std::string_view s) {
  if (s.size() > UINT32_MAX) throw std::length_error("a value holds at most 4 GiB");
  Value v = borrowed(tag, s);
  v.own();
  return v;
}

void Value::own() {
  if (owned_ || !is_bytes()) return;
  if (size_ == 0) {
    payload_.p = nullptr;
    return;
  }
  char* copy = static_cast<char*>(::operator new(size_));
  std::memcpy(copy, payload_.p, size_);
  payload_.p = copy;
  owned_ = true;
}

void Value::copy_from(const Value& other) {
  tag_ = other.tag_;
  size_ = other.size_;
  payload_ = other.payload_;
  own();
}

void Value::release() noexcept { ::operator delete(payload_.p); }

bool Value::equal(const Value& a, const Value& b) noexcept {
  if (a.tag_ != b.tag_) return false;
  switch (a.tag_) {
    case Tag::kNull:
    case Tag::kNeverSet:
    case Tag::kNotLoaded:
      return true;
    case Tag::kDouble:
      // NaN equals itself here: a value must be findable under its own key.
      return a.payload_.d == b.payload_.d || (std::isnan(a.payload_.d) && std::isnan(b.payload_.d));
    case Tag::kDateTime:
      return a.payload_.i == b.payload_.i && a.size_ == b.size_;
    case Tag::kExpression:
    case Tag::kObject:
    case Tag::kCollection:
      return a.payload_.o == b.payload_.o;
    default:
      return has_text_content(a.tag_) ? a.as_bytes() == b.as_bytes() : a.payload_.i == b.payload_.i;
  }
}

uint64_t Value::hash() const noexcept {
  const uint64_t seed = mix(static_cast<uint64_t>(tag_) + 0x9e3779b97f4a7c15ULL);
  switch (tag_) {
    case Tag::kNull:
    case Tag::kNeverSet:
    case Tag::kNotLoaded:
      return seed;
    case Tag::kDouble: {
      // Equal values hash alike: both zeros, and every NaN.
      double d = std::isnan(payload_.d) ? std::nan("") : payload_.d + 0.0;
      uint64_t bits;
      std::memcpy(&bits, &d, sizeof bits);
      return mix(seed ^ bits);
    }
    case Tag::kDateTime:
      return mix(mix(seed ^ static_cast<uint64_t>(payload_.i)) ^ size_);
    case Tag::kExpression:
    case Tag::kObject:
    case Tag::kCollection:
      return mix(seed ^ reinterpret_cast<uintptr_t>(payload_.o));
    default:
      return has_text_content(tag_) ? hash_bytes(as_bytes(), seed)
                                    : mix(seed ^ static_cast<uint64_t>(payload_.i));
  }
}

std::string Value::repr(size_t max_bytes) const {
  switch (tag_) {
    case Tag::kNull:
      return "NULL";
    case Tag::kBool:
      return as_bool() ? "true" : "false";
    case Tag::kInt:
      return std::to_string(as_int());
    case Tag::kDouble:
      return decimal::double_repr(as_double());
    case Tag::kDecimal:
      return std::string(as_bytes());
    case Tag::kBlob:
      return hex_literal(as_bytes(), max_bytes);
    case Tag::kDate:
      return "'" + format_date(as_int()) + "'";
    case Tag::kTime:
      return "'" + isoformat_time(as_int()) + "'";
    case Tag::kDateTime:
      return "'" + isoformat_datetime(as_int(), utc_offset(), ' ') + "'";
    case Tag::kInterval:
      return "'" + format_interval(as_int()) + "'";
    case Tag::kText:
    case Tag::kUuid:
    case Tag::kJson:
      return quote_for_message(as_bytes(), max_bytes);
    default:
      return "<" + std::string(tag_name(tag_)) + ">";
  }
}

}  // namespace moonbase::base
