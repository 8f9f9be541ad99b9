#include "orm/dialect/postgresql/libpq.h"

#include <string>

#include <dlfcn.h>

#include "orm/base/error.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Error;
using base::ErrorKind;

constexpr const char* kLibrary = "libpq.so.5";

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::kOperationalError, "PostgreSQL's client library cannot be used: " + why)
      .with_hint("Install it (apt-get install libpq5).");
}

template <class Function>
void look_up(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (!function) refuse(std::string(kLibrary) + " has no " + name);
}

// Never closed: connections may live as long as the process.
Libpq load() {
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (!library) refuse(dlerror());
  Libpq pq;
#define MOONBASE_LIBPQ_LOOK_UP(name) look_up(library, "PQ" #name, pq.name);
  MOONBASE_LIBPQ_FUNCTIONS(MOONBASE_LIBPQ_LOOK_UP)
#undef MOONBASE_LIBPQ_LOOK_UP
  return pq;
}

}  // namespace

std::atomic<const Libpq*> loaded_libpq = nullptr;

const Libpq& load_libpq() {
  static const Libpq pq = load();
  loaded_libpq.store(&pq, std::memory_order_release);
  return pq;
}

}  // namespace moonbase::dialect::postgresql
