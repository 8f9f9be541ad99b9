#include "orm/types/registry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/types/builtin.h"

namespace moonbase::types {
namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using K = TypeKind;

constexpr std::string_view kNumericParameters = "precision scale asdecimal";
constexpr std::string_view kFloatParameters = "precision asdecimal";
constexpr std::string_view kTextParameters = "length collation";
constexpr std::string_view kEnumParameters = "… name native_enum create_constraint length";

constexpr std::array kRows = std::to_array<TypeRow>({
    {"Integer", K::kInteger, K::kInteger, "",
     "A whole number; as a single primary key, one the database counts up."},
    {"BigInteger", K::kBigInteger, K::kBigInteger, "", "A whole number of 64 bits."},
    {"SmallInteger", K::kSmallInteger, K::kSmallInteger, "",
     "A whole number of 16 bits on databases that have them."},
    {"Boolean", K::kBoolean, K::kBoolean, "create_constraint name",
     "true or false; 0 and 1 are taken too."},
    {"String", K::kString, K::kString, kTextParameters, "Text of a stated length, VARCHAR."},
    {"Text", K::kText, K::kText, kTextParameters, "Text of any length."},
    {"Unicode", K::kUnicode, K::kUnicode, kTextParameters, "The same as String."},
    {"UnicodeText", K::kUnicodeText, K::kUnicodeText, kTextParameters, "The same as Text."},
    {"Float", K::kFloat, K::kFloat, kFloatParameters, "A floating-point number."},
    {"Double", K::kDouble, K::kDouble, kFloatParameters,
     "A floating-point number of double precision."},
    {"Numeric", K::kNumeric, K::kNumeric, kNumericParameters,
     "An exact decimal number: Numeric(10, 2) for money."},
    {"Date", K::kDate, K::kDate, "", "A day; of a datetime it keeps the date."},
    {"DateTime", K::kDateTime, K::kDateTime, "timezone", "A day and a time, to the microsecond."},
    {"Time", K::kTime, K::kTime, "timezone", "A time of day, to the microsecond."},
    {"Interval", K::kInterval, K::kInterval, "", "A length of time, a timedelta."},
    {"LargeBinary", K::kLargeBinary, K::kLargeBinary, "length", "Bytes; in Lua a string."},
    {"Enum", K::kEnum, K::kEnum, kEnumParameters,
     "Text out of a fixed list: Enum('draft', 'published')."},
    {"JSON", K::kJson, K::kJson, "", "A document; in Lua a table."},
    {"Uuid", K::kUuid, K::kUuid, "", "A UUID; in Lua its text."},
    {"PickleType", K::kJson, K::kJson, "", "The same as JSON."},
    {"ARRAY", K::kArray, K::kArray, "item",
     "A list of values of one type, on databases that have arrays."},
    // SQL names, written as they are.
    {"INTEGER", K::kSqlName, K::kInteger, "", "The SQL type INTEGER."},
    {"INT", K::kSqlName, K::kInteger, "", "The SQL type INT."},
    {"BIGINT", K::kSqlName, K::kBigInteger, "", "The SQL type BIGINT."},
    {"SMALLINT", K::kSqlName, K::kSmallInteger, "", "The SQL type SMALLINT."},
    {"BOOLEAN", K::kSqlName, K::kBoolean, "", "The SQL type BOOLEAN."},
    {"CHAR", K::kSqlName, K::kString, kTextParameters, "The SQL type CHAR."},
    {"VARCHAR", K::kSqlName, K::kString, kTextParameters, "The SQL type VARCHAR."},
    {"NCHAR", K::kSqlName, K::kUnicode, kTextParameters, "The SQL type NCHAR."},
    {"NVARCHAR", K::kSqlName, K::kUnicode, kTextParameters, "The SQL type NVARCHAR."},
    {"TEXT", K::kSqlName, K::kText, kTextParameters, "The SQL type TEXT."},
    {"CLOB", K::kSqlName, K::kText, kTextParameters, "The SQL type CLOB."},
    {"FLOAT", K::kSqlName, K::kFloat, kFloatParameters, "The SQL type FLOAT."},
    {"REAL", K::kSqlName, K::kFloat, kFloatParameters, "The SQL type REAL."},
    {"DOUBLE", K::kSqlName, K::kDouble, kFloatParameters, "The SQL type DOUBLE."},
    {"DOUBLE_PRECISION", K::kSqlName, K::kDouble, kFloatParameters,
     "The SQL type DOUBLE PRECISION."},
    {"DECIMAL", K::kSqlName, K::kNumeric, kNumericParameters, "The SQL type DECIMAL."},
    {"NUMERIC", K::kSqlName, K::kNumeric, kNumericParameters, "The SQL type NUMERIC."},
    {"DATE", K::kSqlName, K::kDate, "", "The SQL type DATE."},
    {"DATETIME", K::kSqlName, K::kDateTime, "timezone", "The SQL type DATETIME."},
    {"TIMESTAMP", K::kSqlName, K::kDateTime, "timezone", "The SQL type TIMESTAMP."},
    {"TIME", K::kSqlName, K::kTime, "timezone", "The SQL type TIME."},
    {"INTERVAL", K::kSqlName, K::kInterval, "", "The SQL type INTERVAL."},
    {"BLOB", K::kSqlName, K::kLargeBinary, "length", "The SQL type BLOB."},
    {"BINARY", K::kSqlName, K::kLargeBinary, "length", "The SQL type BINARY."},
    {"VARBINARY", K::kSqlName, K::kLargeBinary, "length", "The SQL type VARBINARY."},
    {"UUID", K::kSqlName, K::kUuid, "", "The SQL type UUID."},
    // PostgreSQL's own.
    {"BYTEA", K::kSqlName, K::kLargeBinary, "", "PostgreSQL's BYTEA: bytes."},
    {"JSONB", K::kSqlName, K::kJson, "", "PostgreSQL's JSONB: a document that can be indexed."},
    {"INET", K::kSqlName, K::kText, "", "PostgreSQL's INET: an address, as text."},
    {"CIDR", K::kSqlName, K::kText, "", "PostgreSQL's CIDR: a network, as text."},
    {"MACADDR", K::kSqlName, K::kText, "", "PostgreSQL's MACADDR, as text."},
    {"TSVECTOR", K::kSqlName, K::kText, "", "PostgreSQL's TSVECTOR, as text."},
    {"INT4RANGE", K::kSqlName, K::kText, "", "PostgreSQL's INT4RANGE, as text: '[1,5)'."},
    {"INT8RANGE", K::kSqlName, K::kText, "", "PostgreSQL's INT8RANGE, as text."},
    {"NUMRANGE", K::kSqlName, K::kText, "", "PostgreSQL's NUMRANGE, as text."},
    {"DATERANGE", K::kSqlName, K::kText, "", "PostgreSQL's DATERANGE, as text."},
    {"TSRANGE", K::kSqlName, K::kText, "", "PostgreSQL's TSRANGE, as text."},
    {"TSTZRANGE", K::kSqlName, K::kText, "", "PostgreSQL's TSTZRANGE, as text."},
});

// Spellings of databases that no program declares: how such a column behaves. Those with a second
// name are that row.
struct Spelling {
  std::string_view name;
  K base_kind;
  std::string_view row;
};
constexpr std::array kSpellings = std::to_array<Spelling>({
    {"CHARACTER VARYING", K::kString, "VARCHAR"},
    {"CHARACTER", K::kString, "CHAR"},
    {"BPCHAR", K::kString, "CHAR"},
    {"DOUBLE PRECISION", K::kDouble, "DOUBLE_PRECISION"},
    {"FLOAT8", K::kDouble, "DOUBLE_PRECISION"},
    {"FLOAT4", K::kFloat, "REAL"},
    {"INT8", K::kBigInteger, "BIGINT"},
    {"INT4", K::kInteger, "INTEGER"},
    {"INT2", K::kSmallInteger, "SMALLINT"},
    {"BOOL", K::kBoolean, "BOOLEAN"},
    {"DEC", K::kNumeric, "DECIMAL"},
    {"TINYINT", K::kSmallInteger, ""},
    {"MEDIUMINT", K::kInteger, ""},
    {"TINYTEXT", K::kText, ""},
    {"MEDIUMTEXT", K::kText, ""},
    {"LONGTEXT", K::kText, ""},
    {"TINYBLOB", K::kLargeBinary, ""},
    {"MEDIUMBLOB", K::kLargeBinary, ""},
    {"LONGBLOB", K::kLargeBinary, ""},
});

// --- building ---

struct IntParameter {
  std::string_view name;
  int TypeSpec::*member;
};
struct BoolParameter {
  std::string_view name;
  bool TypeSpec::*member;
};
struct TextParameter {
  std::string_view name;
  std::string TypeSpec::*member;
};
constexpr IntParameter kIntParameters[] = {{"length", &TypeSpec::length},
                                           {"precision", &TypeSpec::precision},
                                           {"scale", &TypeSpec::scale}};
constexpr BoolParameter kBoolParameters[] = {{"timezone", &TypeSpec::timezone},
                                             {"asdecimal", &TypeSpec::as_decimal},
                                             {"native_enum", &TypeSpec::native_enum},
                                             {"create_constraint", &TypeSpec::create_constraint}};
constexpr TextParameter kTextualParameters[] = {{"collation", &TypeSpec::collation},
                                                {"name", &TypeSpec::enum_name}};

[[noreturn]] void refuse_argument(const TypeRow& row, std::string_view parameter,
                                  std::string_view takes, const Value& got) {
  throw Error(ErrorKind::kTypeError, std::string(row.name) + ": " + std::string(parameter) +
                                         " takes " + std::string(takes) + ", got " + describe(got));
}

int int_argument(const TypeRow& row, std::string_view parameter, const Value& v) {
  if (v.tag() != Tag::kInt || v.as_int() < 0 || v.as_int() > INT32_MAX) {
    refuse_argument(row, parameter, "a whole number", v);
  }
  return static_cast<int>(v.as_int());
}

void set_parameter(const TypeRow& row, TypeSpec& spec, std::string_view parameter, const Value& v) {
  if (v.is_null()) return;
  for (const IntParameter& p : kIntParameters) {
    if (p.name == parameter) spec.*p.member = int_argument(row, parameter, v);
  }
  for (const BoolParameter& p : kBoolParameters) {
    if (p.name != parameter) continue;
    if (v.tag() != Tag::kBool) refuse_argument(row, parameter, "true or false", v);
    spec.*p.member = v.as_bool();
  }
  for (const TextParameter& p : kTextualParameters) {
    if (p.name != parameter) continue;
    if (v.tag() != Tag::kText) refuse_argument(row, parameter, "text", v);
    spec.*p.member = v.as_bytes();
  }
}

struct Parameters {
  bool variadic = false;
  std::vector<std::string> names;
};

Parameters parameters_of(const TypeRow& row) {
  Parameters result;
  for (std::string_view name : base::split(row.parameters, ' ')) {
    if (name == "…") {
      result.variadic = true;
    } else if (!name.empty() && name != "item") {
      result.names.emplace_back(name);
    }
  }
  return result;
}

std::string known_parameters(const Parameters& parameters) {
  return parameters.names.empty() ? "it takes none"
                                  : "it takes " + base::join(parameters.names, ", ");
}

void set_positional(const TypeRow& row, const Parameters& parameters, TypeSpec& spec,
                    const std::vector<Value>& values) {
  if (parameters.variadic) {
    for (const Value& v : values) {
      if (v.tag() != Tag::kText) refuse_argument(row, "each value", "text", v);
      spec.enum_values.emplace_back(v.as_bytes());
    }
    return;
  }
  if (values.size() > parameters.names.size()) {
    throw Error(ErrorKind::kTypeError, std::string(row.name) + " got " +
                                           std::to_string(values.size()) +
                                           (values.size() == 1 ? " argument; " : " arguments; ") +
                                           known_parameters(parameters));
  }
  for (size_t i = 0; i < values.size(); ++i)
    set_parameter(row, spec, parameters.names[i], values[i]);
}

TypeSpec spec_of(const TypeRow& row) {
  TypeSpec spec;
  spec.kind = row.kind;
  spec.base_kind = row.base_kind;
  spec.name = row.kind == K::kSqlName ? row.name : kind_name(row.kind);
  spec.as_decimal = row.base_kind == K::kNumeric;
  return spec;
}

// --- parsing ---

// "timestamp ( 6 ) with time zone" -> TIMESTAMP, {6}, WITH TIME ZONE
struct SqlType {
  std::string name;
  std::vector<std::string> arguments;
  std::string suffix;
};

std::string upper_words(std::string_view text) {
  std::string out;
  for (std::string_view word : base::split(text, ' ')) {
    if (word.empty()) continue;
    if (!out.empty()) out += ' ';
    out += base::upper(word);
  }
  return out;
}

// The parts of a bracket's inside; 'it''s' loses its quotes.
std::vector<std::string> split_arguments(std::string_view inside) {
  std::vector<std::string> parts(1);
  bool quoted = false, was_quoted = false;
  const auto finish = [&] {
    if (!was_quoted) parts.back() = base::trim(parts.back());
    was_quoted = false;
  };
  for (size_t i = 0; i < inside.size(); ++i) {
    const char c = inside[i];
    if (c == '\'') {
      if (quoted && i + 1 < inside.size() && inside[i + 1] == '\'') {
        parts.back() += c;
        ++i;
        continue;
      }
      quoted = !quoted;
      if (quoted && !was_quoted) parts.back().clear();
      was_quoted = true;
    } else if (c == ',' && !quoted) {
      finish();
      parts.emplace_back();
    } else if (quoted || !was_quoted) {
      parts.back() += c;
    }
  }
  finish();
  return parts;
}

SqlType split_sql_type(std::string_view text) {
  const size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return {upper_words(text), {}, {}};
  }
  return {upper_words(text.substr(0, open)),
          split_arguments(text.substr(open + 1, close - open - 1)),
          upper_words(text.substr(close + 1))};
}

