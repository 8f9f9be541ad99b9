#include "bindings/table_fingerprint.h"

#include <bit>
#include <functional>
#include <string_view>

#include "bindings/stack.h"

namespace moonbase::bindings {

namespace {

constexpr int kDeepest = 64;

// The finalizer of SplitMix64: each bit of `x` reaches every bit of the result.
uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

Fingerprint of_bits(uint64_t kind, uint64_t bits) {
  const uint64_t first = mixed(bits ^ mixed(kind));
  return {first, mixed(first ^ (bits + kind))};
}

Fingerprint of_text(std::string_view s) {
  // Two functions, lest texts that agree in the one agree in both.
  uint64_t other = s.size();
  for (const char c : s) other = (other ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return {mixed(std::hash<std::string_view>()(s)), mixed(other)};
}

// Of the value at `index`, at this depth.
std::optional<Fingerprint> of_value(lua_State* L, int index, int depth) {
  switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
      return of_bits(1, static_cast<uint64_t>(lua_toboolean(L, index)));
    case LUA_TNUMBER:
      return lua_isinteger(L, index) ? of_bits(2, static_cast<uint64_t>(lua_tointeger(L, index)))
                                     : of_bits(3, std::bit_cast<uint64_t>(lua_tonumber(L, index)));
    case LUA_TSTRING: {
      size_t length = 0;
      const char* text = lua_tolstring(L, index, &length);
      return of_text({text, length});
    }
    case LUA_TTABLE:
      break;
    default:
      if (is_null(L, index)) return of_bits(4, 0);
      return {};
  }
  if (depth >= kDeepest) return {};
  luaL_checkstack(L, 6, "the table nests too deep");
  index = lua_absindex(L, index);
  Fingerprint sum = of_bits(5, is_array(L, index) ? 1 : 0);
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    const std::optional<Fingerprint> key = of_value(L, -2, depth + 1);
    const std::optional<Fingerprint> value = of_value(L, -1, depth + 1);
    if (!key || !value) {
      lua_pop(L, 2);
      return {};
    }
    // Sums do not depend on the order of the keys; each pair is mixed first.
    sum.first += mixed(key->first ^ mixed(value->first));
    sum.second += mixed(key->second ^ mixed(value->second + 1));
  }
  return sum;
}

}  // namespace

std::optional<Fingerprint> fingerprint(lua_State* L, int index) { return of_value(L, index, 0); }

}  // namespace moonbase::bindings
