// moonbase.datetime, date, time and timedelta, with Python's names and rules. The values are
// immutable and lie inline in their userdata: no destructor, one small allocation each.
#pragma once

#include <cstdint>

#include "bindings/box.h"
#include "bindings/lua_api.h"
#include "orm/base/scalar.h"

namespace moonbase::bindings {

struct DateTimeBox {
  int64_t micros;      // since 1970-01-01 00:00:00 on its own clock
  int32_t utc_offset;  // seconds, or base::kNaive
};
struct DateBox {
  int64_t days;  // since 1970-01-01
};
struct TimeBox {
  int64_t micros;  // since midnight
};
struct TimedeltaBox {
  int64_t micros;
};

template <>
const ClassDef& class_of<DateTimeBox>();
template <>
const ClassDef& class_of<DateBox>();
template <>
const ClassDef& class_of<TimeBox>();
template <>
const ClassDef& class_of<TimedeltaBox>();

// Push one. Throw base::Error(ValueError, "date value out of range") outside the years 1 to 9999.
void push_datetime(lua_State* L, int64_t micros, int32_t utc_offset = base::kNaive);
void push_date(lua_State* L, int64_t days);
void push_time(lua_State* L, int64_t micros);
void push_timedelta(lua_State* L, int64_t micros);

// Area: the four classes.
void open_datetime(lua_State* L, int module);

}  // namespace moonbase::bindings
