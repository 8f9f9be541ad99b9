// SQLite's SQL: reserved words, names of types, literals, and the operators and functions it spells
// its own way.
#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "orm/base/decimal.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/dialect/sqlite/sqlite_dialect.h"

namespace moonbase::dialect::sqlite {

namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using expr::Element;
using expr::Kind;
using expr::Op;
using types::Type;
using types::TypeKind;

using Args = std::vector<std::string>;

constexpr std::string_view kReservedWords[] = {
    "add",          "after",
    "all",          "alter",
    "analyze",      "and",
    "as",           "asc",
    "attach",       "autoincrement",
    "before",       "begin",
    "between",      "by",
    "cascade",      "case",
    "cast",         "check",
    "collate",      "column",
    "commit",       "conflict",
    "constraint",   "create",
    "cross",        "current_date",
    "current_time", "current_timestamp",
    "database",     "default",
    "deferrable",   "deferred",
    "delete",       "desc",
    "detach",       "distinct",
    "drop",         "each",
    "else",         "end",
    "escape",       "except",
    "exclusive",    "exists",
    "explain",      "fail",
    "false",        "for",
    "foreign",      "from",
    "full",         "glob",
    "group",        "having",
    "if",           "ignore",
    "immediate",    "in",
    "index",        "indexed",
    "initially",    "inner",
    "insert",       "instead",
    "intersect",    "into",
    "is",           "isnull",
    "join",         "key",
    "left",         "like",
    "limit",        "match",
    "natural",      "not",
    "nothing",      "notnull",
    "null",         "of",
    "offset",       "on",
    "or",           "order",
    "outer",        "plan",
    "pragma",       "primary",
    "query",        "raise",
    "references",   "reindex",
    "rename",       "replace",
    "restrict",     "returning",
    "right",        "rollback",
    "row",          "select",
    "set",          "table",
    "temp",         "temporary",
    "then",         "to",
    "transaction",  "trigger",
    "true",         "union",
    "unique",       "update",
    "using",        "vacuum",
    "values",       "view",
    "virtual",      "when",
    "where",
};

// ---- types ----

std::string with_length(std::string name, int length) {
  return length == types::kUnspecified ? name : fmt::format("{}({})", name, length);
}

std::string with_precision(std::string name, const Type& type) {
  if (type.precision() == types::kUnspecified) return name;
  if (type.scale() == types::kUnspecified) return fmt::format("{}({})", name, type.precision());
  return fmt::format("{}({}, {})", name, type.precision(), type.scale());
}

std::string with_collation(std::string name, const Type& type) {
  return type.collation().empty() ? name : fmt::format("{} COLLATE {}", name, type.collation());
}

// VARCHAR(64), DECIMAL(10, 2): an upper-case type as it was declared.
std::string sql_type_name(const Type& type) {
  std::string name = type.sql_name();
  return type.length() != types::kUnspecified ? with_length(name, type.length())
                                              : with_precision(name, type);
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
    case TypeKind::kEnum:
      return with_length("VARCHAR", type.length());
    case TypeKind::kText:
    case TypeKind::kUnicodeText:
      return "TEXT";
    case TypeKind::kFloat:
      return "FLOAT";
    case TypeKind::kDouble:
      return "DOUBLE";
    case TypeKind::kNumeric:
      return with_precision("NUMERIC", type);
    case TypeKind::kDate:
      return "DATE";
    case TypeKind::kDateTime:
    case TypeKind::kInterval:
      return "DATETIME";
    case TypeKind::kTime:
      return "TIME";
    case TypeKind::kLargeBinary:
      return "BLOB";
    case TypeKind::kJson:
      return "JSON";
    case TypeKind::kUuid:
      return "CHAR(32)";
    case TypeKind::kSqlName:
      return sql_type_name(type);
    case TypeKind::kNull:
      return "";
    case TypeKind::kArray:
    case TypeKind::kDecorator:
      break;
  }
  throw Error(ErrorKind::kCompileError,
              fmt::format("SQLite has no column type for {}", type.repr()))
      .with_hint("Use JSON for lists.");
}

const Type& own_type(const Type& type) { return type.variant_for("sqlite").impl(); }

