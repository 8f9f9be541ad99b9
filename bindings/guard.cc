#include "bindings/guard.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "bindings/error_object.h"

namespace moonbase::bindings {
namespace {

// Gives the error object what the core said while the error passed through it.
void hand_over_context(lua_State* L, const ScriptError& error) {
  error.push(L);
  auto* box = test_box<ErrorBox>(L, -1);
  if (box == nullptr) return;
  const auto& context = error.context();
  for (size_t i = error.known_context(); i < context.size(); ++i)
    box->error.add_context(context[i]);
}

}  // namespace

void Pending::keep(ScriptError& error) { script_.emplace(std::move(error)); }

void Pending::keep(base::Error& error) { error_.emplace(std::move(error)); }

void Pending::keep(const std::exception& error) {
  error_.emplace(base::ErrorKind::kInvalidRequestError,
                 std::string("unexpected failure: ") + error.what());
}

int Pending::raise(lua_State* L) {
  lua_settop(L, 0);
  if (script_) {
    hand_over_context(L, *script_);
    script_.reset();
  } else if (error_) {
    push_error(L, std::move(*error_));
    error_.reset();
  } else {
    push_out_of_memory(L);
  }
  lua_error(L);
  std::abort();  // lua_error does not return, but its declaration does not say so
}

}  // namespace moonbase::bindings
