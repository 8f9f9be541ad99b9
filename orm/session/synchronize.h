// How loaded objects follow an UPDATE or DELETE of many rows.
#pragma once

#include <cstdint>

namespace moonbase::session {

enum class Synchronize : uint8_t {
  kAuto,      // kEvaluate where that can be done, else kFetch
  kEvaluate,  // the condition and the new values are computed over the loaded objects
  kFetch,     // the database tells the keys of the rows
  kNone,      // they do not: they are as they were until they are read again
};

}  // namespace moonbase::session
