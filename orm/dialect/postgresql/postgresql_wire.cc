#include "orm/dialect/postgresql/postgresql_wire.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "orm/base/decimal.h"
#include "orm/base/error.h"
#include "orm/base/scalar.h"
#include "orm/dialect/postgresql/postgresql_array.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

struct TypeRow {
  TypeId id;
  std::string_view name;
  Form form;
  TypeId array;  // the type of its arrays
};

// Sorted by number.
constexpr TypeRow kTypes[] = {
    {16, "boolean", Form::kBool, 1000},
    {17, "bytea", Form::kBytea, 1001},
    {18, "\"char\"", Form::kText, 1002},
    {19, "name", Form::kText, 1003},
    {20, "bigint", Form::kInt8, 1016},
    {21, "smallint", Form::kInt2, 1005},
    {23, "integer", Form::kInt4, 1007},
    {25, "text", Form::kText, 1009},
    {26, "oid", Form::kOid, 1028},
    {114, "json", Form::kJson, 199},
    {142, "xml", Form::kText, 143},
    {650, "cidr", Form::kUnknown, 651},
    {700, "real", Form::kFloat4, 1021},
    {701, "double precision", Form::kFloat8, 1022},
    {705, "unknown", Form::kText, 0},
    {790, "money", Form::kUnknown, 791},
    {829, "macaddr", Form::kUnknown, 1040},
    {869, "inet", Form::kUnknown, 1041},
    {1042, "character", Form::kText, 1014},
    {1043, "character varying", Form::kText, 1015},
    {1082, "date", Form::kDate, 1182},
    {1083, "time without time zone", Form::kTime, 1183},
    {1114, "timestamp without time zone", Form::kTimestamp, 1115},
    {1184, "timestamp with time zone", Form::kTimestamptz, 1185},
    {1186, "interval", Form::kInterval, 1187},
    {1266, "time with time zone", Form::kUnknown, 1270},
    {1700, "numeric", Form::kNumeric, 1231},
    {2950, "uuid", Form::kUuid, 2951},
    {3802, "jsonb", Form::kJsonb, 3807},
};

const TypeRow* find_row(TypeId type) {
  const auto* row = std::lower_bound(std::begin(kTypes), std::end(kTypes), type,
                                     [](const TypeRow& r, TypeId id) { return r.id < id; });
  return row != std::end(kTypes) && row->id == type ? row : nullptr;
}

// PostgreSQL counts from 2000-01-01.
constexpr int64_t kEpochDays = 10'957;
constexpr int64_t kEpochMicros = kEpochDays * base::kMicrosPerDay;

template <class Integer>
Integer read_integer(std::string_view bytes, size_t at = 0) {
  std::make_unsigned_t<Integer> out = 0;
  for (size_t i = 0; i < sizeof(Integer); ++i)
    out = static_cast<decltype(out)>(static_cast<uint64_t>(out) << 8 |
                                     static_cast<unsigned char>(bytes[at + i]));
  return static_cast<Integer>(out);
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
  for (int shift = static_cast<int>(sizeof(Integer)) * 8 - 8; shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<uint64_t>(value) >> shift);
}

// ---- dates and times ----

// The year 0 is 1 BC, the year -43 is 44 BC.
std::string date_text(int64_t days) {
  base::CivilDate date = base::civil_from_days(days);
  int year = date.year > 0 ? date.year : 1 - date.year;
  return fmt::format("{:04}-{:02}-{:02}", year, date.month, date.day);
}
std::string_view era(int64_t days) { return base::civil_from_days(days).year > 0 ? "" : " BC"; }

Value date_value(int32_t since_2000) {
  if (since_2000 == INT32_MAX) return Value::text("infinity");
  if (since_2000 == INT32_MIN) return Value::text("-infinity");
  int64_t days = since_2000 + kEpochDays;
  if (days >= base::kMinDays && days <= base::kMaxDays) return Value::date(days);
  return Value::text(date_text(days).append(era(days)));
}

