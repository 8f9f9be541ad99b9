#include "orm/session/evaluator.h"

#include <algorithm>
#include <cmath>
#include <compare>

#include "orm/base/decimal.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::session {

namespace {

namespace decimal = base::decimal;

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using expr::Element;
using expr::Kind;
using expr::Op;
using mapper::Mapper;
using state::Instance;
using NamedValues = Evaluator::NamedValues;

// A value, or that it cannot be told.
using Outcome = std::optional<Value>;

// Deeper trees are for the database: these functions call themselves.
constexpr int kMaxDepth = 200;

// ---- what can be evaluated at all ----

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::kInvalidRequestError,
              "Could not evaluate current criteria in memory: " + what)
      .with_hint(
          "give synchronize_session = 'fetch', or false to leave loaded objects as they are");
}

void check_column(const Mapper& m, const Element& e) {
  const bool is_own = e.column != nullptr && e.from != nullptr && e.from->id == m.from()->id &&
                      m.slot_of(*e.column) >= 0;
  if (!is_own) refuse(base::quote_for_message(e.column_name()) + " is no attribute of " + m.name());
  if (!e.type->collation().empty()) refuse("text with a collation is compared by the database");
}

bool is_supported(Op op) {
  switch (op) {
    case Op::kEq:
    case Op::kNe:
    case Op::kLt:
    case Op::kLe:
    case Op::kGt:
    case Op::kGe:
    case Op::kIs:
    case Op::kIsNot:
    case Op::kIsDistinctFrom:
    case Op::kIsNotDistinctFrom:
    case Op::kIn:
    case Op::kNotIn:
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod:
    case Op::kNeg:
    case Op::kConcat:
    case Op::kAnd:
    case Op::kOr:
    case Op::kNot:
      return true;
    default:
      return false;
  }
}

std::string kind_text(const Element& e) {
  switch (e.kind) {
    case Kind::kFunction:
      return "the function " + e.name + "()";
    case Kind::kExists:
      return "EXISTS";
    case Kind::kScalarSubquery:
      return "a subquery";
    case Kind::kText:
    case Kind::kLiteralColumn:
      return "SQL text";
    case Kind::kCase:
      return "CASE";
    case Kind::kCast:
      return "CAST";
    case Kind::kTuple:
      return "a tuple";
    default:
      return "this expression";
  }
}

void check(const Mapper& m, const Element& e, const NamedValues& parameters, int depth);

// x IN (a, b): a list, not a query, and of single values.
void check_membership(const Mapper& m, const Element& e, const NamedValues& parameters, int depth) {
  check(m, *e.args[0], parameters, depth);
  if (e.args[1]->kind != Kind::kTuple) return check(m, *e.args[1], parameters, depth);
  for (const expr::ElementPtr& item : e.args[1]->args) check(m, *item, parameters, depth);
}

void check(const Mapper& m, const Element& e, const NamedValues& parameters, int depth) {
  if (depth > kMaxDepth) refuse("the expression is too deep");
  switch (e.kind) {
    case Kind::kColumn:
      return check_column(m, e);
    case Kind::kBind: {
      const auto named = [&](const auto& p) { return p.first == e.name; };
      const bool is_missing =
          (e.flags & expr::kCallableName) != 0 && std::ranges::none_of(parameters, named);
      if (is_missing) refuse("the parameter " + base::quote_for_message(e.name) + " has no value");
      return;
    }
    case Kind::kNull:
    case Kind::kTrue:
    case Kind::kFalse:
      return;
    case Kind::kUnary:
    case Kind::kBinary:
    case Kind::kClauses:
      if (!is_supported(e.op))
        refuse("the operator " + std::string(expr::op_info(e.op).symbol) +
               " is the database's own");
      if (e.op == Op::kIn || e.op == Op::kNotIn)
        return check_membership(m, e, parameters, depth + 1);
      break;
    case Kind::kBetween:
      if ((e.flags & expr::kSymmetric) != 0) refuse("BETWEEN SYMMETRIC");
      break;
    case Kind::kGrouping:
      break;
    default:
      refuse(kind_text(e) + " is for the database");
  }
  for (const expr::ElementPtr& arg : e.args) check(m, *arg, parameters, depth + 1);
}

// ---- comparing ----

bool is_number(const Value& v) {
  return v.tag() == Tag::kInt || v.tag() == Tag::kDouble || v.tag() == Tag::kDecimal ||
         v.tag() == Tag::kBool;
}

double to_double(const Value& v) {
  if (v.tag() == Tag::kDouble) return v.as_double();
  if (v.tag() == Tag::kDecimal) return decimal::to_double(v.as_bytes());
  return static_cast<double>(v.as_int());
}

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.tag() == Tag::kDouble || b.tag() == Tag::kDouble) return to_double(a) <=> to_double(b);
  if (a.tag() != Tag::kDecimal && b.tag() != Tag::kDecimal) return a.as_int() <=> b.as_int();
  const auto text = [](const Value& v) {
    return v.tag() == Tag::kDecimal ? std::string(v.as_bytes()) : std::to_string(v.as_int());
  };
  return decimal::compare(text(a), text(b)) <=> 0;
}

