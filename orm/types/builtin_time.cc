// Date, DateTime, Time and Interval.
#include <memory>

#include "orm/base/scalar.h"
#include "orm/types/builtin.h"

namespace moonbase::types {
namespace {

using base::Tag;
using base::Value;

constexpr uint32_t mask_of(Tag tag) { return tag_mask({Tag::kNull, tag}); }

// "use moonbase.date.fromisoformat('2026-11-20')" for text that reads as the wanted value.
// How the value is written: `reads` tells whether a text is one in ISO format.
std::string fromisoformat_fix(std::string_view module, const Value& v, bool reads) {
  std::string name = "moonbase." + std::string(module);
  if (v.tag() == Tag::kText && reads) return "use " + name + ".fromisoformat(" + v.repr() + ")";
  if (module == "time") return "write moonbase.time(12, 30)";
  bool counts_seconds = v.tag() == Tag::kInt || v.tag() == Tag::kDouble;
  if (counts_seconds) return "use " + name + ".fromtimestamp(" + v.repr() + ")";
  return "write " + name + "(2000, 12, 31)";
}

class DateType final : public Type {
 public:
  explicit DateType(TypeSpec spec)
      : Type(std::move(spec), mask_of(Tag::kDate), mask_of(Tag::kDate)) {}

 private:
  Value do_cast(Value v) const override {
    if (v.tag() == Tag::kDateTime) return Value::date(base::day_of(v.as_int()));
    const bool reads = v.tag() == Tag::kText && base::parse_date(v.as_bytes());
    refuse_sort(*this, "a date", v, fromisoformat_fix("date", v, reads));
  }
  Value do_load(Value v) const override {
    if (v.tag() == Tag::kDateTime) return Value::date(base::day_of(v.as_int()));
    if (v.tag() == Tag::kText) {
      if (const auto read = base::parse_datetime(v.as_bytes()))
        return Value::date(base::day_of(read->micros));
    }
    cannot_read(*this, v);
  }
};

// Without `timezone` the column has no offsets: an aware date-time keeps its clock and loses its
// offset at once, rather than after the next refresh.
class DateTimeType final : public Type {
 public:
  explicit DateTimeType(TypeSpec spec) : DateTimeType(spec.timezone, std::move(spec)) {}

 private:
  DateTimeType(bool keeps_offset, TypeSpec&& spec)
      : Type(std::move(spec), pass_mask(keeps_offset), pass_mask(keeps_offset)) {}

  static uint32_t pass_mask(bool keeps_offset) {
    return keeps_offset ? mask_of(Tag::kDateTime) : mask_of(Tag::kNull);
  }

  Value do_cast(Value v) const override {
    if (v.tag() == Tag::kDateTime) return Value::datetime(v.as_int());
    if (v.tag() == Tag::kDate) {
      const base::CivilDate d = base::civil_from_days(v.as_int());
      refuse_sort(*this, "a datetime", v,
                  "write moonbase.datetime(" + std::to_string(d.year) + ", " +
                      std::to_string(d.month) + ", " + std::to_string(d.day) + ")");
    }
    const bool reads = v.tag() == Tag::kText && base::parse_datetime(v.as_bytes());
    refuse_sort(*this, "a datetime", v, fromisoformat_fix("datetime", v, reads));
  }
  Value do_load(Value v) const override {
    if (v.tag() == Tag::kDateTime) return Value::datetime(v.as_int());
    if (v.tag() == Tag::kDate) return Value::datetime(v.as_int() * base::kMicrosPerDay);
    if (v.tag() == Tag::kText) {
      if (const auto read = base::parse_datetime(v.as_bytes())) {
        return Value::datetime(read->micros, timezone() ? read->utc_offset : base::kNaive);
      }
    }
    cannot_read(*this, v);
  }

 public:
  // Two aware date-times are the same when they are the same moment.
  bool equal(const Value& a, const Value& b) const override {
    const bool both_aware = a.tag() == Tag::kDateTime && b.tag() == Tag::kDateTime &&
                            a.utc_offset() != base::kNaive && b.utc_offset() != base::kNaive;
    if (!both_aware) return Type::equal(a, b);
    const auto instant = [](const Value& v) {
      return v.as_int() - v.utc_offset() * base::kMicrosPerSecond;
    };
    return instant(a) == instant(b);
  }
};

class TimeType final : public Type {
 public:
  explicit TimeType(TypeSpec spec)
      : Type(std::move(spec), mask_of(Tag::kTime), mask_of(Tag::kTime)) {}

 private:
  Value do_cast(Value v) const override {
    if (v.tag() == Tag::kDateTime) refuse_sort(*this, "a time", v, "take its time with d:time()");
    const bool reads = v.tag() == Tag::kText && base::parse_time(v.as_bytes());
    refuse_sort(*this, "a time", v, fromisoformat_fix("time", v, reads));
  }
  Value do_load(Value v) const override {
    if (v.tag() == Tag::kText) {
      if (const auto micros = base::parse_time(v.as_bytes())) return Value::time(*micros);
    }
    cannot_read(*this, v);
  }
};

class IntervalType final : public Type {
 public:
  explicit IntervalType(TypeSpec spec)
      : Type(std::move(spec), mask_of(Tag::kInterval), mask_of(Tag::kInterval)) {}

 private:
  Value do_cast(Value v) const override {
    const bool is_number = v.tag() == Tag::kInt || v.tag() == Tag::kDouble;
    refuse_sort(*this, "a timedelta", v,
                is_number ? "write moonbase.timedelta{seconds = " + v.repr() + "}" : "");
  }
  // A database without intervals stores a number of microseconds or a date-time counted from 1970.
  Value do_load(Value v) const override {
    if (v.tag() == Tag::kInt || v.tag() == Tag::kDateTime) return Value::interval(v.as_int());
    if (v.tag() == Tag::kText) {
      if (const auto since_1970 = base::parse_datetime(v.as_bytes()))
        return Value::interval(since_1970->micros);
      if (const auto micros = base::parse_interval(v.as_bytes())) return Value::interval(*micros);
    }
    cannot_read(*this, v);
  }
};

}  // namespace

TypePtr make_date(TypeSpec spec) { return std::make_shared<DateType>(std::move(spec)); }
TypePtr make_datetime(TypeSpec spec) { return std::make_shared<DateTimeType>(std::move(spec)); }
TypePtr make_time(TypeSpec spec) { return std::make_shared<TimeType>(std::move(spec)); }
TypePtr make_interval(TypeSpec spec) { return std::make_shared<IntervalType>(std::move(spec)); }

}  // namespace moonbase::types
