// moonbase.decimal: exact decimal numbers. Immutable; the digits lie inline in the userdata, as
// canonical text (orm/base/decimal.h).
#pragma once

#include <optional>
#include <string_view>

#include "bindings/lua_api.h"

namespace moonbase::bindings {

// Pushes a decimal; `canonical` must be canonical text.
void push_decimal(lua_State* L, std::string_view canonical);
// The digits, valid while the value is on the stack; nullopt for anything but a decimal.
std::optional<std::string_view> test_decimal(lua_State* L, int index);

// Area: moonbase.decimal.
void open_decimal(lua_State* L, int module);

}  // namespace moonbase::bindings