// Unordered when it cannot be told.
std::partial_ordering compare_values(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return compare_numbers(a, b);
  if (a.tag() != b.tag()) return std::partial_ordering::unordered;
  switch (a.tag()) {
    case Tag::kText:
    case Tag::kBlob:
    case Tag::kUuid:
      return a.as_bytes().compare(b.as_bytes()) <=> 0;
    case Tag::kDateTime:
      if (a.utc_offset() != b.utc_offset()) return std::partial_ordering::unordered;
      return a.as_int() <=> b.as_int();
    case Tag::kDate:
    case Tag::kTime:
    case Tag::kInterval:
      return a.as_int() <=> b.as_int();
    default:
      return std::partial_ordering::unordered;
  }
}

Outcome comparison(Op op, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return Value();
  const std::partial_ordering order = compare_values(a, b);
  if (order == std::partial_ordering::unordered) return std::nullopt;
  switch (op) {
    case Op::kEq:
      return Value::boolean(order == 0);
    case Op::kNe:
      return Value::boolean(order != 0);
    case Op::kLt:
      return Value::boolean(order < 0);
    case Op::kLe:
      return Value::boolean(order <= 0);
    case Op::kGt:
      return Value::boolean(order > 0);
    default:
      return Value::boolean(order >= 0);
  }
}

// IS and IS NOT DISTINCT FROM: NULL is a value like any other.
Outcome same(const Value& a, const Value& b, bool negated) {
  if (a.is_null() || b.is_null()) return Value::boolean((a.is_null() && b.is_null()) != negated);
  return comparison(negated ? Op::kNe : Op::kEq, a, b);
}

// ---- logic ----

// What a value is as a condition: NULL stays NULL.
Outcome truth(const Outcome& v) {
  if (!v || v->is_null()) return v;
  if (v->tag() == Tag::kBool || v->tag() == Tag::kInt) return Value::boolean(v->as_int() != 0);
  return std::nullopt;
}

Outcome negation(const Outcome& v) {
  const Outcome known = truth(v);
  if (!known || known->is_null()) return known;
  return Value::boolean(!known->as_bool());
}

// AND with `deciding` false, OR with true: one such operand decides whatever the others are.
class Junction {
 public:
  explicit Junction(bool deciding) : deciding_(deciding) {}
  void add(const Outcome& v) {
    const Outcome known = truth(v);
    if (!known) {
      is_unknown_ = true;
    } else if (known->is_null()) {
      has_null_ = true;
    } else if (known->as_bool() == deciding_) {
      is_decided_ = true;
    }
  }
  Outcome result() const {
    if (is_decided_) return Value::boolean(deciding_);
    if (is_unknown_) return std::nullopt;
    return has_null_ ? Value() : Value::boolean(!deciding_);
  }

 private:
  bool deciding_, is_decided_ = false, is_unknown_ = false, has_null_ = false;
};

// ---- arithmetic ----

Outcome integers(Op op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool is_bad = false;
  switch (op) {
    case Op::kAdd:
      is_bad = __builtin_add_overflow(a, b, &result);
      break;
    case Op::kSub:
      is_bad = __builtin_sub_overflow(a, b, &result);
      break;
    case Op::kMul:
      is_bad = __builtin_mul_overflow(a, b, &result);
      break;
    case Op::kMod:
      is_bad = b == 0 || b == -1;
      if (!is_bad) result = a % b;
      break;
    default:  // a / b is a number with a fraction
      if (b == 0) return std::nullopt;
      return Value::real(static_cast<double>(a) / static_cast<double>(b));
  }
  return is_bad ? Outcome() : Value::integer(result);
}

Outcome doubles(Op op, double a, double b) {
  double result = 0;
  switch (op) {
    case Op::kAdd:
      result = a + b;
      break;
    case Op::kSub:
      result = a - b;
      break;
    case Op::kMul:
      result = a * b;
      break;
    case Op::kDiv:
      if (b == 0) return std::nullopt;
      result = a / b;
      break;
    default:
      return std::nullopt;
  }
  return std::isfinite(result) ? Value::real(result) : Outcome();
}

// Decimals are left to the database, which may round; so is the arithmetic of dates.
Outcome arithmetic(Op op, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return Value();
  const auto is_plain = [](const Value& v) {
    return v.tag() == Tag::kInt || v.tag() == Tag::kDouble;
  };
  if (!is_plain(a) || !is_plain(b)) return std::nullopt;
  if (a.tag() == Tag::kInt && b.tag() == Tag::kInt) return integers(op, a.as_int(), b.as_int());
  return doubles(op, to_double(a), to_double(b));
}

