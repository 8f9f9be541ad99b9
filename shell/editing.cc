#include "shell/editing.h"

#include "orm/base/text.h"
#include "shell/commands.h"
#include "shell/completion.h"
#include "shell/input.h"
#include "shell/question.h"
#include "shell/sql_input.h"

namespace moonbase::shell {
namespace {

bool is_global(lua_State* L, std::string_view name) {
  lua_pushglobaltable(L);
  lua_pushlstring(L, name.data(), name.size());
  bool known = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  return known;
}

}  // namespace

editor::Services editing_services(lua_State* L) {
  editor::Services services;
  services.wants_more = [L](const std::string& text) {
    if (is_command(base::trim(text)) || question_in(text)) return false;
    if (is_sql_input(L, text)) return wants_more_sql(text);
    return wants_more_lines(L, text);
  };
  services.is_sql = [L](const std::string& text) {
    return !is_command(base::trim(text)) && is_sql_input(L, text);
  };
  services.known = [L](std::string_view name) { return is_global(L, name); };
  services.complete = [L](const std::string& text, size_t cursor) {
    return complete(L, text, cursor);
  };
  return services;
}

}  // namespace moonbase::shell
