// What the prompt of a terminal says before the `>`: the database, and what is under way in
// db.session. The thread that runs the Lua state; sends no SQL and runs no Lua code of the
// program's.
#pragma once

#include <string>
#include <string_view>

#include "bindings/lua_api.h"

namespace moonbase::shell {

// "moonbase", with " app.db" behind it where the database is a file or on a server, then `+3` for
// objects that the next flush writes, or `*` when what was written waits for a commit, and `!` when
// only a rollback is possible.
std::string prompt_text(lua_State* L);

// Whether a mistake would be a costly one: MOONBASE_ENV begins with `prod`, or where there is none,
// the name of the database's file, or the URL of its server, has the word `prod`, `production` or
// `live`.
bool is_production(lua_State* L);
// Whether one of these words is in the text, between other characters than letters and digits.
bool names_production(std::string_view text);

}  // namespace moonbase::shell
