#include "bindings/datetime_operators.h"

#include <string>

#include "bindings/guard.h"
#include "bindings/lua_datetime.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/scalar.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using base::kMicrosPerDay;
using base::kMicrosPerSecond;

using Kind = OperandKind;

Operand read_operand(lua_State* L, int index) {
  if (const auto* v = test_box<DateTimeBox>(L, index))
    return {Kind::kDateTime, v->micros, v->utc_offset};
  if (const auto* v = test_box<TimedeltaBox>(L, index)) return {Kind::kDelta, v->micros};
  if (const auto* v = test_box<DateBox>(L, index)) return {Kind::kDate, v->days};
  if (const auto* v = test_box<TimeBox>(L, index)) return {Kind::kTime, v->micros};
  if (lua_type(L, index) != LUA_TNUMBER) return {};
  if (lua_isinteger(L, index) == 0) return {.kind = Kind::kFloat, .number = lua_tonumber(L, index)};
  return {
      .kind = Kind::kInteger, .value = lua_tointeger(L, index), .number = lua_tonumber(L, index)};
}

[[noreturn]] void throw_range() { throw Error(ErrorKind::kValueError, "date value out of range"); }

int64_t checked_add(int64_t a, int64_t b) {
  int64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) throw_range();
  return sum;
}

int64_t checked_sub(int64_t a, int64_t b) {
  int64_t difference;
  if (__builtin_sub_overflow(a, b, &difference)) throw_range();
  return difference;
}

int64_t instant(const Operand& o) {
  return o.utc_offset == base::kNaive ? o.value : o.value - o.utc_offset * kMicrosPerSecond;
}

bool mixes_naive_and_aware(const OperandPair& p) {
  return (p.a.utc_offset == base::kNaive) != (p.b.utc_offset == base::kNaive);
}

int push_sum(lua_State* L, const Operand& moment, int64_t delta) {
  if (moment.kind == Kind::kDateTime) {
    push_datetime(L, checked_add(moment.value, delta), moment.utc_offset);
  } else if (moment.kind == Kind::kDate) {
    push_date(L, moment.value + floor_div(delta, kMicrosPerDay));
  } else {
    push_timedelta(L, checked_add(moment.value, delta));
  }
  return 1;
}

bool takes_delta(Kind kind) {
  return kind == Kind::kDateTime || kind == Kind::kDate || kind == Kind::kDelta;
}

int add(lua_State* L) {
  OperandPair p = read_operands(L);
  if (p.b.kind == Kind::kDelta && takes_delta(p.a.kind)) return push_sum(L, p.a, p.b.value);
  if (p.a.kind == Kind::kDelta && takes_delta(p.b.kind)) return push_sum(L, p.b, p.a.value);
  return other_operands(L, "__add", "+");
}

int subtract(lua_State* L) {
  OperandPair p = read_operands(L);
  if (p.b.kind == Kind::kDelta && takes_delta(p.a.kind))
    return push_sum(L, p.a, checked_sub(0, p.b.value));
  if (p.is(Kind::kDate, Kind::kDate)) {
    push_timedelta(L, (p.a.value - p.b.value) * kMicrosPerDay);
    return 1;
  }
  if (p.is(Kind::kDateTime, Kind::kDateTime)) {
    if (mixes_naive_and_aware(p)) {
      throw Error(ErrorKind::kTypeError, "can't subtract offset-naive and offset-aware datetimes");
    }
    push_timedelta(L, instant(p.a) - instant(p.b));
    return 1;
  }
  return other_operands(L, "__sub", "-");
}

int equal(lua_State* L) {
  OperandPair p = read_operands(L);
  bool same = p.a.kind == p.b.kind && p.a.kind != Kind::kOther && !mixes_naive_and_aware(p);
  if (p.a.kind != p.b.kind && p.b.kind == Kind::kOther && defer_to_right(L, "__eq")) return 1;
  lua_pushboolean(L, same && instant(p.a) == instant(p.b));
  return 1;
}

constexpr char kLt[] = "__lt", kLe[] = "__le";

// `<` or, with `or_equal`, `<=`; Lua turns the others round.
template <bool or_equal, const char* event>
int less(lua_State* L) {
  OperandPair p = read_operands(L);
  if (p.a.kind != p.b.kind || p.a.kind == Kind::kOther) {
    if (p.b.kind == Kind::kOther && defer_to_right(L, event)) return 1;
    throw Error(ErrorKind::kTypeError,
                "can't compare " + type_name_of(L, 1) + " to " + type_name_of(L, 2));
  }
  if (mixes_naive_and_aware(p)) {
    throw Error(ErrorKind::kTypeError, "can't compare offset-naive and offset-aware datetimes");
  }
  int64_t a = instant(p.a), b = instant(p.b);
  lua_pushboolean(L, or_equal ? a <= b : a < b);
  return 1;
}

constexpr MethodDef kMetamethods[] = {
    {"__add", guarded<add>, "a + b  a moment or a timedelta, later by a timedelta"},
    {"__sub", guarded<subtract>,
     "a - b  earlier by a timedelta, or the timedelta between two moments"},
    {"__eq", guarded<equal>, "a == b  the same moment or length"},
    {"__lt", guarded<less<false, kLt>>, "a < b"},
    {"__le", guarded<less<true, kLe>>, "a <= b"},
};

}  // namespace

const ClassDef kTemporalClass{
    .name = "temporal",
    .doc = "what datetime, date, time and timedelta share",
    .metamethods = kMetamethods,
};

OperandPair read_operands(lua_State* L) { return {read_operand(L, 1), read_operand(L, 2)}; }

int other_operands(lua_State* L, const char* event, const char* symbol) {
  if (defer_to_right(L, event)) return 1;
  throw Error(ErrorKind::kTypeError, std::string("unsupported operands for ") + symbol + ": " +
                                         type_name_of(L, 1) + " and " + type_name_of(L, 2));
}

}  // namespace moonbase::bindings
