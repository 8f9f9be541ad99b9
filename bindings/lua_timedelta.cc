// The class timedelta of lua_datetime.h.
#include <cmath>
#include <string>
#include <utility>

#include "bindings/class_def.h"
#include "bindings/datetime_operators.h"
#include "bindings/guard.h"
#include "bindings/lua_datetime.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using base::kMicrosPerDay;
using base::kMicrosPerSecond;

[[noreturn]] void throw_range() { throw Error(ErrorKind::kValueError, "timedelta out of range"); }

struct Part {
  const char* name;
  int64_t micros;
};
// In the order of Python's positional arguments.
constexpr Part kParts[] = {
    {"days", kMicrosPerDay},
    {"seconds", kMicrosPerSecond},
    {"microseconds", 1},
    {"milliseconds", 1000},
    {"minutes", 60 * kMicrosPerSecond},
    {"hours", 3600 * kMicrosPerSecond},
    {"weeks", 7 * kMicrosPerDay},
};

// Sums whole and broken numbers apart: the whole ones stay exact.
class Sum {
 public:
  // Adds the number on the top of the stack times `unit`, and pops it.
  void add(lua_State* L, const Kwargs& kw, const Part& part) {
    if (lua_type(L, -1) != LUA_TNUMBER) kw.throw_keyword(part.name, "a number", -1);
    if (lua_isinteger(L, -1) != 0) {
      int64_t product;
      if (__builtin_mul_overflow(static_cast<int64_t>(lua_tointeger(L, -1)), part.micros,
                                 &product) ||
          __builtin_add_overflow(whole_, product, &whole_)) {
        throw_range();
      }
    } else {
      broken_ +=
          static_cast<long double>(lua_tonumber(L, -1)) * static_cast<long double>(part.micros);
    }
    lua_pop(L, 1);
  }

  int64_t micros() const {
    constexpr long double kLimit = 9.2e18L;
    if (!(std::fabs(broken_ + static_cast<long double>(whole_)) < kLimit) ||
        !(std::fabs(broken_) < kLimit)) {
      throw_range();
    }
    return whole_ + static_cast<int64_t>(std::nearbyint(broken_));
  }

 private:
  int64_t whole_ = 0;
  long double broken_ = 0;
};

int timedelta_new(lua_State* L) {
  Kwargs kw(L, 1, "timedelta");
  kw.expect_positional(0, static_cast<int>(std::size(kParts)));
  Sum sum;
  int position = 0;
  for (const Part& part : kParts) {
    if (++position <= kw.count()) {
      kw.push(position);
      sum.add(L, kw, part);
    }
    if (kw.take(part.name)) sum.add(L, kw, part);
  }
  kw.finish();
  push_timedelta(L, sum.micros());
  return 1;
}

int timedelta_days(lua_State* L) {
  lua_pushinteger(L, base::day_of(check_box<TimedeltaBox>(L, 1).micros));
  return 1;
}

int timedelta_seconds(lua_State* L) {
  lua_pushinteger(L, base::time_of(check_box<TimedeltaBox>(L, 1).micros) / kMicrosPerSecond);
  return 1;
}

int timedelta_microseconds(lua_State* L) {
  lua_pushinteger(L, base::time_of(check_box<TimedeltaBox>(L, 1).micros) % kMicrosPerSecond);
  return 1;
}

int timedelta_total_seconds(lua_State* L) {
  lua_pushnumber(L, static_cast<double>(check_box<TimedeltaBox>(L, 1).micros) /
                        static_cast<double>(kMicrosPerSecond));
  return 1;
}

int64_t negated(int64_t micros) {
  if (micros == INT64_MIN) throw_range();
  return -micros;
}

int timedelta_abs(lua_State* L) {
  int64_t micros = check_box<TimedeltaBox>(L, 1).micros;
  push_timedelta(L, micros < 0 ? negated(micros) : micros);
  return 1;
}

int timedelta_tostring(lua_State* L) {
  push_string(L, base::format_interval(check_box<TimedeltaBox>(L, 1).micros));
  return 1;
}

// --- operators ---

[[noreturn]] void throw_division_by_zero() {
  throw Error(ErrorKind::kValueError, "division by zero");
}

// To the nearest microsecond, ties to even.
int push_rounded(lua_State* L, long double micros) {
  constexpr long double kLimit = 9.2e18L;
  if (!(std::fabs(micros) < kLimit)) throw Error(ErrorKind::kValueError, "timedelta out of range");
  push_timedelta(L, static_cast<int64_t>(std::nearbyint(micros)));
  return 1;
}

