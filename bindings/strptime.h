// Python's datetime.strptime: a text read by a format. Pure function, any thread.
#pragma once

#include <string_view>

#include "orm/base/scalar.h"

namespace moonbase::bindings {

// Knows %Y %m %d %H %M %S %f %y %j %b %B %a %A %p %I %z %Z %%; blanks in the format match any
// number of blanks. Missing fields are those of 1900-01-01 00:00:00. Throws base::Error(ValueError)
// as Python does: "time data 'x' does not match format '%d'", "unconverted data remains: 'x'", "'q'
// is a bad directive in format '%q'".
base::DateTimeText strptime(std::string_view text, std::string_view format);

}  // namespace moonbase::bindings
