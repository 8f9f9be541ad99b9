// The one include of Lua's headers. Moonbase links Debian's lua5.4-c++: Lua compiled as C++, whose
// errors are C++ exceptions. Destructors run when a Lua error passes, and `catch` of everything
// would swallow it, so nothing may.
#pragma once

#include <lua.hpp>
