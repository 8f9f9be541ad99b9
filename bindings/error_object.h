// The error object a Lua program catches: a userdata of class Error with the fields kind, message,
// statement, params, orig, sqlstate, hint, context, location and traceback; tostring gives the
// whole paragraph. Immutable for Lua.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/lua_api.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

struct ErrorBox {
  base::Error error;
  std::string
      location;  // "app.lua:3:", the line of the program that made the failing call; may be empty
  std::string traceback;  // filled in by traceback_handler (call.h)
};
extern const ClassDef kErrorClass;
template <>
const ClassDef& class_of<ErrorBox>();

// Pushes a new error object with the location of the innermost line of the user's program.
void push_error(lua_State* L, base::Error error);
// push_error and lua_error. Inside a guarded function, throw base::Error instead.
[[noreturn]] void raise(lua_State* L, base::Error error);
// Pushes the message for failed allocations: made beforehand, it needs no memory.
void push_out_of_memory(lua_State* L);
// The Error for any Lua error value: an error object's own, else InvalidRequestError with the
// value's text.
base::Error to_error(lua_State* L, int index);
// "app.lua:3:": the innermost Lua frame that is not of an embedded module; empty when there is
// none.
std::string user_location(lua_State* L);
// ErrorKind by its name, "IntegrityError".
std::optional<base::ErrorKind> kind_from_name(std::string_view name);

// Chunks of embedded modules have names that begin with this.
inline constexpr std::string_view kEmbeddedChunk = "=moonbase:";

// Area: the class, and moonbase.error(kind, message, hint) and moonbase.raise(kind, message, hint).
void open_error(lua_State* L, int module);

}  // namespace moonbase::bindings