int multiply(lua_State* L) {
  OperandPair p = read_operands(L);
  if (p.b.kind == OperandKind::kDelta) std::swap(p.a, p.b);
  if (p.is(OperandKind::kDelta, OperandKind::kInteger)) {
    int64_t product;
    if (__builtin_mul_overflow(p.a.value, p.b.value, &product)) {
      throw Error(ErrorKind::kValueError, "timedelta out of range");
    }
    push_timedelta(L, product);
    return 1;
  }
  if (p.is(OperandKind::kDelta, OperandKind::kFloat)) {
    return push_rounded(L,
                        static_cast<long double>(p.a.value) * static_cast<long double>(p.b.number));
  }
  return other_operands(L, "__mul", "*");
}

int divide(lua_State* L) {
  OperandPair p = read_operands(L);
  if (p.is(OperandKind::kDelta, OperandKind::kDelta)) {
    if (p.b.value == 0) throw_division_by_zero();
    lua_pushnumber(L, static_cast<double>(p.a.value) / static_cast<double>(p.b.value));
    return 1;
  }
  if (p.is(OperandKind::kDelta, OperandKind::kInteger) ||
      p.is(OperandKind::kDelta, OperandKind::kFloat)) {
    if (p.b.number == 0) throw_division_by_zero();
    long double divisor = p.b.kind == OperandKind::kInteger ? static_cast<long double>(p.b.value)
                                                            : static_cast<long double>(p.b.number);
    return push_rounded(L, static_cast<long double>(p.a.value) / divisor);
  }
  return other_operands(L, "__div", "/");
}

int floor_divide(lua_State* L) {
  OperandPair p = read_operands(L);
  if (p.b.kind != OperandKind::kDelta && p.b.kind != OperandKind::kInteger)
    return other_operands(L, "__idiv", "//");
  if (p.a.kind != OperandKind::kDelta) return other_operands(L, "__idiv", "//");
  if (p.b.value == 0) throw_division_by_zero();
  if (p.b.value == -1) negated(p.a.value);  // the one quotient that may have no place
  int64_t quotient = floor_div(p.a.value, p.b.value);
  if (p.b.kind == OperandKind::kDelta) {
    lua_pushinteger(L, quotient);
  } else {
    push_timedelta(L, quotient);
  }
  return 1;
}

int modulo(lua_State* L) {
  OperandPair p = read_operands(L);
  if (!p.is(OperandKind::kDelta, OperandKind::kDelta)) return other_operands(L, "__mod", "%");
  if (p.b.value == 0) throw_division_by_zero();
  int64_t rest = p.b.value == -1 ? 0 : p.a.value % p.b.value;
  if (rest != 0 && (rest < 0) != (p.b.value < 0)) rest += p.b.value;
  push_timedelta(L, rest);
  return 1;
}

int negate(lua_State* L) {
  push_timedelta(L, negated(check_box<TimedeltaBox>(L, 1).micros));
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"total_seconds", guarded<timedelta_total_seconds>,
     "total_seconds()  the whole length in seconds, a float"},
    {"abs", guarded<timedelta_abs>, "abs()  the length without its sign"},
};

constexpr MethodDef kGetters[] = {
    {"days", guarded<timedelta_days>, "days  whole days, rounded down"},
    {"seconds", guarded<timedelta_seconds>, "seconds  of what the days leave, 0 to 86399"},
    {"microseconds", guarded<timedelta_microseconds>,
     "microseconds  of what the seconds leave, 0 to 999999"},
};

constexpr MethodDef kMetamethods[] = {
    {"__mul", guarded<multiply>, "t * number"},
    {"__div", guarded<divide>, "t / number  a timedelta; t / u  a number"},
    {"__idiv", guarded<floor_divide>, "t // integer  a timedelta; t // u  an integer"},
    {"__mod", guarded<modulo>, "t % u  what t // u leaves"},
    {"__unm", guarded<negate>, "-t"},
    {"__tostring", guarded<timedelta_tostring>, "tostring(t)  '1 day, 2:03:04'"},
};

}  // namespace

const ClassDef kTimedeltaClass{
    .name = "timedelta",
    .doc =
        "timedelta{days=, seconds=, microseconds=, milliseconds=, minutes=, hours=, weeks=}  a "
        "length of time",
    .parent = &kTemporalClass,
    .methods = kMethods,
    .getters = kGetters,
    .metamethods = kMetamethods,
    .constructor = guarded<timedelta_new>,
    .usage = "t",
    .is_value = true,
};

template <>
const ClassDef& class_of<TimedeltaBox>() {
  return kTimedeltaClass;
}

void push_timedelta(lua_State* L, int64_t micros) { push_box(L, TimedeltaBox{micros}); }

}  // namespace moonbase::bindings
