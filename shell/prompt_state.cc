#include "shell/prompt_state.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "bindings/call.h"
#include "bindings/guard.h"
#include "bindings/lua_session.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "orm/base/text.h"
#include "shell/module.h"
#include "shell/printer.h"

namespace moonbase::shell {
namespace {

// The last part of a path or URL; empty for a database in memory.
std::string database_name(lua_State* L) {
  std::string location = database_location(L);
  if (location == ":memory:") return {};
  return printable(location.substr(location.rfind('/') + 1), false);
}

int tell_session(lua_State* L) {
  const bindings::DatabasePtr& database = bindings::orm_area(L).current;
  if (!database || database->session.empty()) return 0;
  bindings::push_session_of_database(L, *database);
  const session::Session& session = bindings::check_session(L, -1);
  size_t changes = session.pending().size() + session.dirty().size() + session.deleted().size();
  std::string text;
  if (!session.is_active()) {
    text = "!";
  } else if (session.has_pending_work() && changes == 0) {
    text = "*";
  }
  if (changes != 0) text += "+" + std::to_string(changes);
  bindings::push_string(L, text);
  return 1;
}

}  // namespace

std::string prompt_text(lua_State* L) {
  std::string text = "moonbase";
  if (std::string name = database_name(L); !name.empty()) text += " " + name;
  int top = lua_gettop(L);
  lua_pushcfunction(L, bindings::guarded<tell_session>);
  try {
    bindings::call_lua(L, 0, 1);
    if (lua_isstring(L, -1)) text += lua_tostring(L, -1);
  } catch (const bindings::ScriptError&) {
    // What cannot be told is left out: the next statement says why.
    text += "?";
  }
  lua_settop(L, top);
  return text;
}

bool is_production(lua_State* L) {
  const char* environment = std::getenv("MOONBASE_ENV");
  if (environment != nullptr) return std::string_view(environment).starts_with("prod");
  std::string location = database_location(L);
  // Of a file, its name: the folders are of the machine.
  bool server = location.find("://") != std::string::npos;
  return names_production(server ? location : location.substr(location.rfind('/') + 1));
}

bool names_production(std::string_view text) {
  auto belongs = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (auto begin = text.begin(); begin != text.end();) {
    begin = std::find_if(begin, text.end(), belongs);
    auto end = std::find_if_not(begin, text.end(), belongs);
    std::string word = base::lower(std::string(begin, end));
    if (word == "prod" || word == "production" || word == "live") return true;
    begin = end;
  }
  return false;
}

}  // namespace moonbase::shell
