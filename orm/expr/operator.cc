#include "orm/expr/operator.h"

#include <array>
#include <cassert>

namespace moonbase::expr {

namespace {

constexpr auto kBool = ResultRule::kBoolean;
constexpr auto kNum = ResultRule::kNumeric;
constexpr auto kLeft = ResultRule::kLeft;
constexpr auto kNone = ResultRule::kNone;

// In the order of the enumerators.
constexpr std::array kOperators = {
    OpInfo{Op::kNone, "", kPrecedenceAtom, Op::kNone, kNone, false},
    OpInfo{Op::kEq, "=", kPrecedenceComparison, Op::kNe, kBool, false},
    OpInfo{Op::kNe, "!=", kPrecedenceComparison, Op::kEq, kBool, false},
    OpInfo{Op::kLt, "<", kPrecedenceComparison, Op::kGe, kBool, false},
    OpInfo{Op::kLe, "<=", kPrecedenceComparison, Op::kGt, kBool, false},
    OpInfo{Op::kGt, ">", kPrecedenceComparison, Op::kLe, kBool, false},
    OpInfo{Op::kGe, ">=", kPrecedenceComparison, Op::kLt, kBool, false},
    OpInfo{Op::kIs, "IS", kPrecedenceComparison, Op::kIsNot, kBool, false},
    OpInfo{Op::kIsNot, "IS NOT", kPrecedenceComparison, Op::kIs, kBool, false},
    OpInfo{Op::kIsDistinctFrom, "IS DISTINCT FROM", kPrecedenceComparison, Op::kIsNotDistinctFrom,
           kBool, false},
    OpInfo{Op::kIsNotDistinctFrom, "IS NOT DISTINCT FROM", kPrecedenceComparison,
           Op::kIsDistinctFrom, kBool, false},
    OpInfo{Op::kIn, "IN", kPrecedenceComparison, Op::kNotIn, kBool, false},
    OpInfo{Op::kNotIn, "NOT IN", kPrecedenceComparison, Op::kIn, kBool, false},
    OpInfo{Op::kLike, "LIKE", kPrecedenceComparison, Op::kNotLike, kBool, false},
    OpInfo{Op::kNotLike, "NOT LIKE", kPrecedenceComparison, Op::kLike, kBool, false},
    OpInfo{Op::kIlike, "ILIKE", kPrecedenceComparison, Op::kNotIlike, kBool, false},
    OpInfo{Op::kNotIlike, "NOT ILIKE", kPrecedenceComparison, Op::kIlike, kBool, false},
    OpInfo{Op::kRegexpMatch, "REGEXP", kPrecedenceComparison, Op::kNotRegexpMatch, kBool, false},
    OpInfo{Op::kNotRegexpMatch, "NOT REGEXP", kPrecedenceComparison, Op::kRegexpMatch, kBool,
           false},
    OpInfo{Op::kMatch, "MATCH", kPrecedenceComparison, Op::kNone, kBool, false},
    OpInfo{Op::kBetween, "BETWEEN", kPrecedenceComparison, Op::kNotBetween, kBool, false},
    OpInfo{Op::kNotBetween, "NOT BETWEEN", kPrecedenceComparison, Op::kBetween, kBool, false},
    OpInfo{Op::kAdd, "+", kPrecedenceSum, Op::kNone, kNum, true},
    OpInfo{Op::kSub, "-", kPrecedenceSum, Op::kNone, kNum, false},
    OpInfo{Op::kMul, "*", kPrecedenceProduct, Op::kNone, kNum, true},
    OpInfo{Op::kDiv, "/", kPrecedenceProduct, Op::kNone, ResultRule::kDiv, false},
    OpInfo{Op::kFloorDiv, "//", kPrecedenceProduct, Op::kNone, kNum, false},
    OpInfo{Op::kMod, "%", kPrecedenceProduct, Op::kNone, kNum, false},
    OpInfo{Op::kNeg, "-", kPrecedenceSign, Op::kNone, kLeft, false},
    OpInfo{Op::kConcat, "||", kPrecedenceMixed, Op::kNone, ResultRule::kText, true},
    OpInfo{Op::kBitAnd, "&", kPrecedenceMixed, Op::kNone, kNum, true},
    OpInfo{Op::kBitOr, "|", kPrecedenceMixed, Op::kNone, kNum, true},
    OpInfo{Op::kBitXor, "^", kPrecedenceMixed, Op::kNone, kNum, true},
    OpInfo{Op::kBitNot, "~", kPrecedenceSign, Op::kNone, kLeft, false},
    OpInfo{Op::kShiftLeft, "<<", kPrecedenceMixed, Op::kNone, kLeft, false},
    OpInfo{Op::kShiftRight, ">>", kPrecedenceMixed, Op::kNone, kLeft, false},
    OpInfo{Op::kAnd, "AND", kPrecedenceAnd, Op::kNone, kBool, true},
    OpInfo{Op::kOr, "OR", kPrecedenceOr, Op::kNone, kBool, true},
    OpInfo{Op::kNot, "NOT", kPrecedenceNot, Op::kNone, kBool, false},
    OpInfo{Op::kComma, ",", kPrecedenceNone, Op::kNone, kNone, true},
    OpInfo{Op::kDistinct, "DISTINCT", kPrecedenceNone, Op::kNone, kLeft, false},
    OpInfo{Op::kAny, "ANY", kPrecedenceAtom, Op::kNone, kLeft, false},
    OpInfo{Op::kAll, "ALL", kPrecedenceAtom, Op::kNone, kLeft, false},
    OpInfo{Op::kAsc, "ASC", kPrecedenceNone, Op::kNone, kLeft, false},
    OpInfo{Op::kDesc, "DESC", kPrecedenceNone, Op::kNone, kLeft, false},
    OpInfo{Op::kNullsFirst, "NULLS FIRST", kPrecedenceNone, Op::kNone, kLeft, false},
    OpInfo{Op::kNullsLast, "NULLS LAST", kPrecedenceNone, Op::kNone, kLeft, false},
    OpInfo{Op::kCustom, "", kPrecedenceCustom, Op::kNone, kNone, false},
};

consteval bool is_in_order() {
  for (size_t i = 0; i < kOperators.size(); ++i) {
    if (static_cast<size_t>(kOperators[i].op) != i) return false;
  }
  return kOperators.size() == static_cast<size_t>(Op::kCustom) + 1;
}
static_assert(is_in_order(), "a row is missing or out of place");

}  // namespace

const OpInfo& op_info(Op op) { return kOperators[static_cast<size_t>(op)]; }

bool needs_parentheses(Op outer, Op inner, int precedence, bool is_right) {
  if (precedence == kPrecedenceAtom) return false;
  if (precedence == kPrecedenceNone) return true;
  const OpInfo& info = op_info(outer);
  if (outer == inner && info.associative) return false;
  if (outer == Op::kNot || outer == Op::kNeg || outer == Op::kBitNot) return true;
  if (info.precedence == kPrecedenceMixed || info.precedence == kPrecedenceCustom) return true;
  if (precedence != info.precedence) return precedence < info.precedence;
  // Of one level: `a - b - c` is read from the left, comparisons do not chain.
  return is_right || info.precedence == kPrecedenceComparison;
}

Op mirrored(Op op) {
  switch (op) {
    case Op::kLt:
      return Op::kGt;
    case Op::kLe:
      return Op::kGe;
    case Op::kGt:
      return Op::kLt;
    case Op::kGe:
      return Op::kLe;
    default:
      return op;
  }
}

}  // namespace moonbase::expr
