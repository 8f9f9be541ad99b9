#include <bit>
#include <cstring>

#include "orm/expr/node.h"

namespace moonbase::expr {

namespace {

constexpr uint64_t kMultiplierLo = 0x9E3779B97F4A7C15;
constexpr uint64_t kMultiplierHi = 0xC2B2AE3D27D4EB4F;

uint64_t load(const char* p, size_t n) {
  uint64_t word = 0;
  std::memcpy(&word, p, n);
  return word;
}

}  // namespace

void Hash128::mix(uint64_t v) {
  lo = (lo ^ v) * kMultiplierLo;
  lo ^= lo >> 32;
  hi = (std::rotl(hi, 23) + v) * kMultiplierHi;
  hi ^= hi >> 29;
}

void Hash128::mix(std::string_view s) {
  mix(s.size());
  const char* p = s.data();
  size_t left = s.size();
  for (; left > sizeof(uint64_t); p += sizeof(uint64_t), left -= sizeof(uint64_t))
    mix(load(p, sizeof(uint64_t)));
  if (left > 0) mix(load(p, left));
}

}  // namespace moonbase::expr
