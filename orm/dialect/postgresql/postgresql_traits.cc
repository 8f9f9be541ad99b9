// PostgreSQL's SQL: reserved words, names of types, literals.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "orm/base/decimal.h"
#include "orm/base/error.h"
#include "orm/base/scalar.h"
#include "orm/base/text.h"
#include "orm/dialect/postgresql/postgresql_array.h"
#include "orm/dialect/postgresql/postgresql_dialect.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using types::Type;
using types::TypeKind;

// Those that pg_get_keywords() calls reserved, some of them but for types and functions.
constexpr std::string_view kReservedWords[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
};
static_assert(std::is_sorted(std::begin(kReservedWords), std::end(kReservedWords)));

// ---- types ----

std::string with_length(std::string name, int length) {
  return length == types::kUnspecified ? name : fmt::format("{}({})", name, length);
}

std::string with_precision(std::string name, const Type& type) {
  if (type.precision() == types::kUnspecified) return name;
  if (type.scale() == types::kUnspecified) return fmt::format("{}({})", name, type.precision());
  return fmt::format("{}({}, {})", name, type.precision(), type.scale());
}

std::string with_zone(std::string_view name, const Type& type) {
  return fmt::format("{} {} TIME ZONE", name, type.timezone() ? "WITH" : "WITHOUT");
}

// Upper-case types of other databases that PostgreSQL has under another name.
struct OwnName {
  std::string_view name, own;
};
constexpr OwnName kOwnNames[] = {
    {"BINARY", "BYTEA"},
    {"BLOB", "BYTEA"},
    {"CLOB", "TEXT"},
    {"DATETIME", "TIMESTAMP"},
    {"DOUBLE", "DOUBLE PRECISION"},
    {"NCHAR", "CHAR"},
    {"NVARCHAR", "VARCHAR"},
    {"VARBINARY", "BYTEA"},
};

std::string sql_type_name(const Type& type) {
  std::string name = type.sql_name();
  for (const OwnName& row : kOwnNames) {
    if (row.name == name) name = row.own;
  }
  if (name == "TIMESTAMP" || name == "TIME") return with_zone(name, type);
  if (name == "BYTEA") return name;
  return type.length() != types::kUnspecified ? with_length(name, type.length())
                                              : with_precision(name, type);
}

const Type& own_type(const Type& type) { return type.variant_for("postgresql").impl(); }

std::string bare_type_name(const Type& type);

std::string array_type_name(const Type& type) {
  // PostgreSQL takes lists in lists for the same type, and remembers what was written.
  return bare_type_name(own_type(*type.item())) + "[]";
}

std::string enum_type_name(const Type& type) {
  // A type of the database needs a name: without one the values are kept as text.
  if (!type.native_enum() || type.enum_name().empty()) return with_length("VARCHAR", type.length());
  return compile::quote_identifier(postgresql_traits(), type.enum_name());
}

std::string bare_type_name(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kInteger:
      return "INTEGER";
    case TypeKind::kBigInteger:
      return "BIGINT";
    case TypeKind::kSmallInteger:
      return "SMALLINT";
    case TypeKind::kBoolean:
      return "BOOLEAN";
    case TypeKind::kString:
    case TypeKind::kUnicode:
      return with_length("VARCHAR", type.length());
    case TypeKind::kEnum:
      return enum_type_name(type);
    case TypeKind::kText:
    case TypeKind::kUnicodeText:
      return "TEXT";
    case TypeKind::kFloat:
      return with_precision("FLOAT", type);
    case TypeKind::kDouble:
      return "DOUBLE PRECISION";
    case TypeKind::kNumeric:
      return with_precision("NUMERIC", type);
    case TypeKind::kDate:
      return "DATE";
    case TypeKind::kDateTime:
      return with_zone("TIMESTAMP", type);
    case TypeKind::kTime:
      return with_zone("TIME", type);
    case TypeKind::kInterval:
      return "INTERVAL";
    case TypeKind::kLargeBinary:
      return "BYTEA";
    case TypeKind::kJson:
      return "JSON";
    case TypeKind::kUuid:
      return "UUID";
    case TypeKind::kArray:
      return array_type_name(type);
    case TypeKind::kSqlName:
      return sql_type_name(type);
    case TypeKind::kNull:
    case TypeKind::kDecorator:
      break;
  }
  throw Error(ErrorKind::kCompileError,
              fmt::format("PostgreSQL has no column type for {}", type.repr()));
}

std::string type_name(const Type& declared) {
  const Type& type = own_type(declared);
  std::string name = bare_type_name(type);
  if (type.collation().empty()) return name;
  return name + " COLLATE " + compile::force_quote(postgresql_traits(), type.collation());
}

std::string cast_type_name(const Type& declared) {
  const Type& type = own_type(declared);
  if (type.kind() == TypeKind::kNull) throw Error(ErrorKind::kCompileError, "CAST needs a type");
  return bare_type_name(type);
}

std::string serial_type_name(const Type& declared) {
  const Type& type = own_type(declared);
  switch (type.base_kind()) {
    case TypeKind::kBigInteger:
      return "BIGSERIAL";
    case TypeKind::kSmallInteger:
      return "SMALLSERIAL";
    case TypeKind::kInteger:
      return "SERIAL";
    default:
      return "";
  }
}

