// What execution_options{…} of an INSERT, UPDATE, DELETE or text says.
#pragma once

#include "orm/session/synchronize.h"

namespace moonbase::bindings {

struct ExecutionOptions {
  session::Synchronize synchronize = session::Synchronize::kAuto;
  bool autoflush = true;
  int stream_rows = 0;            // of a text: see engine::ExecutionOptions
  bool populate_existing = true;  // the rows of RETURNING overwrite loaded objects
};

}  // namespace moonbase::bindings