Value timestamp_value(int64_t since_2000, int32_t utc_offset) {
  if (since_2000 == INT64_MAX) return Value::text("infinity");
  if (since_2000 == INT64_MIN) return Value::text("-infinity");
  if (since_2000 <= base::kMaxDateTime - kEpochMicros &&
      since_2000 >= base::kMinDateTime - kEpochMicros) {
    return Value::datetime(since_2000 + kEpochMicros, utc_offset);
  }
  int64_t days = base::day_of(since_2000) + kEpochDays;
  std::string text = date_text(days) + " " + base::isoformat_time(base::time_of(since_2000));
  return Value::text(text.append(utc_offset == base::kNaive ? "" : "+00").append(era(days)));
}

// A month is taken as 30 days and a year as 365, as psycopg and Python's timedelta have it.
Value interval_value(int32_t months, int32_t days, int64_t micros) {
  __int128 all_days = static_cast<__int128>(months / 12) * 365 + (months % 12) * 30 + days;
  __int128 total = all_days * base::kMicrosPerDay + micros;
  if (total >= INT64_MIN && total <= INT64_MAX) return Value::interval(static_cast<int64_t>(total));
  return Value::text(fmt::format("{} months {} days {} microseconds", months, days, micros));
}

Value moment_from_text(std::string_view bytes, bool is_aware) {
  std::optional<base::DateTimeText> read = base::parse_datetime(bytes);
  if (!read) return Value::borrowed(Tag::kText, bytes);
  if (!is_aware) return Value::datetime(read->micros);
  int64_t offset = read->utc_offset == base::kNaive ? 0 : read->utc_offset;
  return Value::datetime(read->micros - offset * base::kMicrosPerSecond, 0);
}

// ---- numbers ----

Value real_from_text(std::string_view bytes) {
  double d = 0;
  auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), d);
  // Beyond a double's reach the text reads as zero or infinity, which PostgreSQL never sends.
  return error == std::errc() ? Value::real(d) : Value::text(bytes);
}

Value integer_from_text(std::string_view bytes) {
  int64_t i = 0;
  std::from_chars(bytes.data(), bytes.data() + bytes.size(), i);
  return Value::integer(i);
}

bool is_decimal_text(std::string_view bytes) {
  return !bytes.empty() && bytes.back() >= '0' && bytes.back() <= '9';
}

// Digits in groups of four: `weight` is the place of the first group, `scale` how many digits stand
// behind the point.
Value numeric_from_binary(std::string_view bytes) {
  constexpr uint16_t kNegative = 0x4000, kNan = 0xC000, kInfinity = 0xD000, kMinusInfinity = 0xF000;
  int groups = read_integer<int16_t>(bytes), weight = read_integer<int16_t>(bytes, 2);
  auto sign = read_integer<uint16_t>(bytes, 4);
  int scale = read_integer<int16_t>(bytes, 6);
  if (sign == kNan) return Value::text("NaN");
  if (sign == kInfinity) return Value::text("Infinity");
  if (sign == kMinusInfinity) return Value::text("-Infinity");
  auto group = [&](int place) {
    bool is_there = place >= 0 && place < groups;
    return is_there ? read_integer<int16_t>(bytes, 8 + static_cast<size_t>(place) * 2) : 0;
  };
  std::string out = sign == kNegative ? "-" : "";
  if (weight < 0) out += '0';
  for (int place = 0; place <= weight; ++place)
    out += fmt::format(fmt::runtime(place == 0 ? "{}" : "{:04}"), group(place));
  if (scale > 0) {
    out += '.';
    size_t whole = out.size();
    for (int place = weight + 1; out.size() < whole + static_cast<size_t>(scale); ++place)
      out += fmt::format("{:04}", group(place));
    out.resize(whole + static_cast<size_t>(scale));
  }
  return Value::bytes(Tag::kDecimal, out);
}

// ---- bytes ----