// Alone, a list as text says nothing of its type.
std::string bind_cast(const Type& declared) {
  const Type& type = own_type(declared);
  return type.base_kind() == TypeKind::kArray ? bare_type_name(type) : "";
}

// The type of an array of values, "" where they cannot travel so. Without a length or a precision,
// which a cast would cut to: the column refuses what is too long.
std::string rows_type_name(const Type& declared) {
  const Type& type = own_type(declared);
  switch (type.kind()) {
    case TypeKind::kString:
    case TypeKind::kUnicode:
      return "VARCHAR[]";
    case TypeKind::kNumeric:
      return "NUMERIC[]";
    case TypeKind::kFloat:
      return "DOUBLE PRECISION[]";
    case TypeKind::kEnum:
      return type.native_enum() && !type.enum_name().empty() ? enum_type_name(type) + "[]"
                                                             : "VARCHAR[]";
    case TypeKind::kSqlName: {
      // Of the others nobody knows what they are without a length.
      const std::string name = sql_type_name(type);
      const bool is_plain = name == "TEXT" || name == "JSONB" || name == "JSON" || name == "INET" ||
                            name == "INTEGER" || name == "BIGINT" || name == "SMALLINT";
      return is_plain ? name + "[]" : "";
    }
    case TypeKind::kArray:  // the arrays of arrays would be one of more dimensions
    case TypeKind::kNull:
    case TypeKind::kDecorator:
      return "";
    default:
      return bare_type_name(type) + "[]";
  }
}

// The names of the arrays' columns are numbers, so that those of the table cannot be in the way.
std::string rows_query(std::span<const types::TypePtr> columns) {
  std::string names, arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string array = rows_type_name(*columns[i]), number = std::to_string(i + 1);
    if (array.empty()) return {};
    names += (i > 0 ? ", c" : "c") + number;
    arrays += (i > 0 ? ", $" : "$") + number + "::" + array;
  }
  // What numbers the rows is asked in the order of the SELECT, which nothing else promises.
  return "SELECT " + names + " FROM unnest(" + arrays + ") WITH ORDINALITY AS new_rows (" + names +
         ", place) ORDER BY place";
}

// ---- literals ----

std::string quoted_text(std::string_view text) {
  if (text.find('\0') != text.npos) {
    throw Error(ErrorKind::kCompileError,
                "text with a NUL byte cannot be written as SQL text; PostgreSQL keeps none");
  }
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

std::string bytes_literal(std::string_view bytes) {
  std::string out = "CAST('\\x";
  for (char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out + "' AS BYTEA)";
}

std::string real_literal(double d) {
  if (std::isfinite(d)) return base::decimal::double_repr(d);
  std::string_view word = std::isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity";
  return fmt::format("CAST('{}' AS DOUBLE PRECISION)", word);
}

std::string interval_literal(int64_t micros) {
  return fmt::format("INTERVAL '{} days {} microseconds'", micros / base::kMicrosPerDay,
                     micros % base::kMicrosPerDay);
}

std::string literal(const Value& value, const Type& declared) {
  const Type& type = own_type(declared);
  switch (value.tag()) {
    case Tag::kBool:
      return value.as_bool() ? "true" : "false";
    case Tag::kDouble:
      return real_literal(value.as_double());
    case Tag::kText:
      return quoted_text(value.as_bytes());
    case Tag::kBlob:
      return bytes_literal(value.as_bytes());
    case Tag::kInterval:
      return interval_literal(value.as_int());
    case Tag::kJson:
      if (type.base_kind() != TypeKind::kArray) break;
      return fmt::format("CAST({} AS {})",
                         quoted_text(array_literal(value.as_bytes(), *type.item())),
                         bare_type_name(type));
    default:
      break;
  }
  return declared.literal(value);
}

compile::DialectTraits make_traits() {
  compile::DialectTraits traits;
  traits.name = "postgresql";
  traits.param_style = compile::ParamStyle::kDollar;
  traits.max_identifier = 63;
  traits.boolean_literals = true;
  traits.boolean_needs_comparison = false;
  traits.has_lateral = true;
  traits.has_distinct_on = true;
  traits.has_for_update = true;
  traits.has_ilike = true;
  traits.has_is_distinct_from = true;
  traits.nulls_are_largest = true;
  traits.has_comments = true;
  traits.has_alter_constraint = true;
  traits.limit_needs_value_for_offset = false;
  traits.compound_parentheses = true;
  traits.has_set_all = true;
  traits.tuple_in_values = false;
  traits.has_identity = true;
  traits.has_native_enum = true;
  traits.has_index_methods = true;
  traits.schema_on_index = false;
  traits.default_needs_parentheses = false;
  traits.computed_needs_stored = true;
  traits.has_last_insert_id = false;
  traits.reserved_words.assign(std::begin(kReservedWords), std::end(kReservedWords));
  traits.type_name = type_name;
  traits.cast_type_name = cast_type_name;
  traits.serial_type_name = serial_type_name;
  traits.bind_cast = bind_cast;
  traits.rows_query = rows_query;
  traits.has_pipeline = true;
  traits.has_sequences = true;
  traits.literal = literal;
  traits.special_form = special_form;
  return traits;
}

}  // namespace

const compile::DialectTraits& postgresql_traits() {
  static const compile::DialectTraits traits = make_traits();
  return traits;
}

}  // namespace moonbase::dialect::postgresql
