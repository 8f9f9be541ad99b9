// Operators and functions that PostgreSQL spells its own way, among them those of other databases
// that a program may have been written for first.
#include <algorithm>

#include <fmt/format.h>

#include "orm/base/text.h"
#include "orm/dialect/postgresql/postgresql_dialect.h"

namespace moonbase::dialect::postgresql {

namespace {

using expr::Element;
using expr::Kind;
using expr::Op;
using types::TypeKind;

using Args = std::vector<std::string>;

bool is_text(const Element& e) {
  switch (e.type->base_kind()) {
    case TypeKind::kString:
    case TypeKind::kText:
    case TypeKind::kUnicode:
    case TypeKind::kUnicodeText:
      return true;
    default:
      return false;
  }
}

bool is_float(const Element& e) {
  return e.type->base_kind() == TypeKind::kFloat || e.type->base_kind() == TypeKind::kDouble;
}

bool is_of(const Element& e, TypeKind kind) { return e.type->base_kind() == kind; }

// A text parameter where any type may stand: the server could not tell of which one it is.
std::string typed(const Element& e, const std::string& text) {
  return e.kind == Kind::kBind && is_text(e) ? fmt::format("CAST({} AS TEXT)", text) : text;
}

std::string as_numeric(const Element& e, const std::string& text) {
  return is_of(e, TypeKind::kNumeric) ? text : fmt::format("CAST({} AS NUMERIC)", text);
}

std::string operator_form(const Element& e, const Args& args) {
  switch (e.op) {
    case Op::kDiv:
    case Op::kFloorDiv:
      if (!is_of(*e.args[0], TypeKind::kInterval)) return "";
      return fmt::format("{} / {}", args[0], args[1]);
    // Floating-point numbers have no remainder.
    case Op::kMod:
      if (!is_float(*e.args[0]) && !is_float(*e.args[1])) return "";
      return fmt::format("mod({}, {})", as_numeric(*e.args[0], args[0]),
                         as_numeric(*e.args[1], args[1]));
    // Two dates differ by a number of days, and an interval is wanted.
    case Op::kSub:
      if (!is_of(*e.args[0], TypeKind::kDate) || !is_of(*e.args[1], TypeKind::kDate)) return "";
      return fmt::format("CAST({} AS TIMESTAMP) - CAST({} AS TIMESTAMP)", args[0], args[1]);
    case Op::kRegexpMatch:
      return fmt::format("{} ~ {}", args[0], args[1]);
    case Op::kNotRegexpMatch:
      return fmt::format("{} !~ {}", args[0], args[1]);
    case Op::kMatch:
      return fmt::format("{} @@ plainto_tsquery({})", args[0], typed(*e.args[1], args[1]));
    case Op::kBitXor:
      return fmt::format("{} # {}", args[0], args[1]);
    default:
      return "";
  }
}

// doc -> 'a' -> 0, with ->> at the end where text is wanted.
std::string json_path_form(const Element& e, const Args& args) {
  const bool as_text = (e.flags & expr::kJsonAsText) != 0;
  std::string path = args[0];
  if (e.args[0]->kind == Kind::kBind) path = fmt::format("CAST({} AS JSON)", path);
  for (size_t i = 1; i < args.size(); ++i) {
    bool is_last = i + 1 == args.size();
    path += fmt::format(" {} {}", as_text && is_last ? "->>" : "->", typed(*e.args[i], args[i]));
  }
  path = "(" + path + ")";
  bool is_plain = !as_text || is_text(e) || is_of(e, TypeKind::kNull) || is_of(e, TypeKind::kJson);
  if (is_plain) return path;
  return fmt::format("CAST({} AS {})", path, postgresql_traits().cast_type_name(*e.type));
}

// Of seconds the core wants the whole ones.
std::string extract_form(const Element& e, const Args& args) {
  std::string field = base::lower(e.name);
  bool has_fraction = field == "second" || field == "epoch";
  if (!has_fraction || !is_of(e, TypeKind::kInteger)) return "";
  return fmt::format("CAST(FLOOR(EXTRACT({} FROM {})) AS BIGINT)", field, args[0]);
}

std::string call(std::string_view name, const Element& e, const Args& args) {
  return fmt::format("{}({}{})", name, (e.flags & expr::kDistinctArgs) ? "DISTINCT " : "",
                     base::join(args, ", "));
}

// Functions whose arguments may be of any type, so that none is told by its place. Sorted.
constexpr std::string_view kTakesAny[] = {
    "array_agg",
    "concat",
    "concat_ws",
    "count",
    "format",
    "json_agg",
    "json_build_array",
    "json_build_object",
    "jsonb_agg",
    "jsonb_build_array",
    "jsonb_build_object",
    "max",
    "min",
    "num_nonnulls",
    "num_nulls",
    "pg_typeof",
    "quote_literal",
    "quote_nullable",
    "to_json",
    "to_jsonb",
};
static_assert(std::is_sorted(std::begin(kTakesAny), std::end(kTakesAny)));

// What other databases call the same thing.
struct OtherName {
  std::string_view name, own;
};
constexpr OtherName kOtherNames[] = {
    {"character_length", "char_length"},
    {"ifnull", "coalesce"},
    {"instr", "strpos"},
    {"unicode", "ascii"},
};

std::string string_agg(const Element& e, const Args& args) {
  Args own = args;
  if (!is_text(*e.args[0])) own[0] = fmt::format("CAST({} AS TEXT)", own[0]);
  if (own.size() == 1) own.emplace_back("','");
  return call("string_agg", e, own);
}

// SQLite's format for to_char. A parameter's value is not known here, so the server translates it.
std::string strftime(const Args& args) {
  static constexpr std::pair<std::string_view, std::string_view> kDirectives[] = {
      {"%Y", "YYYY"}, {"%m", "MM"}, {"%d", "DD"},  {"%H", "HH24"},
      {"%M", "MI"},   {"%S", "SS"}, {"%j", "DDD"}, {"%f", "SS.MS"},
  };
  std::string format = args[0];
  for (const auto& [directive, own] : kDirectives)
    format = fmt::format("replace({}, '{}', '{}')", format, directive, own);
  return fmt::format("to_char({}, {})", args[1], format);
}

std::string function_form(const Element& e, const Args& args) {
  std::string name = base::lower(e.name);
  if (name == "now" && args.empty()) return "now()";
  if (args.empty()) return "";
  if (name == "string_agg" || name == "group_concat" || name == "aggregate_strings")
    return string_agg(e, args);
  if (name == "strftime" && args.size() == 2) return strftime(args);
  // Only exact numbers are rounded to a number of digits.
  if (name == "round" && args.size() == 2)
    return fmt::format("round({}, {})", as_numeric(*e.args[0], args[0]), args[1]);
  if ((name == "max" || name == "min") && args.size() > 1)
    return call(name == "max" ? "greatest" : "least", e, args);
  for (const OtherName& row : kOtherNames) {
    if (row.name == name) return call(row.own, e, args);
  }
  if (!std::binary_search(std::begin(kTakesAny), std::end(kTakesAny), name)) return "";
  Args own;
  for (size_t i = 0; i < args.size(); ++i) own.push_back(typed(*e.args[i], args[i]));
  return call(e.name, e, own);
}

}  // namespace

std::string special_form(const Element& e, const Args& args) {
  switch (e.kind) {
    case Kind::kBinary:
      return operator_form(e, args);
    case Kind::kFunction:
      return function_form(e, args);
    case Kind::kJsonPath:
      return json_path_form(e, args);
    case Kind::kExtract:
      return extract_form(e, args);
    default:
      return "";
  }
}

}  // namespace moonbase::dialect::postgresql
