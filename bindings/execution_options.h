// What execution_options{…} of an INSERT, UPDATE or DELETE says.
#pragma once

#include "orm/session/synchronize.h"

namespace moonbase::bindings {

struct ExecutionOptions {
  session::Synchronize synchronize = session::Synchronize::kAuto;
  bool autoflush = true;
  bool populate_existing = true;  // the rows of RETURNING overwrite loaded objects
};

}  // namespace moonbase::bindings