std::string type_name(const Type& declared) {
  const Type& type = own_type(declared);
  return with_collation(bare_type_name(type), type);
}

// CAST decides by affinity: DATETIME, JSON and the like are numeric to SQLite and would cut
// '2026-11-20' down to 2026.
std::string cast_type_name(const Type& declared) {
  const Type& type = own_type(declared);
  switch (type.base_kind()) {
    case TypeKind::kDate:
    case TypeKind::kDateTime:
    case TypeKind::kTime:
    case TypeKind::kInterval:
    case TypeKind::kJson:
      return "TEXT";
    case TypeKind::kNull:
      if (type.kind() == TypeKind::kSqlName) return bare_type_name(type);
      throw Error(ErrorKind::kCompileError, "CAST needs a type");
    default:
      return bare_type_name(type);
  }
}

// ---- literals ----

std::string quoted_text(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string hex_literal(std::string_view bytes) {
  std::string out = "x'";
  for (char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out + "'";
}

std::string real_literal(double d) {
  if (std::isinf(d)) return d < 0 ? "-9e999" : "9e999";
  return base::decimal::double_repr(d);
}

std::string literal(const Value& value, const Type&) {
  if (value.tag() == Tag::kDecimal) return std::string(value.as_bytes());
  Value stored = to_sqlite(value);
  switch (stored.tag()) {
    case Tag::kNull:
      return "NULL";
    case Tag::kInt:
      return std::to_string(stored.as_int());
    case Tag::kDouble:
      return real_literal(stored.as_double());
    case Tag::kBlob:
      return hex_literal(stored.as_bytes());
    default:
      break;
  }
  std::string_view text = stored.as_bytes();
  // A NUL would end the statement's text.
  if (text.find('\0') != text.npos) return fmt::format("CAST({} AS TEXT)", hex_literal(text));
  return quoted_text(text);
}

// ---- operators and functions ----

bool is_integer(const Element& element) {
  TypeKind kind = element.type->base_kind();
  return kind == TypeKind::kInteger || kind == TypeKind::kBigInteger ||
         kind == TypeKind::kSmallInteger;
}

// What needs no parentheses as an operand.
bool is_atom(const Element& e) {
  if (e.kind == Kind::kLiteralColumn) {
    return std::all_of(e.name.begin(), e.name.end(),
                       [](unsigned char c) { return std::isalnum(c); });
  }
  return e.kind == Kind::kColumn || e.kind == Kind::kBind || e.kind == Kind::kFunction;
}

std::string like_form(std::string_view word, const Args& args) {
  std::string text = fmt::format("lower({}) {} lower({})", args[0], word, args[1]);
  return args.size() > 2 ? text + " ESCAPE " + args[2] : text;
}

// True when the value is certainly stored as a fraction: 10.00 of a NUMERIC column is the integer
// 10 to SQLite.
bool is_float(const Element& element) {
  TypeKind kind = element.type->base_kind();
  return kind == TypeKind::kFloat || kind == TypeKind::kDouble;
}

// SQLite divides integers as C does, and takes `%` of anything as of integers.
std::string division_form(const Element& e, const Args& args) {
  bool has_float = is_float(*e.args[0]) || is_float(*e.args[1]);
  switch (e.op) {
    case Op::kDiv:
      return fmt::format(fmt::runtime(has_float ? "{} / {}" : "{} / ({} + 0.0)"), args[0], args[1]);
    case Op::kFloorDiv:
      return fmt::format(fmt::runtime(has_float ? "floor({} / {})" : "floordiv({}, {})"), args[0],
                         args[1]);
    default:
      bool has_fraction = has_float || e.type->base_kind() == TypeKind::kNumeric;
      return has_fraction ? fmt::format("mod({}, {})", args[0], args[1]) : "";
  }
}

bool is_temporal(const Element& element) {
  TypeKind kind = element.type->base_kind();
  return kind == TypeKind::kDate || kind == TypeKind::kDateTime || kind == TypeKind::kTime ||
         kind == TypeKind::kInterval;
}

std::string as_micros(const Element& e, const std::string& text) {
  return is_temporal(e) ? fmt::format("epoch_micros({})", text) : text;
}

// A number of microseconds as a value of the type: an interval is stored as the date-time that it
// lies behind 1970.
std::string from_micros(const Type& type, const std::string& micros) {
  std::string text = fmt::format("epoch_text({})", micros);
  return type.base_kind() == TypeKind::kTime ? fmt::format("substr({}, 12)", text) : text;
}

// Arithmetic of dates, times and intervals, which are texts to SQLite. "" where there are none.
std::string temporal_form(const Element& e, const Args& args) {
  const Element& l = *e.args[0];
  const Element& r = *e.args[1];
  if (e.type->base_kind() == TypeKind::kDate) {
    const bool is_left = is_temporal(l);
    return fmt::format("date({}, {}({}) || ' days')", args[is_left ? 0 : 1],
                       e.op == Op::kSub ? "-" : "", args[is_left ? 1 : 0]);
  }
  if (e.op == Op::kDiv || e.op == Op::kFloorDiv) {
    return from_micros(*e.type, fmt::format("{} / ({} + 0.0)", as_micros(l, args[0]), args[1]));
  }
  return from_micros(*e.type, fmt::format("{} {} {}", as_micros(l, args[0]),
                                          expr::op_info(e.op).symbol, as_micros(r, args[1])));
}

bool is_arithmetic(Op op) {
  return op == Op::kAdd || op == Op::kSub || op == Op::kMul || op == Op::kDiv ||
         op == Op::kFloorDiv;
}

std::string unary_form(const Element& e, const Args& args) {
  if (e.op != Op::kNeg || !is_temporal(e)) return "";
  return from_micros(*e.type, fmt::format("-{}", as_micros(*e.args[0], args[0])));
}

std::string operator_form(const Element& e, const Args& args) {
  if (is_arithmetic(e.op) && is_temporal(e)) return temporal_form(e, args);
  switch (e.op) {
    case Op::kDiv:
    case Op::kFloorDiv:
    case Op::kMod:
      return division_form(e, args);
    case Op::kIlike:
      return like_form("LIKE", args);
    case Op::kNotIlike:
      return like_form("NOT LIKE", args);
    case Op::kRegexpMatch:
      return fmt::format("{} REGEXP {}", args[0], args[1]);
    case Op::kNotRegexpMatch:
      return fmt::format("{} NOT REGEXP {}", args[0], args[1]);
    case Op::kIsDistinctFrom:
      return fmt::format("{} IS NOT {}", args[0], args[1]);
    case Op::kIsNotDistinctFrom:
      return fmt::format("{} IS {}", args[0], args[1]);
    case Op::kBitXor:
      return fmt::format("bitxor({}, {})", args[0], args[1]);
    default:
      return "";
  }
}

// '$."name"[0]' put together from the path's own parameters.
std::string json_path_form(const Element& e, const Args& args) {
  std::string path;
  for (size_t i = 1; i < args.size(); ++i) {
    bool is_index = is_integer(*e.args[i]);
    path += fmt::format("{}{}' || {} || '{}", i == 1 ? "'$" : "", is_index ? "[" : ".\"", args[i],
                        is_index ? "]" : "\"");
  }
  path += "'";
  if (e.flags & expr::kJsonAsText) return fmt::format("json_extract({}, {})", args[0], path);
  return fmt::format(fmt::runtime(is_atom(*e.args[0]) ? "{} -> ({})" : "({}) -> ({})"), args[0],
                     path);
}

// The bounds in their order; NULL among them makes both NULL, as in BETWEEN SYMMETRIC.
std::string symmetric_between_form(const Element& e, const Args& args) {
  return fmt::format("{0} {1} min({2}, {3}) AND max({2}, {3})", args[0],
                     e.op == Op::kBetween ? "BETWEEN" : "NOT BETWEEN", args[1], args[2]);
}

std::string extract_form(const Element& e, const Args& args) {
  struct Field {
    std::string_view name, format;
  };
  static constexpr Field kFields[] = {
      {"year", "%Y"},   {"month", "%m"}, {"day", "%d"}, {"hour", "%H"}, {"minute", "%M"},
      {"second", "%S"}, {"epoch", "%s"}, {"dow", "%w"}, {"doy", "%j"},  {"week", "%W"},
  };
  std::string name = base::lower(e.name);
  for (const Field& field : kFields) {
    if (field.name == name)
      return fmt::format("CAST(strftime('{}', {}) AS INTEGER)", field.format, args[0]);
  }
  std::vector<std::string> names;
  for (const Field& field : kFields) names.emplace_back(field.name);
  throw Error(ErrorKind::kCompileError, fmt::format("SQLite cannot extract {} from a date{}",
                                                    e.name, base::did_you_mean(name, names)))
      .with_hint("It can extract " + base::join(names, ", ") + ".");
}

std::string cast_form(const Element& e, const Args& args) {
  switch (e.type->base_kind()) {
    case TypeKind::kDate:
      return fmt::format("date({})", args[0]);
    // The fixed width in which date-times are stored, though SQLite itself knows milliseconds only.
    case TypeKind::kDateTime:
      return fmt::format("strftime('%Y-%m-%d %H:%M:%f000', {})", args[0]);
    case TypeKind::kTime:
      return fmt::format("strftime('%H:%M:%f000', {})", args[0]);
    default:
      return "";
  }
}

std::string call(std::string_view name, const Args& args) {
  return fmt::format("{}({})", name, base::join(args, ", "));
}

std::string concat_form(const Element& e, const Args& args) {
  Args operands;
  for (size_t i = 0; i < args.size(); ++i) {
    operands.push_back(is_atom(*e.args[i]) ? args[i] : "(" + args[i] + ")");
  }
  return "(" + base::join(operands, " || ") + ")";
}

std::string function_form(const Element& e, const Args& args) {
  static constexpr std::string_view kBareWords[] = {"current_timestamp", "current_date",
                                                    "current_time"};
  std::string name = base::lower(e.name);
  if (args.empty()) {
    if (name == "now") return "CURRENT_TIMESTAMP";
    if (name == "localtime" || name == "localtimestamp") return "datetime('now', 'localtime')";
    if (std::find(std::begin(kBareWords), std::end(kBareWords), name) != std::end(kBareWords)) {
      return base::upper(name);
    }
    if (name == "gen_random_uuid") return "lower(hex(randomblob(16)))";
    return "";
  }
  // Of one argument, SQLite's max and min are aggregates.
  if (name == "greatest" || name == "least") {
    return args.size() == 1 ? args[0] : call(name == "greatest" ? "max" : "min", args);
  }
  if (name == "concat") return concat_form(e, args);
  if (name == "char_length" || name == "character_length") return call("length", args);
  if (name == "aggregate_strings") return call("group_concat", args);
  if (name == "string_agg" && !(e.flags & expr::kDistinctArgs)) return call("group_concat", args);
  if (name == "strpos") return call("instr", args);
  if ((name == "sum" || name == "avg") && args.size() == 1 &&
      e.args[0]->type->base_kind() == TypeKind::kInterval)
    return fmt::format("interval_{}({}{})", name, e.flags & expr::kDistinctArgs ? "DISTINCT " : "",
                       args[0]);
  return "";
}

std::string special_form(const Element& e, const Args& args) {
  switch (e.kind) {
    case Kind::kBinary:
      return operator_form(e, args);
    case Kind::kUnary:
      return unary_form(e, args);
    case Kind::kFunction:
      return function_form(e, args);
    case Kind::kBetween:
      return symmetric_between_form(e, args);
    case Kind::kJsonPath:
      return json_path_form(e, args);
    case Kind::kExtract:
      return extract_form(e, args);
    case Kind::kCast:
      return cast_form(e, args);
    default:
      return "";
  }
}

compile::DialectTraits make_traits() {
  compile::DialectTraits traits;
  traits.name = "sqlite";
  traits.param_style = compile::ParamStyle::kQuestion;
  traits.inline_primary_key_autoincrement = true;
  traits.reserved_words.assign(std::begin(kReservedWords), std::end(kReservedWords));
  std::sort(traits.reserved_words.begin(), traits.reserved_words.end());
  traits.type_name = type_name;
  traits.cast_type_name = cast_type_name;
  traits.literal = literal;
  traits.special_form = special_form;
  return traits;
}

}  // namespace

const compile::DialectTraits& sqlite_traits() {
  static const compile::DialectTraits traits = make_traits();
  return traits;
}

}  // namespace moonbase::dialect::sqlite