constexpr std::string_view kWithZone = "WITH TIME ZONE";
constexpr std::string_view kWithoutZone = "WITHOUT TIME ZONE";

// "TIMESTAMP WITH TIME ZONE" written without a precision: the suffix is part of the name.
void separate_zone(SqlType& type) {
  for (std::string_view zone : {kWithZone, kWithoutZone}) {
    if (type.name.size() > zone.size() && type.name.ends_with(zone)) {
      type.name.resize(type.name.size() - zone.size() - 1);
      type.suffix = zone;
    }
  }
  if (type.name == "TIMESTAMPTZ") {
    type.name = "TIMESTAMP";
    type.suffix = kWithZone;
  }
}

std::optional<int> small_number(std::string_view text) {
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 0) return std::nullopt;
  return n;
}

// Fills the row's number parameters; false when the arguments are not those.
bool fill_numbers(const TypeRow& row, const std::vector<std::string>& arguments, TypeSpec& spec) {
  std::vector<int TypeSpec::*> members;
  for (const std::string& name : parameters_of(row).names) {
    for (const IntParameter& p : kIntParameters) {
      if (p.name == name) members.push_back(p.member);
    }
  }
  if (arguments.size() > members.size()) return false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto n = small_number(arguments[i]);
    if (!n || (*n == 0 && members[i] != &TypeSpec::scale)) return false;
    spec.*members[i] = *n;
  }
  return true;
}