Outcome concatenation(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return Value();
  if (a.tag() != Tag::kText || b.tag() != Tag::kText) return std::nullopt;
  return Value::text(std::string(a.as_bytes()) + std::string(b.as_bytes()));
}

// ---- one object ----

class Evaluation {
 public:
  Evaluation(const Mapper& mapper, const NamedValues& parameters, const Instance& instance)
      : mapper_(mapper), parameters_(parameters), instance_(instance) {}

  Outcome value(const Element& e) const {
    switch (e.kind) {
      case Kind::kColumn:
        return attribute(mapper_.slot_of(*e.column));
      case Kind::kBind:
        return bound(e);
      case Kind::kNull:
        return Value();
      case Kind::kTrue:
      case Kind::kFalse:
        return Value::boolean(e.kind == Kind::kTrue);
      case Kind::kGrouping:
        return value(*e.args[0]);
      case Kind::kUnary:
        return unary(e);
      case Kind::kBinary:
        return binary(e);
      case Kind::kClauses:
        return clauses(e);
      case Kind::kBetween:
        return between(e);
      default:
        return std::nullopt;
    }
  }

 private:
  Outcome attribute(int slot) const {
    if (instance_.is_expired() || slot >= instance_.slot_count) return std::nullopt;
    const Value& v = instance_.slot(slot);
    if (v.is_absent() || v.tag() == Tag::kExpression) return std::nullopt;
    return v;
  }

  Outcome bound(const Element& e) const {
    for (const auto& [name, value] : parameters_)
      if (name == e.name) return e.type->cast(value);
    return e.value;
  }

  Outcome unary(const Element& e) const {
    const Outcome operand = value(*e.args[0]);
    if (e.op == Op::kNot) return negation(operand);
    if (!operand || e.op != Op::kNeg) return std::nullopt;
    return arithmetic(Op::kSub, Value::integer(0), *operand);
  }

  Outcome binary(const Element& e) const {
    if (e.op == Op::kIn || e.op == Op::kNotIn) return membership(e);
    const Outcome l = value(*e.args[0]), r = value(*e.args[1]);
    if (!l || !r) return std::nullopt;
    switch (e.op) {
      case Op::kIs:
      case Op::kIsNotDistinctFrom:
        return same(*l, *r, false);
      case Op::kIsNot:
      case Op::kIsDistinctFrom:
        return same(*l, *r, true);
      case Op::kConcat:
        return concatenation(*l, *r);
      case Op::kAdd:
      case Op::kSub:
      case Op::kMul:
      case Op::kDiv:
      case Op::kMod:
        return arithmetic(e.op, *l, *r);
      default:
        return comparison(e.op, *l, *r);
    }
  }

  // x IN (a, b) is x = a OR x = b.
  Outcome membership(const Element& e) const {
    const Outcome l = value(*e.args[0]);
    if (!l) return std::nullopt;
    Junction any(true);
    for (const expr::ElementPtr& item : e.args[1]->args) {
      const Outcome r = value(*item);
      any.add(r ? comparison(Op::kEq, *l, *r) : Outcome());
    }
    return e.op == Op::kIn ? any.result() : negation(any.result());
  }

  Outcome between(const Element& e) const {
    const Outcome x = value(*e.args[0]), low = value(*e.args[1]), high = value(*e.args[2]);
    if (!x || !low || !high) return std::nullopt;
    Junction both(false);
    both.add(comparison(Op::kGe, *x, *low));
    both.add(comparison(Op::kLe, *x, *high));
    return e.op == Op::kNotBetween ? negation(both.result()) : both.result();
  }

  Outcome clauses(const Element& e) const {
    if (e.op == Op::kAnd || e.op == Op::kOr) {
      Junction all(e.op == Op::kOr);
      for (const expr::ElementPtr& arg : e.args) all.add(value(*arg));
      return all.result();
    }
    if (e.op != Op::kConcat) return std::nullopt;
    Outcome text = Value::text("");
    for (const expr::ElementPtr& arg : e.args) {
      const Outcome part = value(*arg);
      if (!part || !text) return std::nullopt;
      text = concatenation(*text, *part);
    }
    return text;
  }

  const Mapper& mapper_;
  const NamedValues& parameters_;
  const Instance& instance_;
};

}  // namespace

Evaluator::Evaluator(const Mapper& mapper, expr::ElementPtr e, const NamedValues& parameters)
    : mapper_(mapper), element_(std::move(e)), parameters_(parameters) {
  check(mapper_, *element_, parameters_, 0);
}

std::optional<Value> Evaluator::operator()(const Instance& instance) const {
  return Evaluation(mapper_, parameters_, instance).value(*element_);
}

std::optional<bool> meets(std::span<const Evaluator> conditions, const Instance& instance) {
  Junction all(false);
  for (const Evaluator& condition : conditions) all.add(condition(instance));
  const Outcome result = all.result();
  if (!result) return std::nullopt;
  return !result->is_null() && result->as_bool();
}

}  // namespace moonbase::session
