// Values as PostgreSQL sends and takes them, in its text and its binary form. What the core has no
// value for (ranges, inet, enums, composites, infinite dates, years before 1) is text, without
// loss. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "orm/base/value.h"

namespace moonbase::dialect::postgresql {

// The number of a type in pg_type; PostgreSQL's own types have the same numbers everywhere.
using TypeId = unsigned int;

inline constexpr TypeId kInferred = 0;  // for the server to tell from the parameter's place
inline constexpr TypeId kBoolId = 16, kByteaId = 17, kInt8Id = 20, kInt4Id = 23, kFloat8Id = 701,
                        kDateId = 1082, kTimeId = 1083, kTimestampId = 1114, kTimestamptzId = 1184,
                        kIntervalId = 1186, kNumericId = 1700, kUuidId = 2950;
// Types that users make have numbers from here on.
inline constexpr TypeId kFirstUserTypeId = 16384;

// How the values of a type are read.
enum class Form : uint8_t {
  kText,  // and what is as good as text: names, enums, JSON's older type aside
  kBool,
  kInt2,
  kInt4,
  kInt8,
  kOid,
  kFloat4,
  kFloat8,
  kNumeric,
  kBytea,
  kDate,
  kTime,
  kTimestamp,
  kTimestamptz,
  kInterval,
  kUuid,
  kJson,
  kJsonb,
  kArray,    // of TypeForm::item
  kUnknown,  // text, and its binary form is not to be asked for
};

struct TypeForm {
  Form form = Form::kUnknown;
  Form item = Form::kUnknown;  // of an array
};

// The form of one of PostgreSQL's own types, and of a user's as far as that can be told by its
// number alone: kUnknown.
TypeForm form_of(TypeId type);
// "integer", "timestamp with time zone"; empty for a type that has no row here.
std::string_view type_name(TypeId type);
// The type of arrays of one of PostgreSQL's own types; kInferred where there is none.
TypeId array_of(TypeId item);
// The binary form is known here.
bool has_binary(Form form);

// Bytes of the result may be borrowed from `bytes`.
base::Value read_text(TypeForm type, std::string_view bytes);
base::Value read_binary(Form form, std::string_view bytes);

// A parameter's type, as the value alone tells it: kInferred for text, JSON and NULL.
TypeId parameter_type(const base::Value& value);
// Appends a value in the binary form of `type`, which parameter_type gave for it (or kInt8Id for an
// integer); false where it has none and text is to be sent.
bool append_binary(std::string& out, const base::Value& value, TypeId type);
// Appends a value as the text that its type reads. Throws kDataError for text with a NUL byte,
// kInterfaceError for what is no value of a driver.
void append_text(std::string& out, const base::Value& value);

// Appends a value as a field of COPY's text form. Throws as append_text does.
void append_copy_text(std::string& out, const base::Value& value);

}  // namespace moonbase::dialect::postgresql
