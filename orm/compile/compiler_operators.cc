// Operators and functions.
#include <algorithm>
#include <array>
#include <cctype>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/compile/compiler_impl.h"

namespace moonbase::compile {

namespace {

using base::Error;
using base::ErrorKind;
using expr::Element;
using expr::Kind;
using expr::Op;
using types::TypeKind;

bool is_like(Op op) {
  return op == Op::kLike || op == Op::kNotLike || op == Op::kIlike || op == Op::kNotIlike;
}

bool maybe_integer(const Element& e) {
  switch (e.type->base_kind()) {
    case TypeKind::kInteger:
    case TypeKind::kBigInteger:
    case TypeKind::kSmallInteger:
    case TypeKind::kBoolean:
    case TypeKind::kNull:
      return true;
    default:
      return false;
  }
}

// Functions that SQL writes without parentheses, sorted.
constexpr std::array<std::string_view, 9> kBareFunctions = {
    "current_date",   "current_time", "current_timestamp", "current_user", "localtime",
    "localtimestamp", "now",          "session_user",      "user"};
static_assert(std::ranges::is_sorted(kBareFunctions));

std::string bare_function(const Element& e) {
  const std::string name = base::lower(e.name);
  if (!e.args.empty() || !std::ranges::binary_search(kBareFunctions, name)) return "";
  return name == "now" ? "CURRENT_TIMESTAMP" : base::upper(name);
}

// Functions whose name is two words, with what a program calls them.
std::string_view sql_function_name(std::string_view name) {
  return base::equal_ignoring_case(name, "grouping_sets") ? "GROUPING SETS" : name;
}

// `$` may be a part of a name, but at its start it would be a parameter or a quotation.
bool is_plain_name(std::string_view name) {
  if (name.starts_with('$') || name.find(".$") != name.npos) return false;
  return std::ranges::all_of(
      name, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '$' || c == '.'; });
}

}  // namespace

std::string Writer::write_unary(const Element& e, uint32_t at) {
  const Element& x = *e.args[0];
  if (e.op == Op::kNot && is_flag(x)) return write(x, at) + " = " + write_boolean(false);
  std::vector<std::string> args;
  args.push_back(operand(x, at, e.op));
  if (std::string text = special(e, args); !text.empty()) return text;
  const std::string symbol(expr::op_info(e.op).symbol);
  if (e.op == Op::kAny || e.op == Op::kAll) {
    return symbol + (x.kind == Kind::kScalarSubquery ? " " + args[0] : " (" + args[0] + ")");
  }
  if (e.op == Op::kDistinct) return symbol + " " + write(x, at);
  if (e.op == Op::kNot) return symbol + " " + args[0];
  // `--` would begin a comment.
  return symbol + (args[0].starts_with('-') ? "(" + args[0] + ")" : args[0]);
}

std::string Writer::write_binary(const Element& e, uint32_t at) {
  std::vector<const Element*> spine;
  const Element* leftmost = &e;
  while (leftmost->kind == Kind::kBinary) {
    spine.push_back(leftmost);
    leftmost = leftmost->args[0].get();
  }
  std::string text = write(*leftmost, at);
  const Element* inner = leftmost;
  for (auto it = spine.rbegin(); it != spine.rend(); inner = *it++) {
    const Element& outer = **it;
    const Op inner_op =
        inner->kind == Kind::kBinary || inner->kind == Kind::kUnary || inner->kind == Kind::kClauses
            ? inner->op
            : Op::kNone;
    if (needs_parentheses(outer.op, inner_op, precedence(*inner), false)) text = "(" + text + ")";
    const uint32_t right_at = at + inner->bind_count;
    if (outer.op == Op::kIn || outer.op == Op::kNotIn) {
      text = write_in(outer, std::move(text), right_at);
    } else {
      text = infix(outer, std::move(text), operand(*outer.args[1], right_at, outer.op, true));
    }
  }
  return text;
}

std::string Writer::infix(const Element& e, std::string left, std::string right) {
  if (traits_.special_form) {
    std::vector<std::string> args;
    args.push_back(std::move(left));
    args.push_back(std::move(right));
    if (is_like(e.op) && e.args.size() == 3) args.push_back(write_escape(e));
    if (std::string text = special(e, args); !text.empty()) return text;
    left = std::move(args[0]);
    right = std::move(args[1]);
  }
  switch (e.op) {
    case Op::kLike:
    case Op::kNotLike:
    case Op::kIlike:
    case Op::kNotIlike:
      return write_like(e, std::move(left), std::move(right));
    case Op::kDiv:
    case Op::kFloorDiv:
      return write_division(e, std::move(left), std::move(right));
    case Op::kIsDistinctFrom:
      return std::move(left) + (traits_.has_is_distinct_from ? " IS DISTINCT FROM " : " IS NOT ") +
             right;
    case Op::kIsNotDistinctFrom:
      return std::move(left) + (traits_.has_is_distinct_from ? " IS NOT DISTINCT FROM " : " IS ") +
             right;
    case Op::kCustom:
      return std::move(left) + " " + user_text(e.name) + " " + right;
    default:
      left += ' ';
      left += expr::op_info(e.op).symbol;
      left += ' ';
      left += right;
      return left;
  }
}

