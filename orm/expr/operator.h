// The operators of SQL as a table: symbol, precedence, what negates it, what type results. One row
// an operator; the compiler writes parentheses from the precedence alone.
#pragma once

#include <cstdint>
#include <string_view>

namespace moonbase::expr {

enum class Op : uint8_t {
  kNone,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kIs,
  kIsNot,
  kIsDistinctFrom,
  kIsNotDistinctFrom,
  kIn,
  kNotIn,
  kLike,
  kNotLike,
  kIlike,
  kNotIlike,
  kRegexpMatch,
  kNotRegexpMatch,
  kMatch,
  kBetween,
  kNotBetween,
  kAdd,
  kSub,
  kMul,
  kDiv,
  kFloorDiv,
  kMod,
  kNeg,
  kConcat,
  kBitAnd,
  kBitOr,
  kBitXor,
  kBitNot,
  kShiftLeft,
  kShiftRight,
  kAnd,
  kOr,
  kNot,
  kComma,
  kDistinct,
  kAny,
  kAll,
  kAsc,
  kDesc,
  kNullsFirst,
  kNullsLast,
  kCustom,
};

enum class ResultRule : uint8_t { kBoolean, kLeft, kNumeric, kText, kDiv, kNone };

// The levels of precedence that code asks about. Databases disagree about what binds tighter than
// `||`, the bit operators and custom ones, so operands of those are written in parentheses whatever
// they are.
inline constexpr int kPrecedenceNone = 0;  // always in parentheses as an operand
inline constexpr int kPrecedenceOr = 10;
inline constexpr int kPrecedenceAnd = 20;
inline constexpr int kPrecedenceNot = 30;
inline constexpr int kPrecedenceCustom = 35;
inline constexpr int kPrecedenceComparison = 40;
inline constexpr int kPrecedenceMixed = 50;
inline constexpr int kPrecedenceSum = 60;
inline constexpr int kPrecedenceProduct = 70;
inline constexpr int kPrecedenceSign = 80;
inline constexpr int kPrecedenceAtom = 100;  // never in parentheses

struct OpInfo {
  Op op;
  std::string_view symbol;  // generic SQL; a dialect may spell it differently
  int precedence;           // higher binds tighter
  Op negation;              // kNone: NOT (…) is needed
  ResultRule result;
  bool associative;  // a + (b + c) needs no parentheses
};

const OpInfo& op_info(Op op);

// True when an operand needs parentheses below `outer`: `inner` is the operand's own operator and
// `precedence` its level (kPrecedenceAtom for a column, a bind, a function, …).
bool needs_parentheses(Op outer, Op inner, int precedence, bool is_right);

// The operator that says the same with the operands changed over: < of >; any other as it is.
Op mirrored(Op op);

}  // namespace moonbase::expr
