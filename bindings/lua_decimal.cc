#include "bindings/lua_decimal.h"

#include <cstring>
#include <string>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/stack.h"
#include "orm/base/decimal.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

// Followed in memory by the digits.
struct DecimalBox {
  uint64_t size;
};
extern const ClassDef kDecimalClass;
template <>
const ClassDef& class_of<DecimalBox>() {
  return kDecimalClass;
}

namespace {

using base::Error;
using base::ErrorKind;

std::string_view digits(const DecimalBox& box) {
  return {reinterpret_cast<const char*>(&box + 1), box.size};
}

[[noreturn]] void throw_float() {
  throw Error(ErrorKind::kTypeError, "a float is not exact: it does not mix with decimals")
      .with_hint("write the number as a string: moonbase.decimal '1.10'");
}

// The decimal or integer at `index`; nullopt for what is no number. Throws for floats.
std::optional<std::string> read_operand(lua_State* L, int index) {
  if (auto decimal = test_decimal(L, index)) return std::string(*decimal);
  if (lua_type(L, index) != LUA_TNUMBER) return std::nullopt;
  if (lua_isinteger(L, index) == 0) throw_float();
  return std::to_string(lua_tointeger(L, index));
}

std::string check_operand(lua_State* L, int index) {
  auto value = read_operand(L, index);
  if (!value) throw_argument(L, index, "decimal or integer");
  return std::move(*value);
}

int push_result(lua_State* L, std::string_view canonical) {
  push_decimal(L, canonical);
  return 1;
}

using Operation = std::string (*)(std::string_view, std::string_view);

// The event's name is looked up only when the right operand is a stranger.
constexpr char kAdd[] = "__add", kSub[] = "__sub", kMul[] = "__mul", kDiv[] = "__div",
               kLt[] = "__lt", kLe[] = "__le";

template <Operation operation, const char* event>
int decimal_arithmetic(lua_State* L) {
  auto a = read_operand(L, 1);
  if (!read_operand(L, 2) && defer_to_right(L, event)) return 1;
  return push_result(L, operation(a ? *a : check_operand(L, 1), check_operand(L, 2)));
}

int decimal_negate(lua_State* L) { return push_result(L, base::decimal::neg(check_operand(L, 1))); }

int compare(lua_State* L) {
  return base::decimal::compare(check_operand(L, 1), check_operand(L, 2));
}

int decimal_equal(lua_State* L) {
  auto a = test_decimal(L, 1), b = test_decimal(L, 2);
  lua_pushboolean(L, a && b && base::decimal::compare(*a, *b) == 0);
  return 1;
}

template <bool (*holds)(int), const char* event = nullptr>
int decimal_compare(lua_State* L) {
  if constexpr (event != nullptr) {
    if (!read_operand(L, 2) && defer_to_right(L, event)) return 1;
  }
  lua_pushboolean(L, holds(compare(L)));
  return 1;
}

bool is_equal(int order) { return order == 0; }
bool is_unequal(int order) { return order != 0; }
bool is_less(int order) { return order < 0; }
bool is_less_or_equal(int order) { return order <= 0; }
bool is_greater(int order) { return order > 0; }
bool is_greater_or_equal(int order) { return order >= 0; }

int decimal_compare_to(lua_State* L) {
  lua_pushinteger(L, compare(L));
  return 1;
}

int decimal_tonumber(lua_State* L) {
  lua_pushnumber(L, base::decimal::to_double(digits(check_box<DecimalBox>(L, 1))));
  return 1;
}

int decimal_tointeger(lua_State* L) {
  auto value = base::decimal::to_int64(digits(check_box<DecimalBox>(L, 1)));
  if (value) {
    lua_pushinteger(L, *value);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

int decimal_quantize(lua_State* L) {
  std::string_view value = digits(check_box<DecimalBox>(L, 1));
  auto pattern = test_decimal(L, 2);
  int64_t scale = pattern ? base::decimal::scale(*pattern) : check_integer(L, 2);
  if (scale < 0 || scale > base::decimal::kMaxDigits) {
    throw Error(ErrorKind::kValueError,
                "quantize: " + std::to_string(scale) + " is no number of digits");
  }
  return push_result(L, base::decimal::quantize(value, static_cast<int>(scale)));
}

int decimal_abs(lua_State* L) {
  std::string_view value = digits(check_box<DecimalBox>(L, 1));
  if (value.front() == '-') value.remove_prefix(1);
  return push_result(L, std::string(value));
}

int decimal_is_zero(lua_State* L) {
  lua_pushboolean(L, base::decimal::is_zero(digits(check_box<DecimalBox>(L, 1))));
  return 1;
}

int decimal_scale(lua_State* L) {
  lua_pushinteger(L, base::decimal::scale(digits(check_box<DecimalBox>(L, 1))));
  return 1;
}

int decimal_tostring(lua_State* L) {
  push_string(L, digits(check_box<DecimalBox>(L, 1)));
  return 1;
}

int decimal_new(lua_State* L) {
  if (lua_type(L, 1) != LUA_TSTRING) return push_result(L, check_operand(L, 1));
  std::string_view text = check_string(L, 1);
  auto canonical = base::decimal::parse(text);
  if (!canonical)
    throw Error(ErrorKind::kValueError, base::quote_for_message(text) + " is no decimal number");
  return push_result(L, *canonical);
}

constexpr MethodDef kMethods[] = {
    {"eq", guarded<decimal_compare<is_equal>>, "eq(x)  whether it equals a decimal or an integer"},
    {"ne", guarded<decimal_compare<is_unequal>>,
     "ne(x)  whether it differs from a decimal or an integer"},
    {"lt", guarded<decimal_compare<is_less>>, "lt(x)  whether it is less than x"},
    {"le", guarded<decimal_compare<is_less_or_equal>>, "le(x)  whether it is at most x"},
    {"gt", guarded<decimal_compare<is_greater>>, "gt(x)  whether it is greater than x"},
    {"ge", guarded<decimal_compare<is_greater_or_equal>>, "ge(x)  whether it is at least x"},
    {"compare", guarded<decimal_compare_to>, "compare(x)  -1, 0 or 1 for less, equal, greater"},
    {"tonumber", guarded<decimal_tonumber>, "tonumber()  the nearest float"},
    {"tointeger", guarded<decimal_tointeger>,
     "tointeger()  the integer, or nil when there is a fraction"},
    {"quantize", guarded<decimal_quantize>,
     "quantize(n)  rounded half-even to n digits after the point"},
    {"abs", guarded<decimal_abs>, "abs()  without its sign"},
    {"is_zero", guarded<decimal_is_zero>, "is_zero()  whether it is zero"},
    {"scale", guarded<decimal_scale>, "scale()  the number of digits after the point"},
};

constexpr MethodDef kMetamethods[] = {
    {"__add", guarded<decimal_arithmetic<base::decimal::add, kAdd>>, "d + x  exact"},
    {"__sub", guarded<decimal_arithmetic<base::decimal::sub, kSub>>, "d - x  exact"},
    {"__mul", guarded<decimal_arithmetic<base::decimal::mul, kMul>>, "d * x  exact"},
    {"__div", guarded<decimal_arithmetic<base::decimal::div, kDiv>>,
     "d / x  exact where it ends, else 28 digits"},
    {"__unm", guarded<decimal_negate>, "-d"},
    {"__eq", guarded<decimal_equal>, "d == e  by value, for two decimals"},
    {"__lt", guarded<decimal_compare<is_less, kLt>>, "d < x"},
    {"__le", guarded<decimal_compare<is_less_or_equal, kLe>>, "d <= x"},
    {"__tostring", guarded<decimal_tostring>, "tostring(d)  the digits"},
};

}  // namespace

const ClassDef kDecimalClass{
    .name = "decimal",
    .doc =
        "decimal(text or integer)  an exact decimal number: + - * / with decimals and integers, "
        "d:eq(5)",
    .methods = kMethods,
    .metamethods = kMetamethods,
    .constructor = guarded<decimal_new>,
    .usage = "d",
    .is_value = true,
};

void push_decimal(lua_State* L, std::string_view canonical) {
  Box* box = new_box(L, kDecimalClass, sizeof(DecimalBox) + canonical.size());
  auto* payload = new (box->payload()) DecimalBox{canonical.size()};
  std::memcpy(payload + 1, canonical.data(), canonical.size());
  box->dead = 0;
}

std::optional<std::string_view> test_decimal(lua_State* L, int index) {
  const auto* box = test_box<DecimalBox>(L, index);
  return box != nullptr ? std::optional(digits(*box)) : std::nullopt;
}

void open_decimal(lua_State* L, int module) {
  register_class(L, kDecimalClass);
  push_class(L, kDecimalClass);
  lua_setfield(L, module, "decimal");
}

}  // namespace moonbase::bindings