int hex_digit(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// \x6869
Value bytea_from_text(std::string_view bytes) {
  if (!bytes.starts_with("\\x")) return Value::borrowed(Tag::kText, bytes);
  std::string out;
  out.reserve(bytes.size() / 2);
  for (size_t i = 2; i + 1 < bytes.size(); i += 2)
    out += static_cast<char>(hex_digit(bytes[i]) << 4 | hex_digit(bytes[i + 1]));
  return Value::blob(out);
}

Value uuid_from_binary(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  char text[36];
  char* end = text;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *end++ = '-';
    auto byte = static_cast<unsigned char>(bytes[i]);
    *end++ = kDigits[byte >> 4];
    *end++ = kDigits[byte & 15];
  }
  return Value::bytes(Tag::kUuid, {text, sizeof text});
}

}  // namespace

TypeForm form_of(TypeId type) {
  if (const TypeRow* row = find_row(type)) return {row->form, Form::kUnknown};
  if (type >= kFirstUserTypeId) return {};
  for (const TypeRow& row : kTypes) {
    if (row.array == type) return {Form::kArray, row.form};
  }
  return {};
}

std::string_view type_name(TypeId type) {
  const TypeRow* row = find_row(type);
  return row ? row->name : std::string_view();
}

TypeId array_of(TypeId item) {
  const TypeRow* row = find_row(item);
  return row ? row->array : kInferred;
}

bool has_binary(Form form) { return form != Form::kArray && form != Form::kUnknown; }

Value read_text(TypeForm type, std::string_view bytes) {
  switch (type.form) {
    case Form::kBool:
      return Value::boolean(bytes == "t");
    case Form::kInt2:
    case Form::kInt4:
    case Form::kInt8:
    case Form::kOid:
      return integer_from_text(bytes);
    case Form::kFloat4:
    case Form::kFloat8:
      return real_from_text(bytes);
    case Form::kNumeric:
      return Value::borrowed(is_decimal_text(bytes) ? Tag::kDecimal : Tag::kText, bytes);
    case Form::kBytea:
      return bytea_from_text(bytes);
    case Form::kDate:
      if (auto days = base::parse_date(bytes)) return Value::date(*days);
      break;
    case Form::kTime:
      if (auto micros = base::parse_time(bytes)) return Value::time(*micros);
      break;
    case Form::kTimestamp:
    case Form::kTimestamptz:
      return moment_from_text(bytes, type.form == Form::kTimestamptz);
    case Form::kInterval:
      if (auto micros = base::parse_interval(bytes)) return Value::interval(*micros);
      break;
    case Form::kUuid:
      return Value::borrowed(Tag::kUuid, bytes);
    case Form::kJson:
    case Form::kJsonb:
      return Value::borrowed(Tag::kJson, bytes);
    case Form::kArray:
      return Value::bytes(Tag::kJson, array_json(bytes, type.item));
    case Form::kText:
    case Form::kUnknown:
      break;
  }
  return Value::borrowed(Tag::kText, bytes);
}

Value read_binary(Form form, std::string_view bytes) {
  switch (form) {
    case Form::kBool:
      return Value::boolean(bytes[0] != 0);
    case Form::kInt2:
      return Value::integer(read_integer<int16_t>(bytes));
    case Form::kInt4:
      return Value::integer(read_integer<int32_t>(bytes));
    case Form::kInt8:
      return Value::integer(read_integer<int64_t>(bytes));
    case Form::kOid:
      return Value::integer(read_integer<uint32_t>(bytes));
    case Form::kFloat4:
      // A real has seven digits: as a double it is the number those digits stand for.
      return real_from_text(fmt::format("{}", std::bit_cast<float>(read_integer<uint32_t>(bytes))));
    case Form::kFloat8:
      return Value::real(std::bit_cast<double>(read_integer<uint64_t>(bytes)));
    case Form::kNumeric:
      return numeric_from_binary(bytes);
    case Form::kBytea:
      return Value::borrowed(Tag::kBlob, bytes);
    case Form::kDate:
      return date_value(read_integer<int32_t>(bytes));
    case Form::kTime: {
      auto micros = read_integer<int64_t>(bytes);
      return micros < base::kMicrosPerDay ? Value::time(micros) : Value::text("24:00:00");
    }
    case Form::kTimestamp:
      return timestamp_value(read_integer<int64_t>(bytes), base::kNaive);
    case Form::kTimestamptz:
      return timestamp_value(read_integer<int64_t>(bytes), 0);
    case Form::kInterval:
      return interval_value(read_integer<int32_t>(bytes, 12), read_integer<int32_t>(bytes, 8),
                            read_integer<int64_t>(bytes));
    case Form::kUuid:
      return uuid_from_binary(bytes);
    case Form::kJson:
      return Value::borrowed(Tag::kJson, bytes);
    case Form::kJsonb:
      return Value::borrowed(Tag::kJson, bytes.substr(1));  // behind the format's version
    case Form::kText:
    case Form::kArray:
    case Form::kUnknown:
      break;
  }
  return Value::borrowed(Tag::kText, bytes);
}

