// Private to this folder: one maker per family of built-in types, and the two ways in which a type
// says no. `make` (builtin.cc) picks the family by a spec's base_kind. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "orm/base/value.h"
#include "orm/types/type.h"

namespace moonbase::types {

TypePtr make_integer(TypeSpec spec);
TypePtr make_boolean(TypeSpec spec);
TypePtr make_float(TypeSpec spec);
TypePtr make_decimal(TypeSpec spec);
TypePtr make_text(TypeSpec spec);
TypePtr make_binary(TypeSpec spec);
TypePtr make_enumeration(TypeSpec spec);
TypePtr make_uuid(TypeSpec spec);
TypePtr make_date(TypeSpec spec);
TypePtr make_datetime(TypeSpec spec);
TypePtr make_time(TypeSpec spec);
TypePtr make_interval(TypeSpec spec);
TypePtr make_json(TypeSpec spec);
TypePtr make_array(TypeSpec spec);
TypePtr make_null(TypeSpec spec);

// A value in the middle of a message: "text 'x'", "1.5", "a datetime '2026-11-20 10:00:00'".
std::string describe(const base::Value& v);

// Throws TypeError: "Integer takes a whole number, got text 'x'; FIX".
[[noreturn]] void refuse_sort(const Type& type, std::string_view takes, const base::Value& got,
                              const std::string& fix = "");
// Throws ValueError with the same words: the right sort of value with an impossible content.
[[noreturn]] void refuse_content(const Type& type, std::string_view takes, const base::Value& got,
                                 const std::string& fix = "");
// Throws ValueError: "Couldn't read 'x' as DateTime".
[[noreturn]] void cannot_read(const Type& type, const base::Value& got);

}  // namespace moonbase::types