std::string Writer::write_in(const Element& e, std::string left, uint32_t at) {
  const Element& right = *e.args[1];
  const std::string symbol = " " + std::string(expr::op_info(e.op).symbol) + " ";
  if (right.kind == Kind::kTuple && right.args.empty())
    return write_in_rows(e, std::move(left), at);
  if (right.kind == Kind::kTuple && right.args.front()->kind == Kind::kTuple) {
    return write_in_rows(e, std::move(left), at);
  }
  const bool is_list = right.kind == Kind::kTuple || right.kind == Kind::kScalarSubquery;
  std::string text =
      std::move(left) + symbol + (is_list ? write(right, at) : "(" + write(right, at) + ")");
  return e.op == Op::kNotIn ? "(" + text + ")" : text;
}

std::string Writer::write_in_rows(const Element& e, std::string left, uint32_t at) {
  const Element& right = *e.args[1];
  const bool negated = e.op == Op::kNotIn;
  const std::string symbol = negated ? " NOT IN " : " IN ";
  if (!right.args.empty()) {
    const std::string rows = list(right.args, at);
    std::string text =
        std::move(left) + symbol + (traits_.tuple_in_values ? "(VALUES " : "(") + rows + ")";
    return negated ? "(" + text + ")" : text;
  }
  // Nothing is in the empty list, not even NULL.
  const bool is_row = e.args[0]->kind == Kind::kTuple;
  std::string nulls = "NULL";
  if (is_row) {
    for (size_t i = 1; i < e.args[0]->args.size(); ++i) nulls += ", NULL";
    nulls = (traits_.tuple_in_values ? "VALUES (" : "(") + nulls + ")";
  }
  return "(" + std::move(left) + symbol + "(" + nulls + ")" +
         (negated ? " OR (1 = 1))" : " AND (1 != 1))");
}

std::string Writer::write_like(const Element& e, std::string left, std::string right) {
  const bool ignores_case = e.op == Op::kIlike || e.op == Op::kNotIlike;
  std::string symbol(expr::op_info(e.op).symbol);
  if (ignores_case && !traits_.has_ilike) {
    symbol = e.op == Op::kIlike ? "LIKE" : "NOT LIKE";
    left = "lower(" + left + ")";
    right = "lower(" + right + ")";
  }
  std::string text = std::move(left) + " " + symbol + " " + right;
  if (e.args.size() == 3) text += " ESCAPE " + write_escape(e);
  return text;
}

std::string Writer::write_escape(const Element& e) const {
  return write_literal(base::Value::text(e.args[2]->name), *types::text());
}

std::string Writer::write_division(const Element& e, std::string left, std::string right) {
  const bool integers = maybe_integer(*e.args[0]) && maybe_integer(*e.args[1]);
  // Databases divide integers as integers; adding 0.0 makes a fraction of the divisor without
  // naming a type.
  const std::string quotient = left + " / " + (integers ? "(" + right + " + 0.0)" : right);
  if (e.op == Op::kDiv) return quotient;
  const std::string floor = "FLOOR(" + quotient + ")";
  const bool is_integer = integers && e.type->base_kind() != TypeKind::kNull;
  return is_integer ? "CAST(" + floor + " AS " + cast_type(*e.type) + ")" : floor;
}

std::string Writer::write_function(const Element& e, uint32_t at) {
  std::vector<std::string> args;
  args.reserve(e.args.size());
  for (const expr::ElementPtr& arg : e.args) {
    args.push_back(write(arg, at));
    at += arg->bind_count;
  }
  if (std::string text = special(e, args); !text.empty()) return text;
  if (std::string text = bare_function(e); !text.empty()) return text;
  std::string name =
      is_plain_name(e.name) ? std::string(sql_function_name(e.name)) : identifier(e.name);
  return std::move(name) + ((e.flags & expr::kDistinctArgs) ? "(DISTINCT " : "(") +
         base::join(args, ", ") + ")";
}

std::string Writer::write_over(const Element& e, uint32_t at) {
  std::string text = write(e.args[0], at) + " OVER (";
  const size_t order_begin = 1 + size_t{e.partition_count};
  const char* separator = "";
  if (e.partition_count > 0) {
    text += "PARTITION BY " + arguments(e, at, 1, order_begin);
    separator = " ";
  }
  if (order_begin < e.args.size()) {
    text += separator;
    text += "ORDER BY " + arguments(e, at, order_begin, e.args.size());
    separator = " ";
  }
  if (!e.name.empty()) text += separator + user_text(e.name);
  return text + ")";
}

std::string Writer::write_filter(const Element& e, uint32_t at) {
  if (!traits_.has_filter) unsupported("FILTER for aggregate functions");
  std::string text = write(e.args[0], at) + " FILTER (WHERE ";
  return text + condition(*e.args[1], at + e.args[0]->bind_count) + ")";
}

std::string Writer::write_within_group(const Element& e, uint32_t at) {
  return write(e.args[0], at) + " WITHIN GROUP (ORDER BY " + arguments(e, at, 1, e.args.size()) +
         ")";
}

std::string Writer::write_json_path(const Element& e, uint32_t at) {
  std::vector<std::string> args;
  for (const expr::ElementPtr& arg : e.args) {
    args.push_back(args.empty() ? operand(*arg, at, Op::kBitNot) : write(arg, at));
    at += arg->bind_count;
  }
  std::string text = special(e, args);
  if (text.empty()) unsupported("paths into JSON");
  return text;
}

std::string Writer::write_extract(const Element& e, uint32_t at) {
  std::vector<std::string> args;
  args.push_back(write(e.args[0], at));
  if (std::string text = special(e, args); !text.empty()) return text;
  if (!is_plain_name(e.name)) {
    throw Error(ErrorKind::kCompileError,
                "'" + e.name + "' is no field of a date that EXTRACT could take");
  }
  return "EXTRACT(" + e.name + " FROM " + args[0] + ")";
}

}  // namespace moonbase::compile
