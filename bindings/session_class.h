// A program's own kind of session: `class_`, a table of functions that its sessions have as
// methods, before those of every session. The table may inherit from another, and from
// moonbase.Session, by its metatable; what it says is asked at each use, so that a method may be
// added later.
#pragma once

#include "bindings/lua_api.h"

namespace moonbase::bindings {

// Makes the session object at `object` one of the class at `cls`; its get_bind chooses the engines.
// Throws TypeError for a class that is no table.
void give_session_class(lua_State* L, int object, int cls);

}  // namespace moonbase::bindings
