// The types of operators' and functions' results.
#include <algorithm>
#include <array>

#include "orm/base/text.h"
#include "orm/expr/seal.h"

namespace moonbase::expr {

namespace {

using types::TypeKind;
using types::TypePtr;

// The generic kind, with SQL names and decorators seen through.
TypeKind kind_of(const TypePtr& type) { return type->base_kind(); }

// How wide a number is: the wider of two wins. 0: no number.
int width(TypeKind kind) {
  switch (kind) {
    case TypeKind::kBoolean:
      return 1;
    case TypeKind::kSmallInteger:
      return 2;
    case TypeKind::kInteger:
      return 3;
    case TypeKind::kBigInteger:
      return 4;
    case TypeKind::kFloat:
      return 5;
    case TypeKind::kDouble:
      return 6;
    case TypeKind::kNumeric:
      return 7;
    default:
      return 0;
  }
}

bool is_integer(TypeKind kind) { return width(kind) >= 1 && width(kind) <= 4; }

bool is_temporal(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kDateTime || kind == TypeKind::kTime ||
         kind == TypeKind::kInterval;
}

// Digits behind the point that values of the type can have; kUnspecified where that is not
// declared.
int scale_of(const TypePtr& type) {
  if (is_integer(kind_of(type))) return 0;
  return kind_of(type) == TypeKind::kNumeric ? type->impl().scale() : types::kUnspecified;
}

// A product has as many digits behind the point as both factors together, a sum as many as the
// longer one.
TypePtr numeric_result(Op op, const TypePtr& l, const TypePtr& r) {
  const int left = scale_of(l), right = scale_of(r);
  if (left == types::kUnspecified || right == types::kUnspecified || op == Op::kDiv)
    return types::numeric();
  return types::numeric(types::kUnspecified, op == Op::kMul ? left + right : std::max(left, right));
}

TypePtr wider(Op op, const TypePtr& l, const TypePtr& r) {
  const int left = width(kind_of(l)), right = width(kind_of(r));
  if (left == 0) return right == 0 ? l : r;
  if (right == 0) return l;
  const TypePtr& result = left >= right ? l : r;
  if (kind_of(result) == TypeKind::kNumeric) return numeric_result(op, l, r);
  return kind_of(result) == TypeKind::kBoolean ? types::integer() : result;
}

// Dates, times and intervals. Null where the rule does not apply.
TypePtr temporal(Op op, const TypePtr& l, const TypePtr& r) {
  const TypeKind left = kind_of(l), right = kind_of(r);
  if (!is_temporal(left) && !is_temporal(right)) return nullptr;
  if (op == Op::kMul) return left == TypeKind::kInterval ? l : r;
  if (op == Op::kDiv || op == Op::kFloorDiv) return l;
  if (left == TypeKind::kInterval && right == TypeKind::kInterval) return l;
  if (op == Op::kSub && is_temporal(left) && is_temporal(right) && right != TypeKind::kInterval) {
    return types::interval();
  }
  const TypePtr& point = left == TypeKind::kInterval || !is_temporal(left) ? r : l;
  const TypeKind step = &point == &l ? right : left;
  // A date plus days is a date; plus an interval, which has hours, a date-time.
  if (kind_of(point) == TypeKind::kDate && step == TypeKind::kInterval) return types::datetime();
  return point;
}

TypePtr quotient(Op op, const TypePtr& l, const TypePtr& r) {
  const TypeKind left = kind_of(l), right = kind_of(r);
  const bool maybe_integers = (is_integer(left) || left == TypeKind::kNull) &&
                              (is_integer(right) || right == TypeKind::kNull);
  return maybe_integers ? types::float_() : wider(op, l, r);
}

enum class FunctionRule : uint8_t {
  kInteger,
  kFloat,
  kText,
  kBoolean,
  kDate,
  kTime,
  kDateTime,
  kArgument,
  kCommon,
  kSum,
  kAverage,
  kArray
};

struct FunctionRow {
  std::string_view name;
  FunctionRule rule;
};

// Sorted by name.
constexpr std::array kFunctions = {
    FunctionRow{"abs", FunctionRule::kArgument},
    FunctionRow{"aggregate_strings", FunctionRule::kText},
    FunctionRow{"any_value", FunctionRule::kArgument},
    FunctionRow{"array_agg", FunctionRule::kArray},
    FunctionRow{"avg", FunctionRule::kAverage},
    FunctionRow{"bit_length", FunctionRule::kInteger},
    FunctionRow{"bool_and", FunctionRule::kBoolean},
    FunctionRow{"bool_or", FunctionRule::kBoolean},
    FunctionRow{"ceil", FunctionRule::kArgument},
    FunctionRow{"ceiling", FunctionRule::kArgument},
    FunctionRow{"char_length", FunctionRule::kInteger},
    FunctionRow{"character_length", FunctionRule::kInteger},
    FunctionRow{"coalesce", FunctionRule::kCommon},
    FunctionRow{"concat", FunctionRule::kText},
    FunctionRow{"count", FunctionRule::kInteger},
    FunctionRow{"cume_dist", FunctionRule::kFloat},
    FunctionRow{"current_date", FunctionRule::kDate},
    FunctionRow{"current_time", FunctionRule::kTime},
    FunctionRow{"current_timestamp", FunctionRule::kDateTime},
    FunctionRow{"current_user", FunctionRule::kText},
    FunctionRow{"date", FunctionRule::kDate},
    FunctionRow{"datetime", FunctionRule::kDateTime},
    FunctionRow{"dense_rank", FunctionRule::kInteger},
    FunctionRow{"every", FunctionRule::kBoolean},
    FunctionRow{"exp", FunctionRule::kFloat},
    FunctionRow{"first_value", FunctionRule::kArgument},
    FunctionRow{"floor", FunctionRule::kArgument},
    FunctionRow{"greatest", FunctionRule::kCommon},
    FunctionRow{"group_concat", FunctionRule::kText},
    FunctionRow{"hex", FunctionRule::kText},
    FunctionRow{"ifnull", FunctionRule::kCommon},
    FunctionRow{"instr", FunctionRule::kInteger},
    FunctionRow{"json_array_length", FunctionRule::kInteger},
    FunctionRow{"julianday", FunctionRule::kFloat},
    FunctionRow{"lag", FunctionRule::kArgument},
    FunctionRow{"last_value", FunctionRule::kArgument},
    FunctionRow{"lead", FunctionRule::kArgument},
    FunctionRow{"least", FunctionRule::kCommon},
    FunctionRow{"length", FunctionRule::kInteger},
    FunctionRow{"ln", FunctionRule::kFloat},
    FunctionRow{"localtime", FunctionRule::kDateTime},
    FunctionRow{"localtimestamp", FunctionRule::kDateTime},
    FunctionRow{"lower", FunctionRule::kText},
    FunctionRow{"ltrim", FunctionRule::kText},
    FunctionRow{"max", FunctionRule::kCommon},
    FunctionRow{"min", FunctionRule::kCommon},
    FunctionRow{"now", FunctionRule::kDateTime},
    FunctionRow{"nth_value", FunctionRule::kArgument},
    FunctionRow{"ntile", FunctionRule::kInteger},
    FunctionRow{"nullif", FunctionRule::kArgument},
    FunctionRow{"octet_length", FunctionRule::kInteger},
    FunctionRow{"percent_rank", FunctionRule::kFloat},
    FunctionRow{"pow", FunctionRule::kFloat},
    FunctionRow{"power", FunctionRule::kFloat},
    FunctionRow{"rank", FunctionRule::kInteger},
    FunctionRow{"regexp_replace", FunctionRule::kText},
    FunctionRow{"replace", FunctionRule::kText},
    FunctionRow{"round", FunctionRule::kArgument},
    FunctionRow{"row_number", FunctionRule::kInteger},
    FunctionRow{"rtrim", FunctionRule::kText},
    FunctionRow{"session_user", FunctionRule::kText},
    FunctionRow{"sign", FunctionRule::kInteger},
    FunctionRow{"sqrt", FunctionRule::kFloat},
    FunctionRow{"strftime", FunctionRule::kText},
    FunctionRow{"string_agg", FunctionRule::kText},
    FunctionRow{"strpos", FunctionRule::kInteger},
    FunctionRow{"substr", FunctionRule::kText},
    FunctionRow{"substring", FunctionRule::kText},
    FunctionRow{"sum", FunctionRule::kSum},
    FunctionRow{"sysdate", FunctionRule::kDateTime},
    FunctionRow{"total", FunctionRule::kFloat},
    FunctionRow{"trim", FunctionRule::kText},
    FunctionRow{"typeof", FunctionRule::kText},
    FunctionRow{"unixepoch", FunctionRule::kInteger},
    FunctionRow{"upper", FunctionRule::kText},
    FunctionRow{"user", FunctionRule::kText},
};
static_assert(std::ranges::is_sorted(kFunctions, {}, &FunctionRow::name));

// The first argument that has a type.
TypePtr argument_type(const std::vector<ElementPtr>& args) {
  for (const ElementPtr& arg : args) {
    if (kind_of(arg->type) != TypeKind::kNull) return arg->type;
  }
  return types::null();
}

// A type that holds what any of the arguments may be.
TypePtr common_argument_type(const std::vector<ElementPtr>& args) {
  TypePtr type = types::null();
  for (const ElementPtr& arg : args) type = common_type(type, arg->type);
  return type;
}

TypePtr sum_type(const std::vector<ElementPtr>& args) {
  TypePtr type = argument_type(args);
  return kind_of(type) == TypeKind::kBoolean ? types::integer() : type;
}

TypePtr average_type(const std::vector<ElementPtr>& args) {
  const TypePtr type = argument_type(args);
  if (kind_of(type) == TypeKind::kInterval) return type;
  return kind_of(type) == TypeKind::kNumeric ? types::numeric() : types::float_();
}

}  // namespace

TypePtr result_type(Op op, const TypePtr& l, const TypePtr& r) {
  const OpInfo& info = op_info(op);
  switch (info.result) {
    case ResultRule::kBoolean:
      return types::boolean();
    case ResultRule::kLeft:
      return l;
    case ResultRule::kText:
      return kind_of(l) == TypeKind::kText ? l : types::text();
    case ResultRule::kNone:
      return types::null();
    case ResultRule::kNumeric:
    case ResultRule::kDiv:
      break;
  }
  if (TypePtr type = temporal(op, l, r)) return type;
  return info.result == ResultRule::kDiv ? quotient(op, l, r) : wider(op, l, r);
}

TypePtr common_type(const TypePtr& l, const TypePtr& r) {
  if (kind_of(l) == TypeKind::kNull) return r;
  const int left = width(kind_of(l)), right = width(kind_of(r));
  return left > 0 && right > left ? r : l;
}

TypePtr within_group_type(const Element& function, const std::vector<ElementPtr>& order_by) {
  if (kind_of(function.type) != TypeKind::kNull || order_by.empty()) return function.type;
  const TypePtr& ordered = order_by.front()->type;
  // It lies between two of the ordered values.
  const bool is_between = base::equal_ignoring_case(function.name, "percentile_cont");
  return is_between && is_integer(kind_of(ordered)) ? types::float_() : ordered;
}

TypePtr function_type(std::string_view name, const std::vector<ElementPtr>& args) {
  const std::string lower = base::lower(name);
  const auto row =
      std::ranges::lower_bound(kFunctions, std::string_view(lower), {}, &FunctionRow::name);
  if (row == kFunctions.end() || row->name != lower) return types::null();
  switch (row->rule) {
    case FunctionRule::kInteger:
      return types::integer();
    case FunctionRule::kFloat:
      return types::float_();
    case FunctionRule::kText:
      return types::text();
    case FunctionRule::kBoolean:
      return types::boolean();
    case FunctionRule::kDate:
      return types::date();
    case FunctionRule::kTime:
      return types::time();
    case FunctionRule::kDateTime:
      return types::datetime();
    case FunctionRule::kArgument:
      return argument_type(args);
    case FunctionRule::kCommon:
      return common_argument_type(args);
    case FunctionRule::kSum:
      return sum_type(args);
    case FunctionRule::kAverage:
      return average_type(args);
    case FunctionRule::kArray:
      return types::array(argument_type(args));
  }
  return types::null();
}

}  // namespace moonbase::expr
