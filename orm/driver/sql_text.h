// What a driver and the engine need to know about SQL text without parsing it. Pure functions; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace moonbase::driver {

// The first word in lower case, behind blanks, comments, semicolons and opening parentheses; empty
// when there is none.
std::string first_keyword(std::string_view sql);

}  // namespace moonbase::driver
