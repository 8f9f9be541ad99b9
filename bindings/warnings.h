// Warnings: on standard error, each text once, or in the list of the innermost
// moonbase.catch_warnings.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/lua_api.h"
#include "orm/base/log.h"

namespace moonbase::bindings {

struct Warning {
  std::string kind, message;
};

// One for each state: `warning_sink`. The state's thread only.
class Warnings : public base::LogSink {
 public:
  void warning(std::string_view kind, std::string_view message) override;

  // From here to `end_catch` warnings are kept. They nest.
  void begin_catch() { caught_.emplace_back(); }
  std::vector<Warning> end_catch();

  // Where lines go (with their line end), instead of standard error.
  void set_writer(std::function<void(std::string_view line)> write) { write_ = std::move(write); }

 private:
  std::vector<std::vector<Warning>> caught_;
  std::set<std::string> shown_;
  std::function<void(std::string_view line)> write_;
};

// For Session::set_warning_sink and whatever else warns.
Warnings& warning_sink(lua_State* L);

// Function of the module: catch_warnings.
void open_warnings(lua_State* L, int module);

}  // namespace moonbase::bindings
