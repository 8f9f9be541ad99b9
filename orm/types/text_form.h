// Values as the text of a file: what a column's value looks like in CSV, and what a field of it
// means for the column. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "orm/types/type.h"

namespace moonbase::types {

// "t" and "f", 2026-11-20 10:00:00, \x00ff for bytes, JSON as it is; never of NULL.
std::string text_form(const base::Value& value);
// The contrary, for a column of this type. Throws kDataError that shows the text and says what the
// type takes.
base::Value from_text_form(std::string_view text, const Type& type);

}  // namespace moonbase::types
