// The operators of datetime, date, time and timedelta, each one function for the four classes,
// because most of them mix two. Results and refusals are Python's. For lua_datetime.cc and
// lua_timedelta.cc only.
#pragma once

#include <cstdint>

#include "bindings/class_def.h"
#include "bindings/lua_api.h"
#include "orm/base/scalar.h"

namespace moonbase::bindings {

// The parent of the four classes: + - == < <=. Has no payload and no objects of its own.
extern const ClassDef kTemporalClass;
extern const ClassDef kTimedeltaClass;

enum class OperandKind { kOther, kDateTime, kDate, kTime, kDelta, kInteger, kFloat };

// One side of an operator.
struct Operand {
  OperandKind kind = OperandKind::kOther;
  int64_t value = 0;  // microseconds, days, or the integer
  int32_t utc_offset = base::kNaive;
  double number = 0;  // of integers and floats
};

// Both sides, from stack positions 1 and 2.
struct OperandPair {
  Operand a, b;
  bool is(OperandKind first, OperandKind second) const {
    return a.kind == first && b.kind == second;
  }
};
OperandPair read_operands(lua_State* L);

// For operands we do not know: calls the right one's metamethod and returns its one result on the
// stack, or throws TypeError "unsupported operands for +: datetime and string".
int other_operands(lua_State* L, const char* event, const char* symbol);

// Rounds down, as Python's //.
inline int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

}  // namespace moonbase::bindings