TypeId parameter_type(const Value& value) {
  switch (value.tag()) {
    case Tag::kBool:
      return kBoolId;
    case Tag::kInt:
      return value.as_int() >= INT32_MIN && value.as_int() <= INT32_MAX ? kInt4Id : kInt8Id;
    case Tag::kDouble:
      return kFloat8Id;
    case Tag::kBlob:
      return kByteaId;
    case Tag::kDecimal:
      return kNumericId;
    case Tag::kDate:
      return kDateId;
    case Tag::kTime:
      return kTimeId;
    case Tag::kDateTime:
      return value.utc_offset() == base::kNaive ? kTimestampId : kTimestamptzId;
    case Tag::kInterval:
      return kIntervalId;
    case Tag::kUuid:
      return kUuidId;
    default:
      return kInferred;
  }
}

bool append_binary(std::string& out, const Value& value, TypeId type) {
  switch (type) {
    case kBoolId:
      out += value.as_bool() ? '\1' : '\0';
      return true;
    case kInt4Id:
      append_integer(out, static_cast<int32_t>(value.as_int()));
      return true;
    case kInt8Id:
      append_integer(out, value.as_int());
      return true;
    case kFloat8Id:
      append_integer(out, std::bit_cast<uint64_t>(value.as_double()));
      return true;
    case kDateId:
      append_integer(out, static_cast<int32_t>(value.as_int() - kEpochDays));
      return true;
    case kTimeId:
      append_integer(out, value.as_int());
      return true;
    case kTimestampId:
      append_integer(out, value.as_int() - kEpochMicros);
      return true;
    case kTimestamptzId:
      append_integer(out,
                     value.as_int() - value.utc_offset() * base::kMicrosPerSecond - kEpochMicros);
      return true;
    case kIntervalId:
      append_integer(out, value.as_int() % base::kMicrosPerDay);
      append_integer(out, static_cast<int32_t>(value.as_int() / base::kMicrosPerDay));
      append_integer(out, int32_t{0});
      return true;
    default:
      return false;
  }
}

void append_text(std::string& out, const Value& value) {
  switch (value.tag()) {
    case Tag::kText:
    case Tag::kDecimal:
    case Tag::kUuid:
    case Tag::kJson:
      break;
    case Tag::kInt:
      out += std::to_string(value.as_int());
      return;
    default:
      throw Error(ErrorKind::kInterfaceError,
                  fmt::format("PostgreSQL cannot be given a value of the sort {}",
                              base::tag_name(value.tag())));
  }
  std::string_view text = value.as_bytes();
  if (text.find('\0') != text.npos) {
    throw Error(ErrorKind::kDataError,
                fmt::format("PostgreSQL cannot keep text with a NUL byte: {}", value.repr(60)))
        .with_hint("Keep bytes in a LargeBinary column.")
        .with_orig({}, "22021");
  }
  out += text;
}

}  // namespace moonbase::dialect::postgresql