// A SQL name that keeps its spelling.
TypePtr as_spelled(std::string_view text, K base_kind) {
  TypeSpec spec;
  spec.kind = K::kSqlName;
  spec.base_kind = base_kind;
  spec.name = text;
  spec.as_decimal = base_kind == K::kNumeric;
  return make(std::move(spec));
}

// The row or spelling that a name, or its first word ("INT UNSIGNED"), stands for.
K behaviour_of(std::string_view name) {
  for (std::string_view candidate : {name, name.substr(0, name.find(' '))}) {
    for (const Spelling& s : kSpellings) {
      if (s.name == candidate) return s.base_kind;
    }
    const TypeRow* row = find_type_row(candidate);
    if (row != nullptr && row->kind == K::kSqlName) return row->base_kind;
    if (candidate == "JSON") return K::kJson;
  }
  return K::kNull;
}

}  // namespace

std::span<const TypeRow> type_rows() { return kRows; }

const TypeRow* find_type_row(std::string_view name) {
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [name](const TypeRow& r) { return r.name == name; });
  return row == kRows.end() ? nullptr : &*row;
}

TypePtr build(const TypeRow& row, const TypeArguments& arguments) {
  TypeSpec spec = spec_of(row);
  spec.item = arguments.item;
  if (spec.item && row.base_kind != K::kArray) {
    throw Error(ErrorKind::kTypeError, std::string(row.name) + " takes no type as its argument");
  }
  const Parameters parameters = parameters_of(row);
  set_positional(row, parameters, spec, arguments.positional);
  for (const auto& [name, value] : arguments.named) {
    if (std::find(parameters.names.begin(), parameters.names.end(), name) ==
        parameters.names.end()) {
      throw Error(ErrorKind::kTypeError, std::string(row.name) + " has no argument " +
                                             base::quote_for_message(name) +
                                             base::did_you_mean(name, parameters.names) + " (" +
                                             known_parameters(parameters) + ")");
    }
    set_parameter(row, spec, name, value);
  }
  return make(std::move(spec));
}

TypePtr parse_sql_type(std::string_view text) {
  text = base::trim(text);
  if (text.empty()) return null();
  SqlType type = split_sql_type(text);
  separate_zone(type);
  if (type.name == "ENUM" && !type.arguments.empty() && type.suffix.empty())
    return enumeration(type.arguments);
  if (type.name == "JSON" && type.arguments.empty() && type.suffix.empty()) return json();
  std::string_view row_name = type.name;
  for (const Spelling& s : kSpellings) {
    if (s.name == type.name && !s.row.empty()) row_name = s.row;
  }
  const TypeRow* row = find_type_row(row_name);
  const bool known_suffix =
      type.suffix.empty() || type.suffix == kWithZone || type.suffix == kWithoutZone;
  if (row == nullptr || row->kind != K::kSqlName || !known_suffix)
    return as_spelled(text, behaviour_of(type.name));
  TypeSpec spec = spec_of(*row);
  spec.timezone = type.suffix == kWithZone;
  if (!fill_numbers(*row, type.arguments, spec)) return as_spelled(text, row->base_kind);
  return make(std::move(spec));
}

}  // namespace moonbase::types
