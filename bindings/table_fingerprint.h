// A short form of a table of plain values, to tell quickly that nothing in it has changed: 128
// bits, the same for the same content whatever the order of its keys. Nothing is allocated.
#pragma once

#include <cstdint>
#include <optional>

#include "bindings/lua_api.h"

namespace moonbase::bindings {

struct Fingerprint {
  uint64_t first = 0, second = 0;
  bool operator==(const Fingerprint&) const = default;
};

// Of the table at `index`; nothing for one that nests deep or holds other than numbers, text,
// booleans, moonbase.null and tables. Metamethods are not called.
std::optional<Fingerprint> fingerprint(lua_State* L, int index);

}  // namespace moonbase::bindings
